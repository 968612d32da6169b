package profile

import "time"

// forget drops what was counted before an act: of a callee, of one caller, of one operation. Invariant 2 holds: each replica drops its own and what it holds of others'.
func (l *Learner) forget(a *Act, before int64) {
	for k, c := range l.counts {
		named := k.Callee == a.Callee && (a.Caller == "" || k.Caller == a.Caller) && (a.Operation == "" || l.isPart(k.Callee, c.Operation, a.Operation))
		if named && c.First <= before {
			delete(l.counts, k)
			delete(l.dirty, k)
			l.gone = append(l.gone, k)
		}
	}
	l.restate(a.Callee)
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
