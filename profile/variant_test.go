package profile

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// A path whose field action selects the shape of the body: what a refund has, a query may not have, though both are known.
func TestVariants(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(7, 7))
	of := func(action string) string {
		switch action {
		case "query":
			return fmt.Sprintf(`{"action":"query","user":"user-%d","page":%d}`, r.IntN(1000), r.IntN(9))
		case "refund":
			return fmt.Sprintf(`{"action":"refund","user":"user-%d","amount":%d,"reason":"broken"}`, r.IntN(1000), r.IntN(90))
		}
		return fmt.Sprintf(`{"action":"rename","user":"user-%d","name":"name %d"}`, r.IntN(1000), r.IntN(1000))
	}
	actions := [...]string{"query", "refund", "rename"}
	for i := range 1500 {
		c.teach(fmt.Sprint(i), web, post("/rpc", of(actions[r.IntN(3)])))
	}
	c.Publish()
	denied := 0
	for range 300 {
		if v := c.ask(web, post("/rpc", of(actions[r.IntN(3)]))); !v.Allow {
			denied++
		}
	}
	if denied > 6 {
		t.Errorf("%d of 300 ordinary calls denied", denied)
	}
	for name, body := range map[string]string{
		"a query with a refund's fields": `{"action":"query","user":"user-7","amount":3,"reason":"broken"}`,
		"a refund with a query's fields": `{"action":"refund","user":"user-7","page":3}`,
		"an action nobody asked":         `{"action":"delete","user":"user-7","page":3}`,
	} {
		if v := c.ask(web, post("/rpc", body)); v.Allow {
			t.Errorf("%s is let through, score %.2f, %+v", name, v.Score, v.Reasons)
		}
	}
}
