package profile

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"postern/inspect/decode"
	"postern/profile/sketch"
)

// Rule is what was learned of one field, as a person reads it.
type Rule struct {
	Path      string  // printable
	Calls     float64 // that have the field
	Of        float64 // calls of the operation
	Required  bool    // a call without it deviates
	Text      string  // "number 0.01…9500", "uuid", "text ≤ 240, letters and punctuation", "one of 4 values", "object", …
	Findings  []string
	Sensitive []string // forms of values that must not be kept in clear: e-mail, card number, …
}

// Rules tells what was learned of each field of an operation, sorted by path; nil where it is not known.
func (s *Snapshot) Rules(callee, name string) []Rule {
	m := s.models[callee]
	if m == nil || m.operations[name] == nil {
		return nil
	}
	o := m.operations[name]
	rules := make([]Rule, 0, len(o.fields))
	for _, d := range o.fields {
		r := Rule{Path: o.path(d), Calls: float64(d.Calls), Of: o.calls, Required: slices.Contains(o.required, d), Text: d.rule(), Findings: slices.Sorted(maps.Keys(d.Findings))}
		for _, f := range slices.Sorted(maps.Keys(d.Forms)) {
			if f.Sensitive() {
				r.Sensitive = append(r.Sensitive, f.String())
			}
		}
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b Rule) int { return strings.Compare(a.Path, b.Path) })
	return rules
}

// rule puts a field's values into words: their form where all have one, a range for numbers, the number of values of a closed set, else length and characters.
func (d *derived) rule() string {
	var kinds []string
	for _, k := range slices.Sorted(maps.Keys(d.Kinds)) {
		if !k.Leaf() || k == decode.None || k == decode.Null || k == decode.Bytes || k == decode.Bool {
			kinds = append(kinds, k.String())
		}
	}
	if d.Values > 0 {
		kinds = append(kinds, d.values())
	}
	return strings.Join(kinds, " or ")
}

func (d *derived) values() string {
	n, closed := float64(d.Values), len(d.Closed.Counts)
	if d.numeric == n && len(d.numbers) > 0 {
		low, high := sketch.NumberOf(outer(d.numbers[0].bucket, -1)), sketch.NumberOf(outer(d.numbers[len(d.numbers)-1].bucket, 1))
		return "number " + rounded(low) + "…" + rounded(high)
	}
	// Good and Turing: few values were seen once, so that a next one is hardly new.
	const few = .02
	if d.Closed.Over == 0 && closed > 0 && d.closedN1 <= few*n && n >= 3*float64(closed) {
		if closed == 1 {
			return "always the same value"
		}
		return fmt.Sprintf("one of %d values", closed)
	}
	for f, count := range d.Forms {
		if float64(count) == n && f != sketch.Text && f != sketch.Word {
			return f.String()
		}
	}
	longest := 0
	if len(d.lengths) > 0 {
		longest = sketch.LengthOf(uint16(d.lengths[len(d.lengths)-1].bucket)+1) - 1 //nolint:gosec // it was uint16
	}
	return fmt.Sprintf("text ≤ %d%s", longest, d.characters())
}

// outer is the bucket whose number bounds the numbers of a bucket: a bucket knows its smallest magnitude only.
func outer(bucket, side int) int16 {
	if bucket*side > 0 {
		bucket += side
	}
	return int16(bucket) //nolint:gosec // it was one
}

// characters lists the classes of characters, punctuation together.
func (d *derived) characters() string {
	var words []string
	var marks strings.Builder
	for _, c := range slices.Sorted(maps.Keys(d.Classes)) {
		switch name := sketch.ClassName(int(c)); {
		case len(name) == 1:
			marks.WriteString(name)
		default:
			words = append(words, name)
		}
	}
	if marks.Len() > 0 {
		words = append(words, marks.String())
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, ", ")
}

// rounded writes a number to two digits: buckets know no more.
func rounded(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 100 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 2, 64), 64)
	if err != nil || math.Abs(short) >= 1e15 {
		return strconv.FormatFloat(x, 'g', 2, 64)
	}
	return strconv.FormatFloat(short, 'f', -1, 64)
}
