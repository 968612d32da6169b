package profile

import (
	"time"
)

// event is what Saw and Ended put into the inbox.
type event struct {
	f        *features
	id       string
	at       time.Time
	edge     Edge
	version  string
	novel    novelty // what would have been denied, of a mature callee
	released bool    // it is part of a release
	renewed  bool    // the version is a new one of the callee: nothing else is told
	scored   bool    // the call was judged by what is mature; alone, without features, where it is not to be learned
	score    float64 // of its verdict
	end      bool
	ok       bool
}

func (l *Learner) drain() {
	for {
		select {
		case e := <-l.inbox:
			l.take(&e)
		default:
			return
		}
	}
}

// take learns a call when both its features and its good end are known. Where no end was ever heard of there is no access log: a call that has waited a
// minute of calls' time is then learned without.
func (l *Learner) take(e *event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.renewed {
		l.renewals.seen[renewal{e.edge.To, e.version}] = true
		return
	}
	l.watch(e)
	if e.f == nil && !e.end {
		return
	}
	if !e.end {
		l.expire(e.at)
		if old, ok := l.pending.Peek(e.id); ok {
			l.waiting -= len(old.f.Leaves)
		} else if l.pending.Len() >= l.config.Pending {
			l.giveUp()
		}
		l.pending.Add(e.id, e)
		for l.waiting += len(e.f.Leaves); l.waiting > maxPending && l.pending.Len() > 1; {
			l.giveUp()
		}
		return
	}
	l.outcomes = true
	waiting, ok := l.pending.Peek(e.id)
	if !ok {
		if len(l.strangers) < maxStrangers && len(e.id) <= maxName {
			l.strangers = append(l.strangers, End{e.id, e.ok, e.at})
		}
		return
	}
	l.forgo(e.id, waiting)
	if !e.ok {
		l.stats.refused.Add(1)
		return
	}
	l.admit(waiting)
}

// admit learns a call, or has it wait where it is new.
func (l *Learner) admit(e *event) {
	switch {
	case e.novel != (novelty{}):
		l.wait(e)
	case l.paused(e.edge.To):
		l.stats.refused.Add(1)
	default:
		l.learn(e)
	}
}

const (
	waitWithoutLog = time.Minute
	waitWithLog    = time.Hour
	maxPending     = 1 << 20 // leaves of all the calls that wait for their end
)

// forgo takes a call out of those that wait.
func (l *Learner) forgo(id string, e *event) {
	l.pending.Remove(id)
	l.waiting -= len(e.f.Leaves)
}

// giveUp ends the wait of the call that has waited longest.
func (l *Learner) giveUp() {
	id, e, ok := l.pending.GetOldest()
	if !ok {
		return
	}
	l.forgo(id, e)
	if l.outcomes {
		l.stats.lost.Add(1)
	} else {
		l.admit(e)
	}
}

func (l *Learner) expire(now time.Time) {
	for {
		_, e, ok := l.pending.GetOldest()
		if !ok || now.Sub(e.at) < waitWithoutLog || l.outcomes && now.Sub(e.at) < waitWithLog {
			return
		}
		l.giveUp()
	}
}
