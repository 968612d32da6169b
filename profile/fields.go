package profile

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"postern/profile/sketch"
)

// FieldView is what was learned of one field, for exports.
type FieldView struct {
	Path     string   // printable
	Kinds    []string // of its values, the commonest first
	Share    float64  // of the calls that have its parent (or of all) in which it is there
	Always   bool     // so often there that its absence is a deviation
	Formats  []string // the commonest first; those of less than one value in a hundred left out
	Least    float64  // where Numeric: the range, rounded outwards to the next quarter of an octave
	Most     float64
	Numeric  bool
	Shortest int // length in bytes, rounded outwards above 63
	Longest  int
	Alphabet []string // character classes
	Members  int      // of a closed set, 0 for an open one
	Ordinary []string // classes of findings that are ordinary here
	Mature   bool     // its values may deny
	Values   uint32   // seen
}

// OperationFields are the fields of one operation, by path.
type OperationFields struct {
	Operation string
	Calls     float64
	Callers   []string
	Fields    []FieldView
}

// Fields tells what was learned of every field of a callee; nil where nothing is known of it.
func (s *Snapshot) Fields(callee string) (list []OperationFields) {
	m := s.models[callee]
	if m == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(m.operations)) {
		o := m.operations[name]
		r := OperationFields{Operation: name, Calls: o.calls}
		for _, who := range slices.Sorted(maps.Keys(m.callers)) {
			if m.callers[who].operations[name] > 0 {
				r.Callers = append(r.Callers, who)
			}
		}
		mature := s.maturity(m, o).value
		for _, d := range o.fields {
			f := o.view(d)
			f.Mature = mature
			r.Fields = append(r.Fields, f)
		}
		slices.SortFunc(r.Fields, func(a, b FieldView) int { return cmp.Compare(a.Path, b.Path) })
		list = append(list, r)
	}
	return list
}

func (o *operation) view(d *derived) FieldView {
	r := FieldView{Path: o.path(d), Always: d.absence(o.calls, 0) > math.Log(20), Values: d.Values}
	calls := o.calls
	if d.parent != nil {
		calls = float64(d.parent.Calls)
	}
	r.Share = min(1, float64(d.Calls)/max(1, calls))
	for _, k := range byCount(d.Kinds) {
		r.Kinds = append(r.Kinds, k.String())
	}
	for class, n := range d.Findings {
		if n >= 3 && float64(n)*50 >= d.nodes() {
			r.Ordinary = append(r.Ordinary, class)
		}
	}
	slices.Sort(r.Ordinary)
	if d.Values == 0 {
		return r
	}
	for _, f := range byCount(d.Forms) {
		if d.Forms[f]*100 >= d.Values {
			r.Formats = append(r.Formats, f.String())
		}
	}
	if len(d.lengths) > 0 {
		r.Shortest, r.Longest = sketch.LengthOf(uint16(d.lengths[0].bucket)), sketch.LengthOf(uint16(d.lengths[len(d.lengths)-1].bucket)+1)-1 //nolint:gosec // buckets
	}
	if r.Numeric = d.numeric*2 > float64(d.Values); r.Numeric {
		r.Least, r.Most = span(d.numbers[0].bucket, d.numbers[len(d.numbers)-1].bucket)
	}
	for _, c := range slices.Sorted(maps.Keys(d.Classes)) {
		r.Alphabet = append(r.Alphabet, sketch.ClassName(int(c)))
	}
	if d.Closed.Over == 0 && d.Values >= 30 && d.closedN1*20 < float64(d.Values) {
		r.Members = len(d.Closed.Counts)
	}
	return r
}

// span widens buckets of numbers to the range that they cover.
func span(low, high int) (least, most float64) {
	least, most = sketch.NumberOf(int16(low)), sketch.NumberOf(int16(high)) //nolint:gosec // buckets
	if low < 0 {
		least = sketch.NumberOf(int16(low - 1)) //nolint:gosec // buckets
	}
	if high > 0 {
		most = sketch.NumberOf(int16(high + 1)) //nolint:gosec // buckets
	}
	return least, most
}

func byCount[K cmp.Ordered](counts map[K]uint32) []K {
	return slices.SortedFunc(maps.Keys(counts), func(a, b K) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}
