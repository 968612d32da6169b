package profile

import (
	"cmp"
	"maps"
	"slices"
)

// Bounds of what is kept in memory, besides Config.Memory.
const (
	maxCallees = 1 << 12
	maxCounts  = 1 << 16 // of one callee that this replica writes: operations by caller and day
	entryBytes = 600     // of memory, of a count that is on the shelf
)

// ledger is what is counted of one callee.
type ledger struct {
	entries map[Key]*entry
	stale   bool    // the model is older than the counts
	bound   uint64  // of the ids of samples
	sampled int     // samples in memory
	calls   float64 // learned since the model was built
}

// entry is one count. What the Store has may leave memory: a summary stays, on the shelf, and what is learned from then on is counted afresh until both are put
// together again, see thaw.
type entry struct {
	open    *count // in memory; nil where all is on the shelf
	shelf   *count // of what the Store alone has: no fields, sets and samples; nil where all is in memory
	kept    bool   // the Store has something under this key
	size    int    // of open, as it was put here
	sampled int    // and its samples
	newer   bool   // the Store's is of a newer program: it is neither read nor written over
}

func (e *entry) each(f func(*count)) {
	for _, c := range [...]*count{e.shelf, e.open} {
		if c != nil {
			f(c)
		}
	}
}

func (e *entry) calls() (n uint32) {
	e.each(func(c *count) { n += c.Calls })
	return n
}

func (e *entry) last() (at int64) {
	e.each(func(c *count) { at = max(at, c.Last) })
	return at
}

func (e *entry) release() (seq uint64) {
	e.each(func(c *count) { seq = c.Release })
	return seq
}

// operation is the raw one, and when it was first asked.
func (e *entry) operation() (name string, first int64) {
	e.each(func(c *count) {
		if name == "" || c.First < first {
			first = c.First
		}
		name = c.Operation
	})
	return name, first
}

// ledger finds or makes a callee's; nil where there are too many.
func (l *Learner) ledger(callee string) *ledger {
	led := l.ledgers[callee]
	if led == nil && (len(l.ledgers) < maxCallees || l.trusted) {
		led = &ledger{entries: map[Key]*entry{}, bound: ^uint64(0)}
		l.ledgers[callee] = led
	}
	return led
}

// entry finds a count, or nil.
func (l *Learner) entry(k Key) *entry {
	if led := l.ledgers[k.Callee]; led != nil {
		return led.entries[k]
	}
	return nil
}

// slot finds or makes an entry, and counts one that is new.
func (l *Learner) slot(led *ledger, k Key) *entry {
	en := led.entries[k]
	if en == nil {
		en = &entry{}
		led.entries[k] = en
		l.entries++
		l.weight += entryBytes
	}
	return en
}

// place puts a count of one's own in memory.
func (l *Learner) place(led *ledger, k Key, c *count) {
	en := l.slot(led, k)
	l.weight += c.size() - en.size
	led.sampled += len(c.Samples) - en.sampled
	en.open, en.size, en.sampled = c, c.size(), len(c.Samples)
	led.stale = true
}

// remove forgets a count.
func (l *Learner) remove(k Key) {
	led, en := l.ledgers[k.Callee], l.entry(k)
	if en == nil {
		return
	}
	l.weight -= en.size + entryBytes
	led.sampled -= en.sampled
	l.entries--
	led.stale = true
	delete(led.entries, k)
	delete(l.dirty, k)
	l.resident.Remove(k)
}

// evict puts counts on the shelf, those first that were used least lately, until the rest fits. What the Store does not have yet stays.
func (l *Learner) evict() {
	for l.weight > l.config.Memory {
		k, _, ok := l.resident.RemoveOldest()
		if !ok {
			select {
			case l.full <- struct{}{}: // it is time to flush
			default:
			}
			return
		}
		if en := l.entry(k); en != nil && en.open != nil {
			c := en.open
			en.shelf = &count{Operation: c.Operation, Suspect: c.Suspect, Release: c.Release, Versions: c.Versions, Calls: c.Calls, First: c.First, Last: c.Last}
			l.weight -= en.size
			l.ledgers[k.Callee].sampled -= en.sampled
			en.open, en.size, en.sampled = nil, 0, 0
			l.stats.shelved.Add(1)
		}
	}
}

// room says whether one more count of a callee may be kept, after those have gone that are worth least.
func (l *Learner) room(led *ledger) bool {
	if l.trusted {
		return true
	}
	if len(led.entries) >= maxCounts {
		l.sweep(led)
	}
	if l.entries*entryBytes > l.config.Memory/2 {
		l.sweep(l.largest())
	}
	return len(led.entries) < 2*maxCounts && l.weight < 2*l.config.Memory
}

func (l *Learner) largest() (most *ledger) {
	for _, callee := range slices.Sorted(maps.Keys(l.ledgers)) {
		if led := l.ledgers[callee]; most == nil || len(led.entries) > len(most.entries) {
			most = led
		}
	}
	return most
}

// sweep forgets a quarter of the counts that this replica has of a callee: those of the fewest calls, and of these the oldest. Names that somebody makes up, a path or a
// caller a call, drive out one another and nothing that is asked for often.
func (l *Learner) sweep(led *ledger) {
	var own []Key
	for k, en := range led.entries {
		if k.Replica == l.config.Replica && !en.newer {
			own = append(own, k)
		}
	}
	slices.SortFunc(own, func(a, b Key) int {
		x, y := led.entries[a], led.entries[b]
		return cmp.Or(cmp.Compare(x.calls(), y.calls()), cmp.Compare(x.last(), y.last()), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Caller, b.Caller), cmp.Compare(a.Day, b.Day))
	})
	for _, k := range own[:(len(own)+3)/4] {
		if led.entries[k].kept {
			l.gone = append(l.gone, k)
		}
		l.remove(k)
		l.stats.swept.Add(1)
	}
}
