package profile

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Publish makes a Snapshot of all that was learned.
//
//nolint:contextcheck,nolintlint // what it reads of the Store comes soon or not at all, and a file's has none
func (l *Learner) Publish() {
	l.publish(context.Background(), publication{cores: runtime.GOMAXPROCS(0)})
}

// publishOne is Publish of one callee.
//
//nolint:contextcheck,nolintlint // as Publish
func (l *Learner) publishOne(callee string) {
	l.publish(context.Background(), publication{only: callee, cores: 1})
}

// now is the time by which releases and patches end: that of the latest call learned, and while Run runs the clock's.
func (l *Learner) now() time.Time { return time.Unix(max(l.latest, l.clock), 0).UTC() }

// publishShare is how many times longer than a publication the time to the next is: making models takes at most a tenth of one core, in turns of turnTime.
const (
	publishShare = 9
	turnTime     = 500 * time.Millisecond
)

// compile is the goroutine that makes models of what was learned.
func (l *Learner) compile(ctx context.Context) error {
	tick := time.NewTicker(l.config.Publish)
	defer tick.Stop()
	var next time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			l.mu.Lock()
			if l.clock = now.Unix(); l.next <= l.clock {
				l.announce() // a release or a patch has ended
			}
			l.mu.Unlock()
			if now.Before(next) {
				continue
			}
			start := time.Now()
			if l.publish(ctx, publication{turn: turnTime, cores: 1}) { // calls want the other cores
				end := time.Now()
				next = end.Add(publishShare * end.Sub(start))
			}
		}
	}
}

// publication says which models are to be made.
type publication struct {
	turn  time.Duration // begins none after so long; 0 for all
	only  string        // of one callee; "" for all of which something was learned
	cores int           // at a time
}

// publish makes models, those first that have grown most, and says whether there was any to make. The lock is not held meanwhile: their counts are shared until
// then, see count.shared.
func (l *Learner) publish(ctx context.Context, how publication) (stale bool) {
	l.publishing.Lock()
	defer l.publishing.Unlock()
	start := time.Now()
	order := l.outOfDate()
	if how.only != "" {
		order = []string{how.only}
	}
	made, gone := map[string]*model{}, []string(nil)
	var mu sync.Mutex
	var workers errgroup.Group
	workers.SetLimit(how.cores)
	for i, callee := range order {
		if i > 0 && how.turn > 0 && time.Since(start) > how.turn || ctx.Err() != nil {
			break
		}
		workers.Go(func() error {
			mu.Lock()
			room := l.roomFor(callee, made)
			mu.Unlock()
			m, ok := l.remake(ctx, callee, room)
			mu.Lock()
			defer mu.Unlock()
			if m != nil {
				made[callee] = m
			} else if ok {
				gone = append(gone, callee)
			}
			return nil
		})
	}
	_ = workers.Wait() // none fails
	if how.turn == 0 || len(made) > 0 || len(gone) > 0 {
		l.settle(made, gone)
	}
	return len(order) > 0
}

// Models may take as much memory as counts. Each may have at least some fields.
const (
	modelBytes = 2000 // of a field in a model: 0.8 KiB where few values differ, 3 KiB where many do
	leastModel = 4096 // fields
)

// roomFor is how many fields a callee's model may have beside the others. Publishing is held.
func (l *Learner) roomFor(callee string, made map[string]*model) int {
	room := l.config.Memory / modelBytes
	for name, m := range l.models {
		if name != callee && made[name] == nil {
			room -= m.fields
		}
	}
	for _, m := range made {
		room -= m.fields
	}
	return max(room, leastModel)
}

// remake makes the model of a callee; nil where nothing of it is in force, and not ok where the Store does not tell.
func (l *Learner) remake(ctx context.Context, callee string, room int) (m *model, ok bool) {
	parts, shelved, bound := l.partsOf(callee)
	if err := l.readParts(ctx, parts, shelved); err != nil {
		l.config.Log.Warn("profile not renewed", "callee", callee, "error", err)
		l.setStale(callee)
		return nil, false
	}
	parts = slices.DeleteFunc(parts, func(p part) bool { return p.count == nil }) // another deleted it meanwhile, or there is no room
	if len(parts) == 0 {
		return nil, true
	}
	l.mu.Lock()
	size, told := l.size, l.parsed.actionsTold(callee)
	l.mu.Unlock()
	m = l.model(callee, parts, told, size, bound, room)
	l.mu.Lock()
	defer l.mu.Unlock()
	m.versioned(parts, l.parsed.history[callee], l.now().Unix())
	return m, true
}

// outOfDate are the callees whose model is older than their counts, those first that have grown most since.
func (l *Learner) outOfDate() (order []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	oldest := day(l.latest - int64(l.config.ForgetAfter/time.Second))
	growth := map[string]float64{}
	for callee, led := range l.ledgers {
		if led.stale = led.stale || oldest != l.oldest; led.stale {
			known := 0.0
			if m := l.models[callee]; m != nil {
				known = m.calls
			}
			growth[callee] = (led.calls + 1) / (known + 1)
			order = append(order, callee)
		}
	}
	l.oldest = oldest
	slices.SortFunc(order, func(a, b string) int { return cmp.Or(cmp.Compare(growth[b], growth[a]), cmp.Compare(a, b)) })
	return order
}

func (l *Learner) setStale(callee string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if led := l.ledgers[callee]; led != nil {
		led.stale = true
	}
}

// partsOf takes the counts of a callee that are in force, and names those that the Store alone has.
func (l *Learner) partsOf(callee string) (parts []part, shelved map[Key]shelfMark, bound uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	led := l.ledgers[callee]
	if led == nil {
		return nil, nil, 0
	}
	if len(led.entries) == 0 {
		delete(l.ledgers, callee)
		return nil, nil, 0
	}
	if led.sampled > l.size {
		l.thin(callee, led) // to the same samples, whatever the order they came in
	}
	led.bound = min(led.bound, thinnedAt(led))
	shelved = map[Key]shelfMark{}
	for k, en := range led.entries {
		if k.Day < l.oldest || en.newer || l.parsed.history[callee].reverted(en.release()) {
			continue
		}
		p := part{caller: k.Caller}
		if en.open != nil {
			en.open.shared = true
			p.count = en.open
		}
		if en.shelf != nil {
			shelved[k] = shelfMark{len(parts), en.shelf.Calls}
		}
		parts = append(parts, p)
	}
	led.stale, led.calls = false, 0
	return parts, shelved, led.bound
}

// readParts reads what the Store alone has of a callee, for as long as its model is made: the counts of most calls first, and no more than memory allows.
func (l *Learner) readParts(ctx context.Context, parts []part, shelved map[Key]shelfMark) error {
	keys := slices.SortedFunc(maps.Keys(shelved), func(a, b Key) int {
		return cmp.Or(cmp.Compare(shelved[b].calls, shelved[a].calls), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Caller, b.Caller), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Replica, b.Replica))
	})
	weight := 0
	for some := range slices.Chunk(keys, atOnce) {
		if weight > l.config.Memory/2 {
			l.config.Log.Warn("profile made of the most called operations alone: all are more than memory allows", "callee", keys[0].Callee)
			break
		}
		err := l.readAgain(ctx, some, func(k Key, n *count) {
			p := &parts[shelved[k].part]
			if p.count != nil {
				n.absorb(p.count)
			}
			p.count = n
			weight += n.size()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// shelfMark is where a count that is on the shelf belongs among the parts.
type shelfMark struct {
	part  int
	calls uint32
}

// model makes one callee's. told are the members that operators say tell actions apart.
func (l *Learner) model(callee string, parts []part, told map[string]string, size int, bound uint64, room int) *model {
	sampleUpTo(parts, size, bound)
	kept, sums, excluded := trusted(l.key, callee, parts, room)
	m := build(l.key, callee, kept, sums, room)
	m.tellApart(kept, told, matureValue(l.config.FalseDenyRate), room)
	m.score(kept)
	m.known(parts, excluded)
	return m
}

// settle calibrates models that were made, and publishes them. Callees with too few samples share one calibration.
func (l *Learner) settle(made map[string]*model, gone []string) {
	need := 3 / l.config.FalseDenyRate
	models := maps.Clone(l.models) // publishing is held: nobody else changes them
	poolChanged := false
	for _, callee := range gone {
		poolChanged = poolChanged || models[callee] != nil && models[callee].samples < need
		delete(models, callee)
	}
	for callee, m := range made {
		old := models[callee]
		poolChanged = poolChanged || m.samples < need || old != nil && old.samples < need
		if m.samples >= need {
			m.calibration = calibrate([]*model{m}, l.config.FalseDenyRate, l.config.AttackScore).judging(m)
			m.scoring = nil
		}
		models[callee] = m
	}
	if poolChanged {
		var pool []*model
		for _, callee := range slices.Sorted(maps.Keys(models)) {
			if m := models[callee]; m.samples < need {
				pool = append(pool, m)
			}
		}
		c := calibrate(pool, l.config.FalseDenyRate, l.config.AttackScore)
		for _, m := range pool {
			own := *m // others may be judged by the one there was
			own.calibration = c.judging(m)
			models[m.callee] = &own
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for callee, m := range made {
		l.storeWords(m, l.models[callee])
	}
	l.models = models
	l.announce()
}

// announce publishes the models there are with what operators have decided. The lock is held.
func (l *Learner) announce() {
	l.revision++
	l.next = l.parsed.nextEnd(l.now())
	l.snap.Store(&Snapshot{
		Revision: l.revision, config: l.config, key: l.key, models: l.models, stranger: l.stranger, modes: maps.Clone(l.parsed.modes), approvals: l.parsed.approvals,
		rulings: l.parsed.rulings.current(l.now(), l.models), releases: l.parsed.history.windows(l.now().Unix()), desks: l.desks,
	})
}
