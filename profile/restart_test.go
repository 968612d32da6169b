package profile

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// slow is a Store that takes its time to tell what it holds.
type slow struct {
	*Memory
	tell chan struct{}
}

func (s *slow) Watch(ctx context.Context, f func(Count), ready func()) error {
	<-s.tell
	return s.Memory.Watch(ctx, f, ready)
}

// A call that comes while a restarted replica still reads must not take the place of what that replica counted before.
func TestWhatComesBeforeTheStoreHasToldAddsToIt(t *testing.T) {
	t.Parallel()
	store := &slow{&Memory{}, make(chan struct{})}
	before := newClassroom(t, Config{Replica: "r"}, store)
	teachOrders(before, 50)
	if err := before.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := newClassroom(t, Config{Replica: "r", Publish: 10 * time.Millisecond}, store)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	m := post("/orders/1", `{"item":"lamp","amount":1,"price":2.50,"note":"please leave at door 3"}`)
	tree := c.inspector.Inspect(&m)
	verdict := c.Snapshot().Judge(Edge{web, orders}, "v1", tree)
	c.Saw("early", time.Unix(1_800_000_000, 0), Edge{web, orders}, "v1", tree, &verdict)
	c.inspector.Free(tree)
	c.Ended("early", true, time.Unix(1_800_000_001, 0))
	time.Sleep(50 * time.Millisecond) // it would be counted by now
	close(store.tell)
	calls := func() (n uint64) {
		for _, v := range c.Snapshot().Callees() {
			for _, o := range v.Operations {
				n += uint64(o.Calls)
			}
		}
		return n
	}
	for end := time.Now().Add(10 * time.Second); calls() != 51; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d calls are known, want the 50 of before and the early one", calls())
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// Of a large mesh, what was made in a turn judges while the rest is made.
func TestModelsAreMadeInTurnsAtTheStart(t *testing.T) {
	t.Parallel()
	store := &Memory{}
	before := newClassroom(t, Config{}, store)
	const callees = 12
	r := rand.New(rand.NewPCG(4, 4))
	for i := range callees * 30 {
		m := order(r)
		tree := before.inspector.Inspect(&m)
		before.Learn(fmt.Sprint(i), time.Unix(1_800_000_000, 0), Edge{web, fmt.Sprint(orders, i%callees)}, "v1", tree)
		before.inspector.Free(tree)
	}
	if err := before.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := newClassroom(t, Config{Publish: time.Hour}, store)
	c.firstTurn = 1 // a nanosecond: each turn makes one
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	<-c.read
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if s := c.Snapshot(); len(s.Callees()) != callees || s.Revision < callees || c.Making() {
		t.Errorf("%d of %d callees known after %d snapshots, still making %v", len(s.Callees()), callees, s.Revision, c.Making())
	}
}
