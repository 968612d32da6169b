package rule

import (
	"strings"
	"testing"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

func TestRule(t *testing.T) {
	t.Parallel()
	key := sketch.NewKey([32]byte{1})
	const str, num = decode.String, decode.Number
	for _, c := range []struct {
		rule, value string
		kind        decode.Kind
		fault       string // class; "" for none
	}{
		{"number 0.01…9500", "9500", num, ""},
		{"number 0.01…9500", "9500.5", num, "range"},
		{"number 0.01…9500", "1e9", num, "range"},
		{"number 0.01...9500", "12", str, ""},
		{"number 0.01…9500", "twelve", str, "format"},
		{"number ≥ 0", "-1", num, "range"},
		{"number >= 0", "0", num, ""},
		{"number ≤ -2", "-1", num, "range"},
		{"number -5…", "-6", num, "range"},
		{"number", "1.5", num, ""},
		{"number", "NaN", str, "format"},
		{"integer", "15", str, ""},
		{"integer", "4111111111111111", str, ""}, // a card number is digits too
		{"integer", "1.5", str, "format"},
		{"word", "US", str, ""}, // a code is letters too
		{"word", "a b", str, "format"},
		{"text ≤ 5", "abcde", str, ""},
		{"text ≤ 5", "abcdef", str, "length"},
		{"text: letters, space", "a b", str, ""},
		{"text: letters, space", "a-b", str, "alphabet"},
		{"text ≤ 240, letters and punctuation", "what?!", str, ""},
		{"text ≤ 240, letters and punctuation", "what 1", str, "alphabet"},
		{"text ≤ 240: letters, digits, .-,", "a-1,b.c", str, ""},
		{"text: letters, letters beyond ASCII", "zoë", str, ""},
		{"text", "", str, ""},
		{"uuid", "00000000-0000-4000-8000-000000000000", str, ""},
		{"uuid", "1", str, "format"},
		{"null or date", "", decode.Null, ""},
		{"date", "", decode.Null, "kind"},
		{"date or uuid", "2026-01-02", str, ""},
		{"object", "", decode.Object, ""},
		{"text", "", decode.Object, "kind"},
		{"object", "x", str, "kind"},
		{"any", "", decode.Object, ""},
		{"never", "x", str, "new-field"},
		{"one of new, paid", "paid", str, ""},
		{"one of new, paid", "lost", str, "enumeration"},
		{`one of "sent, or lost", "say \"or\" now" or uuid`, `say "or" now`, str, ""},
		{`one of "sent, or lost" or number 1…2`, "sent, or lost", str, ""},
		{`one of "sent, or lost" or number 1…2`, "2", str, ""},
		{`one of a or number 1…2`, "3", str, "range"},
		{"uuid, required", "1", str, "format"},
		{"required", "1", str, ""},
	} {
		r, err := Parse(c.rule)
		if err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		if got := r.Fault(&inspect.Node{Kind: c.kind, Raw: []byte(c.value)}, key); got != c.fault {
			t.Errorf("%s of %q: %q, want %q", c.rule, c.value, got, c.fault)
		}
		if r.required != strings.HasSuffix(c.rule, "required") {
			t.Errorf("%s: required %v", c.rule, r.required)
		}
	}
	for _, bad := range []string{
		"", " ", "array ≤ x", "array 5", "array ≤ -1", "number 5…1", "number five", "text ≤ many", "text ≤ -1", "text: leters", "one of ", "one of 4 values", "always the same value", "one of #12", `one of "a" b`, `one of "a`,
		"uuidd", "never or uuid", "never, required", "any or never", "a or", strings.Repeat("x", maxRule+1), "one of " + strings.Repeat("a, ", maxMembers+1) + "b",
	} {
		if r, err := Parse(bad); err == nil {
			t.Errorf("%.40q is taken for %+v", bad, r)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"number 0.01…9500", "text ≤ 240: letters, .-", `one of a, "b or c", #0123456789abcdef or null`, "never", "uuid, required", "text: \"'"} {
		f.Add(seed, "value")
	}
	key := sketch.NewKey([32]byte{})
	f.Fuzz(func(t *testing.T, text, value string) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		n := inspect.Node{Kind: decode.String, Raw: []byte(value)}
		a := r.Fault(&n, key)
		again, err := Parse(text)
		if err != nil || again.Fault(&n, key) != a {
			t.Errorf("%q reads as two rules", text)
		}
		if wider, err := Parse(strings.TrimSuffix(text, ", required") + " or any"); err == nil && !r.required && !r.never && wider.Fault(&n, key) != "" {
			t.Errorf("%q or any does not take %q", text, value)
		}
	})
}
