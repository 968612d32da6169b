package profile

import (
	"sync/atomic"
	"time"
)

// pace bounds what learning costs. Taking a call's features costs more than judging it, and an operation that is mature learns no more from
// ten thousand calls a second than from some hundreds: of operations that are settled a share is taken, chosen by the call's random id, so that it is
// fair. Those are settled that are mature, or of which as many calls were learned as are kept of a callee to calibrate it: what they lack is not calls. The learner sets the share by what it took lately; the way of a request only reads it. What counts is leaves, not calls: a large call costs
// as much as many small ones.
type pace struct {
	left  atomic.Uint32 // 1<<16 less the share: the zero pace takes every call
	taken int           // leaves since the last look; the learner's goroutine alone
}

const (
	whole16        = 1 << 16
	takenPerSecond = 30_000 // leaves, as of 350 calls of 1 KiB; some per cent of one core
	takenACall     = 16     // leaves that a call counts for besides its own: its memory, its wait for its end
	paceEvery      = 200 * time.Millisecond
)

// takes tells whether a call of a settled operation is to be learned.
func (p *pace) takes(id string) bool {
	left := p.left.Load()
	if left == 0 {
		return true
	}
	h := uint32(2166136261) // FNV-1a
	for i := range len(id) {
		h = (h ^ uint32(id[i])) * 16777619
	}
	return (h^h>>16)&(whole16-1) >= left
}

// adjust sets the share for the next while. It falls at once and doubles at most.
func (p *pace) adjust(while time.Duration) {
	share := float64(whole16 - p.left.Load())
	target := takenPerSecond * while.Seconds()
	next := 2 * share
	if p.taken > 0 {
		next = min(next, share*target/float64(p.taken))
	}
	p.taken = 0
	p.left.Store(whole16 - uint32(max(16, min(next, whole16))))
}

// share is the part of the calls of settled operations that is learned.
func (p *pace) share() float64 { return 1 - float64(p.left.Load())/whole16 }
