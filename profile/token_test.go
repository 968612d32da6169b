package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"
	"unicode/utf16"
)

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
	body := ask(hex.EncodeToString(text))
	m := post("/session", body)
	tree := c.inspector.Inspect(&m)
	opened := false
	for i := range tree.Nodes {
		opened = opened || string(tree.Nodes[i].Raw) == "how odd"
	}
	c.inspector.Free(tree)
	if !opened {
		t.Fatal("nothing is opened in this token: the test holds nothing")
	}
	if v := c.ask(web, m); !v.Allow {
		t.Errorf("a token that reads as UTF-16: score %.2f, %+v", v.Score, v.Reasons)
	}
	if v := c.ask(web, post("/session", ask("how odd, this is no token"))); v.Allow {
		t.Errorf("a text for a token: score %.2f", v.Score)
	}
}
