package profile

import (
	"cmp"
	"slices"
)

// kept is a call as calibration needs it: its features, what they share with other calls held once.
type kept struct {
	ID       uint64
	Whole    uint8
	skeleton *skeleton
	values   []*value // of each leaf; nil where it has none
}

// skeleton is all of a call's leaves but their values. Most calls of an operation have the same.
type skeleton struct{ leaves []leaf }

// features puts a call together again, in room.
func (k *kept) features(room []leaf) features {
	room = append(room[:0], k.skeleton.leaves...)
	for i := range room {
		room[i].Value = k.values[i]
	}
	return features{ID: k.ID, Whole: k.Whole, Leaves: room}
}

// sample keeps a call for calibration. What is borrowed of its values lies among those of the call, others of which may go.
func (c *count) sample(f *features, borrowed bool) {
	i, found := 0, true
	for ; found; f.ID++ { // the same call again is another one
		i, found = slices.BinarySearchFunc(c.Samples, f.ID, func(s *kept, id uint64) int { return cmp.Compare(s.ID, id) })
		if !found {
			break
		}
	}
	c.Samples = slices.Insert(c.Samples, i, c.keep(f, borrowed))
}

// keep makes a sample of a call. What it shares with those before is not held again.
func (c *count) keep(f *features, borrowed bool) *kept {
	k := &kept{ID: f.ID, Whole: f.Whole, skeleton: c.skeletonOf(f.Leaves), values: make([]*value, len(f.Leaves))}
	c.heft += keptBytes + 8*len(k.values)
	for i := range f.Leaves {
		l := &f.Leaves[i]
		if l.Value == nil {
			continue
		}
		fd := c.Fields[l.Field]
		if fd != nil && fd.latest != nil && fd.latest.equal(l.Value) {
			k.values[i] = fd.latest
			continue
		}
		k.values[i] = l.Value
		if borrowed {
			k.values[i] = l.Value.clone()
		}
		c.heft += valueBytes + 2*len(l.Value.Pairs)
		if fd != nil {
			fd.latest = k.values[i]
		}
	}
	return k
}

// Bytes of a sample, of a leaf of its skeleton, and of a value.
const (
	keptBytes  = 80
	leafBytes  = 96
	valueBytes = 72
)

func (c *count) skeletonOf(leaves []leaf) *skeleton {
	hash := uint64(len(leaves))
	for i := range leaves {
		l := &leaves[i]
		hash = spread(hash ^ l.Field + l.Wrap + uint64(l.Kind))
	}
	if s := c.skeletons[hash]; s != nil && s.fits(leaves) {
		return s
	}
	s := &skeleton{leaves: slices.Clone(leaves)}
	for i := range s.leaves {
		s.leaves[i].Name, s.leaves[i].Value = "", nil
	}
	if c.skeletons == nil {
		c.skeletons = map[uint64]*skeleton{}
	}
	c.skeletons[hash] = s
	c.heft += leafBytes * len(leaves)
	return s
}

// fits says that leaves are the same but for their values.
func (s *skeleton) fits(leaves []leaf) bool {
	return slices.EqualFunc(s.leaves, leaves, func(a, b leaf) bool {
		return a.Field == b.Field && a.Parent == b.Parent && a.Wrap == b.Wrap && a.End == b.End && a.Kind == b.Kind && a.Root == b.Root && a.Opened == b.Opened &&
			slices.Equal(a.Found, b.Found)
	})
}

// identity is the same for the same value, and for others hardly ever: those that are never in a closed set have no hash, but features that differ.
func (v *value) identity() uint64 {
	sum := spread(v.Hash ^ v.Classes + uint64(v.Length)<<48 + uint64(v.Form)<<40 + uint64(v.Marks)<<32)
	for _, p := range v.Pairs {
		sum += spread(uint64(p))
	}
	return sum
}

// cut leaves the samples up to a bound of ids. The count must be one's own.
func (c *count) cut(bound uint64) {
	k, _ := slices.BinarySearchFunc(c.Samples, bound, func(s *kept, id uint64) int { return cmp.Compare(s.ID, id) })
	for k < len(c.Samples) && c.Samples[k].ID == bound {
		k++
	}
	if k == len(c.Samples) {
		return
	}
	old := c.Samples[:k]
	c.Samples, c.skeletons, c.heft = make([]*kept, 0, k), nil, 0
	for _, f := range c.Fields {
		c.heft += f.weight
	}
	room := make([]leaf, 0, 64)
	for _, s := range old { // held once again, since what was shared with those that went may be held by these alone
		f := s.features(room)
		c.Samples = append(c.Samples, c.keep(&f, false))
		room = f.Leaves
	}
}

// absorb adds what was counted apart under the same key, samples too.
func (c *count) absorb(o *count) {
	c.Suspect, c.Release = c.Suspect || o.Suspect, max(c.Release, o.Release)
	c.merge(o)
	for _, v := range o.Versions {
		c.version(v)
	}
	var room []leaf
	for _, k := range o.Samples {
		f := k.features(room)
		c.sample(&f, false)
		room = f.Leaves
	}
	c.weigh()
}
