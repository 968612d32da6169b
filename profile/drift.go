package profile

import (
	"context"
	"maps"
	"math"
	"slices"
)

// A service that says something else than what was learned shows in the p-values of its calls: they are no longer spread as those of ordinary calls. A bet against that grows
// with every small one: a conformal martingale (Vovk, Gammerman and Shafer 2005, Algorithmic Learning in a Random World, §7.1), restarted whenever it has lost what it won
// (CUSUM, Page 1954, Biometrika 41:100). It never denies. Where it has won a million times its stake nothing ordinary is learned any more, until the change is announced, approved
// or forgotten, or enough callers have shown what is new: slow poisoning stops here, and an operator is told. That learning pauses, and that it goes on, are decisions in the log, so that
// they hold on every replica and after a restart.

// bets are the exponents of the power martingales: the smaller find large changes soon, the larger small ones.
var bets = [...]float64{.1, .3, .5}

const (
	driftAt  = 13.8 // ln 10⁶: at ln 10⁴ three of four benign passes of 36,000 calls raised the alarm, at ln 10⁶ none of 20
	maxDrift = 4096 // callees that are watched
	// veryOddCall is the p-value below which it counts whose call it is. It is rare enough that ordinary calls of others seldom come between those of one who is odd.
	veryOddCall = .01
)

// drift watches callees. Like all the learner knows, it is the learner's goroutine's: the way of a request only sends what the score was.
type drift struct {
	callees map[string]*wager
	raised  map[string]bool // alarms that are not in the log yet
	ended   map[string]bool // pauses in the log that a quorum has ended, which is not there yet
	wake    chan struct{}   // one of these is new
}

func newDrift() drift {
	return drift{callees: map[string]*wager{}, raised: map[string]bool{}, ended: map[string]bool{}, wake: make(chan struct{}, 1)}
}

// wager is the state of one callee's martingales.
type wager struct {
	won  [len(bets)]float64 // logarithms, never below 0
	last string             // caller of the latest call that was odd
}

// saw takes the p-value of one call and says whether it raises the alarm. Where several call, no one's very odd calls count twice in a row: what one caller does in a burst is
// no change of the callee.
func (w *drift) saw(e Edge, p float64, callers int) (alarm bool) {
	c := w.callees[e.To]
	if c == nil {
		if len(w.callees) >= maxDrift {
			return false
		}
		c = &wager{}
		w.callees[e.To] = c
	}
	if p < veryOddCall {
		if callers > 1 && c.last == e.From {
			return false
		}
		c.last = e.From
	}
	for i, b := range bets {
		c.won[i] = max(0, c.won[i]+math.Log(b)+(b-1)*math.Log(p))
		alarm = alarm || c.won[i] >= driftAt
	}
	return alarm
}

// settle begins anew with a callee.
func (w *drift) settle(callee string) {
	delete(w.callees, callee)
	delete(w.raised, callee)
	delete(w.ended, callee)
}

// tell has the log be written.
func (w *drift) tell() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// paused says whether nothing ordinary is to be learned of a callee. The lock is held.
func (l *Learner) paused(callee string) bool {
	return l.drift.raised[callee] || len(l.parsed.pauses[callee]) > 0 && !l.drift.ended[callee]
}

// resume has a callee be learned again, since a quorum has shown what is new. The lock is held.
func (l *Learner) resume(callee string) {
	l.drift.settle(callee)
	if len(l.parsed.pauses[callee]) > 0 {
		l.drift.ended[callee] = true
		l.drift.tell()
	}
}

// noteDrift writes into the log that learning pauses, or goes on. What the Store does not take is tried again.
func (l *Learner) noteDrift(ctx context.Context) {
	l.mu.Lock()
	var acts []Act
	for _, callee := range slices.Sorted(maps.Keys(l.drift.raised)) {
		if len(l.parsed.pauses[callee]) == 0 {
			acts = append(acts, Act{Do: "pause", Callee: callee, Note: "calls are no longer like those that were learned"})
		}
	}
	for _, callee := range slices.Sorted(maps.Keys(l.drift.ended)) {
		for _, seq := range l.parsed.pauses[callee] {
			acts = append(acts, Act{Do: "withdraw", Callee: callee, Decision: seq, Note: "enough callers have shown what is new"})
		}
	}
	l.mu.Unlock()
	for _, a := range acts {
		if _, err := l.Decide(ctx, "postern", a); err != nil {
			l.config.Log.Warn("that learning pauses, or goes on, is not in the log yet", "callee", a.Callee, "error", err)
		}
	}
}

// watch has the martingale see the score of a call. What a release lets in is no drift, and what is not mature has no p-value. The lock is held.
func (l *Learner) watch(e *event) {
	s := l.Snapshot()
	m := s.models[e.edge.To]
	if !e.scored || e.released || m == nil || m.calibration == nil || len(s.releases[e.edge.To]) > 0 || l.paused(e.edge.To) {
		return
	}
	p := max(math.Pow(10, -e.score), 1/(m.calibration.calls+1)) // no p-value is smaller than what so many calls can show
	if l.drift.saw(e.edge, min(1, p), len(m.callers)) {
		l.drift.raised[e.edge.To] = true
		l.drift.tell()
		l.config.Log.Warn("drift: calls are no longer like those that were learned; learning pauses there until a release is announced, or an approval or a forgetting decided", "callee", e.edge.To)
	}
}

// Drifting names the callees of which nothing ordinary is learned since their calls have changed, sorted.
func (l *Learner) Drifting() (callees []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for callee := range l.parsed.pauses {
		if l.paused(callee) {
			callees = append(callees, callee)
		}
	}
	for callee := range l.drift.raised {
		if len(l.parsed.pauses[callee]) == 0 {
			callees = append(callees, callee)
		}
	}
	slices.Sort(callees)
	return callees
}
