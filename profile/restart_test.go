package profile

import (
	"context"
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
