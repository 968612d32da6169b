package profile

import (
	"cmp"
	"slices"
)

// Calibration needs calls as they came, not sums. Of each callee the calls with the smallest ids are kept: a fair sample, the same whatever the order in which the calls came,
// and by how many replicas.

// sampleCalls is how many calls of a callee are kept for a rate: enough to hold it with a few to spare.
func sampleCalls(rate float64, trusted bool) int {
	if trusted {
		return max(32768, int(5/rate))
	}
	return max(8192, int(4/rate))
}

// sampleLeaves is how many leaves the samples may have on average: of larger calls fewer are kept, but at least leastSamples. Those hold the default rate, which needs 3/rate:
// a callee of large calls matures too.
const (
	sampleLeaves = 64
	leastSamples = 3200
)

// smallest returns the bound that the first n samples are at or below, or as many as have n·sampleLeaves leaves, or leastSamples; ^0 where that is all.
func smallest(lists [][]*kept, n int) uint64 {
	all := slices.Concat(lists...)
	slices.SortFunc(all, func(a, b *kept) int { return cmp.Compare(a.ID, b.ID) })
	leaves := 0
	for i, k := range all {
		if leaves += len(k.values); i >= n || i >= leastSamples && leaves > n*sampleLeaves {
			return all[i-1].ID
		}
	}
	return ^uint64(0)
}

// thin leaves the smallest samples of a callee in memory.
func (l *Learner) thin(callee string, led *ledger) {
	var lists [][]*kept
	for _, en := range led.entries {
		if en.open != nil && !l.parsed.history[callee].reverted(en.release()) {
			lists = append(lists, en.open.Samples)
		}
	}
	led.bound = min(led.bound, smallest(lists, l.size)) // calls that come later are sampled no more than those before
	for k, en := range led.entries {
		if c := en.open; c != nil && len(c.Samples) > 0 && c.Samples[len(c.Samples)-1].ID > led.bound {
			if c.shared {
				c = c.clone()
			}
			c.cut(led.bound)
			l.place(led, k, c)
		}
	}
}

// sampleUpTo leaves the smallest samples of the parts of a callee.
func sampleUpTo(parts []part, n int, bound uint64) {
	lists := make([][]*kept, 0, len(parts))
	for i := range parts {
		parts[i].Samples = parts[i].count.Samples
		lists = append(lists, parts[i].Samples)
	}
	bound = min(bound, smallest(lists, n))
	for i := range parts {
		p := &parts[i]
		k, _ := slices.BinarySearchFunc(p.Samples, bound, func(s *kept, id uint64) int {
			if s.ID <= id {
				return -1
			}
			return 1
		})
		p.Samples = p.Samples[:k]
	}
}

// thinnedAt is the bound that counts read from a Store were sampled with: none where every call is there.
func thinnedAt(led *ledger) (bound uint64) {
	calls, samples := 0, 0
	for _, en := range led.entries {
		if c := en.open; c != nil {
			calls += int(c.Calls)
			samples += len(c.Samples)
			if n := len(c.Samples); n > 0 {
				bound = max(bound, c.Samples[n-1].ID)
			}
		}
	}
	if samples == calls {
		return ^uint64(0)
	}
	return bound
}
