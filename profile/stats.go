package profile

import "sync/atomic"

// stats are counted for the metrics.
type stats struct{ dropped, learned, lost, refused, shelved, swept atomic.Uint64 }

// Stats is what has happened to observations since the start.
type Stats struct {
	Learned uint64  // calls counted
	Dropped uint64  // since the inbox was full
	Lost    uint64  // waited for their end in vain
	Refused uint64  // not learned: denied, failed, off, unauthenticated
	Shelved uint64  // counts that left memory, since the Store has them
	Swept   uint64  // counts that were forgotten, since there were too many
	Pending int     // wait for their end
	Share   float64 // part of the calls of mature operations that is taken
}

// Stats returns the counters.
func (l *Learner) Stats() Stats {
	return Stats{
		Learned: l.stats.learned.Load(), Dropped: l.stats.dropped.Load(), Lost: l.stats.lost.Load(), Refused: l.stats.refused.Load(),
		Shelved: l.stats.shelved.Load(), Swept: l.stats.swept.Load(), Pending: l.pending.Len(), Share: l.pace.share(),
	}
}
