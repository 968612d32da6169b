package profile

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/hashicorp/golang-lru/v2/simplelru"

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
	Memory        int           // bytes for counts, about; those that were used least lately are read from the Store again when they are needed; 512 MiB
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
	c.Memory = cmp.Or(c.Memory, 512<<20)
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
	config    Config
	store     Store
	key       sketch.Key
	inbox     chan event
	size      int // samples of a callee that are kept
	snap      atomic.Pointer[Snapshot]
	stats     stats
	pace      pace
	making    atomic.Bool   // models, the first time
	firstTurn time.Duration // that models are made at the start before those there are judge
	desks     *sync.Pool
	read      chan struct{} // closed once the Store has told all it holds
	toldAll   func()

	flushing   sync.Mutex    // one write to the Store at a time
	publishing sync.Mutex    // held by whoever makes models; mu is not, meanwhile
	full       chan struct{} // memory is full of what the Store has not yet

	mu         sync.Mutex // of all below: Run's goroutines hold it for short whiles, the way of a request never
	ledgers    map[string]*ledger
	entries    int                           // in all ledgers
	weight     int                           // bytes of memory that they take, about
	dirty      map[Key]bool                  // own counts that the Store has not
	resident   *simplelru.LRU[Key, struct{}] // counts in memory that the Store has too
	trusted    bool                          // calls are learned from files: no bound but theirs
	parsed     decisions
	renewals   renewals
	pending    *lru.Cache[string, *event]
	waiting    int   // leaves of the pending calls
	strangers  []End // ended here, awaited elsewhere
	outcomes   bool  // an end was ever heard of
	revision   uint64
	latest     int64 // time of the latest call learned, seconds since 1970
	clock      int64 // while Run runs, the time: what has an end ends without calls too
	next       int64 // when the next release or patch ends
	starting   bool  // the Store has not told all yet: models are made once it has
	oldest     int32 // day from which on counts are in force, of the models
	faded      int32 // and the one from which on they were kept, when last looked
	models     map[string]*model
	stranger   *model // of callees of which nothing is known
	quarantine map[novelty]*waiting
	drift      drift
	held       int   // leaves of the calls in quarantine
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
	resident, err := simplelru.NewLRU[Key, struct{}](math.MaxInt, nil)
	if err != nil {
		return nil, fmt.Errorf("profile: counts in memory: %w", err)
	}
	l := &Learner{
		config: config, store: store, key: sketch.NewKey(store.HashKey()), inbox: make(chan event, config.Inbox), size: sampleCalls(config.FalseDenyRate, false), pending: pending,
		full: make(chan struct{}, 1), ledgers: map[string]*ledger{}, dirty: map[Key]bool{}, resident: resident, models: map[string]*model{}, parsed: newDecisions(), drift: newDrift(),
		quarantine: map[novelty]*waiting{}, renewals: renewals{seen: map[renewal]bool{}}, desks: &sync.Pool{New: func() any { return new(desk) }}, read: make(chan struct{}),
	}
	l.firstTurn = 3 * time.Second
	l.stranger = &model{calibration: newCalibration(config.AttackScore)}
	l.toldAll = sync.OnceFunc(func() { close(l.read) })
	l.announce()
	return l, nil
}

// Snapshot returns the latest Snapshot, never nil.
func (l *Learner) Snapshot() *Snapshot { return l.snap.Load() }

// Saw takes what a call shows, to be learned once it has ended well. It never blocks, and reads nothing but the verdict: when the learner is behind, the call is not learned.
// A call that was denied, that has an attack in it, or whose caller has not proven who it is, is not learned; one that shadow would have denied waits
// in quarantine.
func (l *Learner) Saw(id string, at time.Time, e Edge, version string, t *inspect.Tree, v *Verdict) {
	if v.Mode == Off || e.From == Unauthenticated {
		l.stats.refused.Add(1)
		return
	}
	if v.renewed {
		l.send(event{at: at, edge: e, version: version, renewed: true})
	}
	refused := !v.Allow || attacked(v) || e.From == Unknown || t == nil
	if refused {
		l.stats.refused.Add(1)
	}
	if v.settled && !l.pace.takes(id) && (refused || !l.overdue(at, v)) {
		return
	}
	said := event{id: id, at: at, edge: e, version: version, scored: v.scored, score: v.Score, released: v.Released}
	if !refused {
		if len(l.inbox)*min(len(t.Nodes), maxLeaves) > cap(l.inbox)*inboxLeaves || len(l.inbox) == cap(l.inbox) {
			l.stats.dropped.Add(1)
			return
		}
		said.f, said.novel = take(l.key, rawOperation(t), t), noveltyOf(e, v)
	}
	l.send(said)
}

// overdue says that what a caller asks would fade, although it is still asked, since none of the few calls that are taken was of it: then the next is.
func (l *Learner) overdue(at time.Time, v *Verdict) bool {
	return at.Unix()-v.counted > int64(l.config.ForgetAfter/(fadeParts*time.Second))
}

// fadeParts is in how many parts of the time after which knowledge fades what is asked at all is counted at least once.
const fadeParts = 4

// Ended tells how a call ended. It never blocks.
func (l *Learner) Ended(id string, ok bool, at time.Time) {
	l.send(event{id: id, at: at, end: true, ok: ok})
}

// inboxLeaves is how large the calls may be on average that fill the inbox: of larger ones it takes fewer.
const inboxLeaves = 16

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
	l.size, l.trusted = sampleCalls(l.config.FalseDenyRate, true), true
	l.learn(&event{f: f, id: id, at: at, edge: e, version: version})
}

// learn counts one call. The lock is held.
func (l *Learner) learn(e *event) {
	at := e.at.Unix()
	e.f.identify(l.key, e.id, at)
	c := &count{Operation: e.f.Operation, Suspect: e.f.suspect(float32(l.config.AttackScore)), Release: l.parsed.history.revision(e.edge.To, at)}
	k := Key{Callee: e.edge.To, Operation: c.key(l.key), Caller: e.edge.From, Day: day(at), Replica: l.config.Replica}
	led := l.ledger(k.Callee)
	if led == nil || led.entries[k] == nil && !l.room(led) || led.entries[k] != nil && led.entries[k].newer {
		l.stats.dropped.Add(1)
		return
	}
	if en := led.entries[k]; en != nil && en.open != nil {
		if c = en.open; c.shared {
			c = c.clone()
		}
	}
	c.add(e.f, at, led.bound)
	c.version(e.version)
	l.place(led, k, c)
	led.calls++
	l.latest = max(l.latest, at)
	l.dirty[k] = true
	l.resident.Remove(k)
	l.stats.learned.Add(1)
	if led.sampled > 2*l.size {
		l.thin(k.Callee, led)
	}
	if l.weight > l.config.Memory && !l.trusted {
		l.evict()
	}
}

// Latest is the time of the latest call learned, 1970-01-01 where there is none: the "now" of recorded calls.
func (l *Learner) Latest() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Unix(l.latest, 0).UTC()
}
