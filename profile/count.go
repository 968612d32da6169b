package profile

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// Bounds of what is kept. What is over them is counted as unmodelled, never forgotten silently.
const (
	maxFields   = 1024 // raw fields of an operation, before maps with open keys are folded
	maxClosed   = 64   // distinct values of a field that is still taken for a closed set
	maxSets     = 128  // distinct sets of fields of one root
	maxWraps    = 32   // chains of wrappings of a field
	maxNumbers  = 512  // magnitudes of a field; those of float64 are some thousands
	maxVersions = 16
	maxWords    = 256 // of all fields together
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
	Sets      [5]sketch.Set       // by root: which fields come together
	Whole     sketch.Tally[uint8] // calls by what was not read of them
	Over      uint32              // nodes left out since the operation has too many fields
	Words     []spelling          // by field and hash, of closed sets; the Store has those alone that tell actions apart, see actions.go
	Samples   []*kept             // see sample.go, in the order of id: calibration scores them as if they had not been learned

	skeletons map[uint64]*skeleton // of the samples, by hash
	shared    bool                 // others read it, without a lock: who changes it takes a clone
	heft      int                  // bytes of fields and samples, see size
}

// spelling is a value of a closed set in clear.
type spelling struct {
	field, hash uint64
	text        string
}

func (s spelling) compare(o spelling) int {
	return cmp.Or(cmp.Compare(s.field, o.field), cmp.Compare(s.hash, o.hash))
}

// field is what was seen of one field.
type field struct {
	Name   string // its step of the path
	Parent uint64
	Root   inspect.Root

	Calls    uint32 // that have it
	Kinds    sketch.Tally[decode.Kind]
	Wraps    sketch.Tally[uint64] // by chain of wrappings, unwrapped left out
	Opened   uint32               // of Values, those in which a structure was opened
	Findings sketch.Tally[string] // by class

	Values  uint32 // of which the following is
	Classes sketch.Tally[uint8]
	Pairs   sketch.Tally[uint16]
	Lengths sketch.Tally[uint16] // of values, and of arrays the number of elements
	Numbers sketch.Tally[int16]
	Forms   sketch.Tally[sketch.Form]
	Marks   sketch.Tally[uint16] // see marksOf
	Closed  sketch.Set           // values, by keyed hash

	latestCall uint32 // Calls of the count when it came last
	latest     *value // for sample
	weight     int    // see weigh
}

func newField(l *leaf) *field {
	return &field{Name: l.Name, Parent: l.Parent, Root: l.Root}
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
		c.Fields = map[uint64]*field{}
	}
	c.Whole.Add(f.Whole, 1)
	var sums [5]uint64 // by root, of the fields that are there, each once: their set, whatever their order
	var left map[uint64]bool
	for i := range f.Leaves {
		l := &f.Leaves[i]
		fd := c.Fields[l.Field]
		if fd == nil && len(c.Fields) >= maxFields {
			c.Over++
			if left == nil {
				left = map[uint64]bool{}
			}
			if !left[l.Field] {
				left[l.Field] = true
				sums[l.Root] += spread(l.Field)
			}
			continue
		}
		if fd == nil {
			fd = newField(l)
			fd.Name = strings.Clone(l.Name) // it lies among those of the call
			c.Fields[l.Field] = fd
		}
		if fd.latestCall != c.Calls {
			fd.latestCall = c.Calls
			fd.Calls++
			sums[l.Root] += spread(l.Field)
		}
		fd.add(l)
		if l.Kind == decode.Array {
			fd.Lengths.Add(sketch.Length(elements(f.Leaves, int32(i))), 1)
		}
		c.heft += fd.weigh()
	}
	for root, sum := range sums {
		if sum != 0 {
			c.Sets[root].Add(sum, 1, maxSets)
		}
	}
	for _, w := range f.Words {
		l := &f.Leaves[w.leaf]
		c.spell(spelling{l.Field, l.Value.Hash, w.text})
	}
	if f.ID <= bound {
		c.sample(f, true)
	}
}

// spell keeps a word of a closed set in clear, and none of a set that is not closed.
func (c *count) spell(w spelling) {
	i, found := slices.BinarySearchFunc(c.Words, w, spelling.compare)
	fd := c.Fields[w.field]
	switch {
	case fd == nil || fd.Closed.Over > 0:
		c.Words = slices.DeleteFunc(c.Words, func(o spelling) bool { return o.field == w.field })
	case !found && len(c.Words) < maxWords:
		w.text = strings.Clone(w.text) // it may lie among those of the call
		c.Words = slices.Insert(c.Words, i, w)
	}
}

// spelling leaves those words that the Store may have: of the field that tells actions apart, none where that is 0.
func (c *count) spelling(field uint64) *count {
	kept := *c
	kept.Words = slices.DeleteFunc(slices.Clone(c.Words), func(w spelling) bool { return w.field != field })
	return &kept
}

func (f *field) add(l *leaf) {
	f.Kinds.Add(l.Kind, 1)
	if l.Wrap != 0 {
		f.Wraps.AddWithin(l.Wrap, 1, maxWraps)
	}
	for _, found := range l.Found {
		f.Findings.Add(found.Class, 1)
	}
	v := l.Value
	if v == nil {
		return
	}
	f.Values++
	if l.Opened {
		f.Opened++
	}
	for set := v.Classes; set != 0; set &= set - 1 {
		f.Classes.Add(lowest(set), 1)
	}
	for _, p := range v.Pairs {
		f.Pairs.Add(p, 1)
	}
	f.Lengths.Add(v.Length, 1)
	f.Marks.Add(v.marks(), 1)
	f.Forms.Add(v.Form, 1)
	if v.Numeric {
		f.Numbers.AddWithin(v.Number, 1, maxNumbers)
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

func (v *value) equal(o *value) bool {
	return v.Hash == o.Hash && v.Classes == o.Classes && v.Length == o.Length && v.Marks == o.Marks && v.Number == o.Number && v.Form == o.Form && v.Numeric == o.Numeric && v.Open == o.Open &&
		slices.Equal(v.Pairs, o.Pairs)
}

func (v *value) clone() *value {
	c := *v
	c.Pairs = slices.Clone(v.Pairs)
	return &c
}

// spread makes the sum of Shapes a fair hash of their set.
func spread(h uint64) uint64 {
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return h ^ h>>32
}

// clone is a count of one's own, to be changed.
func (c *count) clone() *count {
	n := *c
	n.shared = false
	n.Fields = make(map[uint64]*field, len(c.Fields))
	for key, f := range c.Fields {
		n.Fields[key] = f.clone()
	}
	n.Whole, n.Versions = slices.Clone(c.Whole), slices.Clone(c.Versions)
	for i := range n.Sets {
		n.Sets[i].Counts = slices.Clone(c.Sets[i].Counts)
	}
	n.Samples, n.skeletons, n.Words = slices.Clone(c.Samples), maps.Clone(c.skeletons), slices.Clone(c.Words)
	return &n
}

func (f *field) clone() *field {
	n := *f
	n.Kinds, n.Wraps, n.Findings = slices.Clone(f.Kinds), slices.Clone(f.Wraps), slices.Clone(f.Findings)
	n.Classes, n.Pairs, n.Forms = slices.Clone(f.Classes), slices.Clone(f.Pairs), slices.Clone(f.Forms)
	n.Lengths, n.Marks, n.Numbers = slices.Clone(f.Lengths), slices.Clone(f.Marks), slices.Clone(f.Numbers)
	n.Closed.Counts = slices.Clone(f.Closed.Counts)
	return &n
}

// size is the bytes of memory that a count takes, within a third.
func (c *count) size() int {
	n := countBytes + c.heft + len(c.Operation) + 32*len(c.Versions) + wordBytes*len(c.Words)
	for i := range c.Sets {
		n += 20 * len(c.Sets[i].Counts)
	}
	return n
}

// weigh works out the size anew where fields were put in from elsewhere.
func (c *count) weigh() {
	for _, f := range c.Fields {
		c.heft += f.weigh()
	}
}

// weigh returns by how much a field has grown since it was last weighed.
func (f *field) weigh() int {
	before := f.weight
	f.weight = fieldBytes + len(f.Name) + 9*(len(f.Kinds)+len(f.Classes)+len(f.Pairs)+len(f.Lengths)+len(f.Marks)+len(f.Numbers)+len(f.Forms)) +
		20*(len(f.Wraps)+len(f.Findings)+len(f.Closed.Counts))
	return f.weight - before
}

// Bytes of an empty count, and of an empty field with its place in the map.
const (
	countBytes = 700
	fieldBytes = 450
	wordBytes  = 64 // of a word with its text
)

// merge adds another count of the same operation. Samples are gathered, not cut: the caller weighs them.
func (c *count) merge(o *count) {
	if c.Calls == 0 || o.First < c.First {
		c.First = o.First
	}
	c.Last = max(c.Last, o.Last)
	c.Calls += o.Calls
	c.Over += o.Over
	if c.Fields == nil {
		c.Fields, c.Operation = map[uint64]*field{}, o.Operation
	}
	c.Whole.Merge(o.Whole)
	for key, f := range o.Fields {
		if c.Fields[key] == nil {
			c.Fields[key] = newField(&leaf{Name: f.Name, Parent: f.Parent, Root: f.Root})
		}
		c.Fields[key].merge(f)
	}
	c.prune()
	for i := range c.Sets {
		c.Sets[i].Merge(&o.Sets[i], maxSets)
	}
	for _, w := range o.Words {
		c.spell(w)
	}
}

// prune bounds the fields of a sum: those of the fewest calls go. It is far above what a model takes, so that no order of merging can matter to that.
func (c *count) prune() {
	const most = 16 * maxFields
	if len(c.Fields) <= most {
		return
	}
	for _, key := range c.byUse()[most/2:] {
		delete(c.Fields, key)
	}
}

// byUse are the fields, those first that most calls have.
func (c *count) byUse() []uint64 {
	return slices.SortedFunc(maps.Keys(c.Fields), func(a, b uint64) int {
		return cmp.Or(cmp.Compare(c.Fields[b].Calls, c.Fields[a].Calls), cmp.Compare(a, b))
	})
}

func (f *field) merge(o *field) {
	f.Calls += o.Calls
	f.Values += o.Values
	f.Opened += o.Opened
	f.Kinds.Merge(o.Kinds)
	f.Wraps.MergeWithin(o.Wraps, maxWraps)
	f.Findings.Merge(o.Findings)
	f.Classes.Merge(o.Classes)
	f.Pairs.Merge(o.Pairs)
	f.Lengths.Merge(o.Lengths)
	f.Marks.Merge(o.Marks)
	f.Numbers.MergeWithin(o.Numbers, maxNumbers)
	f.Forms.Merge(o.Forms)
	f.Closed.Merge(&o.Closed, maxClosed)
}
