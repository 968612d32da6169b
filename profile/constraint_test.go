package profile

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

func TestConstraints(t *testing.T) {
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
		rule, err := ParseConstraint(c.rule)
		if err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		if got := rule.fault(&inspect.Node{Kind: c.kind, Raw: []byte(c.value)}, key); got != c.fault {
			t.Errorf("%s of %q: %q, want %q", c.rule, c.value, got, c.fault)
		}
		if rule.required != strings.HasSuffix(c.rule, "required") {
			t.Errorf("%s: required %v", c.rule, rule.required)
		}
	}
	for _, bad := range []string{
		"", " ", "array ≤ x", "array 5", "array ≤ -1", "number 5…1", "number five", "text ≤ many", "text ≤ -1", "text: leters", "one of ", "one of 4 values", "always the same value", "one of #12", `one of "a" b`, `one of "a`,
		"uuidd", "never or uuid", "never, required", "any or never", "a or", strings.Repeat("x", maxRule+1), "one of " + strings.Repeat("a, ", maxMembers+1) + "b",
	} {
		if rule, err := ParseConstraint(bad); err == nil {
			t.Errorf("%.40q is taken for %+v", bad, rule)
		}
	}
}

// What Rules tells in words, and what a pin without a rule is frozen to, reads back as a rule that every value learned keeps to.
func TestWordsReadBack(t *testing.T) {
	t.Parallel()
	seen := map[uint64][]inspect.Node{} // by field
	c := newClassroom(t, Config{FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(3, 3))
	var w spoken
	for i := range 700 {
		m := sorts(r)
		c.teach(fmt.Sprint(i), web, m)
		tree := c.inspector.Inspect(&m)
		w.place(tree)
		for k := range tree.Nodes {
			n := tree.Nodes[k]
			if own, _ := readings(tree, int32(k)); own || !n.Leaf() {
				n.Raw = bytes.Clone(n.Raw)
				seen[w.fields[k]] = append(seen[w.fields[k]], n)
			}
		}
		c.inspector.Free(tree)
	}
	c.Publish()
	o := c.Snapshot().models[orders].operations["POST /sorts"]
	if o == nil || len(o.fields) < 15 {
		t.Fatalf("%+v", o)
	}
	for _, d := range o.fields {
		for _, text := range []string{d.words(), d.frozen(false)} {
			if text == "" || strings.Contains(text, " values") || strings.Contains(text, "same value") {
				continue // the same frozen is checked
			}
			rule, err := ParseConstraint(text)
			if err != nil {
				t.Errorf("%s: %v", o.path(d), err)
				continue
			}
			for k := range seen[d.key] {
				if fault := rule.fault(&seen[d.key][k], c.Snapshot().key); fault != "" {
					t.Fatalf("%s: %v %q does not keep to %q: %s", o.path(d), seen[d.key][k].Kind, seen[d.key][k].Raw, text, fault)
				}
			}
		}
	}
}

// sorts is a call with values of many sorts.
func sorts(r *rand.Rand) inspect.Message {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	text := make([]byte, r.IntN(200))
	for i := range text {
		text[i] = "abc DEF 123 .,-\"'`|[]{}<>:;=+*&^%$#@!?/_~()"[r.IntN(43)]
	}
	body, err := json.Marshal(map[string]any{
		"tiny": r.Float64() * 1e-5, "signed": r.IntN(4001) - 2000, "huge": math.Exp(r.Float64() * 60), "below": -r.Float64() * 977, "zero": 0, "small": r.IntN(7),
		"state": pick("new", "paid", "sent"), "id": fmt.Sprintf("%08x-0000-4000-8000-%012x", r.Uint32(), r.Uint32()), "day": fmt.Sprintf("2026-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28)),
		"text": string(text), "wrapped": base64.StdEncoding.EncodeToString([]byte("the parcel number " + fmt.Sprint(r.IntN(1000)))), "yes": r.IntN(2) == 0, "maybe": [...]any{nil, "x", 5}[r.IntN(3)],
		"mixed": [...]any{map[string]any{"a": 1}, []int{1, 2}, "plain"}[r.IntN(3)], "far": pick("zoë", "日本", "naïve — yes"), "mail": fmt.Sprintf("u%d@example.org", r.IntN(1e6)),
	})
	if err != nil {
		panic(err)
	}
	return post("/sorts", string(body))
}

func FuzzParseConstraint(f *testing.F) {
	for _, seed := range []string{"number 0.01…9500", "text ≤ 240: letters, .-", `one of a, "b or c", #0123456789abcdef or null`, "never", "uuid, required", "text: \"'"} {
		f.Add(seed, "value")
	}
	key := sketch.NewKey([32]byte{})
	f.Fuzz(func(t *testing.T, text, value string) {
		rule, err := ParseConstraint(text)
		if err != nil {
			return
		}
		n := inspect.Node{Kind: decode.String, Raw: []byte(value)}
		a := rule.fault(&n, key)
		again, err := ParseConstraint(text)
		if err != nil || again.fault(&n, key) != a {
			t.Errorf("%q reads as two rules", text)
		}
		if wider, err := ParseConstraint(strings.TrimSuffix(text, ", required") + " or any"); err == nil && !rule.required && !rule.never && wider.fault(&n, key) != "" {
			t.Errorf("%q or any does not take %q", text, value)
		}
	})
}
