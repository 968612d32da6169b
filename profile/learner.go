package profile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/errgroup"

	"postern/inspect"
	"postern/inspect/detect"
	"postern/profile/sketch"
)

// Config is how a Learner learns and judges. The zero value of a field means its default.
type Config struct {
	Mode          Mode          // until an operator sets the mesh's mode; Shadow
	FalseDenyRate float64       // share of ordinary calls that may be denied, in (0, 0.5]; 1e-3
	AttackScore   float64       // likelihood from which a finding is an attack; detect.DefaultScore
	Unexamined    string        // profile, allow or deny what was not read; profile
	ForgetAfter   time.Duration // what was not seen for so long fades; 14 days
	Replica       string        // name of this process among those that share the Store
	Pending       int           // calls that may wait for their end; 65,536
	Inbox         int           // observations that may wait to be learned; 8,192
	Flush         time.Duration // between two writes to the Store; 10 s
	Publish       time.Duration // between two Snapshots, at least; 2 s
	Log           *slog.Logger  // what operators should know; discarded where nil
}

func (c *Config) complete() error {
	c.Mode = cmp.Or(c.Mode, Shadow)
	c.FalseDenyRate = cmp.Or(c.FalseDenyRate, 1e-3)
	c.AttackScore = cmp.Or(c.AttackScore, detect.DefaultScore)
	c.Unexamined = cmp.Or(c.Unexamined, "profile")
	c.ForgetAfter = cmp.Or(c.ForgetAfter, 14*24*time.Hour)
	c.Pending = cmp.Or(c.Pending, 1<<16)
	c.Inbox = cmp.Or(c.Inbox, 8192)
	c.Flush = cmp.Or(c.Flush, 10*time.Second)
	c.Publish = cmp.Or(c.Publish, 2*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	switch {
	case c.FalseDenyRate <= 0 || c.FalseDenyRate > .5:
		return fmt.Errorf("profile: false deny rate %v is not in (0, 0.5]", c.FalseDenyRate)
	case c.AttackScore <= 0 || c.AttackScore > 1:
		return fmt.Errorf("profile: attack score %v is not in (0, 1]", c.AttackScore)
	case c.Unexamined != "profile" && c.Unexamined != "allow" && c.Unexamined != "deny":
		return fmt.Errorf("profile: unexamined %q is none of profile, allow, deny", c.Unexamined)
	case c.ForgetAfter < 24*time.Hour:
		return errors.New("profile: knowledge is counted by days: forget after a day at the earliest")
	}
	return nil
}

// Learner owns all that changes: it takes what calls show, counts it once they have ended well, and publishes Snapshots.
type Learner struct {
	config   Config
	store    Store
	key      sketch.Key
	inbox    chan event
	size     int // samples of a callee that are kept
	snap     atomic.Pointer[Snapshot]
	stats    stats
	pace     pace
	drift    drift
	desks    *sync.Pool
	read     chan struct{} // closed once the Store has told all it holds
	toldAll  func()
	flushing sync.Mutex // one write to the Store at a time

	mu         sync.Mutex // of all below: Run's goroutines hold it for short whiles, the way of a request never
	counts     map[Key]*count
	dirty      map[Key]bool    // own counts that the Store has not
	stale      map[string]bool // callees whose model is older than their counts
	parsed     decisions
	renewals   renewals
	pending    *lru.Cache[string, *event]
	strangers  []End // ended here, awaited elsewhere
	outcomes   bool  // an end was ever heard of
	revision   uint64
	latest     int64 // time of the latest call learned, seconds since 1970
	clock      int64 // while Run runs, the time: what has an end ends without calls too
	next       int64 // when the next release or patch ends
	models     map[string]*model
	bounds     map[string]uint64 // of the ids of samples, by callee
	sampled    map[string]int    // samples, by callee
	quarantine map[novelty]*waiting
	gone       []Key // counts that the Store has yet to drop
}

// New returns a Learner on a Store. It knows nothing until Run has read the Store, or Load a file.
func New(config Config, store Store) (*Learner, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	pending, err := lru.New[string, *event](config.Pending)
	if err != nil {
		return nil, fmt.Errorf("profile: pending calls: %w", err)
	}
	l := &Learner{
		config: config, store: store, key: sketch.NewKey(store.HashKey()), inbox: make(chan event, config.Inbox), size: sampleCalls(config.FalseDenyRate, false), pending: pending,
		counts: map[Key]*count{}, dirty: map[Key]bool{}, stale: map[string]bool{}, models: map[string]*model{}, parsed: newDecisions(),
		bounds: map[string]uint64{}, sampled: map[string]int{}, quarantine: map[novelty]*waiting{}, renewals: renewals{seen: map[renewal]bool{}},
		desks: &sync.Pool{New: func() any { return new(desk) }}, read: make(chan struct{}),
	}
	l.toldAll = sync.OnceFunc(func() { close(l.read) })
	l.publish()
	return l, nil
}

// Snapshot returns the latest Snapshot, never nil.
func (l *Learner) Snapshot() *Snapshot { return l.snap.Load() }

// Saw takes what a call shows, to be learned once it has ended well. It never blocks: when the learner is behind, the call is not learned.
// A call that was denied, that has an attack in it, or whose caller has not proven who it is, is not learned; one that shadow would have denied waits
// in quarantine.
func (l *Learner) Saw(id string, at time.Time, e Edge, version string, t *inspect.Tree, v *Verdict) {
	l.watch(e, v)
	if e.From != Unauthenticated && v.Mode != Off && l.Snapshot().unseen(e.To, version) {
		l.send(event{at: at, edge: e, version: version, renewed: true})
	}
	if !v.Allow || v.Mode == Off || attacked(v) || e.From == Unauthenticated || e.From == Unknown || t == nil {
		l.stats.refused.Add(1)
		return
	}
	if v.Mature && !l.pace.takes(id) {
		return
	}
	if len(l.inbox) == cap(l.inbox) {
		l.stats.dropped.Add(1)
		return
	}
	l.send(event{f: take(l.key, rawOperation(t), t), novel: noveltyOf(e, v), released: v.Released, id: id, at: at, edge: e, version: version})
}

// Ended tells how a call ended. It never blocks.
func (l *Learner) Ended(id string, ok bool, at time.Time) {
	l.send(event{id: id, at: at, end: true, ok: ok})
}

func (l *Learner) send(e event) {
	select {
	case l.inbox <- e:
	default:
		l.stats.dropped.Add(1)
	}
}

// Learn counts one recorded call that ended well, at once. The next Snapshot is made by Publish.
func (l *Learner) Learn(id string, at time.Time, e Edge, version string, t *inspect.Tree) {
	f := take(l.key, rawOperation(t), t)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.size = sampleCalls(l.config.FalseDenyRate, true)
	l.learn(&event{f: f, id: id, at: at, edge: e, version: version})
}

// learn counts one call. The lock is held.
func (l *Learner) learn(e *event) {
	at := e.at.Unix()
	e.f.identify(l.key, e.id, at)
	c := &count{Operation: e.f.Operation, Suspect: e.f.suspect(float32(l.config.AttackScore)), Release: l.parsed.history.revision(e.edge.To, at)}
	k := Key{Callee: e.edge.To, Operation: c.key(l.key), Caller: e.edge.From, Day: day(at), Replica: l.config.Replica}
	if l.counts[k] == nil {
		l.counts[k] = c
	}
	c = l.counts[k]
	l.sample(c, e.f, k.Callee, at)
	c.version(e.version)
	l.latest = max(l.latest, at)
	l.dirty[k], l.stale[k.Callee] = true, true
	l.stats.learned.Add(1)
}

// Latest is the time of the latest call learned, 1970-01-01 where there is none: the "now" of recorded calls.
func (l *Learner) Latest() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Unix(l.latest, 0).UTC()
}

// Run reads the Store, then learns until ctx ends, and writes what is left.
func (l *Learner) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return l.store.Watch(ctx, l.stored, func() { l.Publish(); l.toldAll() }) })
	group.Go(func() error { return l.store.Decisions(ctx, l.decided, l.Publish) })
	group.Go(func() error { return l.store.Passed(ctx, l.passed) })
	group.Go(func() error { return l.work(ctx) })
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
			if err := l.flush(ctx); err != nil {
				l.config.Log.Warn("counts not stored, kept in memory", "error", err)
			}
		case <-pass.C:
			l.renew(ctx)
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
	if c.Value == nil {
		if c.Key.Replica != l.config.Replica {
			delete(l.counts, c.Key)
			l.stale[c.Key.Callee] = true
		}
		return
	}
	if c.Key.Replica == l.config.Replica && l.counts[c.Key] != nil {
		return
	}
	n, err := decodeCount(c.Value)
	if err != nil {
		l.config.Log.Error("count cannot be read, left out", "callee", c.Key.Callee, "caller", c.Key.Caller, "error", err)
		return
	}
	l.counts[c.Key] = n
	l.latest = max(l.latest, n.Last)
	l.stale[c.Key.Callee] = true
}

// publishShare is how many times longer than a publication the time to the next is: learning takes at most a tenth of one core.
const publishShare = 9

// work is the goroutine that learns. It begins when the Store has told what it holds: a call counted before would take the place of all that this replica had counted that day.
func (l *Learner) work(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-l.read:
	}
	publish, look := time.NewTicker(l.config.Publish), time.NewTicker(paceEvery)
	defer publish.Stop()
	defer look.Stop()
	var next time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-l.inbox:
			if e.f != nil {
				l.pace.taken += len(e.f.Leaves)
			}
			l.take(&e)
		case <-look.C:
			l.pace.adjust(paceEvery)
		case now := <-publish.C:
			l.mu.Lock()
			l.clock = now.Unix()
			if (len(l.stale) > 0 || l.next <= l.clock) && !now.Before(next) {
				l.publish()
				end := time.Now()
				next = end.Add(publishShare * end.Sub(now)) // a large mesh is published less often
			}
			l.mu.Unlock()
		}
	}
}

// flush writes what the Store has not yet. What fails is tried again with the next.
func (l *Learner) flush(ctx context.Context) error {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	if err := l.drop(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	var list []Count
	var err error
	for k := range l.dirty {
		value, failed := l.counts[k].encode()
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		list = append(list, Count{k, value})
	}
	clear(l.dirty)
	l.mu.Unlock()
	if len(list) == 0 {
		return err
	}
	if failed := l.store.Put(ctx, list...); failed != nil {
		l.mu.Lock()
		for _, c := range list {
			l.dirty[c.Key] = true
		}
		l.mu.Unlock()
		err = errors.Join(err, fmt.Errorf("profile: store %d counts: %w", len(list), failed))
	}
	return err
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
