package profile

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"
)

// hung is a Store that no longer answers.
type hung struct {
	Memory
	free chan struct{}
}

func (h *hung) Put(context.Context, ...Count) error        { <-h.free; return nil }
func (h *hung) Delete(context.Context, ...Key) error       { <-h.free; return nil }
func (h *hung) Pass(context.Context, ...End) error         { <-h.free; return nil }
func (h *hung) Deny(context.Context, string, []byte) error { <-h.free; return nil }
func (h *hung) Read(ctx context.Context, f func(Count), keys ...Key) error {
	<-h.free
	return h.Memory.Read(ctx, f, keys...)
}

// TestChecksWaitForNothing: with a Store that hangs, the learner's goroutines stuck and all its locks held, calls are judged as before, and observing them does not wait.
func TestChecksWaitForNothing(t *testing.T) {
	t.Parallel()
	store := &hung{free: make(chan struct{})}
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01, Flush: time.Millisecond, Publish: time.Hour, Inbox: 64}, store)
	teachOrders(c, 1500)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	<-c.read
	calls := make([]said, 200)
	r := rand.New(rand.NewPCG(9, 9))
	want := make([]string, len(calls))
	judge := func(s *said, at int) string {
		tree := c.inspector.Inspect(&s.message)
		defer c.inspector.Free(tree)
		v := c.Snapshot().Judge(s.edge, "v1", tree)
		c.Saw(fmt.Sprint(at, s.id), s.at, s.edge, "v1", tree, &v)
		c.Ended(fmt.Sprint(at, s.id), true, s.at)
		v.Revision = 0
		return fmt.Sprintf("%+v", v)
	}
	for _, lock := range []*sync.Mutex{&c.publishing, &c.mu} { // nobody learns, nobody publishes
		lock.Lock()
	}
	for i := range calls {
		calls[i] = said{id: fmt.Sprint("c", i), at: time.Unix(1_800_000_000, 0), edge: Edge{web, orders}, message: order(r)}
		if i%3 == 0 {
			calls[i].message = post("/orders/7", fmt.Sprintf(`{"item":"lamp","amount":%d,"price":2.5,"note":"' OR 1=1 --","x%d":1}`, i, i))
		}
		want[i] = judge(&calls[i], 0)
	}
	start := time.Now()
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range calls {
				if got := judge(&calls[i], g+1); got != want[i] {
					t.Errorf("call %d: judged %s, alone %s", i, got, want[i])
				}
			}
		})
	}
	all.Wait()
	took := time.Since(start)
	c.mu.Unlock()
	c.publishing.Unlock()
	if took > 20*time.Second {
		t.Errorf("800 checks took %v", took)
	}
	if c.Stats().Dropped == 0 {
		t.Error("the inbox never filled: nothing was held up")
	}
	cancel()
	close(store.free)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestLearningDoesNotWaitForModels: while models cannot be made since the Store does not tell what left memory, calls are learned, and an operator's mode holds.
func TestLearningDoesNotWaitForModels(t *testing.T) {
	t.Parallel()
	store := &hung{free: make(chan struct{})}
	c := newClassroom(t, Config{Mode: Shadow, FalseDenyRate: .01}, store)
	teachOrders(c, 300)
	c.mu.Lock()
	for k, en := range c.ledgers[orders].entries { // as if it had been flushed, and evicted
		if err := store.Memory.Put(t.Context(), Count{k, en.open.encode()}); err != nil {
			t.Fatal(err)
		}
		c.resident.Add(k, struct{}{})
		delete(c.dirty, k)
	}
	memory := c.config.Memory
	c.config.Memory = 1
	c.evict()
	c.config.Memory = memory
	c.mu.Unlock()
	published := make(chan struct{})
	c.teach("one more", web, order(rand.New(rand.NewPCG(3, 3))))
	go func() { c.Publish(); close(published) }()
	for c.publishing.TryLock() { // until it has begun
		c.publishing.Unlock()
		time.Sleep(time.Millisecond)
	}
	for i := range 100 {
		c.teach(fmt.Sprint("meanwhile", i), web, order(rand.New(rand.NewPCG(3, uint64(i)))))
	}
	if _, err := c.Decide(t.Context(), "test", Act{Do: "mode", Mode: "enforce"}); err != nil {
		t.Fatal(err)
	}
	if mode := c.Snapshot().Mode(Edge{web, orders}); mode != Enforce {
		t.Errorf("mode %v, decided enforce", mode)
	}
	select {
	case <-published:
		t.Fatal("the models were made without the store")
	default:
	}
	close(store.free)
	<-published
	c.Publish()
	if n := c.Snapshot().models[orders].calls; n != 401 {
		t.Errorf("%v calls known, 401 were learned", n)
	}
}

// TestSnapshotHoldsNothingToWaitFor: what Judge reads has no lock, channel or atomic in it, so that judging writes nothing that others read. A sync.Pool gives each processor its own desks.
func TestSnapshotHoldsNothingToWaitFor(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	var walk func(path string, of reflect.Type)
	walk = func(path string, of reflect.Type) {
		if seen[of] || of == reflect.TypeFor[sync.Pool]() || path == ".config.Log" {
			return
		}
		seen[of] = true
		switch of.Kind() {
		case reflect.Chan:
			t.Errorf("Snapshot%s is a channel", path)
		case reflect.Pointer, reflect.Slice, reflect.Array:
			walk(path, of.Elem())
		case reflect.Map:
			walk(path, of.Key())
			walk(path, of.Elem())
		case reflect.Struct:
			if p := of.PkgPath(); p == "sync" || p == "sync/atomic" {
				t.Errorf("Snapshot%s is a %v", path, of)
			}
			for f := range of.Fields() {
				walk(path+"."+f.Name, f.Type)
			}
		default:
		}
	}
	walk("", reflect.TypeFor[Snapshot]())
	if len(seen) < 20 {
		t.Errorf("only %d types looked at", len(seen))
	}
}

// TestJudgeLeavesTheSnapshotAlone: a map of verdicts is the same whoever else judges at the same time; under the race detector a write to what is shared would show.
func TestJudgeLeavesTheSnapshotAlone(t *testing.T) {
	t.Parallel()
	c := taught(t, 800)
	s := c.Snapshot()
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for i := range 200 {
				m := order(r)
				if i%4 == 0 {
					m = post("/orders/9", fmt.Sprintf(`{"item":["lamp"],"amount":-1,"price":1e9,"note":"<%d>","x":{"y":1}}`, i))
				}
				tree := c.inspector.Inspect(&m)
				before := s.Judge(Edge{web, orders}, "v1", tree)
				c.Learn(fmt.Sprint("race", g, i), time.Unix(1_800_000_000, 0), Edge{web, orders}, "v1", tree)
				if after := s.Judge(Edge{web, orders}, "v1", tree); after.Score != before.Score || after.Allow != before.Allow {
					t.Errorf("judged %v, then %v by the same snapshot", before, after)
				}
				c.inspector.Free(tree)
				if i%100 == 0 {
					c.Publish()
				}
			}
		})
	}
	all.Wait()
}
