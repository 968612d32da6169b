package profile

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"postern/inspect/decode"
	"postern/profile/sketch"
)

// words tell what a field's values are like: their form where all have one, a range for numbers, the number of values of a closed set, else length and characters.
func (d *derived) words() string {
	kinds := d.kindWords()
	switch closed := len(d.Closed.Counts); {
	case !d.worded():
	case d.allNumbers() || !d.isClosed():
		kinds = append(kinds, d.open())
	case closed == 1:
		kinds = append(kinds, "always the same value")
	default:
		kinds = append(kinds, fmt.Sprintf("one of %d values", closed))
	}
	return strings.Join(kinds, " or ")
}

// frozen is a rule that takes what was learned and nothing else: words, with the members of a closed set by their hashes.
func (d *derived) frozen(required bool) string {
	kinds := d.kindWords()
	switch {
	case !d.worded():
	case d.allNumbers() || !d.isClosed():
		kinds = append(kinds, d.open())
	default:
		members := make([]string, 0, len(d.Closed.Counts))
		for _, h := range d.Closed.Counts.Keys() {
			members = append(members, fmt.Sprintf("#%016x", h))
		}
		kinds = append(kinds, "one of "+strings.Join(members, ", "))
	}
	if len(kinds) == 0 {
		kinds = []string{"any"}
	}
	if required {
		return strings.Join(kinds, " or ") + ", required"
	}
	return strings.Join(kinds, " or ")
}

// worded says that there are values of which more is to be told than their kind.
func (d *derived) worded() bool {
	return d.Values > 0 && (d.Kinds.Of(decode.Bool) == 0 || d.Kinds.Of(decode.String)+d.Kinds.Of(decode.Number)+d.Kinds.Of(decode.Bytes)+d.Kinds.Of(decode.None) > 0)
}

// kindWords name the kinds that were seen and have no value to be told of.
func (d *derived) kindWords() (words []string) {
	for _, k := range d.Kinds.Keys() {
		if k == decode.Array && d.arrays > 0 && d.Values == 0 {
			words = append(words, fmt.Sprintf("array ≤ %d", d.longest()))
			continue
		}
		if !k.Leaf() || k == decode.None || k == decode.Null || k == decode.Bytes || k == decode.Bool {
			words = append(words, k.String())
		}
	}
	return words
}

// open tells of values that are no closed set.
func (d *derived) open() string {
	if d.allNumbers() {
		least, most := d.span()
		return "number " + outward(least, math.Floor) + "…" + outward(most, math.Ceil)
	}
	if len(d.Forms) == 1 {
		for f := range d.Forms.All() {
			if f != sketch.Text && f != sketch.Word {
				return f.String()
			}
		}
	}
	return fmt.Sprintf("text ≤ %d%s", max(0, d.longest()), d.characters())
}

// characters lists the classes of characters, punctuation together.
func (d *derived) characters() string {
	var words []string
	var marks strings.Builder
	for _, c := range d.Classes.Keys() {
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

// outward writes a number to two digits, since buckets know no more; round is Floor or Ceil, so that a range takes in all that was seen.
func outward(x float64, round func(float64) float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 100 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	scale := math.Pow10(int(math.Floor(math.Log10(math.Abs(x)))) - 1)
	digits := x / scale
	if near := math.Round(digits); math.Abs(digits-near) < 1e-9 {
		digits = near
	} else {
		digits = round(digits)
	}
	text := strconv.FormatFloat(digits*scale, 'g', 2, 64)
	if short, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(short) < 1e15 {
		return strconv.FormatFloat(short, 'f', -1, 64)
	}
	return text
}
