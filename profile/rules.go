package profile

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"postern/profile/sketch"
)

// Rule is what was learned of one field, for people and for exports, and what operators said of it.
type Rule struct {
	Path     string   // printable
	Calls    float64  // that have the field
	Of       float64  // calls of the operation
	Required bool     // so often there, where its parent is, that its absence is a deviation
	Text     string   // in words, see package rule: "number 0.01…9500", "uuid", "text ≤ 240: letters, .-", "one of 4 values", "object", …; "" where nothing was learned
	Kinds    []string // of its values, the commonest first
	Formats  []string // the commonest first; those of less than one value in a hundred left out
	Numeric  bool     // all its values are numbers, in the following range, rounded outwards to the next quarter of an octave
	Least    float64
	Most     float64
	Longest  int      // length in bytes, rounded outwards above 63
	Values   uint32   // seen
	Findings []string // classes that are ordinary here
	// Kinds of values that must not be kept in clear: e-mail, card number, …
	Sensitive []string
	Marks     []Mark // what operators said of it, in the order of their decisions
}

// OperationFields are the fields of one operation, by path.
type OperationFields struct {
	Operation string
	Path      string // of which it is an action: its calls are among those of that; "" for others
	Calls     float64
	Callers   []string
	Fields    []Rule
}

// Fields tells what was learned of every field of a callee; nil where nothing is known of it.
func (s *Snapshot) Fields(callee string) (list []OperationFields) {
	m := s.models[callee]
	if m == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(m.operations)) {
		r := OperationFields{Operation: name, Path: m.operations[name].of, Calls: m.operations[name].all, Fields: s.Rules(callee, name)}
		for _, who := range slices.Sorted(maps.Keys(m.callers)) {
			if m.callers[who].operations[name].calls > 0 {
				r.Callers = append(r.Callers, who)
			}
		}
		list = append(list, r)
	}
	return list
}

// Rules tells what was learned of each field of an operation, sorted by path; nil where it is not known. Fields that only operators spoke of are among them. Of an action that nobody
// asked for it tells what its path is like.
func (s *Snapshot) Rules(callee, name string) []Rule {
	m := s.models[callee]
	if m == nil {
		return nil
	}
	o := cmp.Or(m.operations[name], m.operations[pathOf(name)])
	if o == nil {
		return nil
	}
	marks := s.rulings[callee].marks(name)
	rules := make([]Rule, 0, len(o.fields))
	for key, d := range o.fields {
		r := o.rule(d)
		r.Marks = marks[key]
		delete(marks, key)
		rules = append(rules, r)
	}
	for _, list := range marks {
		rules = append(rules, Rule{Path: list[0].Field, Of: o.calls, Marks: list})
	}
	slices.SortFunc(rules, func(a, b Rule) int { return strings.Compare(a.Path, b.Path) })
	return rules
}

func (o *operation) rule(d *derived) Rule {
	r := Rule{Path: o.path(d), Calls: float64(d.Calls), Of: o.calls, Required: d.required(o), Text: d.words(), Values: d.Values, Sensitive: d.sensitive()}
	for _, k := range byCount(d.Kinds) {
		r.Kinds = append(r.Kinds, k.String())
	}
	for class, n := range d.Findings.All() {
		if n >= 3 && float64(n)*50 >= d.nodes() {
			r.Findings = append(r.Findings, class)
		}
	}
	slices.Sort(r.Findings)
	for _, f := range byCount(d.Forms) {
		if d.Forms.Of(f)*100 >= d.Values {
			r.Formats = append(r.Formats, f.String())
		}
	}
	r.Longest = max(0, d.longest())
	if r.Numeric = d.allNumbers(); r.Numeric {
		r.Least, r.Most = d.span()
	}
	return r
}

// required says that a field is missing in less than one in twenty of the calls that could have it.
func (d *derived) required(o *operation) bool { return d.absence(o.calls, 0) > math.Log(20) }

// allNumbers says that each value that was seen is a number.
func (d *derived) allNumbers() bool {
	return d.Values > 0 && d.numeric == float64(d.Values) && len(d.numbers) > 0
}

// span is the range that the buckets of numbers cover: a bucket knows its smallest magnitude only.
func (d *derived) span() (least, most float64) {
	low, high := d.numbers[0].bucket, d.numbers[len(d.numbers)-1].bucket
	if low < 0 {
		low--
	}
	if high > 0 {
		high++
	}
	return sketch.NumberOf(int16(low)), sketch.NumberOf(int16(high)) //nolint:gosec // buckets
}

// longest is the length that no value passes, in bytes; −1 where none was seen.
func (d *derived) longest() int {
	if len(d.lengths) == 0 {
		return -1
	}
	return sketch.LengthOf(uint16(d.lengths[len(d.lengths)-1].bucket)+1) - 1 //nolint:gosec // it was uint16
}

// isClosed says, by Good and Turing, that a next value is hardly a new one: few were seen once, and each several times.
func (d *derived) isClosed() bool {
	const few = .02
	n, members := float64(d.Values), float64(len(d.Closed.Counts))
	return d.Closed.Over == 0 && members > 0 && d.closedN1 <= few*n && n >= 3*members
}

func byCount[K cmp.Ordered](counts sketch.Tally[K]) []K {
	keys := counts.Keys()
	slices.SortStableFunc(keys, func(a, b K) int { return cmp.Compare(counts.Of(b), counts.Of(a)) })
	return keys
}
