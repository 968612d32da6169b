package profile

import (
	"context"
	"errors"
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
			c.drifting(r)
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

// drifting has calls of a new version come until the alarm is raised.
func (c *classroom) drifting(r *rand.Rand) {
	c.t.Helper()
	for i := 0; len(c.Drifting()) == 0; i++ {
		c.visit(fmt.Sprint("n", i), nth(i%5), renamed(r))
		if i == 100 {
			c.t.Fatal("no alarm")
		}
	}
}

// follows has a replica hear all that the store's log says.
func (c *classroom) follows(store *Memory) {
	for _, d := range store.decisions {
		c.decided(d)
	}
}

// TestDriftIsKept: that learning pauses holds on every replica and after a restart, before and after it is in the log, and ends for all at once.
func TestDriftIsKept(t *testing.T) {
	t.Parallel()
	c, r := watched(t)
	store := c.store.(*Memory)
	other, restarted := newClassroom(t, c.config, store), func() *classroom {
		c := newClassroom(t, c.config, store)
		c.follows(store)
		return c
	}
	c.drifting(r)
	for range 2 { // the second time there is nothing to say
		c.noteDrift(t.Context())
	}
	if len(store.decisions) != 1 || store.decisions[0].By != "postern" {
		t.Fatalf("decisions %+v", store.decisions)
	}
	other.follows(store)
	for name, c := range map[string]*classroom{"the one that raised it": c, "the other": other, "a restarted one": restarted()} {
		if !slices.Equal(c.Drifting(), []string{orders}) || !c.InForce()[1] {
			t.Errorf("%s: drifting %v", name, c.Drifting())
		}
	}
	before := c.Stats().Learned
	if c.visit("paused", nth(1), order(r)); c.Stats().Learned != before {
		t.Error("a call is learned meanwhile")
	}
	other.decide(Act{Do: "withdraw", Decision: 1})
	c.follows(store)
	for name, c := range map[string]*classroom{"the one that raised it": c, "the other": other, "a restarted one": restarted()} {
		if len(c.Drifting()) > 0 || c.InForce()[1] {
			t.Errorf("withdrawn, %s: drifting %v", name, c.Drifting())
		}
	}
	if c.visit("again", nth(1), order(r)); c.Stats().Learned != before+1 {
		t.Error("nothing is learned after it was withdrawn")
	}
}

// deaf is a Store that takes no decisions.
type deaf struct{ *Memory }

func (deaf) Decide(context.Context, string, []byte) (Decision, error) {
	return Decision{}, errors.New("down")
}

// TestDriftWithoutStore: where the Store takes nothing learning pauses all the same, and the log has it once the Store is back.
func TestDriftWithoutStore(t *testing.T) {
	t.Parallel()
	c, r := watched(t)
	store := c.store.(*Memory)
	c.store = deaf{store}
	c.drifting(r)
	c.noteDrift(t.Context())
	if len(c.Drifting()) != 1 || len(store.decisions) != 0 {
		t.Fatalf("drifting %v, decisions %+v", c.Drifting(), store.decisions)
	}
	c.store = store
	c.noteDrift(t.Context())
	if len(c.Drifting()) != 1 || len(store.decisions) != 1 {
		t.Errorf("drifting %v, decisions %+v", c.Drifting(), store.decisions)
	}
}

// TestQuorumEndsDrift: once enough callers have shown what is new, learning goes on, and the log says so.
func TestQuorumEndsDrift(t *testing.T) {
	t.Parallel()
	c, r := watched(t)
	store := c.store.(*Memory)
	c.drifting(r)
	c.noteDrift(t.Context())
	at := time.Unix(1_800_000_100, 0)
	for i := 0; len(c.Drifting()) > 0; i++ {
		c.visitAt(at.Add(time.Duration(i)*time.Minute), fmt.Sprint("q", i), nth(i%5), renamed(r))
		if i == 200 {
			t.Fatal("it never ends")
		}
	}
	c.noteDrift(t.Context())
	restarted := newClassroom(t, c.config, store)
	restarted.follows(store)
	if len(store.decisions) != 2 || len(restarted.Drifting()) > 0 {
		t.Errorf("decisions %+v, drifting after a restart %v", store.decisions, restarted.Drifting())
	}
}

// TestNewVersionIsNoDrift: what a version brings that nobody announced raises no alarm before its release is in the log.
func TestNewVersionIsNoDrift(t *testing.T) {
	t.Parallel()
	c, r := watched(t)
	at := time.Unix(1_800_000_100, 0)
	for i := range 200 {
		m, e, id := renamed(r), Edge{nth(i % 5), orders}, fmt.Sprint("v", i)
		m.Path = fmt.Appendf(nil, "/orders/%d", r.IntN(100000))
		tree := c.inspector.Inspect(&m)
		v := c.Snapshot().Judge(e, "v2", tree)
		c.Saw(id, at, e, "v2", tree, &v)
		c.Ended(id, true, at)
		c.inspector.Free(tree)
		c.drain()
	}
	if len(c.Drifting()) > 0 {
		t.Errorf("drifting %v", c.Drifting())
	}
}
