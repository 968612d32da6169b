package profile

import (
	"time"
)

// What would be denied of a callee that is mature (a new operation, a field, an odd value) is not learned from the first who says it: it waits until it was seen
// often enough, for long enough, from enough callers, in calls that ended well and in which no attack was found. Callers count, never trace ids or addresses.
// Where a callee has fewer callers than the quorum, an operator must approve. What is part of a release only has to recur (release.go).
const (
	quorum         = 3
	quorumCalls    = 30
	quorumTime     = 30 * time.Minute
	maxQuarantine  = 4096    // novelties that wait
	maxWaitingCall = 64      // calls of one novelty that are kept to be learned
	maxHeld        = 1 << 18 // leaves of all the calls that wait
	maxNovel       = 512     // bytes of a path that names a novelty; what is longer is one
)

// novelty names what is new: a class of reason, at a path of an operation of a callee.
type novelty struct{ callee, operation, class, path string }

// waiting is what was seen of a novelty.
type waiting struct {
	first, last time.Time
	calls       int
	callers     map[string]bool
	events      []*event
}

// noveltyOf returns what is new in a verdict that denies or would, the zero novelty where nothing is.
func noveltyOf(e Edge, v *Verdict) novelty {
	for i := range v.Reasons {
		if r := &v.Reasons[i]; v.Released && (r.Level == LevelOperation || r.Level == LevelShape) {
			return novelty{e.To, v.Operation, r.Class, r.Path}
		}
		if r := &v.Reasons[i]; r.Mature && r.Level != LevelAttack {
			return novelty{e.To, v.Operation, r.Class, r.Path[:min(len(r.Path), maxNovel)]}
		}
	}
	return novelty{}
}

// attacked says that a verdict has an attack, or breaks an operator's rule: such a call is never learned.
func attacked(v *Verdict) bool {
	for i := range v.Reasons {
		if r := &v.Reasons[i]; r.Mature && (r.Level == LevelAttack || r.Decision > 0) {
			return true
		}
	}
	return false
}

// wait puts a call that ended well into quarantine, and learns all that wait with it once there is a quorum. The lock is held.
func (l *Learner) wait(e *event) {
	w := l.quarantine[e.novel]
	if w == nil {
		if len(l.quarantine) >= maxQuarantine {
			l.stats.refused.Add(1)
			return
		}
		w = &waiting{first: e.at, last: e.at, callers: map[string]bool{}}
		l.quarantine[e.novel] = w
	}
	if e.at.Sub(w.last) > l.config.ForgetAfter {
		l.release(e.novel)
		w = &waiting{first: e.at, callers: map[string]bool{}}
		l.quarantine[e.novel] = w
	}
	w.last = e.at
	w.calls++
	if len(w.callers) < quorum {
		w.callers[e.edge.From] = true
	}
	if len(w.events) < maxWaitingCall && l.held < maxHeld {
		w.events = append(w.events, e)
		l.held += len(e.f.Leaves)
	}
	enough := len(w.callers) >= quorum && w.calls >= quorumCalls && w.last.Sub(w.first) >= quorumTime
	if !enough && !(e.released && w.calls >= releaseCalls && l.parsed.history[e.edge.To].covers(e.version)) {
		return
	}
	for _, e := range w.events {
		l.learn(e)
	}
	l.release(e.novel)
	l.resume(e.edge.To)
	l.config.Log.Info("novelty learned", "callee", e.novel.callee, "operation", e.novel.operation, "class", e.novel.class, "path", e.novel.path, "callers", len(w.callers), "calls", w.calls)
}

// release lets go of a novelty and its calls.
func (l *Learner) release(n novelty) {
	if w := l.quarantine[n]; w != nil {
		for _, e := range w.events {
			l.held -= len(e.f.Leaves)
		}
		delete(l.quarantine, n)
	}
}

// Quarantined is how many novelties wait.
func (l *Learner) Quarantined() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.quarantine)
}
