package inspect

import (
	"fmt"
	"runtime/debug"
	"slices"

	"postern/inspect/decode"
	"postern/inspect/detect"
)

// walk is the work on one message: it makes the nodes, holds the budget, and is the Sink of every decoder. It is pooled with all it has grown.
type walk struct {
	tree   Tree
	limits *Limits
	arena  arena
	keys   keySet

	room  int         // up to how many nodes there may be before more must be made
	open  []container // those that are open, by depth
	names names
	keyed bool // the name of the next member has been looked into

	at        int32 // the container that is open, −1 at the roots
	last      int32 // the node last opened or added: where a Note belongs
	depth     int   // levels of nodes open
	layers    int   // layers open
	wrappings int   // of them wrappings
	work      int   // units left
	unfolded  int   // bytes that may still be unfolded
	root      Root

	promise  [maxPromises]decode.Format // what the sender says of the body, the outermost last
	promises int
	said     decode.Format // what the sender says of the next value of a part

	inflater decode.Inflater
	guess    decode.GuessRoom

	context detect.Context // lent to the detectors
	memo    *memo
	found   []detect.Finding
}

// maxPromises is how many codings and media types are believed at once.
const maxPromises = 8

// Inflater lends the readers of compressed formats to their decoders.
func (w *walk) Inflater() *decode.Inflater { return &w.inflater }

func (w *walk) begin(m *Message, limits *Limits) {
	w.limits = limits
	w.tree.Message, w.tree.walk = m, w
	w.tree.Decoded, w.tree.Opaque, w.tree.Unexamined, w.tree.Work = 0, 0, 0, 0
	size := len(m.Path) + min(len(m.Body), limits.Bytes)
	for i := range m.Header {
		size += len(m.Header[i].Name) + len(m.Header[i].Value)
	}
	w.work = max(limits.Work*size, 256<<10)
	w.tree.Work = w.work
	w.unfolded = limits.Unfolded
	w.room = min(cap(w.tree.Nodes), limits.Nodes)
	w.at, w.last, w.depth, w.layers, w.wrappings, w.said = -1, -1, 0, 0, 0, 0
}

// end forgets the message and its bytes, so that nothing is held or shown longer than it lives.
func (w *walk) end() {
	clear(w.tree.Nodes)
	clear(w.tree.Findings)
	w.tree.Nodes, w.tree.Findings = w.tree.Nodes[:0], w.tree.Findings[:0]
	w.tree.Message, w.tree.Panics, w.tree.walk = nil, nil, nil
	w.arena.reset()
	w.keys.reset()
}

// add appends a root or a layer: a node that is no member of what is open. It gives −1 at a limit.
func (w *walk) add(kind decode.Kind, layer decode.Format, size int) int32 {
	if !w.more() {
		return -1
	}
	i := int32(len(w.tree.Nodes)) //nolint:gosec // Limits.Nodes
	w.tree.Nodes = w.tree.Nodes[:i+1]
	n := &w.tree.Nodes[i]
	n.Parent, n.End, n.Kind, n.Layer, n.Size, n.Root, n.in = w.at, i+1, kind, layer, int32(size), w.root, layer //nolint:gosec // Limits.Bytes
	n.Shape = rootShapes[w.root]
	if w.at >= 0 {
		parent := &w.tree.Nodes[w.at]
		for k := w.at + 1; k < i; k = w.tree.Nodes[k].End {
			n.Index++ // among the few layers of one value
		}
		n.Shape = layerShape(parent.Shape, layer)
	}
	w.last = i
	return i
}

// member appends a member or element to the open container, or gives −1 at a limit. The first value of a layer that has no name is the layer's own node. No call stands between
// those that hardly ever happen: it is what most of the time of opening goes to.
func (w *walk) member(name []byte, kind decode.Kind, value []byte, size int) int32 {
	c := &w.open[w.depth]
	at := len(w.tree.Nodes)
	if at >= w.room || w.work <= 0 || c.fresh {
		return w.first(name, kind, value, size)
	}
	w.tree.Nodes = w.tree.Nodes[:at+1]
	n := &w.tree.Nodes[at]                                         // zero: end and undo clear what they drop
	i := int32(at)                                                 //nolint:gosec // Limits.Nodes
	n.Name, n.Raw, n.Kind, n.Size = name, value, kind, int32(size) //nolint:gosec // Limits.Bytes
	n.Parent, n.End, n.Root, n.in, n.Index = w.at, i+1, w.root, c.in, c.count
	w.last = i
	if name == nil {
		c.count++
		switch {
		case c.segments:
			n.Shape = segmentShape(c.shape, int(n.Index))
		case c.element == 0:
			c.element = elementShape(c.shape)
			fallthrough
		default:
			n.Shape = c.element
		}
		return i
	}
	slot := uint16(c.before >> (64 - nameBits))
	k := &w.names[slot]
	if (k.parent != c.shape || !k.name.Is(name)) && w.known(k, c.shape, name) && !w.keyed {
		return w.oddMember(i)
	}
	c.count++
	n.slot, n.Shape, c.before = slot, k.shape, k.shape
	if c.twice == 0 {
		return i
	}
	if word, bit := &c.filter[k.shape>>62], uint64(1)<<(k.shape>>56&63); *word&bit == 0 && !c.table {
		*word |= bit
	} else if w.again(i, c) && !given(name) {
		w.Note(c.twice)
	}
	return i
}

// first is member where the document of a layer begins, and where room must be made.
func (w *walk) first(name []byte, kind decode.Kind, value []byte, size int) int32 {
	if w.fresh(name) {
		w.tree.Nodes[w.at].Kind, w.tree.Nodes[w.at].Raw = kind, value
		return w.at
	}
	if !w.more() {
		return -1
	}
	return w.member(name, kind, value, size)
}

// more says whether there may be one more node, and makes room for it.
func (w *walk) more() bool {
	switch {
	case len(w.tree.Nodes) < w.room && w.work > 0:
		return true
	case len(w.tree.Nodes) >= w.limits.Nodes || w.work <= 0:
		w.limit(w.at)
		return false
	}
	w.tree.Nodes = slices.Grow(w.tree.Nodes, 1)
	w.room = min(cap(w.tree.Nodes), w.limits.Nodes)
	return true
}

// limit marks a node, and all that goes on below the roots stops soon.
func (w *walk) limit(i int32) {
	if i >= 0 && w.tree.Nodes[i].Fault == decode.OK {
		w.tree.Nodes[i].Fault = decode.Limit
	}
}

// fresh says whether the open node is a layer whose document has not begun: an unnamed value is the layer's node itself.
func (w *walk) fresh(name []byte) bool {
	c := &w.open[w.depth]
	if !c.fresh {
		return false
	}
	c.fresh = false
	if name != nil {
		w.tree.Nodes[w.at].Kind = decode.Object
		return false
	}
	w.last = w.at
	return true
}

// Open implements decode.Sink.
func (w *walk) Open(name []byte, kind decode.Kind) bool {
	if w.fresh(name) {
		w.tree.Nodes[w.at].Kind = kind
		return true
	}
	if w.depth >= w.limits.Depth {
		w.limit(w.at)
		return false
	}
	i := w.member(name, kind, nil, 0)
	if i < 0 {
		return false
	}
	w.enter(i)
	w.work -= 4
	return true
}

// Close implements decode.Sink. The document of a layer is the layer's own node: it is closed with the layer.
func (w *walk) Close() {
	n := &w.tree.Nodes[w.at]
	w.last = w.at
	if n.Layer != 0 || n.Parent < 0 {
		return
	}
	n.End = int32(len(w.tree.Nodes)) //nolint:gosec // Limits.Nodes
	w.at = n.Parent
	w.depth--
}

// longNumber is the length from which a number may be something else, in formats that tell them from words by their looks.
const longNumber = 16

// Leaf implements decode.Sink.
func (w *walk) Leaf(name []byte, kind decode.Kind, value []byte, size int) bool {
	if kind == decode.Bytes && decode.Text(value) {
		kind = decode.String
	}
	i := w.member(name, kind, value, size)
	if i < 0 {
		return false
	}
	w.work -= 4
	if len(value) < shortest || kind != decode.String && kind != decode.Bytes && (kind != decode.Number || len(value) < longNumber) {
		return true
	}
	if w.promises|int(w.said) != 0 || w.tree.Nodes[i].Layer != 0 {
		w.unfold(i, value)
		w.last = i
		return true
	}
	if w.work -= 2 * len(value); w.work <= 0 { // as unfold, without a call for each value of an ordinary document
		w.limit(i)
	} else if set, odd := decode.Look(value); set != 0 || odd {
		w.tryAll(i, value, set, odd)
		w.last = i
	}
	return true
}

// Said takes what the sender says of the next leaf: that it is in f.
func (w *walk) Said(f decode.Format) { w.said = f }

// Fail implements decode.Sink.
func (w *walk) Fail(fault decode.Fault, size int) {
	if i := w.member(nil, decode.Bytes, nil, size); i >= 0 {
		w.tree.Nodes[i].Fault = fault
	}
}

// Note implements decode.Sink.
func (w *walk) Note(kind decode.Ambiguity) {
	i := max(w.last, 0)
	for j := len(w.tree.Findings) - 1; j >= 0 && w.tree.Findings[j].Node == i; j-- {
		if w.tree.Findings[j].Class == kind.Class() {
			return
		}
	}
	if len(w.tree.Findings) < w.limits.Nodes {
		w.tree.Findings = append(w.tree.Findings, Finding{Node: i, Class: kind.Class(), Score: 1})
	}
}

// Grow implements decode.Sink.
func (w *walk) Grow(n int) []byte {
	if n > w.unfolded {
		w.limit(w.at)
		return nil
	}
	w.unfolded -= n
	return w.arena.grow(n)
}

// Room implements decode.Sink.
func (w *walk) Room(n int) int {
	return min(w.unfolded, max(64<<10, n*w.limits.Ratio), max(w.work, 0))
}

// Work implements decode.Sink.
func (w *walk) Work(n int) bool {
	w.work -= n
	if w.work > 0 {
		return true
	}
	w.limit(w.at)
	return false
}

// panicked keeps what a decoder or detector panicked with, for the log of whoever asked.
func (w *walk) panicked(what any) {
	if len(w.tree.Panics) < 8 {
		w.tree.Panics = append(w.tree.Panics, fmt.Sprintf("%v\n%s", what, debug.Stack()))
	}
}
