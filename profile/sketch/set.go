package sketch

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
