package profile

import (
	"math"
	"strings"

	"postern/inspect"
	"postern/profile/sketch"
)

// Snapshot is every profile at one moment. It is immutable: Judge may be called from any number of goroutines.
type Snapshot struct {
	Revision uint64

	config    Config
	key       sketch.Key
	models    map[string]*model
	modes     modes
	approvals approvals
}

// Calls needed of one operation before a level of it may deny, see doc.go.
const matureStructure = 40

// matureValue is how many calls of an operation values need for a rate: 80 at 1 %, 320 at 0.1 %, 1,280 at 0.01 %.
func matureValue(rate float64) float64 {
	return 80 * math.Pow(4, max(0, math.Log10(.01/max(rate, 1e-6))))
}

// maturity says what of an operation may deny.
type maturity struct{ edge, structure, value bool }

func (s *Snapshot) maturity(m *model, o *operation) (y maturity) {
	if m == nil || m.calibration == nil || math.IsInf(m.calibration.threshold, 1) {
		return y
	}
	y.edge = m.calls >= matureStructure && m.calibration.calls >= matureStructure
	if o == nil {
		y.structure = y.edge
		return y
	}
	y.structure = o.calls >= matureStructure
	y.value = o.calls >= matureValue(s.config.FalseDenyRate)
	return y
}

// Judge answers the five questions about a call. It is pure: the same call and Snapshot give the same verdict everywhere.
func (s *Snapshot) Judge(e Edge, version string, t *inspect.Tree) Verdict {
	m := s.models[e.To]
	v := Verdict{Allow: true, Revision: s.Revision, Mode: s.modes.of(e, "", s.config.Mode)}
	if m == nil {
		m = &model{callee: e.To, calibration: &calibration{threshold: math.Inf(1), attackAt: float32(s.config.AttackScore)}}
	}
	operation := s.operation(m, t)
	v.Operation = operation
	v.Mode = s.modes.of(e, operation, s.config.Mode)
	if v.Mode == Off {
		return v
	}
	f := take(s.key, operation, t)
	seen := m.observe(f, operation, e.From, false)
	y := s.maturity(m, seen.operation)
	v.Mature = y.structure && y.value
	j := judging{s: s, m: m, f: f, t: t, seen: seen, y: y, v: &v, edge: e, scores: m.calibration.score(seen, 0)}
	j.judge()
	s.approvals.lift(s, &v, e, t)
	return v
}

// operation names the operation of a call to a callee.
func (s *Snapshot) operation(m *model, t *inspect.Tree) string {
	var room [maxSegments][]byte
	var g target
	g.read(t, &room)
	return m.router.of(&g)
}

// modes are what operators set, by scope: "", "callee", "callee\ncaller", "callee\ncaller\noperation" (the caller may be empty).
type modes map[string]Mode

func (m modes) of(e Edge, operation string, otherwise Mode) Mode {
	if len(m) == 0 {
		return otherwise
	}
	for _, k := range []string{
		scope(e.To, e.From, operation), scope(e.To, "", operation), scope(e.To, e.From, ""), scope(e.To, "", ""), "",
	} {
		if mode := m[k]; mode != Inherit {
			return mode
		}
	}
	return otherwise
}

func scope(callee, caller, operation string) string {
	return strings.TrimRight(callee+"\n"+caller+"\n"+operation, "\n")
}
