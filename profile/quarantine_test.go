package profile

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestQuarantine: in shadow a new field of a mature operation is learned only after enough callers said it, often and long enough; an attack never.
func TestQuarantine(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_800_000_000, 0)
	for _, x := range []struct {
		name    string
		callers int
		calls   int
		span    time.Duration
		body    string
		learned bool
	}{
		{"many callers, long", 4, 40, time.Hour, `{"item":"lamp","amount":1,"price":2.5,"note":"please leave at door 3","gift":true}`, true},
		{"one caller", 1, 400, time.Hour, `{"item":"lamp","amount":1,"price":2.5,"note":"please leave at door 3","gift":true}`, false},
		{"too fast", 4, 400, time.Minute, `{"item":"lamp","amount":1,"price":2.5,"note":"please leave at door 3","gift":true}`, false},
		{"attack", 4, 400, time.Hour, `{"item":"lamp","amount":1,"price":2.5,"note":"please leave at door 3","gift":"' OR 1=1 UNION SELECT password FROM users--"}`, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newClassroom(t, Config{Mode: Shadow, FalseDenyRate: .01}, &Memory{})
			r := rand.New(rand.NewPCG(1, 1))
			for i := range 1500 {
				c.teach(fmt.Sprint(i), fmt.Sprintf("spiffe://mesh.test/ns/shop/sa/c%d", i%4), order(r))
			}
			c.Publish()
			for i := range x.calls {
				at := start.Add(x.span * time.Duration(i) / time.Duration(x.calls-1))
				m := post("/orders/7", x.body)
				tree := c.inspector.Inspect(&m)
				e := Edge{fmt.Sprintf("spiffe://mesh.test/ns/shop/sa/c%d", i%x.callers), orders}
				v := c.Snapshot().Judge(e, "", tree)
				id := fmt.Sprint("new", i)
				c.Saw(id, at, e, "", tree, &v)
				c.Ended(id, true, at)
				c.inspector.Free(tree)
			}
			c.drain()
			c.Publish()
			v := c.ask("spiffe://mesh.test/ns/shop/sa/c0", post("/orders/7", x.body))
			if v.WouldDeny == x.learned {
				t.Errorf("would deny %v; reasons %+v; %d wait", v.WouldDeny, v.Reasons, c.Quarantined())
			}
		})
	}
}

// TestSamplesDoNotDependOnOrder: which calls calibrate is a matter of their ids alone.
func TestSamplesDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	sampled := func(order []int) (ids []uint64) {
		c := newClassroom(t, Config{FalseDenyRate: .01}, &Memory{})
		for _, i := range order {
			c.teach(fmt.Sprint(i), web, post("/x", fmt.Sprintf(`{"n":%d}`, i)))
			c.size = 50
		}
		c.Publish()
		for _, en := range c.ledgers[orders].entries {
			for _, f := range en.open.Samples {
				ids = append(ids, f.ID)
			}
		}
		return ids
	}
	a := sampled(rand.New(rand.NewPCG(1, 1)).Perm(700))
	b := sampled(rand.New(rand.NewPCG(2, 2)).Perm(700))
	if len(a) != 50 || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("%d and %d samples, or others", len(a), len(b))
	}
}
