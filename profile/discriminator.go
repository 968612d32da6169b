package profile

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"postern/inspect"
	"postern/inspect/decode"
)

// A field that tells the operations of a path apart, a discriminator, is told from a mere enumeration by what comes with its values: a refund has a reason, and nothing else has; of countries
// one may have a state, and dozens have nothing of their own.

const (
	fewestActionCalls = 100    // samples of a path, from which its actions are looked for
	fewestOfAction    = 8      // samples of an action, from which it says which members come with it
	fewestShapes      = 3      // that differ in their members: two come about by one member that now and then has another with it
	actionsPerShape   = 4      // at most, on average: get, delete and archive may all have an id and nothing else
	mostAlike         = 2. / 3 // of the actions have one shape: countries, of which one has a state and another a province, are none
	fewestTold        = .9     // of a path's calls say what they ask: the others are judged by the path
	nearlyAll         = .95    // of an action's calls have what belongs to it
	hardlyAny         = .05    // of another's do
)

// chooseActions looks for the field that tells the actions of a path apart; nil where none does. One that an operator has named need not bring members of its own with it.
func (o *operation) chooseActions(parts []part, told string) *actions {
	if strings.Count(o.name, " ") != 1 { // a protocol names its operations
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(o.fields)) {
		d := o.fields[key]
		if told != "" && d.Closed.Over == 0 && len(d.Closed.Counts) > 0 {
			if member, _ := o.tells(d); member == told {
				return &actions{field: d, member: told}
			}
		}
	}
	samples := 0
	for _, p := range parts {
		samples += len(p.Samples)
	}
	if samples < fewestActionCalls {
		return nil
	}
	var best *actions
	var most int
	for _, key := range slices.Sorted(maps.Keys(o.fields)) {
		d := o.fields[key]
		if !d.mayTell(o) {
			continue
		}
		member, part := o.tells(d)
		if member == "" {
			continue
		}
		shapes, alike := o.shapesBy(d, part, parts)
		values := len(d.Closed.Counts)
		if shapes < fewestShapes || shapes*actionsPerShape < values || float64(alike) > mostAlike*float64(values) {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(shapes, most), cmp.Compare(values, len(best.field.Closed.Counts))) > 0 {
			best, most = &actions{field: d, member: member}, shapes
		}
	}
	return best
}

// mayTell says whether a field can tell actions apart: a word of a closed set, in nearly every call once.
func (d *derived) mayTell(o *operation) bool {
	return d.isClosed() && float64(d.Calls) >= fewestTold*o.calls && d.nodes() <= 1.01*float64(d.Calls) && float64(d.Kinds.Of(decode.String)) >= nearlyAll*d.nodes() && len(d.sensitive()) == 0
}

// tells gives the name of a field by which it tells what the whole call is about, "" for one whose place says that it tells of a part of it: it is a parameter of the query, a member of the
// body, or of an object in that, a header (meta.type). part is what it could tell of alone: the members in it do not count.
func (o *operation) tells(d *derived) (member string, part *derived) {
	if d.Name == ".#text" && d.parent != nil { // of an XML element
		d = d.parent
	}
	in := d.parent
	switch {
	case in == nil:
		return "", nil
	case d.Root == inspect.QueryRoot && in.parent == nil, d.Root == inspect.BodyRoot && o.isWhole(in):
		member, part = d.member(), d
	case d.Root == inspect.BodyRoot && in.parent != nil && o.isWhole(in.parent):
		member, part = in.member()+"."+d.member(), in
	}
	if !named([]byte(member)) {
		return "", nil
	}
	return member, part
}

// isWhole says that an object is all that the body is: its document, or the only member of that, as XML's outermost element is.
func (o *operation) isWhole(d *derived) bool {
	if d.layer() {
		return d.parent != nil && d.parent.parent == nil
	}
	if d.parent == nil || !d.parent.layer() || !o.isWhole(d.parent) {
		return false
	}
	for _, other := range o.fields {
		if other.parent == d.parent && other != d && named([]byte(other.member())) { // <?xml …?> and comments are none
			return false
		}
	}
	return true
}

func (d *derived) member() string { return strings.TrimLeft(d.Name, ".@") }

// isIn says that a field is another, or within it.
func (d *derived) isIn(part *derived) bool {
	for ; d != nil; d = d.parent {
		if d == part {
			return true
		}
	}
	return false
}

// shapesBy counts the shapes that the values of a field select outside its part, and the values of the commonest: two differ where one nearly always has a member that the other hardly
// ever has. Values that are no words have none.
func (o *operation) shapesBy(d, own *derived, parts []part) (shapes, alike int) {
	shape := make([]bool, len(o.fields)) // by index: whether a field is part of it
	for _, f := range o.fields {
		shape[f.index] = (f.bound || f.Root == inspect.QueryRoot) && !f.isIn(own)
	}
	words := spellings(d.key, parts)
	present := map[uint64]*presence{}
	for _, p := range parts {
		for _, k := range p.Samples {
			value, ok := k.valueOf(d.key)
			if !ok || words[value] == "" {
				continue
			}
			if present[value] == nil {
				present[value] = &presence{fields: make([]float64, len(o.fields))}
			}
			present[value].add(o, shape, k)
		}
	}
	var different []*presence
	for _, value := range slices.Sorted(maps.Keys(present)) {
		v := present[value]
		if v.calls < fewestOfAction {
			continue
		}
		i := slices.IndexFunc(different, func(w *presence) bool { return !v.differs(w) && !w.differs(v) })
		if i < 0 {
			i = len(different)
			different = append(different, v)
		}
		different[i].alike++
		alike = max(alike, different[i].alike)
	}
	return len(different), alike
}

// valueOf is the hash of a field's value in a sampled call; not ok where it has none, or several that differ.
func (k *kept) valueOf(field uint64) (hash uint64, ok bool) {
	for i := range k.skeleton.leaves {
		v := k.values[i]
		if k.skeleton.leaves[i].Field != field || v == nil {
			continue
		}
		if v.Open || ok && v.Hash != hash {
			return 0, false
		}
		hash, ok = v.Hash, true
	}
	return hash, ok
}

// presence counts which fields the calls of one action have.
type presence struct {
	calls  float64
	fields []float64 // by index
	alike  int       // actions that do not differ from it, itself included
}

func (p *presence) add(o *operation, shape []bool, k *kept) {
	p.calls++
	var seen [maxFields / 64]uint64
	for i := range k.skeleton.leaves {
		d := o.index.of(k.skeleton.leaves[i].Field)
		if d == nil || !shape[d.index] || seen[d.index/64]>>(d.index%64)&1 == 1 {
			continue
		}
		seen[d.index/64] |= 1 << (d.index % 64)
		p.fields[d.index]++
	}
}

// differs says that an action has a field that another has not.
func (p *presence) differs(other *presence) bool {
	for i, n := range p.fields {
		if n >= nearlyAll*p.calls && other.fields[i] <= hardlyAny*other.calls {
			return true
		}
	}
	return false
}
