package profile

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Run reads the Store, then learns until ctx ends, and writes what is left.
func (l *Learner) Run(ctx context.Context) error {
	l.mu.Lock()
	l.starting = true
	l.mu.Unlock()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return l.store.Watch(ctx, l.stored, l.told) })
	group.Go(func() error { return l.store.Decisions(ctx, l.decided, l.heard) })
	group.Go(func() error { return l.store.Passed(ctx, l.passed) })
	group.Go(func() error { return l.work(ctx) })
	group.Go(func() error { return l.compile(ctx) })
	group.Go(func() error { return l.keep(ctx) })
	err := group.Wait()
	select {
	case <-l.read:
		l.drain() // what came before the end is learned
	default: // it would take the place of what this replica had counted
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = errors.Join(err, l.flush(last))
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}

// work is the goroutine that learns; once begun it waits for neither the Store nor a Snapshot that is being made. It begins when the Store has told what it holds: a call
// counted before would take the place of all that this replica had counted that day.
func (l *Learner) work(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-l.read:
	}
	look := time.NewTicker(paceEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-l.inbox:
			if e.f != nil {
				l.pace.taken += takenACall + len(e.f.Leaves)
			} else if e.scored {
				l.pace.taken++
			}
			l.take(&e)
		case <-look.C:
			l.pace.adjust(paceEvery)
		}
	}
}

// keep is the goroutine that speaks to the Store: one that does not answer holds up neither learning nor judging.
func (l *Learner) keep(ctx context.Context) error {
	flush, pass := time.NewTicker(l.config.Flush), time.NewTicker(passEvery)
	defer flush.Stop()
	defer pass.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-flush.C:
			l.warn(l.flush(ctx))
		case <-l.full:
			l.warn(l.flush(ctx))
		case <-l.drift.wake:
			l.noteDrift(ctx)
		case <-pass.C:
			l.renew(ctx)
			l.noteDrift(ctx)
			l.mu.Lock()
			ends := l.strangers
			l.strangers = nil
			l.mu.Unlock()
			if len(ends) == 0 {
				continue
			}
			if err := l.store.Pass(ctx, ends...); err != nil {
				l.config.Log.Warn("ends of other replicas' calls not passed on", "ends", len(ends), "error", err)
			}
		}
	}
}

// told makes the first models, once the Store has told all it holds: in turns, so that of a large mesh what is called most is soon judged.
//
//nolint:contextcheck,nolintlint // as Publish
func (l *Learner) told() {
	l.making.Store(true)
	l.mu.Lock()
	l.starting = false
	l.mu.Unlock()
	for before, known := -1, 0; known > before; before, known = known, l.modelled() { // what other replicas learn meanwhile has time
		l.publish(context.Background(), publication{turn: l.firstTurn, cores: runtime.GOMAXPROCS(0)})
	}
	l.making.Store(false)
	l.toldAll()
}

// heard publishes what all decisions so far have changed. At the start it leaves the models to told, which has those there are judge in between.
func (l *Learner) heard() {
	l.mu.Lock()
	first := l.starting || l.making.Load()
	if first {
		l.announce()
	}
	l.mu.Unlock()
	if !first {
		l.Publish()
	}
}

// modelled is how many callees have a model.
func (l *Learner) modelled() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.models)
}

// Making says whether the Store has told what it holds and models are still made of it: until then some callees are judged as if nothing were known of them.
func (l *Learner) Making() bool { return l.making.Load() }

func (l *Learner) warn(err error) {
	if err != nil {
		l.config.Log.Warn("counts not stored, kept in memory", "error", err)
	}
}

// Ends that no call here awaits are passed on to the other replicas, this often and so many at most.
const (
	passEvery    = 500 * time.Millisecond
	maxStrangers = 1 << 16
)

// passed takes an end that another replica heard of. Most are not ours.
func (l *Learner) passed(e End) {
	l.mu.Lock()
	ours := l.pending.Contains(e.ID)
	l.outcomes = true
	l.mu.Unlock()
	if ours {
		l.Ended(e.ID, e.OK, e.At)
	}
}

// stored takes a count from the Store. Our own came from us, except at the start.
func (l *Learner) stored(c Count) {
	l.mu.Lock()
	defer l.mu.Unlock()
	own := c.Key.Replica == l.config.Replica
	if c.Value == nil {
		if !own {
			l.remove(c.Key)
		}
		return
	}
	if own && l.entry(c.Key) != nil {
		return
	}
	n, err := decodeCount(c.Value)
	led := l.ledger(c.Key.Callee)
	switch {
	case led == nil || !own && len(led.entries) > 8*maxCounts:
		l.config.Log.Error("count left out: there are too many", "callee", c.Key.Callee)
	case errors.Is(err, ErrNewer) && own:
		l.slot(led, c.Key).newer = true
		l.config.Log.Error("count of a newer program stays as it is, and its operation is not learned", "callee", c.Key.Callee, "caller", c.Key.Caller)
	case err != nil:
		l.config.Log.Error("count cannot be read, left out", "callee", c.Key.Callee, "caller", c.Key.Caller, "error", err)
	default:
		l.place(led, c.Key, n)
		led.entries[c.Key].kept, led.entries[c.Key].shelf = true, nil
		l.latest = max(l.latest, n.Last)
		l.resident.Add(c.Key, struct{}{})
		l.evict()
	}
}

// atOnce is how many counts go to the Store in one request: what was stored stays so when a later one fails.
const atOnce = 512

// flush writes what the Store has not yet. What fails is tried again with the next.
func (l *Learner) flush(ctx context.Context) error {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	if err := l.drop(ctx); err != nil {
		return err
	}
	err := l.thaw(ctx)
	l.mu.Lock()
	keys := make([]Key, 0, len(l.dirty))
	for k := range l.dirty {
		if l.entry(k).shelf == nil {
			keys = append(keys, k)
		}
	}
	l.mu.Unlock()
	for some := range slices.Chunk(keys, atOnce) {
		if failed := l.put(ctx, some); failed != nil {
			return errors.Join(err, failed)
		}
	}
	return err
}

// put writes counts, whole. They are written outside the lock: what is learned meanwhile is learned in clones.
func (l *Learner) put(ctx context.Context, keys []Key) error {
	l.mu.Lock()
	counts := make(map[Key]*count, len(keys))
	for _, k := range keys {
		if en := l.entry(k); en != nil && en.shelf == nil && l.dirty[k] {
			en.open.shared = true
			counts[k] = l.spelled(k.Callee, en.open)
			delete(l.dirty, k)
		}
	}
	l.mu.Unlock()
	list := make([]Count, 0, len(counts))
	for k, c := range counts {
		list = append(list, Count{k, c.encode()})
	}
	if len(list) == 0 {
		return nil
	}
	err := l.store.Put(ctx, list...)
	l.mu.Lock()
	defer l.mu.Unlock()
	for k := range counts {
		switch en := l.entry(k); {
		case en == nil: // forgotten meanwhile
			l.gone = append(l.gone, k)
		case err != nil:
			l.dirty[k] = true
		default:
			en.kept = true
			if !l.dirty[k] {
				l.resident.Add(k, struct{}{})
			}
		}
	}
	l.evict()
	if err != nil {
		return fmt.Errorf("profile: store %d counts: %w", len(list), err)
	}
	return nil
}

// thaw takes counts from the shelf again to which something was added.
func (l *Learner) thaw(ctx context.Context) error {
	l.mu.Lock()
	var keys []Key
	for k := range l.dirty {
		if l.entry(k).shelf != nil {
			keys = append(keys, k)
		}
	}
	l.mu.Unlock()
	if len(keys) == 0 {
		return nil
	}
	err := l.store.Read(ctx, func(c Count) {
		n, err := decodeCount(c.Value)
		l.mu.Lock()
		defer l.mu.Unlock()
		en := l.entry(c.Key)
		if en == nil || en.shelf == nil {
			return
		}
		if err != nil {
			l.config.Log.Error("count cannot be read again, what it held is lost", "callee", c.Key.Callee, "caller", c.Key.Caller, "error", err)
			n = &count{}
		}
		if en.open != nil {
			n.absorb(en.open)
		}
		en.shelf = nil
		l.place(l.ledgers[c.Key.Callee], c.Key, n)
	}, keys...)
	if err != nil {
		return fmt.Errorf("profile: read %d counts again: %w", len(keys), err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		if en := l.entry(k); en != nil && en.shelf != nil { // another deleted it
			en.shelf = nil
		}
	}
	return nil
}

// drop deletes from the Store what was forgotten or has faded. What is another replica's, that replica deletes.
func (l *Learner) drop(ctx context.Context) error {
	l.mu.Lock()
	l.fade()
	keys := slices.DeleteFunc(l.gone, func(k Key) bool { return k.Replica != l.config.Replica })
	l.gone = nil
	l.mu.Unlock()
	if len(keys) == 0 {
		return nil
	}
	if err := l.store.Delete(ctx, keys...); err != nil {
		l.mu.Lock()
		l.gone = append(keys, l.gone...)
		l.mu.Unlock()
		return fmt.Errorf("profile: drop %d counts: %w", len(keys), err)
	}
	return nil
}
