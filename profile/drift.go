package profile

import (
	"math"
	"slices"
)

// A service that says something else than what was learned shows in the p-values of its calls: they are no longer spread as those of ordinary calls. A bet against that grows
// with every small one: a conformal martingale (Vovk, Gammerman and Shafer 2005, Algorithmic Learning in a Random World, §7.1), restarted whenever it has lost what it won
// (CUSUM, Page 1954, Biometrika 41:100). It never denies. Where it has won a million times its stake nothing ordinary is learned any more, until the change is announced, approved
// or forgotten, or enough callers have shown what is new: slow poisoning stops here, and an operator is told.

// bets are the exponents of the power martingales: the smaller find large changes soon, the larger small ones.
var bets = [...]float64{.1, .3, .5}

const (
	driftAt  = 13.8 // ln 10⁶: at ln 10⁴ three of four benign passes of 36,000 calls raised the alarm, at ln 10⁶ none of 20
	maxDrift = 4096 // callees that are watched
	// veryOddCall is the p-value below which it counts whose call it is. It is rare enough that ordinary calls of others seldom come between those of one who is odd.
	veryOddCall = .01
)

// drift watches callees. Its zero value is ready. Like all the learner knows, it is the learner's goroutine's: the way of a request only sends what the score was.
type drift struct{ callees map[string]*wager }

// wager is the state of one callee's martingales.
type wager struct {
	won    [len(bets)]float64 // logarithms, never below 0
	last   string             // caller of the latest call that was odd
	paused bool
}

// saw takes the p-value of one call and says whether it raises the alarm. Where several call, no one's very odd calls count twice in a row: what one caller does in a burst is
// no change of the callee.
func (w *drift) saw(e Edge, p float64, callers int) (alarm bool) {
	c := w.callees[e.To]
	if c == nil {
		if len(w.callees) >= maxDrift {
			return false
		}
		if w.callees == nil {
			w.callees = map[string]*wager{}
		}
		c = &wager{}
		w.callees[e.To] = c
	}
	if c.paused {
		return false
	}
	if p < veryOddCall {
		if callers > 1 && c.last == e.From {
			return false
		}
		c.last = e.From
	}
	for i, b := range bets {
		c.won[i] = max(0, c.won[i]+math.Log(b)+(b-1)*math.Log(p))
		c.paused = c.paused || c.won[i] >= driftAt
	}
	return c.paused
}

// paused says whether nothing ordinary is to be learned of a callee.
func (w *drift) paused(callee string) bool {
	c := w.callees[callee]
	return c != nil && c.paused
}

// settle begins anew with a callee.
func (w *drift) settle(callee string) {
	delete(w.callees, callee)
}

// watch has the martingale see the score of a call. What a release lets in is no drift, and what is not mature has no p-value. The lock is held.
func (l *Learner) watch(e *event) {
	s := l.Snapshot()
	m := s.models[e.edge.To]
	if !e.scored || m == nil || m.calibration == nil || len(s.releases[e.edge.To]) > 0 {
		return
	}
	p := max(math.Pow(10, -e.score), 1/(m.calibration.calls+1)) // no p-value is smaller than what so many calls can show
	if l.drift.saw(e.edge, min(1, p), len(m.callers)) {
		l.config.Log.Warn("drift: calls are no longer like those that were learned; learning pauses there until a release is announced, or an approval or a forgetting decided", "callee", e.edge.To)
	}
}

// Drifting names the callees of which nothing ordinary is learned since their calls have changed, sorted.
func (l *Learner) Drifting() (callees []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for callee, c := range l.drift.callees {
		if c.paused {
			callees = append(callees, callee)
		}
	}
	slices.Sort(callees)
	return callees
}
