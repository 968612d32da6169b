package profile

import (
	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// Bounds of what one call may teach.
const (
	maxLeaves  = 1024 // nodes taken of one call
	maxRepeats = 16   // values taken of one field in one call: a long array must not outvote the other calls
	maxValue   = 4096 // bytes of a value whose characters are looked at
	maxDepth   = 64   // levels; what lies deeper is unmodelled
	maxName    = 256  // bytes of a name that are kept
)

// features is all that a profile takes of one call: hashes, kinds, classes, lengths, never a value.
type features struct {
	ID        uint64  // see identify
	Operation string  // the raw operation, see operation.go
	Leaves    []leaf  // document order
	Whole     uint8   // what was not read of the body, or not taken, see whole
	Words     []heard // that may tell an operation
}

// leaf is one node of a call.
type leaf struct {
	Field  uint64 // Shape of its path without wrappings
	Parent uint64 // Field of the node that it belongs to, 0 at a root
	Name   string // its step of the path, as it prints
	Wrap   uint64 // hash of the chain of wrappings around it, 0 for none
	End    int32  // index in Leaves after its last descendant
	Kind   decode.Kind
	Root   inspect.Root
	Opened bool   // a structure was opened in it
	Value  *value // nil for a container, and where what was opened inside says all
	Found  []found

	node  *inspect.Node // while a call is judged only
	named int32         // while names are given: where its own ends
	read  bool          // its text is to be modelled
	rival bool          // it is part of a reading that another outdoes: only attacks in it count
}

// value is what is kept of a value.
type value struct {
	Hash    uint64   // keyed
	Classes uint64   // set of character classes
	Pairs   []uint16 // of neighbouring classes, each once
	Length  uint16   // bucket
	Number  int16    // bucket, where Numeric
	Form    sketch.Form
	Marks   uint8 // bucket of how many there are, see marks.go
	Numeric bool
	Open    bool // never a member of a closed set: too long, or of a format that is different each time
}

// heard is a word of a call in clear.
type heard struct {
	leaf int32
	text string
}

// found is a finding at a leaf.
type found struct {
	Class string
	Score float32
}

// frame is an open node while a tree is read.
type frame struct {
	end   int32
	at    int32 // index in features.Leaves
	field uint64
	wrap  uint64
	moved bool // below a wrapping or an open key: Shapes must be worked out anew
	rival bool // in a reading that another outdoes
}

// elements is how many members leaf i has, of those that were taken.
func elements(leaves []leaf, i int32) (n int) {
	for k := i + 1; k < leaves[i].End; k = leaves[k].End {
		n++
	}
	return n
}

// suspect says that an attack was found in the call.
func (f *features) suspect(from float32) bool {
	for i := range f.Leaves {
		for _, x := range f.Leaves[i].Found {
			if x.Score >= from && IsAttack(x.Class) {
				return true
			}
		}
	}
	return false
}

// identify gives a call its place among the samples: by its id, its time and what it says, so that the same calls are sampled whatever the order they come in.
func (f *features) identify(key sketch.Key, id string, at int64) {
	f.ID = sketch.Sum(key, uint64(at), id) //nolint:gosec // any number is a seed
	for i := range f.Leaves {
		l := &f.Leaves[i]
		f.ID = spread(f.ID ^ l.Field)
		if v := l.Value; v != nil {
			f.ID = spread(f.ID + v.Hash + v.Classes + uint64(v.Length)<<48)
		}
	}
}

// take reads the features of a call. They hold nothing of the tree. All values, their pairs and all names lie together: a call waits for its end as a whole.
func take(key sketch.Key, operation string, t *inspect.Tree) *features {
	f := &features{Operation: operation, Leaves: make([]leaf, 0, min(len(t.Nodes), maxLeaves))}
	f.read(t)
	f.values(key)
	f.words(t)
	f.names(t)
	for i := range t.Findings {
		x := &t.Findings[i]
		if l := &f.Leaves[f.holder(t, x.Node)]; l.tells(t, x) {
			l.Found = append(l.Found, found{x.Class, x.Score})
		}
	}
	return f
}

// holder is the leaf that a node's findings belong to: its own, or, beyond those that are taken, that of the innermost node around it which is. Else who pads a call with members would
// hide an attack behind them.
func (f *features) holder(t *inspect.Tree, node int32) int32 {
	for int(node) >= len(f.Leaves) {
		node = t.Nodes[node].Parent
	}
	return node
}

// values takes the values of the leaves, and lets go of the tree.
func (f *features) values(key sketch.Key) {
	all := 0
	for i := range f.Leaves {
		if f.Leaves[i].read {
			all++
		}
	}
	room := make([]value, 0, all)
	pairs := make([]uint16, 0, 8*all)
	var repeats repetitions
	for i := range f.Leaves {
		if l := &f.Leaves[i]; l.read && repeats.count(f.Leaves, i) <= maxRepeats {
			room = append(room, value{})
			l.Value = &room[len(room)-1]
			pairs = l.Value.look(key, l.node, pairs)
		}
	}
	for i := range f.Leaves {
		f.Leaves[i].node, f.Leaves[i].read = nil, false
	}
}

// words takes the words that may tell an operation of its path from the others, see actions.go.
func (f *features) words(t *inspect.Tree) {
	for i := range f.Leaves {
		if l, n := &f.Leaves[i], &t.Nodes[i]; l.Value != nil && !l.Value.Open && n.Kind == decode.String && word(n.Raw) && high(t, n) {
			f.Words = append(f.Words, heard{int32(i), string(n.Raw)})
		}
	}
}

// high says that a node is a parameter of the query, or stands high enough in the body for telling what the whole call is about, see operation.tells.
func high(t *inspect.Tree, n *inspect.Node) bool {
	const deepest = 5 // root, document, envelope, header, text of an element
	if wraps(n) || n.Root != inspect.QueryRoot && n.Root != inspect.BodyRoot {
		return false
	}
	above := 0
	for at := n.Parent; at >= 0 && above <= deepest; at = t.Nodes[at].Parent {
		above++
	}
	return above <= deepest
}

// word says whether a value reads as a name that somebody gave an operation.
func word(v []byte) bool { return len(v) <= 32 && named(v) && (v[0]|0x20) >= 'a' && (v[0]|0x20) <= 'z' }

// repetitions counts how many values fields have in a call. Fields that have one, as nearly all do, need no map.
type repetitions struct {
	few   [256]uint8 // values of fields that end so: at least as many as those of a field
	exact map[uint64]int
}

// count tells how many values, that of leaf i with them, its field has had up to it, or less where that is no more than maxRepeats. It is asked of each leaf that is read.
func (r *repetitions) count(leaves []leaf, i int) int {
	field := leaves[i].Field
	if r.exact == nil {
		if few := &r.few[spread(field)&0xff]; *few < maxRepeats {
			*few++
			return int(*few)
		}
		r.exact = make(map[uint64]int, len(leaves))
		for k := range leaves[:i] {
			if leaves[k].read {
				r.exact[leaves[k].Field]++
			}
		}
	}
	r.exact[field]++
	return r.exact[field]
}

// names gives the leaves their steps of the path.
func (f *features) names(t *inspect.Tree) {
	var room [1024]byte
	text := room[:0]
	for i := range f.Leaves {
		text = t.AppendStep(text, int32(i), maxName)
		f.Leaves[i].named = int32(len(text)) //nolint:gosec // maxLeaves names of maxName
	}
	all, from := string(text), int32(0)
	for i := range f.Leaves {
		l := &f.Leaves[i]
		l.Name, from = all[from:l.named], l.named
	}
}

// read fills Leaves, one for each node of the tree in its order, without names, values and findings.
func (f *features) read(t *inspect.Tree) {
	f.Whole = whole(t)
	var stack [maxDepth]frame
	depth := 0
	for i := int32(0); int(i) < len(t.Nodes); i++ {
		for depth > 0 && i >= stack[depth-1].end {
			depth--
			f.Leaves[stack[depth].at].End = int32(len(f.Leaves)) //nolint:gosec // maxLeaves
		}
		if len(f.Leaves) == maxLeaves || depth == maxDepth {
			f.Whole |= wholeMore
			break
		}
		n := &t.Nodes[i]
		fr := frame{end: n.End, at: int32(len(f.Leaves)), field: n.Shape} //nolint:gosec // maxLeaves
		f.Leaves = append(f.Leaves, leaf{})
		l := &f.Leaves[fr.at]
		l.Kind, l.Root, l.End, l.node = n.Kind, n.Root, fr.at+1, n
		if depth > 0 {
			fr.under(t, i, &stack[depth-1])
			l.Parent = stack[depth-1].field
			if wraps(n) || fr.rival {
				l.Parent = f.Leaves[stack[depth-1].at].Parent
			}
		}
		l.Field, l.Wrap = fr.field, fr.wrap
		if l.rival = fr.rival; l.rival {
			l.Kind, l.node = decode.Layer, nil
		} else {
			l.read, l.Opened = readings(t, i)
		}
		if n.End > i+1 {
			stack[depth] = fr
			depth++
		}
	}
	for ; depth > 0; depth-- {
		f.Leaves[stack[depth-1].at].End = int32(len(f.Leaves)) //nolint:gosec // maxLeaves
	}
}

// under places a node below its parent: a wrapping is transparent, so that a field stays the same field inside it. All of a reading that another outdoes stands for the text alone.
func (f *frame) under(t *inspect.Tree, i int32, parent *frame) {
	n := &t.Nodes[i]
	f.wrap, f.moved, f.rival = parent.wrap, parent.moved, parent.rival || t.Outdone(i)
	switch {
	case parent.rival:
		f.field = parent.field
	case f.rival || wraps(n):
		f.field, f.moved = parent.field, true
		f.wrap = (parent.wrap ^ uint64(n.Layer)) * 0x9e3779b97f4a7c15
	case f.moved:
		f.field = t.ShapeUnder(parent.field, n)
	}
}

func wraps(n *inspect.Node) bool { return n.Layer != 0 && decode.Formats[n.Layer].Wrapping }

// readings says whether the node's own text is to be modelled, and whether a structure was opened in it. Of a text in a wrapping only the inside is;
// a text in which a structure was opened beyond doubt is read by its members alone where it is the whole body.
func readings(t *inspect.Tree, i int32) (own, opened bool) {
	n := &t.Nodes[i]
	if !n.Leaf() {
		return false, false
	}
	own = !unsaid(n)
	wrapped := false
	for k := i + 1; k < n.End; k = t.Nodes[k].End {
		switch child := &t.Nodes[k]; {
		case child.Layer == 0, child.Layer == decode.FormatRest, t.Outdone(k):
		case decode.Formats[child.Layer].Wrapping:
			wrapped = true
		default:
			opened = true
			own = own && (n.Parent >= 0 || !decode.Formats[child.Layer].Sure)
		}
	}
	return own && (opened || !wrapped), opened
}

// tells says that a finding in a leaf says more than the tree does. What a detector reads in a text that is the binary form of what was opened in it is chance, and that a text is a
// document of XML is what opening it says.
func (l *leaf) tells(t *inspect.Tree, x *inspect.Finding) bool {
	switch {
	case l.rival && !IsAttack(x.Class):
		return false
	case x.Node+1 >= t.Nodes[x.Node].End:
		return true
	}
	layer := t.Nodes[x.Node+1].Layer
	inner := &decode.Formats[layer]
	return !(inner.Wrapping && inner.Binary) && !(layer == decode.FormatXML && x.Class == "document:xml")
}

// unsaid says of a text that it is not the caller's word: a length says nothing that the body does not, x-forwarded-client-cert is written by the proxies, with a hash that is new with
// each certificate (who calls is in the Edge), and the declaration of XML says how the rest is written. Attacks in them are still found.
func unsaid(n *inspect.Node) bool {
	switch {
	case n.Root == inspect.HeaderRoot:
		return string(n.Name) == "content-length" || string(n.Name) == "x-forwarded-client-cert"
	case n.Format() == decode.FormatXML:
		return string(n.Name) == "?xml"
	}
	return false
}

// The states of a body that was not read to its end. They are members of a set in features.Whole.
const (
	wholeCut    = 1 << iota // a proxy or the sender sent only its beginning
	wholeLimit              // a limit was reached
	wholeOpaque             // a part of it could not be read as anything
	wholeMore               // it has more nodes, or lies deeper, than a profile takes
)

func whole(t *inspect.Tree) (set uint8) {
	if t.Opaque > 0 {
		set |= wholeOpaque
	}
	for i := int32(0); int(i) < len(t.Nodes); i++ {
		if t.Outdone(i) {
			i = t.Nodes[i].End - 1
			continue
		}
		switch t.Nodes[i].Fault {
		case decode.Cut:
			set |= wholeCut
		case decode.Limit:
			set |= wholeLimit
		default:
		}
	}
	if t.Message.Cut {
		set |= wholeCut
	}
	return set
}

// look takes the features of one value. Its pairs are appended to those of the values before, which it returns.
func (v *value) look(key sketch.Key, n *inspect.Node, pairs []uint16) []uint16 {
	raw := n.Raw
	v.Length, v.Form = sketch.Length(len(raw)), sketch.FormOf(raw)
	v.Number, v.Numeric = amount(n)
	if v.Open = fresh(raw, v.Form); !v.Open {
		v.Hash = sketch.Sum(key, 2, raw)
	}
	var seen [sketch.Classes * sketch.Classes / 64]uint64
	first := len(pairs)
	before, marks := uint8(sketch.Edge), 0
	for rest := raw[:min(len(raw), maxValue)]; len(rest) > 0; {
		class, size := sketch.Class(rest)
		rest = rest[size:]
		v.Classes |= 1 << class
		marks += sketch.Marks >> class & 1
		pairs = addPair(pairs, &seen, before, class)
		before = class
	}
	pairs = addPair(pairs, &seen, before, sketch.Edge)
	v.Marks = sketch.Few(marks)
	v.Pairs = pairs[first:len(pairs):len(pairs)]
	return pairs
}

// amount is the bucket of a number that says how much.
func amount(n *inspect.Node) (bucket int16, ok bool) {
	if n.Kind == decode.Number || quantity(n.Raw) {
		x, ok := sketch.ParseNumber(n.Raw)
		return sketch.Number(x), ok
	}
	return 0, false
}

// fresh says that a value is never a member of a closed set.
func fresh(raw []byte, form sketch.Form) bool { return len(raw) > 32 || form.Fresh() }

// quantity tells a number in a text from a name made of digits: a card, a post code with its zeros, a telephone.
func quantity(raw []byte) bool {
	return len(raw) > 0 && len(raw) <= 9 && (raw[0] != '0' || len(raw) == 1 || raw[1] == '.')
}

func addPair(list []uint16, seen *[sketch.Classes * sketch.Classes / 64]uint64, a, b uint8) []uint16 {
	p := sketch.MakePair(a, b)
	if seen[p/64]>>(p%64)&1 == 1 {
		return list
	}
	seen[p/64] |= 1 << (p % 64)
	return append(list, uint16(p))
}
