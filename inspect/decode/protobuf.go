package decode

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// The wire types (https://protobuf.dev/programming-guides/encoding/).
const (
	wireVarint     = 0
	wireFixed64    = 1
	wireBytes      = 2
	wireStartGroup = 3
	wireEndGroup   = 4
	wireFixed32    = 5
)

// Protobuf reads one message by its wire format alone: a field's name is its number. What a length-delimited field holds is decided by what it looks like: text,
// a message, packed numbers, else bytes. The message is all of src.
func Protobuf(src []byte, s Sink) (n int, f Fault) {
	p := protoReader{s: s}
	return p.message(src, 0, 0)
}

// protoReader reads messages within messages. The names of the small field numbers are made once.
type protoReader struct {
	s     Sink
	names [32][]byte
}

// message reads the fields of src up to its end, or up to the end of group (a field number, zero for none).
func (p *protoReader) message(src []byte, group uint64, depth int) (n int, f Fault) {
	if depth > maxDepth || depth > 0 && !p.s.Work(len(src)) { // each level looks at its bytes once more than the last
		return 0, Limit
	}
	for n < len(src) {
		tag, size := varint(src[n:])
		if size <= 0 {
			return n, cutOr(size)
		}
		field, wire := tag>>3, tag&7
		if field == 0 || field > 1<<29-1 {
			return n, Syntax
		}
		if wire == wireEndGroup {
			if field != group {
				return n, Syntax
			}
			return n + size, OK
		}
		used, f := p.field(src[n+size:], field, wire, size, depth)
		if f != OK {
			if used > 0 {
				n += size + used
			}
			return n, f
		}
		if size > 1 && src[n+size-1] == 0 {
			p.s.Note(LongVarint)
		}
		n += size + used
	}
	if group != 0 {
		return n, Cut
	}
	return n, OK
}

func cutOr(size int) Fault {
	if size == 0 {
		return Cut
	}
	return Syntax
}

// field reads what follows a tag of tagSize bytes.
func (p *protoReader) field(src []byte, field, wire uint64, tagSize, depth int) (n int, f Fault) {
	name := p.name(field)
	switch wire {
	case wireVarint:
		v, size := varint(src)
		if size <= 0 {
			return 0, cutOr(size)
		}
		ok := p.s.Leaf(name, Number, decimal(p.s, v), tagSize+size)
		if size > 1 && src[size-1] == 0 {
			p.s.Note(LongVarint)
		}
		return size, within(ok)
	case wireFixed32, wireFixed64:
		size := 4
		if wire == wireFixed64 {
			size = 8
		}
		if len(src) < size {
			return 0, Cut
		}
		return size, within(p.s.Leaf(name, Number, fixed(p.s, src[:size]), tagSize+size))
	case wireBytes:
		length, size := varint(src)
		if size <= 0 {
			return 0, cutOr(size)
		}
		if length > uint64(len(src)-size) { //nolint:gosec // a length is not negative
			return len(src), p.cut(name, src[size:], tagSize+len(src), depth)
		}
		n = size + int(length) //nolint:gosec // no longer than src
		if size > 1 && src[size-1] == 0 {
			p.s.Note(LongVarint)
		}
		return n, p.delimited(name, src[size:n], tagSize+n, depth)
	case wireStartGroup:
		if !p.s.Open(name, Object) {
			return 0, Limit
		}
		p.s.Note(Group)
		if n, f = p.message(src, field, depth+1); f == OK {
			p.s.Close()
		}
		return n, f
	default:
		return 0, Syntax
	}
}

func within(ok bool) Fault {
	if ok {
		return OK
	}
	return Limit
}

// delimited decides what the bytes of a length-delimited field are. size is that of the whole field.
func (p *protoReader) delimited(name, v []byte, size, depth int) Fault {
	if !p.s.Work(len(v)) {
		return Limit
	}
	text := plainText(v)
	switch {
	case len(v) == 0 || text && !textMessage(v):
		return within(p.s.Leaf(name, String, v, size))
	case wireEvidence(v, 1) >= wireInside && depth < maxDepth && (v[0] < 0x80 || !sniffMessagePack(v) && !sniffCBOR(v)):
		if !p.s.Open(name, Object) {
			return Limit
		}
		_, f := p.message(v, 0, depth+1)
		if f == OK {
			p.s.Close()
		}
		return f
	case packed(v) && !wideText(v) && !sniffBSON(v): // the two are half zeros
		return p.packed(name, v)
	case utf8.Valid(v):
		return within(p.s.Leaf(name, String, v, size))
	}
	return within(p.s.Leaf(name, Bytes, v, size))
}

// cut gives what there is of a length-delimited field that ends after the input.
func (p *protoReader) cut(name, v []byte, size, depth int) Fault {
	switch {
	case len(v) == 0:
		return Cut
	case !p.s.Work(len(v)):
		return Limit
	case !plainText(cutRune(v)) && wirePrefix(v):
		if !p.s.Open(name, Object) {
			return Limit
		}
		_, f := p.message(v, 0, depth+1)
		return f
	}
	kind := Bytes
	if utf8.Valid(cutRune(v)) {
		kind = String
	}
	if !p.s.Leaf(name, kind, v, size) {
		return Limit
	}
	return Cut
}

// packed reads a repeated field of small numbers.
func (p *protoReader) packed(name, v []byte) Fault {
	if !p.s.Open(name, Array) {
		return Limit
	}
	for i := range v {
		if !p.s.Leaf(nil, Number, decimal(p.s, uint64(v[i])), 1) {
			return Limit
		}
	}
	p.s.Close()
	return OK
}

// name is a field's number in decimal.
func (p *protoReader) name(field uint64) []byte {
	if field >= uint64(len(p.names)) {
		return decimal(p.s, field)
	}
	if p.names[field] == nil {
		p.names[field] = decimal(p.s, field)
	}
	return p.names[field]
}

// varint reads a base-128 number; size is 0 where src ends within it, -1 where it is longer than ten bytes or than 64 bits.
func varint(src []byte) (v uint64, size int) {
	for i, c := range src {
		if i == 9 && c > 1 {
			return 0, -1
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// decimal writes a number into the arena: as int64, since that is how protobuf writes what is below zero.
func decimal(s Sink, v uint64) []byte {
	var digits [20]byte
	out := strconv.AppendInt(digits[:0], int64(v), 10) //nolint:gosec // on purpose
	room := s.Grow(len(out))
	return room[:copy(room, out)]
}

// fixed writes four or eight bytes, little endian: a floating-point number where that is of an ordinary size, else a whole one.
func fixed(s Sink, b []byte) []byte {
	var v uint64
	for _, c := range slices.Backward(b) {
		v = v<<8 | uint64(c)
	}
	x, bits := math.Float64frombits(v), 64
	if len(b) == 4 {
		x, bits = float64(math.Float32frombits(uint32(v))), 32
	}
	if size := math.Abs(x); v != 0 && (size < 1e-9 || size > 1e15 || math.IsNaN(x)) {
		return decimal(s, v)
	}
	var digits [32]byte
	out := strconv.AppendFloat(digits[:0], x, 'g', -1, bits)
	room := s.Grow(len(out))
	return room[:copy(room, out)]
}
