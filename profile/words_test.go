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
	"postern/profile/rule"
)

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
			r, err := rule.Parse(text)
			if err != nil {
				t.Errorf("%s: %v", o.path(d), err)
				continue
			}
			for k := range seen[d.key] {
				if fault := r.Fault(&seen[d.key][k], c.Snapshot().key); fault != "" {
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
