package profile

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Novelty is new structure of a callee that waits in quarantine, for people: drift, where no release was announced. Each replica knows what it saw itself.
type Novelty struct {
	Callee, Operation string
	Class, Path       string // of the reason: new-operation, new-field …
	First, Last       time.Time
	Calls             int // that ended well
	Callers           []string
	WantsCalls        int       // more, until it is learned
	WantsCallers      int       // more of them
	Until             time.Time // it waits at least
}

// Novelties lists what waits, of one callee or ("") of all, by callee, operation, class and path.
func (l *Learner) Novelties(callee string) []Novelty {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []Novelty{}
	for n, w := range l.quarantine {
		if callee != "" && n.callee != callee {
			continue
		}
		list = append(list, Novelty{
			Callee: n.callee, Operation: n.operation, Class: n.class, Path: n.path, First: w.first, Last: w.last, Calls: w.calls, Callers: slices.Sorted(maps.Keys(w.callers)),
			WantsCalls: max(0, quorumCalls-w.calls), WantsCallers: max(0, quorum-len(w.callers)), Until: w.first.Add(quorumTime),
		})
	}
	slices.SortFunc(list, func(a, b Novelty) int {
		return cmp.Or(cmp.Compare(a.Callee, b.Callee), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Path, b.Path))
	})
	return list
}
