package profile

import (
	"maps"
	"slices"
	"time"
)

// Publish makes a Snapshot of all that was learned.
func (l *Learner) Publish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.publish()
}

// now is the time by which releases and patches end: that of the latest call learned, and while Run runs the clock's.
func (l *Learner) now() time.Time { return time.Unix(max(l.latest, l.clock), 0).UTC() }

func (l *Learner) publish() {
	for callee := range l.stale {
		l.thin(callee) // to the same samples, whatever the order they came in
	}
	need := 3 / l.config.FalseDenyRate
	models := maps.Clone(l.models)
	parts := map[string][]part{}
	calls := map[string]float64{}
	oldest := day(l.latest - int64(l.config.ForgetAfter/time.Second))
	for k, c := range l.counts {
		if k.Day >= oldest && !l.parsed.history[k.Callee].reverted(c.Release) {
			parts[k.Callee] = append(parts[k.Callee], part{k.Caller, c})
			calls[k.Callee] += float64(c.Calls)
		}
	}
	// Callees with too few calls share one calibration: all of them are made anew, since calibration writes into a model.
	var pool []*model
	poolStale := false
	for callee := range parts {
		poolStale = poolStale || l.stale[callee] && calls[callee] < need
	}
	for _, callee := range slices.Sorted(maps.Keys(parts)) {
		small := calls[callee] < need
		if !l.stale[callee] && (!small || !poolStale) {
			continue
		}
		kept, excluded := trusted(l.key, callee, parts[callee])
		m := build(l.key, callee, kept)
		m.known(parts[callee], excluded)
		m.versioned(parts[callee], l.parsed.history[callee], l.now().Unix())
		models[callee] = m
		if small {
			pool = append(pool, m)
		} else {
			calibrate([]*model{m}, l.config.FalseDenyRate, l.config.AttackScore)
		}
	}
	if len(pool) > 0 {
		calibrate(pool, l.config.FalseDenyRate, l.config.AttackScore)
	}
	maps.DeleteFunc(models, func(callee string, _ *model) bool { return parts[callee] == nil })
	clear(l.stale)
	l.models = models
	l.revision++
	l.next = l.parsed.nextEnd(l.now())
	l.snap.Store(&Snapshot{
		Revision: l.revision, config: l.config, key: l.key, models: models, modes: maps.Clone(l.parsed.modes), approvals: l.parsed.approvals,
		rulings: l.parsed.rulings.current(l.now(), models), releases: l.parsed.history.windows(l.now().Unix()), desks: l.desks,
	})
}
