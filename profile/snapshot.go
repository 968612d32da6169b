package profile

import (
	"math"
	"sync"

	"postern/inspect"
	"postern/profile/sketch"
)

// Snapshot is every profile at one moment. It is immutable: Judge may be called from any number of goroutines.
type Snapshot struct {
	Revision uint64

	config    Config
	key       sketch.Key
	models    map[string]*model
	stranger  *model // what is known of a callee of which nothing is
	modes     modes
	approvals approvals
	rulings   rulings    // those that hold
	releases  releases   // those that are open
	desks     *sync.Pool // of *desk
}

// Calls needed of one operation before a level of it may deny, see doc.go.
const matureStructure = 40

// matureValue is how many calls of an operation values need for a rate: 80 at 1 %, 320 at 0.1 %, 1,280 at 0.01 %.
func matureValue(rate float64) float64 {
	return 80 * math.Pow(4, max(0, math.Log10(.01/max(rate, 1e-6))))
}

// The threshold holds its rate over all calls, also those of operations that have few. Of one with fewer calls than values need, but some, a value denies that is odder than the
// threshold by so much for each factor of ten that is missing: among few samples the odd are less well known.
const (
	youngValue  = 80 // calls
	youngMargin = 2
)

// maturity says what of an operation may deny.
type maturity struct {
	edge, structure, value bool
	margin                 float64 // by which a value must be over the threshold to deny: 0 where values are mature, +Inf where they never deny
}

func (s *Snapshot) maturity(m *model, o *operation) (y maturity) {
	y.margin = math.Inf(1)
	if m == nil || m.calibration == nil || math.IsInf(m.calibration.threshold, 1) {
		return y
	}
	y.edge = m.calls >= matureStructure && m.calibration.calls >= matureStructure
	if o == nil {
		y.structure = y.edge
		return y
	}
	y.structure = o.calls >= matureStructure
	need := matureValue(s.config.FalseDenyRate)
	y.value = o.calls >= need
	if o.calls >= youngValue {
		y.margin = youngMargin * max(0, math.Log10(need/o.calls))
	}
	return y
}

// Judge answers the five questions about a call. It is pure: the same call and Snapshot give the same verdict everywhere.
func (s *Snapshot) Judge(e Edge, version string, t *inspect.Tree) Verdict {
	m := s.models[e.To]
	v := Verdict{Allow: true, Revision: s.Revision, Mode: s.modes.of(e, "", s.config.Mode)}
	if m == nil {
		m = s.stranger
	}
	w := s.desks.Get().(*desk)
	defer s.desks.Put(w)
	w.clear()
	w.target.read(t, &w.segments)
	operation, known := m.asked(&w.target)
	asks := noChoice
	w.f.read(t)
	if known != nil && known.actions != nil {
		asks = known.actions.of(&w.f, s.key)
		operation = known.actions.nameOf(operation, asks, &w.f)
	}
	v.Operation = operation
	v.Mode = s.modes.of(e, operation, s.config.Mode)
	if v.Mode == Off {
		return v
	}
	w.found(t)
	w.familiar.judge(s)
	w.g.key, w.g.spoken, w.g.familiar = s.key, nil, &w.familiar
	if list := s.rulings[e.To]; w.spoken.hear(list, e.From, operation) {
		w.spoken.read(s, t, known)
		w.g.spoken = &w.spoken
	}
	w.g.observe(m, &w.f, known, asks, e.From)
	if s.config.Unexamined == unexaminedAllow {
		w.g.structure[onWhole] = 0
	}
	y := s.maturity(m, w.g.operation)
	v.scored = y.structure && y.value
	v.settled = v.scored || w.g.operation != nil && w.g.operation.calls >= float64(sampleCalls(s.config.FalseDenyRate, false))
	v.renewed, v.counted = s.unseen(e.To, version), w.g.counted
	j := judging{s: s, m: m, f: &w.f, t: t, seen: &w.g.seenIn, y: y, v: &v, edge: e, scores: m.calibration.score(&w.g.seenIn, 0)}
	j.judge()
	j.unexamined()
	j.ruled(&w.spoken)
	s.approvals.lift(s, &v, e, t)
	j.excuse(version)
	return v
}

// desk is the room that judging one call takes. It is used again, so that an ordinary call allocates nothing.
type desk struct {
	f        features
	g        gathering
	spoken   spoken
	places   []found // findings of all leaves
	familiar familiar

	target   target
	segments [maxSegments][]byte
}

func (w *desk) clear() {
	clear(w.f.Leaves) // nothing of a tree is held
	w.f.Leaves = w.f.Leaves[:0]
	w.g.seenIn = seenIn{leaves: w.g.leaves[:0], attacks: w.g.attacks[:0]}
	w.places = w.places[:0]
	w.target, w.segments = target{}, [maxSegments][]byte{}
}

// found gives the leaves their findings.
func (w *desk) found(t *inspect.Tree) {
	for i := 0; i < len(t.Findings); {
		node, first := t.Findings[i].Node, len(w.places)
		l := &w.f.Leaves[w.f.holder(t, node)]
		for ; i < len(t.Findings) && t.Findings[i].Node == node; i++ {
			if x := &t.Findings[i]; l.tells(t, x) {
				w.places = append(w.places, found{x.Class, x.Score})
			}
		}
		its := w.places[first:len(w.places):len(w.places)]
		if l.Found == nil {
			l.Found = its
		} else { // beyond what is taken, others have come to this leaf before
			l.Found = append(l.Found, its...)
		}
	}
}

// scope is what a mode is set for: the mesh, a callee, an edge or an operation; "" is any.
type scope struct{ callee, caller, operation string }

// modes are what operators set, by scope.
type modes map[scope]Mode

// of returns the mode that the narrowest scope has.
func (m modes) of(e Edge, operation string, otherwise Mode) Mode {
	if len(m) == 0 {
		return otherwise
	}
	if path := pathOf(operation); path != operation {
		for _, s := range [...]scope{{e.To, e.From, operation}, {e.To, "", operation}} {
			if mode := m[s]; mode != Inherit {
				return mode
			}
		}
		operation = path
	}
	for _, s := range [...]scope{{e.To, e.From, operation}, {e.To, "", operation}, {e.To, e.From, ""}, {e.To, "", ""}, {}} {
		if mode := m[s]; mode != Inherit {
			return mode
		}
	}
	return otherwise
}
