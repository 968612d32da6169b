package sketch

import (
	"maps"
	"slices"
)

// Set counts how often each of a few hashes was seen. Beyond Cap it keeps the smallest, so that what is left does not depend on the order of merging:
// a hash that stays was among the smallest in every part, hence its count is exact.
type Set struct {
	Counts map[uint64]uint32
	Over   uint32 // sightings of hashes that were not kept; above 0 the set is open
}

// Add counts n sightings of hash. limit is the largest number of hashes kept.
func (s *Set) Add(hash uint64, n uint32, limit int) {
	if _, ok := s.Counts[hash]; !ok && len(s.Counts) >= limit {
		largest := slices.Max(slices.Collect(maps.Keys(s.Counts)))
		if hash > largest {
			s.Over += n
			return
		}
		s.Over += s.Counts[largest]
		delete(s.Counts, largest)
	}
	if s.Counts == nil {
		s.Counts = map[uint64]uint32{}
	}
	s.Counts[hash] += n
}

// Merge adds another set.
func (s *Set) Merge(o *Set, limit int) {
	for hash, n := range o.Counts {
		s.Add(hash, n, limit)
	}
	s.Over += o.Over
}

// Singletons is how many hashes were seen exactly once, Good and Turing's n1.
func (s *Set) Singletons() (n1 int) {
	for _, n := range s.Counts {
		if n == 1 {
			n1++
		}
	}
	return n1
}
