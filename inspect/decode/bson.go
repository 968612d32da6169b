package decode

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
)

// BSON reads one document (bsonspec.org 1.1). A regular expression is an array of its pattern and its options, code with a scope an object of both, a pointer an array of
// collection and identifier; times are numbers of milliseconds.
func BSON(src []byte, s Sink) (n int, f Fault) {
	b := bsonReader{src: src, s: s, cut: len(src) < 4 || int64(binary.LittleEndian.Uint32(src)) > int64(len(src))}
	f = b.document(nil, Object, len(src), 0)
	return b.pos, f
}

type bsonReader struct {
	src []byte
	s   Sink
	pos int
	cut bool // the document says that it is longer than the input
}

// bsonLeast is the length of the empty document: its own length and the NUL at its end.
const bsonLeast = 5

// The types of elements.
const (
	bsonDouble    = 0x01
	bsonString    = 0x02
	bsonDocument  = 0x03
	bsonArray     = 0x04
	bsonBinary    = 0x05
	bsonUndefined = 0x06
	bsonObjectID  = 0x07
	bsonBool      = 0x08
	bsonTime      = 0x09
	bsonNull      = 0x0a
	bsonRegex     = 0x0b
	bsonPointer   = 0x0c
	bsonCode      = 0x0d
	bsonSymbol    = 0x0e
	bsonScoped    = 0x0f
	bsonInt32     = 0x10
	bsonTimestamp = 0x11
	bsonInt64     = 0x12
	bsonDecimal   = 0x13
	bsonGreatest  = 0x7f // greater than every other key
	bsonLeastKey  = 0xff
)

// bsonFixed are the types whose values have a length of their own. A row of kind None is none of them.
var bsonFixed = [256]struct {
	kind Kind
	size int
}{
	bsonDouble: {Number, 8}, bsonUndefined: {Null, 0}, bsonObjectID: {Bytes, 12}, bsonBool: {Bool, 1}, bsonTime: {Number, 8}, bsonNull: {Null, 0},
	bsonInt32: {Number, 4}, bsonTimestamp: {Number, 8}, bsonInt64: {Number, 8}, bsonDecimal: {Bytes, 16}, bsonGreatest: {Null, 0}, bsonLeastKey: {Null, 0},
}

// size reads the length that stands at pos.
func (b *bsonReader) size(least, limit int) (size int, f Fault) {
	if b.pos+4 > limit {
		return 0, b.short(limit)
	}
	n := binary.LittleEndian.Uint32(b.src[b.pos:])
	if n < uint32(least) || n > math.MaxInt32 { //nolint:gosec // a constant
		return 0, Syntax
	}
	return int(n), OK
}

// short is the fault of what goes beyond limit: the input ends early, or a length within it lies.
func (b *bsonReader) short(limit int) Fault {
	if b.cut && limit == len(b.src) {
		b.pos = limit
		return Cut
	}
	return Syntax
}

// document reads a document or array that ends at limit at the latest.
func (b *bsonReader) document(name []byte, kind Kind, limit, depth int) Fault {
	size, f := b.size(bsonLeast, limit)
	if f != OK {
		return f
	}
	end := b.pos + size
	cut := end > limit
	if cut {
		if !b.cut || limit != len(b.src) {
			return Syntax
		}
		end = limit
	}
	if depth >= maxDepth || !b.s.Open(name, kind) {
		return Limit
	}
	b.pos += 4
	for count := 0; b.pos < end && b.src[b.pos] != 0; count++ {
		if f := b.element(kind, count, end, depth); f != OK {
			return f
		}
	}
	if cut || b.pos >= end {
		return b.short(end)
	}
	if b.pos++; b.pos != end {
		return Syntax // a NUL before the end
	}
	b.s.Close()
	return OK
}

// element reads one member, or the count'th of an array: arrays are documents whose names are numbers.
func (b *bsonReader) element(of Kind, count, end, depth int) Fault {
	start := b.pos
	kind := b.src[start]
	b.pos++
	name, f := b.cstring(end)
	if f != OK {
		return f
	}
	odd := false
	if of == Array {
		var room [20]byte
		odd = !bytes.Equal(strconv.AppendInt(room[:0], int64(count), 10), name)
		name = nil
	}
	f = b.value(name, kind, start, end, depth)
	if odd && f != Limit {
		b.s.Note(KeyKind)
	}
	return f
}

// value reads the value of an element that began at start.
func (b *bsonReader) value(name []byte, kind byte, start, end, depth int) Fault {
	switch kind {
	case bsonDocument:
		return b.document(name, Object, end, depth+1)
	case bsonArray:
		return b.document(name, Array, end, depth+1)
	case bsonString, bsonCode, bsonSymbol:
		text, f := b.text(end)
		return b.leaf(name, textOrBytes(text), text, start, f)
	case bsonBinary:
		data, f := b.binary(end)
		return b.leaf(name, Bytes, data, start, f)
	case bsonRegex, bsonPointer, bsonScoped:
		return b.pair(name, kind, end, depth)
	}
	row := &bsonFixed[kind]
	if row.kind == None {
		return Syntax
	}
	if b.pos+row.size > end {
		return b.short(end)
	}
	raw := b.src[b.pos : b.pos+row.size]
	b.pos += row.size
	return b.leaf(name, row.kind, b.plain(kind, raw), start, OK)
}

// leaf adds a value, that of one which the input ends in as far as it came.
func (b *bsonReader) leaf(name []byte, kind Kind, value []byte, start int, f Fault) Fault {
	if f == OK || f == Cut && len(value) > 0 {
		if !b.s.Leaf(name, kind, value, b.pos-start) {
			return Limit
		}
	}
	return f
}

// plain is a value of fixed length as its reader sees it.
func (b *bsonReader) plain(kind byte, raw []byte) []byte {
	var room [32]byte
	out := room[:0]
	switch kind {
	case bsonDouble:
		out = strconv.AppendFloat(out, math.Float64frombits(binary.LittleEndian.Uint64(raw)), 'g', -1, 64)
	case bsonInt32:
		out = strconv.AppendInt(out, int64(int32(binary.LittleEndian.Uint32(raw))), 10) //nolint:gosec // two's complement on purpose
	case bsonTime, bsonInt64:
		out = strconv.AppendInt(out, int64(binary.LittleEndian.Uint64(raw)), 10) //nolint:gosec // two's complement on purpose
	case bsonTimestamp:
		out = strconv.AppendUint(out, binary.LittleEndian.Uint64(raw), 10)
	case bsonBool:
		out = strconv.AppendBool(out, raw[0] != 0)
	default:
		if len(raw) == 0 {
			return nil
		}
		return raw
	}
	kept := b.s.Grow(len(out))
	return kept[:copy(kept, out)]
}

// cstring reads up to a NUL.
func (b *bsonReader) cstring(end int) ([]byte, Fault) {
	from := b.pos
	n := bytes.IndexByte(b.src[from:end], 0)
	if n < 0 {
		return nil, b.short(end)
	}
	b.pos += n + 1
	return b.src[from : from+n : from+n], OK
}

// text reads a length, as many bytes, and the NUL that is the last of them.
func (b *bsonReader) text(end int) ([]byte, Fault) {
	size, f := b.size(1, end)
	if f != OK {
		return nil, f
	}
	from := b.pos + 4
	if size > end-from {
		return b.src[from:end], b.short(end)
	}
	if b.src[from+size-1] != 0 {
		return nil, Syntax
	}
	b.pos = from + size
	return b.src[from : from+size-1], OK
}

// binary reads a length, a subtype, and as many bytes.
func (b *bsonReader) binary(end int) ([]byte, Fault) {
	size, f := b.size(0, end)
	if f != OK {
		return nil, f
	}
	from := b.pos + 5
	if from > end {
		return nil, b.short(end)
	}
	if size > end-from {
		return b.src[from:end], b.short(end)
	}
	b.pos = from + size
	return b.src[from:b.pos], OK
}

// pair reads what is made of two values.
func (b *bsonReader) pair(name []byte, kind byte, end, depth int) Fault {
	of, first, second := Array, []byte(nil), []byte(nil)
	if kind == bsonScoped {
		of, first, second = Object, word(b.s, "$code"), word(b.s, "$scope")
		if _, f := b.size(4+4+1+bsonLeast, end); f != OK { // of both: each has its own
			return f
		}
		b.pos += 4
	}
	if !b.s.Open(name, of) {
		return Limit
	}
	f := b.word(first, kind == bsonRegex, end)
	if f != OK {
		return f
	}
	switch kind {
	case bsonScoped:
		f = b.document(second, Object, end, depth+1)
	case bsonRegex:
		f = b.word(nil, true, end)
	default:
		f = b.value(nil, bsonObjectID, b.pos, end, depth)
	}
	if f == OK {
		b.s.Close()
	}
	return f
}

// word adds a text, with a length before it or a NUL behind it.
func (b *bsonReader) word(name []byte, nul bool, end int) (f Fault) {
	start, text := b.pos, []byte(nil)
	if nul {
		text, f = b.cstring(end)
	} else {
		text, f = b.text(end)
	}
	return b.leaf(name, textOrBytes(text), text, start, f)
}

// sniffBSON asks for a document that is as long as it says and as its elements are: chance gives one of its four bytes of length only once in 2³² times.
func sniffBSON(src []byte) bool {
	if len(src) <= bsonLeast || int64(binary.LittleEndian.Uint32(src)) != int64(len(src)) || src[len(src)-1] != 0 {
		return false
	}
	c := weigher{}
	n, f := BSON(src, &c)
	return f == OK && n == len(src) && c.odd < 8
}
