package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unicode/utf16"

	"postern/inspect"
)

// opens fails where a text is not opened in a call: then the test would hold nothing.
func (c *classroom) opens(m inspect.Message, text string) {
	c.t.Helper()
	tree := c.inspector.Inspect(&m)
	defer c.inspector.Free(tree)
	if !slices.ContainsFunc(tree.Nodes, func(n inspect.Node) bool { return string(n.Raw) == text }) {
		c.t.Fatalf("%q is not opened: the test holds nothing", text)
	}
}

// TestShortTokenReadByChance: the ids of spans, sixteen hexadecimal digits or none, are no tokens by their form. Of some the eight bytes read as a text, which is chance; a word is none of them.
func TestShortTokenReadByChance(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(6, 6))
	ask := func(id string) string { return fmt.Sprintf(`{"parent":%q,"n":%d}`, id, r.IntN(9)) }
	for i := range 2000 {
		id := fmt.Sprintf("%016x", r.Uint64())
		if r.IntN(4) == 0 {
			id = ""
		}
		c.teach(fmt.Sprint(i), web, post("/spans", ask(id)))
	}
	c.Publish()
	m := post("/spans", ask("335b492a68596f64"))
	c.opens(m, "3[I*hYod")
	if v := c.ask(web, m); !v.Allow {
		t.Errorf("an id that reads as a text: score %.2f, %+v", v.Score, v.Reasons)
	}
	for _, odd := range []string{"how odd, no id", hex.EncodeToString([]byte("how odd, this is no id of a span"))} {
		if v := c.ask(web, post("/spans", ask(odd))); v.Allow {
			t.Errorf("%q for an id: score %.2f", odd, v.Score)
		}
	}
}

// TestTokenReadByChance: what some of the bytes of tokens can be unwrapped to is chance, and denies nobody. What is no token in their field is odd as ever.
func TestTokenReadByChance(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(6, 6))
	ask := func(token string) string { return fmt.Sprintf(`{"session":%q,"n":%d}`, token, r.IntN(9)) }
	for i := range 2000 {
		sum := sha256.Sum256(fmt.Append(nil, i))
		c.teach(fmt.Sprint(i), web, post("/session", ask(hex.EncodeToString(sum[:16]))))
	}
	c.Publish()
	var text []byte
	for _, u := range utf16.Encode([]rune("\ufeffhow odd")) {
		text = append(text, byte(u), byte(u>>8))
	}
	m := post("/session", ask(hex.EncodeToString(text)))
	c.opens(m, "how odd")
	if v := c.ask(web, m); !v.Allow {
		t.Errorf("a token that reads as UTF-16: score %.2f, %+v", v.Score, v.Reasons)
	}
	if v := c.ask(web, post("/session", ask(hex.EncodeToString([]byte("how odd, this is much longer"))))); v.Allow {
		t.Errorf("a text in a longer token: score %.2f", v.Score)
	}
	if v := c.ask(web, post("/session", ask("how odd, this is no token"))); v.Allow {
		t.Errorf("a text for a token: score %.2f", v.Score)
	}
}
