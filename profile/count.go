package profile

import (
	"cmp"
	"slices"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// Bounds of what is kept. What is over them is counted as unmodelled, never forgotten silently.
const (
	maxFields   = 1024 // raw fields of an operation, before maps with open keys are folded
	maxClosed   = 64   // distinct values of a field that is still taken for a closed set
	maxVersions = 16
	maxSets     = 128 // distinct sets of fields of one root
)

// count is what was seen under one Key: calls of one caller to one operation of a callee on one day. Counts are added field by field, in any order.
type count struct {
	Operation string   // raw, see operation.go
	Suspect   bool     // an attack was found in each of these calls
	Release   uint64   // the revision of the callee in which they were learned, see release.go
	Versions  []string // of the callee, sorted; the last of maxVersions
	Calls     uint32
	First     int64 // time of the earliest and latest call, seconds since 1970
	Last      int64
	Fields    map[uint64]*field
	Sets      [5]sketch.Set    // by root: which fields come together
	Whole     map[uint8]uint32 // calls by what was not read of them
	Over      uint32           // nodes left out since the operation has too many fields
	Samples   []*features      // see sampling.go, in the order of id: calibration scores them as if they had not been learned
}

// field is what was seen of one field.
type field struct {
	Name   string // its step of the path
	Parent uint64
	Root   inspect.Root

	Calls    uint32 // that have it
	Kinds    map[decode.Kind]uint32
	Wraps    map[uint64]uint32 // by chain of wrappings, unwrapped left out
	Opened   uint32            // nodes in which a structure was opened
	Findings map[string]uint32 // by class

	Values  uint32 // of which the following is
	Classes map[uint8]uint32
	Pairs   map[uint16]uint32
	Lengths map[uint16]uint32
	Numbers map[int16]uint32
	Forms   map[sketch.Form]uint32
	Closed  sketch.Set // values, by keyed hash

	latest *value // for sample
}

func newField(l *leaf) *field {
	return &field{
		Name: l.Name, Parent: l.Parent, Root: l.Root, Kinds: map[decode.Kind]uint32{}, Wraps: map[uint64]uint32{}, Findings: map[string]uint32{},
		Classes: map[uint8]uint32{}, Pairs: map[uint16]uint32{}, Lengths: map[uint16]uint32{}, Numbers: map[int16]uint32{}, Forms: map[sketch.Form]uint32{},
	}
}

// add counts one call, and samples it where its id is within the bound.
func (c *count) add(f *features, at int64, bound uint64) {
	if c.Calls == 0 || at < c.First {
		c.First = at
	}
	c.Last = max(c.Last, at)
	c.Calls++
	c.Operation = f.Operation
	if c.Fields == nil {
		c.Fields, c.Whole = map[uint64]*field{}, map[uint8]uint32{}
	}
	c.Whole[f.Whole]++
	seen := make(map[uint64]bool, len(f.Leaves))
	for i := range f.Leaves {
		l := &f.Leaves[i]
		fd := c.Fields[l.Field]
		if fd == nil {
			if len(c.Fields) >= maxFields {
				c.Over++
				continue
			}
			fd = newField(l)
			c.Fields[l.Field] = fd
		}
		if !seen[l.Field] {
			seen[l.Field] = true
			fd.Calls++
		}
		fd.add(l)
	}
	for root, signature := range signatures(f) {
		if signature != 0 {
			c.Sets[root].Add(signature, 1, maxSets)
		}
	}
	if f.ID <= bound {
		c.sample(f)
	}
}

func (f *field) add(l *leaf) {
	f.Kinds[l.Kind]++
	if l.Wrap != 0 {
		f.Wraps[l.Wrap]++
	}
	if l.Opened {
		f.Opened++
	}
	for _, found := range l.Found {
		f.Findings[found.Class]++
	}
	v := l.Value
	if v == nil {
		return
	}
	f.Values++
	for set := v.Classes; set != 0; set &= set - 1 {
		f.Classes[lowest(set)]++
	}
	for _, p := range v.Pairs {
		f.Pairs[p]++
	}
	f.Lengths[v.Length]++
	f.Forms[v.Form]++
	if v.Numeric {
		f.Numbers[v.Number]++
	}
	if v.Open {
		f.Closed.Over++
	} else {
		f.Closed.Add(v.Hash, 1, maxClosed)
	}
}

// key keeps calls in which an attack was found apart, since they are believed only where they are ordinary, and each release of the callee, since it can be taken back.
func (c *count) key(key sketch.Key) uint64 {
	seed := uint64(3)
	if c.Suspect {
		seed = 5
	}
	if c.Release > 0 {
		seed ^= spread(c.Release << 8)
	}
	return sketch.Sum(key, seed, c.Operation)
}

func day(at int64) int32 {
	if at < 0 {
		return int32((at - 86399) / 86400) //nolint:gosec // days
	}
	return int32(at / 86400) //nolint:gosec // days
}

// version notes a version of the callee.
func (c *count) version(v string) {
	i, found := slices.BinarySearch(c.Versions, v)
	if found || v == "" || len(v) > maxVersion {
		return
	}
	c.Versions = slices.Insert(c.Versions, i, v)
	if n := len(c.Versions); n > maxVersions {
		c.Versions = slices.Delete(c.Versions, 0, n-maxVersions)
	}
}

// sample keeps a call for calibration. What it shares with the call before is kept once.
func (c *count) sample(f *features) {
	i, found := 0, true
	for ; found; f.ID++ { // the same call again is another one
		i, found = slices.BinarySearchFunc(c.Samples, f.ID, func(s *features, id uint64) int { return cmp.Compare(s.ID, id) })
		if !found {
			break
		}
	}
	for k := range f.Leaves {
		l := &f.Leaves[k]
		l.Name = ""
		if fd := c.Fields[l.Field]; fd != nil && l.Value != nil {
			if fd.latest != nil && fd.latest.equal(l.Value) {
				l.Value = fd.latest
			}
			fd.latest = l.Value
		}
	}
	c.Samples = slices.Insert(c.Samples, i, f)
}

func (v *value) equal(o *value) bool {
	return v.Hash == o.Hash && v.Classes == o.Classes && v.Length == o.Length && v.Number == o.Number && v.Form == o.Form && v.Numeric == o.Numeric && v.Open == o.Open &&
		slices.Equal(v.Pairs, o.Pairs)
}

// signatures sums, for each root, the fields that are there, each once: the set of them, whatever their order.
func signatures(f *features) (sums [5]uint64) {
	seen := make(map[uint64]bool, len(f.Leaves))
	for i := range f.Leaves {
		if l := &f.Leaves[i]; !seen[l.Field] {
			seen[l.Field] = true
			sums[l.Root] += spread(l.Field)
		}
	}
	return sums
}

// spread makes the sum of Shapes a fair hash of their set.
func spread(h uint64) uint64 {
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return h ^ h>>32
}

// merge adds another count of the same operation. Samples are gathered, not cut: the caller weighs them.
func (c *count) merge(o *count) {
	if c.Calls == 0 || o.First < c.First {
		c.First = o.First
	}
	c.Last = max(c.Last, o.Last)
	c.Calls += o.Calls
	c.Over += o.Over
	if c.Fields == nil {
		c.Fields, c.Whole, c.Operation = map[uint64]*field{}, map[uint8]uint32{}, o.Operation
	}
	addAll(c.Whole, o.Whole)
	for key, f := range o.Fields {
		if c.Fields[key] == nil {
			c.Fields[key] = newField(&leaf{Name: f.Name, Parent: f.Parent, Root: f.Root})
		}
		c.Fields[key].merge(f)
	}
	for i := range c.Sets {
		c.Sets[i].Merge(&o.Sets[i], maxSets)
	}
}

func (f *field) merge(o *field) {
	f.Calls += o.Calls
	f.Values += o.Values
	f.Opened += o.Opened
	addAll(f.Kinds, o.Kinds)
	addAll(f.Wraps, o.Wraps)
	addAll(f.Findings, o.Findings)
	addAll(f.Classes, o.Classes)
	addAll(f.Pairs, o.Pairs)
	addAll(f.Lengths, o.Lengths)
	addAll(f.Numbers, o.Numbers)
	addAll(f.Forms, o.Forms)
	f.Closed.Merge(&o.Closed, maxClosed)
}

func addAll[K comparable](to, from map[K]uint32) {
	for k, n := range from {
		to[k] += n
	}
}
