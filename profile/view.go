package profile

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// CalleeView is what is known of one callee, for people.
type CalleeView struct {
	Callee     string
	Mode       Mode // that holds for it
	Calls      float64
	Scored     float64 // calls that calibration has scored
	Holds      float64 // the smallest rate of false denials that so many calls can hold
	Edge       bool    // callers that are not known may be denied
	Callers    []CallerView
	Operations []OperationView
	LeftOut    []string // callers whose calls stand out so far that they teach nothing
}

// CallerView is one caller of a callee.
type CallerView struct {
	Caller      string
	Mode        Mode // that holds for the edge
	Calls       float64
	First, Last time.Time
	Operations  []string
	Sensitive   []string // kinds of values in its calls that must not be kept in clear
}

// OperationView is one operation of a callee.
type OperationView struct {
	Operation        string
	Path             string // of which it is an action: what is said of calls to that is true of its too; "" for others
	Mode             Mode
	Calls            float64
	Callers          int
	First, Last      time.Time
	Fields           int
	Structure, Value bool    // mature: may deny
	Needs            float64 // calls until both may
}

// Services lists every callee and caller that is known, sorted: names for people to choose from.
func (s *Snapshot) Services() []string {
	all := map[string]bool{}
	for callee, m := range s.models {
		all[callee] = true
		for caller := range m.callers {
			all[caller] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Callees views every callee, sorted by name; within one, operations and callers by calls.
func (s *Snapshot) Callees() []CalleeView {
	list := make([]CalleeView, 0, len(s.models))
	for _, callee := range slices.Sorted(maps.Keys(s.models)) {
		list = append(list, s.view(s.models[callee]))
	}
	return list
}

// Callee views one; false where nothing is known of it.
func (s *Snapshot) Callee(callee string) (CalleeView, bool) {
	m := s.models[callee]
	if m == nil {
		return CalleeView{}, false
	}
	return s.view(m), true
}

func (s *Snapshot) view(m *model) CalleeView {
	v := CalleeView{Callee: m.callee, Mode: s.modes.of(Edge{To: m.callee}, "", s.config.Mode), Calls: m.calls, Holds: 1, Edge: s.maturity(m, nil).edge, LeftOut: m.excluded}
	if m.calibration != nil {
		v.Scored, v.Holds = m.calibration.calls, m.calibration.holds
	}
	for id, c := range m.callers {
		v.Callers = append(v.Callers, CallerView{Caller: id, Mode: s.modes.of(Edge{From: id, To: m.callee}, "", s.config.Mode), Calls: c.calls, First: time.Unix(c.first, 0).UTC(), Last: time.Unix(c.last, 0).UTC(), Operations: slices.Sorted(maps.Keys(c.operations)), Sensitive: slices.Sorted(maps.Keys(c.sensitive))})
	}
	for name, o := range m.operations {
		y := s.maturity(m, o)
		v.Operations = append(v.Operations, OperationView{
			Operation: name, Path: o.of, Mode: s.modes.of(Edge{To: m.callee}, name, s.config.Mode), Calls: o.all, Callers: o.callers,
			First: time.Unix(o.first, 0).UTC(), Last: time.Unix(o.last, 0).UTC(), Fields: len(o.fields), Structure: y.structure, Value: y.value,
			Needs: max(0, math.Ceil(matureValue(s.config.FalseDenyRate)-o.calls)),
		})
	}
	slices.SortFunc(v.Callers, func(a, b CallerView) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Caller, b.Caller))
	})
	slices.SortFunc(v.Operations, func(a, b OperationView) int { // actions after their path
		x, y := m.operations[pathOf(a.Operation)], m.operations[pathOf(b.Operation)]
		return cmp.Or(cmp.Compare(y.all, x.all), cmp.Compare(x.name, y.name), cmp.Compare(a.Path, b.Path), cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Operation, b.Operation))
	})
	return v
}

// CallsSince counts what was learned of a callee since the day of a time, by operation, and by action as far as it is in memory; of one caller where it is given.
func (l *Learner) CallsSince(at time.Time, callee, caller string) map[string]float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	calls, m := map[string]float64{}, l.models[callee]
	led := l.ledgers[callee]
	if led == nil || m == nil {
		return calls
	}
	for k, en := range led.entries {
		if caller != "" && k.Caller != caller || k.Day < day(at.Unix()) {
			continue
		}
		raw, _ := en.operation()
		name := m.router.fold(raw)
		calls[name] += float64(en.calls())
		if o := m.operations[name]; o != nil && o.actions != nil && en.open != nil {
			for a, n := range o.actions.in(en.open) {
				if a.own != nil {
					calls[a.own.name] += n
				}
			}
		}
	}
	return calls
}

// Mode is the narrowest mode known for an edge before its operation is: it decides what a failure of ours is answered.
func (s *Snapshot) Mode(e Edge) Mode { return s.modes.of(e, "", s.config.Mode) }

// Enforcing is the same knowledge in enforce everywhere, whatever operators set: to ask what would be denied.
func (s *Snapshot) Enforcing() *Snapshot {
	c := *s
	c.modes, c.config.Mode = nil, Enforce
	return &c
}
