package profile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// codecVersion is of a stored count, its first byte. Counts of versions 1 and 2 are JSON, see codec_json.go: they begin with a brace. Those of 3 know nothing of marks, those
// of 4 nothing of words. An older one must load, a newer one is refused.
const codecVersion = 5

// encode returns the stored form of a count: numbers, everything sorted, so that the same count is the same bytes. The Store compresses it.
func (c *count) encode() []byte {
	p := packer{b: make([]byte, 0, 128+192*len(c.Fields)), texts: map[string]int{}}
	p.byte(codecVersion)
	p.text(c.Operation)
	p.flags(c.Suspect)
	p.uvarint(c.Release)
	p.uvarint(uint64(len(c.Versions)))
	for _, v := range c.Versions {
		p.text(v)
	}
	p.uvarint(uint64(c.Calls))
	p.b = binary.AppendVarint(binary.AppendVarint(p.b, c.First), c.Last)
	p.uvarint(uint64(c.Over))
	packTally(&p, c.Whole)
	for i := range c.Sets {
		p.set(&c.Sets[i])
	}
	p.uvarint(uint64(len(c.Fields)))
	for _, key := range slices.Sorted(maps.Keys(c.Fields)) {
		p.u64(key)
		p.field(c.Fields[key])
	}
	p.samples(c.Samples)
	p.uvarint(uint64(len(c.Words)))
	for _, w := range c.Words {
		p.u64(w.field)
		p.u64(w.hash)
		p.text(w.text)
	}
	return p.b
}

// decodeCount reads a stored count of this version or before.
func decodeCount(data []byte) (*count, error) {
	switch {
	case len(data) == 0:
		return nil, errCount
	case data[0] == '{':
		return parseCount(data)
	case data[0] < 3:
		return nil, errCount
	case data[0] > codecVersion:
		return nil, fmt.Errorf("profile: count of version %d, this program reads up to %d: %w", data[0], codecVersion, ErrNewer)
	}
	u := unpacker{b: data[1:], marks: data[0] > 3}
	c := &count{Operation: u.text(), Suspect: u.byte()&1 != 0, Release: u.uvarint()}
	for range u.size() {
		c.version(u.text())
	}
	c.Calls, c.First, c.Last, c.Over = u.u32(), u.varint(), u.varint(), u.u32()
	c.Whole = unpackTally[uint8](&u)
	for i := range c.Sets {
		c.Sets[i] = u.set()
	}
	n := u.size()
	c.Fields = make(map[uint64]*field, n)
	for range n {
		key := u.u64()
		c.Fields[key] = u.field()
	}
	u.samples(c)
	if data[0] > 4 {
		for range u.size() {
			c.spell(spelling{u.u64(), u.u64(), u.text()})
		}
	}
	c.weigh()
	if u.bad || len(u.b) > 0 {
		return nil, errCount
	}
	if data[0] <= 4 {
		c.noteMore()
	}
	return c, nil
}

// noteMore notes of calls that were counted before it was noted, in some count of version 4 or earlier, that they had more nodes than a profile takes: as many as it takes are among their
// samples. Else what an operation ordinarily sends would be odd until it is learned again.
func (c *count) noteMore() {
	for _, k := range c.Samples {
		if len(k.values) == maxLeaves && k.Whole&wholeMore == 0 {
			k.Whole |= wholeMore
			c.Whole.Add(k.Whole, 1)
		}
	}
}

var errCount = errors.New("profile: a count is damaged")

// packer writes numbers. A text is written once, and its number from then on.
type packer struct {
	b     []byte
	texts map[string]int
}

func (p *packer) byte(x byte)      { p.b = append(p.b, x) }
func (p *packer) u64(x uint64)     { p.b = binary.BigEndian.AppendUint64(p.b, x) }
func (p *packer) uvarint(x uint64) { p.b = binary.AppendUvarint(p.b, x) }

func (p *packer) flags(list ...bool) {
	x := byte(0)
	for i, set := range list {
		if set {
			x |= 1 << i
		}
	}
	p.byte(x)
}

func (p *packer) text(s string) {
	if i, ok := p.texts[s]; ok {
		p.uvarint(uint64(i)) //nolint:gosec // not negative
		return
	}
	p.uvarint(uint64(len(p.texts)))
	p.texts[s] = len(p.texts)
	p.uvarint(uint64(len(s)))
	p.b = append(p.b, s...)
}

// packTally writes the keys as differences: they are sorted.
func packTally[K uint8 | uint16 | int16 | decode.Kind | sketch.Form](p *packer, t sketch.Tally[K]) {
	p.uvarint(uint64(len(t)))
	before := int64(0)
	for _, b := range t {
		p.b = binary.AppendVarint(p.b, int64(b.Key)-before)
		p.uvarint(uint64(b.N))
		before = int64(b.Key)
	}
}

func (p *packer) hashes(t sketch.Tally[uint64]) {
	p.uvarint(uint64(len(t)))
	for _, b := range t {
		p.u64(b.Key)
		p.uvarint(uint64(b.N))
	}
}

func (p *packer) set(s *sketch.Set) {
	p.hashes(s.Counts)
	p.uvarint(uint64(s.Over))
}

func (p *packer) field(f *field) {
	p.text(f.Name)
	p.u64(f.Parent)
	p.byte(byte(f.Root))
	p.uvarint(uint64(f.Calls))
	p.uvarint(uint64(f.Opened))
	p.uvarint(uint64(f.Values))
	packTally(p, f.Kinds)
	p.hashes(f.Wraps)
	p.uvarint(uint64(len(f.Findings)))
	for _, b := range f.Findings {
		p.text(b.Key)
		p.uvarint(uint64(b.N))
	}
	packTally(p, f.Classes)
	packTally(p, f.Pairs)
	packTally(p, f.Lengths)
	packTally(p, f.Numbers)
	packTally(p, f.Forms)
	packTally(p, f.Marks)
	p.set(&f.Closed)
}

// samples writes what samples share once: first their skeletons, then each sample's id and values, a value that came before as its number.
func (p *packer) samples(list []*kept) {
	skeletons, values := map[*skeleton]int{}, map[*value]int{}
	var first []*skeleton
	for _, k := range list {
		if _, ok := skeletons[k.skeleton]; !ok {
			skeletons[k.skeleton] = len(first)
			first = append(first, k.skeleton)
		}
	}
	p.uvarint(uint64(len(first)))
	for _, s := range first {
		p.uvarint(uint64(len(s.leaves)))
		for i := range s.leaves {
			p.leaf(&s.leaves[i], i)
		}
	}
	p.uvarint(uint64(len(list)))
	for _, k := range list {
		p.u64(k.ID)
		p.byte(k.Whole)
		p.uvarint(uint64(skeletons[k.skeleton])) //nolint:gosec // not negative
		for _, v := range k.values {
			at, known := values[v]
			switch {
			case v == nil:
				p.uvarint(0)
			case known:
				p.uvarint(uint64(at) + 2) //nolint:gosec // not negative
			default:
				values[v] = len(values)
				p.uvarint(1)
				p.value(v)
			}
		}
	}
}

// leaf writes a leaf without its value.
func (p *packer) leaf(l *leaf, i int) {
	p.u64(l.Field)
	p.u64(l.Parent)
	p.uvarint(l.Wrap)
	p.uvarint(uint64(int(l.End) - i)) //nolint:gosec // End is after i
	p.b = append(p.b, byte(l.Kind), byte(l.Root))
	p.flags(l.Opened, l.Value != nil)
	found := l.Found[:min(len(l.Found), 255)]
	p.byte(byte(len(found))) //nolint:gosec // at most 255
	for _, x := range found {
		p.text(x.Class)
		p.b = binary.BigEndian.AppendUint32(p.b, math.Float32bits(x.Score))
	}
}

func (p *packer) value(v *value) {
	p.flags(v.Numeric, v.Open, v.Marks > 0)
	p.byte(byte(v.Form))
	if v.Marks > 0 {
		p.byte(v.Marks)
	}
	p.u64(v.Hash)
	p.uvarint(v.Classes)
	p.uvarint(uint64(v.Length))
	p.b = binary.AppendVarint(p.b, int64(v.Number))
	p.uvarint(uint64(len(v.Pairs)))
	for _, q := range v.Pairs {
		p.uvarint(uint64(q))
	}
}

// unpacker reads numbers; once it is bad it gives zeros.
type unpacker struct {
	b     []byte
	texts []string
	marks bool // fields have them
	bad   bool
}

func (u *unpacker) need(n int) bool {
	if n > len(u.b) {
		u.bad, u.b = true, nil
	}
	return !u.bad
}

func (u *unpacker) byte() (x byte) {
	if u.need(1) {
		x, u.b = u.b[0], u.b[1:]
	}
	return x
}

func (u *unpacker) u64() (x uint64) {
	if u.need(8) {
		x, u.b = binary.BigEndian.Uint64(u.b), u.b[8:]
	}
	return x
}

func (u *unpacker) uvarint() uint64 {
	x, n := binary.Uvarint(u.b)
	if n <= 0 || u.bad {
		u.bad, u.b = true, nil
		return 0
	}
	u.b = u.b[n:]
	return x
}

func (u *unpacker) varint() int64 {
	x, n := binary.Varint(u.b)
	if n <= 0 || u.bad {
		u.bad, u.b = true, nil
		return 0
	}
	u.b = u.b[n:]
	return x
}

func (u *unpacker) u32() uint32 { return uint32(min(u.uvarint(), math.MaxUint32)) }

// size is a count of things that take at least a byte each.
func (u *unpacker) size() int {
	x := u.uvarint()
	if x > uint64(len(u.b)) {
		u.bad, u.b = true, nil
		return 0
	}
	return int(x) //nolint:gosec // bounded by len
}

func (u *unpacker) text() string {
	i := u.uvarint()
	if i < uint64(len(u.texts)) {
		return u.texts[i]
	}
	n := u.size()
	if !u.need(n) {
		return ""
	}
	s := string(u.b[:n])
	u.b = u.b[n:]
	u.texts = append(u.texts, s)
	return s
}

func unpackTally[K uint8 | uint16 | int16 | decode.Kind | sketch.Form](u *unpacker) sketch.Tally[K] {
	n := u.size()
	if n == 0 {
		return nil
	}
	t := make(sketch.Tally[K], 0, n)
	before := int64(0)
	for i := range n {
		key := before + u.varint()
		if int64(K(key)) != key || i > 0 && key <= before {
			u.bad, u.b = true, nil
			return nil
		}
		t = append(t, sketch.Bin[K]{Key: K(key), N: u.u32()})
		before = key
	}
	return t
}

func (u *unpacker) hashes() sketch.Tally[uint64] {
	n := u.size()
	if n == 0 {
		return nil
	}
	t := make(sketch.Tally[uint64], 0, n)
	for i := range n {
		b := sketch.Bin[uint64]{Key: u.u64(), N: u.u32()}
		if i > 0 && b.Key <= t[i-1].Key {
			u.bad, u.b = true, nil
			return nil
		}
		t = append(t, b)
	}
	return t
}

func (u *unpacker) set() sketch.Set { return sketch.Set{Counts: u.hashes(), Over: u.u32()} }

func (u *unpacker) field() *field {
	f := &field{Name: u.text(), Parent: u.u64(), Root: inspect.Root(u.byte() % 5), Calls: u.u32(), Opened: u.u32(), Values: u.u32()}
	f.Kinds, f.Wraps = unpackTally[decode.Kind](u), u.hashes()
	for range u.size() {
		f.Findings.Add(u.text(), u.u32())
	}
	f.Classes, f.Pairs = unpackTally[uint8](u), unpackTally[uint16](u)
	f.Lengths, f.Numbers, f.Forms = unpackTally[uint16](u), unpackTally[int16](u), unpackTally[sketch.Form](u)
	if u.marks {
		f.Marks = unpackTally[uint16](u)
	}
	f.Closed = u.set()
	u.bad = u.bad || !f.sound()
	return f
}

// sound says that the keys are such as we count by: tables are indexed by them.
func (f *field) sound() bool {
	return (len(f.Kinds) == 0 || f.Kinds[len(f.Kinds)-1].Key <= decode.Bytes) && (len(f.Classes) == 0 || f.Classes[len(f.Classes)-1].Key < sketch.Classes) && (len(f.Pairs) == 0 || f.Pairs[len(f.Pairs)-1].Key < sketch.Classes*sketch.Classes)
}
