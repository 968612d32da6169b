package profile

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"postern/inspect"
)

// visit is a call that is judged, let through and ends well.
func (c *classroom) visit(id, from string, m inspect.Message) {
	c.visitAt(time.Unix(1_800_000_100, 0), id, from, m)
}

func (c *classroom) visitAt(at time.Time, id, from string, m inspect.Message) {
	tree := c.inspector.Inspect(&m)
	defer c.inspector.Free(tree)
	e := Edge{from, orders}
	v := c.Snapshot().Judge(e, "", tree)
	c.Saw(id, at, e, "", tree, &v)
	c.Ended(id, true, at)
	c.drain()
}

func nth(i int) string { return fmt.Sprintf("spiffe://mesh.test/ns/shop/sa/c%d", i) }

// renamed is an order as a new version of the service would take it.
func renamed(r *rand.Rand) inspect.Message {
	return post("/orders/7", fmt.Sprintf(`{"item":"lamp","quantity":%d,"price":2.5,"remark":"door %d"}`, r.IntN(9), r.IntN(300)))
}

func watched(t *testing.T) (*classroom, *rand.Rand) {
	t.Helper()
	c := newClassroom(t, Config{Mode: Shadow, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(5, 5))
	for i := range 2000 {
		c.teach(fmt.Sprint(i), nth(i%5), order(r))
	}
	c.Publish()
	return c, r
}

func TestDriftAlarm(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name  string
		share float64 // of the calls that are of the new version
		from  int     // callers that send them
		most  int     // calls until the alarm; 0: there must be none
	}{
		{"ordinary calls", 0, 5, 0},
		{"one caller among five", .2, 1, 0},
		{"all calls", 1, 5, 20},
		{"every fifth call", .2, 5, 400},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			c, r := watched(t)
			alarm := 0
			for i := range 10000 {
				m, who := order(r), r.IntN(5)
				if r.Float64() < x.share {
					m, who = renamed(r), r.IntN(x.from)
				}
				c.visit(fmt.Sprint("v", i), nth(who), m)
				if alarm = i + 1; len(c.Drifting()) > 0 {
					break
				}
				alarm = 0
			}
			if alarm > x.most || x.most > 0 && alarm == 0 {
				t.Errorf("alarm after %d calls, want at most %d", alarm, x.most)
			}
		})
	}
}

// While a callee drifts nothing ordinary is learned of it; an approval, a release or a forgetting ends that.
func TestDriftPausesLearning(t *testing.T) {
	t.Parallel()
	for _, do := range []Act{{Do: "approve", Callee: orders, Field: "body|json.quantity", Class: "new-field"}, {Do: "release", Callee: orders}, {Do: "forget", Callee: orders}} {
		t.Run(do.Do, func(t *testing.T) {
			t.Parallel()
			c, r := watched(t)
			for i := 0; len(c.Drifting()) == 0; i++ {
				c.visit(fmt.Sprint("n", i), nth(i%5), renamed(r))
				if i == 100 {
					t.Fatal("no alarm")
				}
			}
			before := c.Stats().Learned
			c.visit("paused", nth(1), order(r))
			if got := c.Stats().Learned; got != before {
				t.Errorf("%d calls learned while the callee drifts", got-before)
			}
			if !slices.Equal(c.Drifting(), []string{orders}) {
				t.Errorf("drifting %v", c.Drifting())
			}
			if _, err := c.Decide(context.Background(), "test", do); err != nil {
				t.Fatal(err)
			}
			c.visit("again", nth(1), order(r))
			if got := c.Stats().Learned; got != before+1 || len(c.Drifting()) > 0 {
				t.Errorf("%d calls learned after %s, drifting %v", got-before, do.Do, c.Drifting())
			}
		})
	}
}
