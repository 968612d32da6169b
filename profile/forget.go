package profile

import "time"

// forget drops what was counted before an act: of a callee, of one caller, of one operation. Invariant 2 holds: each replica drops its own and what it holds of others'.
func (l *Learner) forget(a *Act, before int64) {
	if led := l.ledgers[a.Callee]; led != nil {
		for k, en := range led.entries {
			raw, first := en.operation()
			named := (a.Caller == "" || k.Caller == a.Caller) && (a.Operation == "" || l.isPart(k.Callee, raw, a.Operation))
			if named && first <= before && !en.newer {
				l.remove(k)
				l.gone = append(l.gone, k)
			}
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
	if oldest == l.faded {
		return
	}
	l.faded = oldest
	for _, led := range l.ledgers {
		for k, en := range led.entries {
			if k.Day < oldest && !en.newer {
				l.remove(k)
				l.gone = append(l.gone, k)
			}
		}
	}
}
