package profile

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Sensitive kinds of values are known by field and by edge; numbers that pass a check by chance, and words in fields of like names, are not taken for such.
func TestSensitive(t *testing.T) {
	t.Parallel()
	const shop = "spiffe://mesh.test/ns/shop/sa/shop"
	c := newClassroom(t, Config{}, &Memory{})
	r := rand.New(rand.NewPCG(1, 1))
	cards := [...]string{"4111111111111111", "5500000000000004", "340000000000009"}
	for i := range 300 {
		c.teach(fmt.Sprint("a", i), web, post("/pay", fmt.Sprintf(
			`{"card":%q,"parcel":"%d","mail":"u%d@example.org","iban":"DE89370400440532013000","tax":"12345678Z","auth":{"password":"correct horse %d","api_key":"ghp_0123456789abcdefghijABCDEFGHIJ0123456789"},"tokens":3,"shipping":"by sea"}`,
			cards[i%3], 4e15+r.Int64N(1e15), i, i)))
		c.teach(fmt.Sprint("b", i), shop, post("/pay", `{"parcel":"`+fmt.Sprint(4e15+r.Int64N(1e15))+`","shipping":"by air"}`))
	}
	c.Publish()
	got := map[string][]string{}
	for _, rule := range c.Snapshot().Rules(orders, "POST /pay") {
		if len(rule.Sensitive) > 0 {
			got[rule.Path] = rule.Sensitive
		}
	}
	want := map[string][]string{
		"body|json.card": {"card number"}, "body|json.mail": {"e-mail"}, "body|json.iban": {"iban"}, "body|json.tax": {"national id"},
		"body|json.auth.password": {"secret"}, "body|json.auth.api_key": {"secret"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by field (-want +got):\n%s", diff)
	}
	view, _ := c.Snapshot().Callee(orders)
	edges := map[string][]string{}
	for _, who := range view.Callers {
		edges[who.Caller] = who.Sensitive
	}
	if diff := cmp.Diff(map[string][]string{web: {"card number", "e-mail", "iban", "national id", "secret"}, shop: nil}, edges); diff != "" {
		t.Errorf("by edge (-want +got):\n%s", diff)
	}
}
