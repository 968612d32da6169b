// Package rule reads what a person writes about a field, and says whether a value keeps to it.
package rule

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// Rule is a rule about a field; what a profile tells of a field in words reads back as one. A value keeps to it if it keeps to one of its alternatives.
//
//	number 0.01…9500 · number ≥ 0 · integer · text ≤ 240: letters, digits, space, .- · one of new, paid, "sent, or lost" · uuid · null or date · object · array ≤ 20 · any · never
//
// ", required" at its end says that the field must be there wherever its parent is. Lengths are in bytes, as everywhere; a member #0123456789abcdef is the keyed hash of a value.
type Rule struct {
	any, never, required bool

	most    int      // elements of an array, and one; 0 is any number
	kinds   uint16   // containers, null and the like, whatever they hold
	forms   uint64   // a set of sketch.Form
	ranges  []extent // of numbers, both ends included
	texts   []extentOfText
	members []string
	hashes  []uint64 // keyed
}

type extent struct{ least, most float64 }

type extentOfText struct {
	longest int    // bytes; -1 is any
	classes uint64 // of characters; 0 is any
}

// Bounds of what an operator may write: it is looked at for each call.
const (
	maxRule    = 4096 // bytes
	maxMembers = 256
)

// kindWords are the kinds that a rule names. Strings and numbers are told by what they say.
var kindWords = [...]decode.Kind{decode.None, decode.Object, decode.Array, decode.Layer, decode.Null, decode.Bool, decode.Bytes}

// Parse reads a rule.
func Parse(text string) (*Rule, error) {
	if len(text) > maxRule {
		return nil, fmt.Errorf("rule: %d bytes, %d at most", len(text), maxRule)
	}
	r := &Rule{}
	rest := strings.TrimSpace(text)
	if head, ok := strings.CutSuffix(rest, "required"); ok {
		if head = strings.TrimSpace(head); head == "" || strings.HasSuffix(head, ",") {
			rest, r.required = strings.TrimSpace(strings.TrimSuffix(head, ",")), true
		}
	}
	if rest == "" && r.required {
		rest = "any"
	}
	for more := true; more; {
		var one string
		one, rest, more = cutAlternative(rest)
		if err := r.alternative(one); err != nil {
			return nil, fmt.Errorf("rule %q: %w", text, err)
		}
	}
	if r.never && (r.required || len(r.members)+len(r.hashes)+len(r.ranges)+len(r.texts) > 0 || r.forms != 0 || r.kinds != 0 || r.any) {
		return nil, fmt.Errorf("rule %q: never stands alone", text)
	}
	return r, nil
}

// Any says that every value keeps to the rule.
func (r *Rule) Any() bool { return r.any }

// Required says that the field must be there wherever its parent is.
func (r *Rule) Required() bool { return r.required }

// cutAlternative takes what stands before the next " or " that is not within quotes of an enumeration.
func cutAlternative(s string) (one, rest string, more bool) {
	if !strings.HasPrefix(s, "one of ") {
		return strings.Cut(s, " or ")
	}
	for i := 0; i < len(s); i++ {
		if quoted, err := strconv.QuotedPrefix(s[i:]); err == nil && s[i] == '"' {
			i += len(quoted) - 1
		} else if strings.HasPrefix(s[i:], " or ") {
			return s[:i], s[i+len(" or "):], true
		}
	}
	return s, "", false
}

func (r *Rule) alternative(s string) error {
	s = strings.TrimSpace(s)
	word, rest, _ := strings.Cut(s, " ")
	if i := strings.IndexByte(word, ':'); i >= 0 { // text: letters
		word, rest = s[:i], s[i:]
	}
	rest = strings.TrimSpace(rest)
	switch {
	case s == "any":
		r.any = true
	case s == "never":
		r.never = true
	case word == "number" && rest != "":
		return r.span(rest)
	case word == "number":
		r.ranges = append(r.ranges, extent{math.Inf(-1), math.Inf(1)})
	case word == decode.Array.String() && rest != "":
		return r.array(rest)
	case word == "text":
		return r.text(rest)
	case strings.HasPrefix(s, "one of "):
		return r.enumerate(s[len("one of "):])
	case strings.HasPrefix(s, "always "):
		return errors.New("its members are kept as hashes: leave the rule out to pin what was learned, or write the value: one of red")
	default:
		return r.named(s)
	}
	return nil
}

func (r *Rule) named(s string) error {
	for _, k := range kindWords {
		if s == k.String() {
			r.kinds |= 1 << k
			return nil
		}
	}
	if f, ok := sketch.ParseForm(s); ok {
		r.forms |= 1 << f
		return nil
	}
	return fmt.Errorf("%q is none of: number A…B, text ≤ N: letters, one of A, B, any, never, object, array, null, bool, bytes, or a format such as uuid, e-mail, date", s)
}

// span reads A…B, ≥ A or ≤ B.
func (r *Rule) span(s string) error {
	x := extent{math.Inf(-1), math.Inf(1)}
	var err error
	switch low, high, ok := cutAny(s, "…", "..."); {
	case ok:
		if x.least, err = bound(low, x.least); err == nil {
			x.most, err = bound(high, x.most)
		}
	case trimAny(s, "≥", ">=") != s:
		x.least, err = bound(trimAny(s, "≥", ">="), x.least)
	case trimAny(s, "≤", "<=") != s:
		x.most, err = bound(trimAny(s, "≤", "<="), x.most)
	default:
		err = fmt.Errorf("%q is no range: write 1…100, ≥ 1 or ≤ 100", s)
	}
	if err == nil && x.least > x.most {
		err = fmt.Errorf("%q: no number is in it", s)
	}
	r.ranges = append(r.ranges, x)
	return err
}

// array reads ≤ N.
func (r *Rule) array(s string) error {
	n, err := strconv.Atoi(strings.TrimSpace(trimAny(s, "≤", "<=")))
	if err != nil || n < 0 || n > 1<<30 || trimAny(s, "≤", "<=") == s {
		return fmt.Errorf("%q is no number of elements: write array ≤ 20", s)
	}
	r.kinds |= 1 << decode.Array
	r.most = max(r.most, n+1)
	return nil
}

// bound reads a number, otherwise where there is none.
func bound(s string, otherwise float64) (float64, error) {
	if s = strings.TrimSpace(s); s == "" {
		return otherwise, nil
	}
	x, ok := sketch.ParseNumber([]byte(s))
	if !ok {
		return 0, fmt.Errorf("%q is no number", s)
	}
	return x, nil
}

func cutAny(s string, seps ...string) (before, after string, ok bool) {
	for _, sep := range seps {
		if before, after, ok = strings.Cut(s, sep); ok {
			return before, after, true
		}
	}
	return s, "", false
}

func trimAny(s string, prefixes ...string) string {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return rest
		}
	}
	return s
}

// text reads ≤ N and the classes of characters, in either's absence any.
func (r *Rule) text(s string) error {
	t := extentOfText{longest: -1}
	if rest := trimAny(s, "≤", "<="); rest != s {
		number, after, _ := cutAny(rest, ":", ",")
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || n < 0 {
			return fmt.Errorf("%q is no length in bytes", strings.TrimSpace(number))
		}
		t.longest, s = n, after
	} else {
		s = trimAny(s, ":")
	}
	for s = strings.TrimSpace(s); s != ""; {
		set, size := class(s)
		if size == 0 {
			return fmt.Errorf("%q names no characters: write letters, digits, space, punctuation, … and single marks together: .-_", s)
		}
		t.classes |= set
		s = strings.TrimLeft(trimAny(s[size:], ",", " and "), " ")
	}
	r.texts = append(r.texts, t)
	return nil
}

// class reads one word for characters, or marks up to the end.
func class(s string) (set uint64, size int) {
	for k := range sketch.Classes {
		name := sketch.ClassName(k)
		if rest, ok := strings.CutPrefix(s, name); ok && len(name) > 1 && len(name) > size && (rest == "" || rest[0] == ',' || strings.HasPrefix(rest, " and ")) {
			set, size = 1<<k, len(name)
		}
	}
	if rest, ok := strings.CutPrefix(s, "punctuation"); ok && (rest == "" || rest[0] == ',' || strings.HasPrefix(rest, " and ")) {
		for k := range sketch.Classes {
			if len(sketch.ClassName(k)) == 1 {
				set |= 1 << k
			}
		}
		return set, len("punctuation")
	}
	if size > 0 {
		return set, size
	}
	for ; size < len(s); size++ {
		k, _ := sketch.Class([]byte{s[size]})
		if name := sketch.ClassName(int(k)); name != s[size:size+1] {
			return 0, 0
		}
		set |= 1 << k
	}
	return set, size
}

// enumerate reads members: words, or JSON strings where they hold a comma, a quote or " or ".
func (r *Rule) enumerate(s string) error {
	for s = strings.TrimSpace(s); s != ""; {
		var one string
		switch s[0] {
		case '"':
			quoted, err := strconv.QuotedPrefix(s)
			if err != nil {
				return fmt.Errorf("%q is no quoted value", s)
			}
			if one, err = strconv.Unquote(quoted); err != nil {
				return fmt.Errorf("%q is no quoted value", quoted)
			}
			s = strings.TrimSpace(s[len(quoted):])
			if s != "" && s[0] != ',' {
				return fmt.Errorf("what does %q mean after %s?", s, quoted)
			}
			s = strings.TrimSpace(trimAny(s, ","))
		default:
			one, s, _ = strings.Cut(s, ",")
			one, s = strings.TrimSpace(one), strings.TrimSpace(s)
			if hash, ok := strings.CutPrefix(one, "#"); ok {
				h, err := strconv.ParseUint(hash, 16, 64)
				if err != nil || len(hash) != 16 {
					return fmt.Errorf("%q is no hash: a value that begins with # stands in quotes", one)
				}
				r.hashes = append(r.hashes, h)
				continue
			}
			if numeral, unit, ok := strings.Cut(one, " "); ok && unit == "values" && number(numeral) {
				return errors.New("its members are kept as hashes: leave the rule out to pin what was learned, or write the values: one of red, green")
			}
		}
		r.members = append(r.members, one)
	}
	if n := len(r.members) + len(r.hashes); n == 0 || n > maxMembers {
		return fmt.Errorf("%d members; from 1 to %d", n, maxMembers)
	}
	return nil
}

func number(s string) bool { _, ok := sketch.ParseNumber([]byte(s)); return ok }

// FaultAt is Fault of node i of a tree, whose elements it counts.
func (r *Rule) FaultAt(t *inspect.Tree, i int32, key sketch.Key) string {
	if r.most > 0 && t.Nodes[i].Kind == decode.Array && !r.any {
		n := 0
		for k := i + 1; k < t.Nodes[i].End; k = t.Nodes[k].End {
			n++
		}
		if n >= r.most {
			return "length"
		}
	}
	return r.Fault(&t.Nodes[i], key)
}

// Fault is the class of reason for which a node does not keep to the rule, "" where it does. Members that are hashes are compared by key.
func (r *Rule) Fault(n *inspect.Node, key sketch.Key) string {
	switch {
	case r.never:
		return "new-field"
	case r.any || r.kinds>>n.Kind&1 == 1:
		return ""
	case !n.Kind.Leaf() || n.Kind == decode.Null:
		return "kind"
	}
	return r.faultOf(n.Raw, key)
}

func (r *Rule) faultOf(raw []byte, key sketch.Key) (class string) {
	if len(r.members)+len(r.hashes) > 0 {
		if slices.Contains(r.members, string(raw)) || len(r.hashes) > 0 && slices.Contains(r.hashes, sketch.Sum(key, 2, raw)) {
			return ""
		}
		class = "enumeration"
	}
	if r.forms != 0 {
		if r.formed(raw) {
			return ""
		}
		class = "format"
	}
	if len(r.ranges) > 0 {
		x, ok := sketch.ParseNumber(raw)
		if ok && slices.ContainsFunc(r.ranges, func(e extent) bool { return e.least <= x && x <= e.most }) {
			return ""
		}
		if class = "format"; ok {
			class = "range"
		}
	}
	for i := range r.texts {
		fault := r.texts[i].fault(raw)
		if fault == "" {
			return ""
		}
		class = fault
	}
	if class == "" { // only kinds, and this is none of them
		class = "kind"
	}
	return class
}

// formed says whether a value has one of the forms. All that is made of letters is a word too, of digits an integer.
func (r *Rule) formed(raw []byte) bool {
	return r.forms>>sketch.FormOf(raw)&1 == 1 || r.forms>>sketch.Word&1 == 1 && like(raw, 'a') || r.forms>>sketch.Integer&1 == 1 && like(raw, '1')
}

// like says whether all characters are of one's class.
func like(raw []byte, one byte) bool {
	t := extentOfText{longest: -1, classes: 1 << sketch.ASCII(one)}
	return len(raw) > 0 && t.fault(raw) == ""
}

func (t *extentOfText) fault(raw []byte) string {
	if t.longest >= 0 && len(raw) > t.longest {
		return "length"
	}
	if t.classes == 0 {
		return ""
	}
	for len(raw) > 0 {
		class, size := sketch.Class(raw)
		if t.classes>>class&1 == 0 {
			return "alphabet"
		}
		raw = raw[size:]
	}
	return ""
}
