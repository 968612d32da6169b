package profile

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"postern/profile/sketch"
)

// onDisk is a Store whose counts are in a file, so that the heap is the Learner's own.
type onDisk struct {
	Memory
	mu   sync.Mutex
	file *os.File
	end  int64
	at   map[Key][2]int64
}

func newOnDisk(t testing.TB) *onDisk {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "counts")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return &onDisk{file: file, at: map[Key][2]int64{}}
}

func (d *onDisk) Put(_ context.Context, counts ...Count) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range counts {
		if _, err := d.file.WriteAt(c.Value, d.end); err != nil {
			return err
		}
		d.at[c.Key] = [2]int64{d.end, int64(len(c.Value))}
		d.end += int64(len(c.Value))
	}
	return nil
}

func (d *onDisk) Delete(_ context.Context, keys ...Key) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, k := range keys {
		delete(d.at, k)
	}
	return nil
}

func (d *onDisk) Read(_ context.Context, f func(Count), keys ...Key) error {
	for _, k := range keys {
		d.mu.Lock()
		where, ok := d.at[k]
		d.mu.Unlock()
		if !ok {
			continue
		}
		value := make([]byte, where[1])
		if _, err := d.file.ReadAt(value, where[0]); err != nil {
			return err
		}
		f(Count{k, value})
	}
	return nil
}

// liveHeap is what is in use once all garbage is gone, bytes.
func liveHeap() int {
	var s runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&s)
	return int(s.HeapAlloc)
}

// featuresOf are an order's.
func featuresOf(c *classroom) features {
	m := order(rand.New(rand.NewPCG(1, 1)))
	tree := c.inspector.Inspect(&m)
	defer c.inspector.Free(tree)
	return *take(c.key, rawOperation(tree), tree)
}

// TestHostileNamesDoNotGrowMemory: 200,000 paths, callers and field names (POSTERN_HOSTILE_NAMES=1000000 takes five minutes), and calls that never end or always wait, leave
// the heap where Config.Memory says.
func TestHostileNamesDoNotGrowMemory(t *testing.T) {
	n, memory := 200_000, 32<<20
	if text := os.Getenv("POSTERN_HOSTILE_NAMES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	} else if testing.Short() {
		n, memory = 30_000, 4<<20
	}
	hostile := func(name string, n, limit int, drive func(l *Learner, f *features, i int)) {
		t.Run(name, func(t *testing.T) {
			store := newOnDisk(t)
			c := newClassroom(t, Config{Memory: memory, FalseDenyRate: .01, Replica: "a"}, store)
			f := featuresOf(c)
			before := liveHeap()
			half := 0
			for i := range n {
				one := f
				one.Leaves = append([]leaf(nil), f.Leaves...)
				c.mu.Lock()
				drive(c.Learner, &one, i)
				c.mu.Unlock()
				select {
				case <-c.full:
				default:
					if i%20_000 != 0 && i != n-1 {
						continue
					}
				}
				if err := c.flush(t.Context()); err != nil {
					t.Fatal(err)
				}
				if i > n/2 && half == 0 {
					half = liveHeap() - before
				}
			}
			counted := liveHeap() - before
			start := time.Now()
			c.Publish()
			took := time.Since(start)
			all := liveHeap() - before
			s := c.Stats()
			t.Logf("after %d: %d KiB, after %d: %d KiB (thought to be %d), with models %d KiB, made in %v; %d counts in memory and on the shelf, %d shelved, %d swept, %d dropped, %d lost, %d refused",
				n/2, half>>10, n, counted>>10, c.weight>>10, all>>10, took.Round(time.Millisecond), c.entries, s.Shelved, s.Swept, s.Dropped, s.Lost, s.Refused)
			if counted > limit || all > 2*limit {
				t.Errorf("%d bytes of counts, %d with models, want at most %d and twice that", counted, all, limit)
			}
			if counted > half+half/2+1<<20 {
				t.Errorf("from the middle to the end the heap grew from %d to %d bytes", half, counted)
			}
			runtime.KeepAlive(c)
		})
	}
	at := time.Unix(1_800_000_000, 0)
	hostile("paths", n, 2*memory, func(l *Learner, f *features, i int) {
		f.Operation = fmt.Sprintf("POST /w%xq/orders", i)
		l.learn(&event{f: f, id: fmt.Sprint(i), at: at, edge: Edge{web, orders}})
	})
	hostile("methods of gRPC", n/4, 2*memory, func(l *Learner, f *features, i int) {
		f.Operation = fmt.Sprintf("/shop.Orders/M%x", i)
		l.learn(&event{f: f, id: fmt.Sprint(i), at: at, edge: Edge{web, orders}})
	})
	hostile("callers", n, 2*memory, func(l *Learner, f *features, i int) {
		l.learn(&event{f: f, id: fmt.Sprint(i), at: at, edge: Edge{fmt.Sprint("spiffe://mesh.test/ns/shop/sa/caller-", i), orders}})
	})
	hostile("callees", n/4, max(2*memory, maxCallees*15_000), func(l *Learner, f *features, i int) {
		l.learn(&event{f: f, id: fmt.Sprint(i), at: at, edge: Edge{web, fmt.Sprint("spiffe://mesh.test/ns/shop/sa/callee-", i)}})
	})
	hostile("fields", max(n/20, 2000), 2*memory, func(l *Learner, f *features, i int) {
		for k := range f.Leaves {
			f.Leaves[k].Field ^= spread(uint64(i*64+k)) | 1
		}
		l.learn(&event{f: f, id: fmt.Sprint(i), at: at, edge: Edge{fmt.Sprint("spiffe://mesh.test/ns/shop/sa/caller-", i%40), orders}})
	})
	hostile("values", n/10, 2*memory, func(l *Learner, f *features, i int) {
		for k := range f.Leaves {
			if v := f.Leaves[k].Value; v != nil {
				u := *v
				u.Hash, u.Number, u.Numeric, u.Length = spread(uint64(i)), int16(i), true, uint16(i%300)
				u.Pairs = []uint16{uint16(i % (sketch.Classes * sketch.Classes))}
				f.Leaves[k].Value, f.Leaves[k].Wrap = &u, spread(uint64(i+1))
			}
		}
		l.learn(&event{f: f, id: fmt.Sprint(i), at: at, edge: Edge{web, orders}})
	})
	room := 300 << 20 // of calls as large as they may be, that wait
	large := func(f *features) {
		for len(f.Leaves) < maxLeaves {
			f.Leaves = append(f.Leaves, f.Leaves[:min(len(f.Leaves), maxLeaves-len(f.Leaves))]...)
		}
	}
	hostile("calls that never end", 2000, room, func(l *Learner, f *features, i int) {
		large(f)
		l.outcomes = true
		l.mu.Unlock()
		l.take(&event{f: f, id: fmt.Sprint(i), at: at, edge: Edge{web, orders}})
		l.mu.Lock()
	})
	hostile("calls in quarantine", 2000, room, func(l *Learner, f *features, i int) {
		large(f)
		l.wait(&event{f: f, id: fmt.Sprint(i), at: at, edge: Edge{fmt.Sprint(i), orders}, novel: novelty{orders, "x", "new-field", fmt.Sprint(i % 5000)}})
	})
}

// TestMemoryOfAField tells what doc.go says of memory: bytes of a field and of an operation, learned, judged by, on the shelf and stored.
func TestMemoryOfAField(t *testing.T) {
	const operations, fields, calls = 200, 30, 8
	store := newOnDisk(t)
	c := newClassroom(t, Config{FalseDenyRate: .01, Replica: "a"}, store)
	r := rand.New(rand.NewPCG(1, 1))
	before := liveHeap()
	for i := range operations * calls {
		m := wide(r, i%operations, fields)
		tree := c.inspector.Inspect(&m)
		f := take(c.key, rawOperation(tree), tree)
		c.inspector.Free(tree)
		c.mu.Lock()
		c.learn(&event{f: f, id: fmt.Sprint(i), at: time.Unix(1_800_000_000, 0), edge: Edge{web, orders}})
		c.mu.Unlock()
	}
	counted, thought := liveHeap()-before, c.weight
	c.Publish()
	modelled := liveHeap() - before - counted
	if err := c.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.config.Memory = 1
	c.mu.Lock()
	c.evict()
	c.mu.Unlock()
	c.models = nil
	c.snap.Store(&Snapshot{})
	shelved := liveHeap() - before
	t.Logf("%d operations of %d fields, %d calls each: %d B of counts a field (thought to be %d), %d B of models a field; an operation %d B of counts, %d B of models, %d B on the shelf, %d B stored before the store compresses it",
		operations, fields, calls, counted/operations/fields, thought/operations/fields, modelled/operations/fields, counted/operations, modelled/operations, shelved/operations, int(store.end)/operations)
	if counted > 3*thought/2 || thought > 3*counted/2 {
		t.Errorf("%d bytes are thought to be %d", counted, thought)
	}
	if perField := counted / operations / fields; perField > 2500 {
		t.Errorf("%d bytes of counts a field", perField)
	}
	if shelved > operations*4*entryBytes {
		t.Errorf("%d bytes a count on the shelf", shelved/operations)
	}
	runtime.KeepAlive(c)
}
