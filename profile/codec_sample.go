package profile

import (
	"encoding/binary"
	"math"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// samples reads what packer.samples wrote, into a count whose fields are known.
func (u *unpacker) samples(c *count) {
	skeletons := make([][]leaf, u.size())
	for i := range skeletons {
		skeletons[i] = make([]leaf, min(u.size(), maxLeaves))
		for k := range skeletons[i] {
			u.leaf(&skeletons[i][k], k, len(skeletons[i]))
		}
	}
	var values []*value
	n := u.size()
	c.Samples = make([]*kept, 0, min(n, len(u.b)/9))
	for range n {
		f := features{ID: u.u64(), Whole: u.byte()}
		at := u.uvarint()
		if u.bad || at >= uint64(len(skeletons)) {
			u.bad = true
			return
		}
		f.Leaves = skeletons[at]
		for i := range f.Leaves {
			switch ref := u.uvarint(); {
			case ref == 0:
				f.Leaves[i].Value = nil
			case ref == 1:
				values = append(values, u.value())
				f.Leaves[i].Value = values[len(values)-1]
			case ref-2 < uint64(len(values)):
				f.Leaves[i].Value = values[ref-2]
			default:
				u.bad = true
				return
			}
		}
		c.Samples = append(c.Samples, c.keep(&f, false))
	}
}

// leaf reads a leaf, of n; valued says that its value follows.
func (u *unpacker) leaf(l *leaf, i, n int) (valued bool) {
	l.Field, l.Parent, l.Wrap = u.u64(), u.u64(), u.uvarint()
	l.End = int32(i) + int32(u.uvarint()&0xffff) //nolint:gosec // checked below
	if l.End <= int32(i) || l.End > int32(n) {   //nolint:gosec // as above
		u.bad, u.b = true, nil
		return false
	}
	l.Kind, l.Root = decode.Kind(u.byte()&15), inspect.Root(u.byte()%5)
	flags := u.byte()
	l.Opened = flags&1 != 0
	for range u.byte() {
		l.Found = append(l.Found, found{Class: u.text()})
		if u.need(4) {
			l.Found[len(l.Found)-1].Score = math.Float32frombits(binary.BigEndian.Uint32(u.b))
			u.b = u.b[4:]
		}
	}
	return flags&2 != 0
}

func (u *unpacker) value() *value {
	flags := u.byte()
	v := &value{Numeric: flags&1 != 0, Open: flags&2 != 0, Form: sketch.Form(u.byte())}
	if flags&4 != 0 {
		v.Marks = u.byte()
	}
	v.Hash, v.Classes = u.u64(), u.uvarint()&(1<<sketch.Classes-1)
	v.Length = uint16(u.uvarint()) //nolint:gosec // a bucket
	v.Number = int16(u.varint())   //nolint:gosec // a bucket
	v.Pairs = make([]uint16, u.size())
	for i := range v.Pairs {
		v.Pairs[i] = uint16(u.uvarint() % (sketch.Classes * sketch.Classes))
	}
	return v
}
