package profile

import (
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

// smallest returns the bound that n of the ids are at or below; ^0 where there are no more than n.
func smallest(ids []uint64, n int) uint64 {
	if len(ids) <= n {
		return ^uint64(0)
	}
	slices.Sort(ids)
	return ids[n-1]
}

// thin leaves the n smallest samples of the counts of one callee.
func thin(counts []*count, n int) (bound uint64) {
	var ids []uint64
	for _, c := range counts {
		for _, f := range c.Samples {
			ids = append(ids, f.ID)
		}
	}
	bound = smallest(ids, n)
	for _, c := range counts {
		k := 0
		for k < len(c.Samples) && c.Samples[k].ID <= bound {
			k++
		}
		clear(c.Samples[k:])
		c.Samples = c.Samples[:k]
	}
	return bound
}

// sampledUpTo is the bound that counts were sampled with: none where every call is there.
func sampledUpTo(counts []*count) (bound uint64) {
	calls, samples := 0, 0
	for _, c := range counts {
		calls += int(c.Calls)
		samples += len(c.Samples)
		if n := len(c.Samples); n > 0 {
			bound = max(bound, c.Samples[n-1].ID)
		}
	}
	if samples == calls {
		return ^uint64(0)
	}
	return bound
}

// sample counts a call, and thins the samples of its callee when they are twice what is kept.
func (l *Learner) sample(c *count, f *features, callee string, at int64) {
	bound, ok := l.bounds[callee]
	if !ok {
		bound = ^uint64(0)
	}
	before := len(c.Samples)
	c.add(f, at, bound)
	l.sampled[callee] += len(c.Samples) - before
	if l.sampled[callee] > 2*l.size {
		l.thin(callee)
	}
}

func (l *Learner) thin(callee string) {
	var counts []*count
	for k, c := range l.counts {
		if k.Callee == callee && !l.parsed.history[callee].reverted(c.Release) {
			counts = append(counts, c)
		}
	}
	bound := thin(counts, l.size)
	if old, ok := l.bounds[callee]; ok {
		bound = min(bound, old) // calls that come later are sampled no more than those before
	} else {
		bound = min(bound, sampledUpTo(counts)) // read from a store
	}
	l.bounds[callee] = bound
	l.sampled[callee] = 0
	for _, c := range counts {
		l.sampled[callee] += len(c.Samples)
	}
}
