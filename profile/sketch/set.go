package sketch

import "math/bits"

// Set counts how often each of a few hashes was seen. Beyond its limit it keeps the smallest, so that what is left does not depend on the order of merging:
// a hash that stays was among the smallest in every part, hence its count is exact.
type Set struct {
	Counts Tally[uint64]
	Over   uint32 // sightings of hashes that were not kept; above 0 the set is open
}

// Add counts n sightings of hash. limit is the largest number of hashes kept.
func (s *Set) Add(hash uint64, n uint32, limit int) { s.Over += s.Counts.AddWithin(hash, n, limit) }

// Merge adds another set.
func (s *Set) Merge(o *Set, limit int) { s.Over += s.Counts.MergeWithin(o.Counts, limit) + o.Over }

// Singletons is how many hashes were seen exactly once, Good and Turing's n1.
func (s *Set) Singletons() (n1 int) {
	for _, b := range s.Counts {
		if b.N == 1 {
			n1++
		}
	}
	return n1
}

// Has says whether a hash was seen. Hashes are spread evenly, so that it looks where the hash would stand among so many, and goes on from there (Perl, Itai and Avni 1978,
// Interpolation search, CACM 21:550).
func (s *Set) Has(hash uint64) bool {
	list := s.Counts
	at, _ := bits.Mul64(hash, uint64(len(list)))
	i := int(at)                              //nolint:gosec // below len
	for i < len(list) && list[i].Key < hash { // the first that is not below the hash
		i++
	}
	for i > 0 && list[i-1].Key >= hash {
		i--
	}
	return i < len(list) && list[i].Key == hash
}
