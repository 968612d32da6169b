package profile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"postern/inspect/decode"
)

// list is a call with an array of that many tags.
func list(n int) string {
	return `{"tags":[` + strings.TrimSuffix(strings.Repeat(`"a",`, n), ",") + `]}`
}

// An array of far more elements than any before is odd, and a rule may say how many there may be.
func TestArrayLengths(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(7, 8))
	for i := range 600 {
		c.teach(fmt.Sprint(i), web, post("/lists", list(1+r.IntN(6))))
	}
	c.Publish()
	for n := 1; n <= 6; n++ {
		if v := c.ask(web, post("/lists", list(n))); !v.Allow {
			t.Errorf("%d elements: %+v", n, v.Reasons)
		}
	}
	v := c.ask(web, post("/lists", list(500)))
	if v.Allow || v.Reasons[0].Class != "length" || v.Reasons[0].Path != "body|json.tags" {
		t.Errorf("500 elements: %+v", v)
	}
	for n, allowed := range map[int]bool{20: true, 21: false} {
		c.decide(Act{Do: "pin", Operation: "POST /lists", Field: "body|json.tags", Rule: "array ≤ 20"})
		if v := c.ask(web, post("/lists", list(n))); v.Allow != allowed {
			t.Errorf("pinned to 20, %d elements: %+v", n, v)
		}
	}
}

// Counts of a program that did not count elements say nothing of them.
func TestArrayLengthsNotCounted(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	for i := range 600 {
		c.teach(fmt.Sprint(i), web, post("/lists", list(1+i%6)))
	}
	for _, n := range c.openCounts() {
		for _, f := range n.Fields {
			if f.Kinds.Of(decode.Array) > 0 {
				f.Lengths = nil
			}
		}
	}
	c.Publish()
	for _, n := range []int{1, 6, 500} {
		if v := c.ask(web, post("/lists", list(n))); !v.Allow {
			t.Errorf("%d elements: %+v", n, v.Reasons)
		}
	}
}
