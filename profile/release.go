package profile

import (
	"maps"
	"slices"
	"time"
)

// releaseTime is how long a release that names no end lets new structure in.
const releaseTime = time.Hour

// release is a window in which what is new in a callee's structure is let through and learned: an operator or a pipeline has announced it.
type release struct {
	version string // of the callee; "" is any
	until   int64  // seconds since 1970, by the calls' time
}

// releases are those of each callee.
type releases map[string][]release

// open opens a window that lasts from an announcement on.
func (r releases) open(a *Act, at time.Time) releases {
	until := at.Add(releaseTime)
	if a.Until != nil {
		until = *a.Until
	}
	next := releases{}
	maps.Copy(next, r)
	next[a.Callee] = append(slices.Clip(next[a.Callee]), release{a.Version, until.Unix()})
	return next
}

// current leaves the windows that are open at a time.
func (r releases) current(at int64) releases {
	now := releases{}
	for callee, list := range r {
		for _, w := range list {
			if w.until > at {
				now[callee] = append(now[callee], w)
			}
		}
	}
	return now
}

// excuse takes new structure for part of a release: what is new is told, may not deny, and is learned. An attack, an odd value, or a caller who never called
// is never excused.
func (r releases) excuse(v *Verdict, callee, version string) {
	open := slices.ContainsFunc(r[callee], func(w release) bool { return w.version == "" || w.version == version })
	if !open || v.Allow && !v.WouldDeny {
		return
	}
	for i := range v.Reasons {
		if r := &v.Reasons[i]; r.Mature && r.Level != LevelOperation && r.Level != LevelShape {
			return
		}
	}
	for i := range v.Reasons {
		v.Reasons[i].Mature = false
	}
	v.Allow, v.WouldDeny = true, false
}

// forget drops what was counted before an act: of a callee, of one caller, of one operation. Invariant 2 holds: each replica drops its own and what it holds of others'.
func (l *Learner) forget(a *Act, before int64) {
	for k, c := range l.counts {
		named := k.Callee == a.Callee && (a.Caller == "" || k.Caller == a.Caller) && (a.Operation == "" || l.isPart(k.Callee, c.Operation, a.Operation))
		if named && c.First <= before {
			delete(l.counts, k)
			delete(l.dirty, k)
			l.gone = append(l.gone, k)
			l.stale[k.Callee] = true
		}
	}
	for n := range l.quarantine {
		if n.callee == a.Callee {
			delete(l.quarantine, n)
		}
	}
	delete(l.bounds, a.Callee)
}

// isPart says whether a raw operation is, or is folded into, another.
func (l *Learner) isPart(callee, raw, operation string) bool {
	if raw == operation {
		return true
	}
	m := l.models[callee]
	return m != nil && m.router.fold(raw) == operation
}

// fade drops the counts of days so long past that nothing is judged by them any more: they stay for as long again as they were in force.
func (l *Learner) fade() {
	oldest := day(l.latest - 2*int64(l.config.ForgetAfter/time.Second))
	for k := range l.counts {
		if k.Day < oldest {
			delete(l.counts, k)
			delete(l.dirty, k)
			l.gone = append(l.gone, k)
		}
	}
}
