package sketch

import (
	"cmp"
	"iter"
	"slices"
)

// Tally counts by key, in the order of the keys. Where there are few, as of a field's kinds, lengths or pairs, it takes a fraction of a map's memory.
type Tally[K cmp.Ordered] []Bin[K]

// Bin is one key and how often it was seen.
type Bin[K cmp.Ordered] struct {
	Key K
	N   uint32
}

func (t Tally[K]) find(k K) (int, bool) {
	low, high := 0, len(t)
	for low < high {
		if mid := (low + high) / 2; t[mid].Key < k {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < len(t) && t[low].Key == k
}

// Of returns how often a key was seen.
func (t Tally[K]) Of(k K) uint32 {
	if i, found := t.find(k); found {
		return t[i].N
	}
	return 0
}

// Add counts n sightings of a key.
func (t *Tally[K]) Add(k K, n uint32) {
	i, found := t.find(k)
	if found {
		(*t)[i].N += n
		return
	}
	*t = slices.Insert(*t, i, Bin[K]{k, n})
}

// AddWithin is Add for keys that who sends them can choose: no more than limit are kept, the smallest, whatever the order they come in. It returns the sightings
// of what was not kept.
func (t *Tally[K]) AddWithin(k K, n uint32, limit int) (over uint32) {
	if last := len(*t) - 1; last+1 >= limit && t.Of(k) == 0 {
		if k > (*t)[last].Key {
			return n
		}
		over = (*t)[last].N
		*t = (*t)[:last]
	}
	t.Add(k, n)
	return over
}

// Merge adds another tally.
func (t *Tally[K]) Merge(o Tally[K]) {
	for _, b := range o {
		t.Add(b.Key, b.N)
	}
}

// MergeWithin is Merge with a limit, see AddWithin.
func (t *Tally[K]) MergeWithin(o Tally[K], limit int) (over uint32) {
	for _, b := range o {
		over += t.AddWithin(b.Key, b.N, limit)
	}
	return over
}

// All goes through keys and counts.
func (t Tally[K]) All() iter.Seq2[K, uint32] {
	return func(yield func(K, uint32) bool) {
		for _, b := range t {
			if !yield(b.Key, b.N) {
				return
			}
		}
	}
}

// Keys are the keys in order.
func (t Tally[K]) Keys() []K {
	keys := make([]K, len(t))
	for i, b := range t {
		keys[i] = b.Key
	}
	return keys
}

// Map returns the counts as a map, nil where there are none: for stored forms.
func (t Tally[K]) Map() map[K]uint32 {
	if len(t) == 0 {
		return nil
	}
	m := make(map[K]uint32, len(t))
	for _, b := range t {
		m[b.Key] = b.N
	}
	return m
}

// TallyOf is the tally of a map.
func TallyOf[K cmp.Ordered](m map[K]uint32) Tally[K] {
	if len(m) == 0 {
		return nil
	}
	t := make(Tally[K], 0, len(m))
	for k, n := range m {
		t = append(t, Bin[K]{k, n})
	}
	slices.SortFunc(t, func(a, b Bin[K]) int { return cmp.Compare(a.Key, b.Key) })
	return t
}
