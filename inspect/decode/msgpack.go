package decode

import (
	"encoding/binary"
	"math"
	"strconv"
)

// MessagePack reads one value (https://github.com/msgpack/msgpack/blob/master/spec.md). A map's key that is no text is named by its decimal or its bytes.
func MessagePack(src []byte, s Sink) (n int, f Fault) {
	m := packReader{src: src, s: s}
	f = m.value(nil, 0)
	return m.pos, f
}

type packReader struct {
	src []byte
	s   Sink
	pos int
}

// head is what a value's first bytes say: for a container size is the number of its members, for text and bytes its length, for numbers the bytes that follow.
type head struct {
	kind  Kind
	bytes int // of the head itself
	size  uint64
	value uint64 // of a small number, true or false
	class packClass
	long  bool // a longer form than the value needs
}

type packClass uint8

const (
	packPlain packClass = iota
	packSigned
	packUnsigned
	packFloat
	packExt
)

// next reads a head; ok is false for the one byte that is never used, bytes is zero where the input ends within it.
func (m *packReader) next() (h head, ok bool) {
	rest := m.src[m.pos:]
	if len(rest) == 0 {
		return h, true
	}
	c := rest[0]
	h.bytes = 1
	switch {
	case c < 0x80:
		h.kind, h.class, h.value = Number, packSigned, uint64(c)
		return h, true
	case c >= 0xe0:
		h.kind, h.class, h.value = Number, packSigned, uint64(int64(int8(c))) //nolint:gosec // two's complement on purpose
		return h, true
	case c < 0x90:
		h.kind, h.size = Object, uint64(c&15)
		return h, true
	case c < 0xa0:
		h.kind, h.size = Array, uint64(c&15)
		return h, true
	case c < 0xc0:
		h.kind, h.size = String, uint64(c&31)
		return h, true
	}
	row := packHeads[c-0xc0]
	if row.kind == None {
		return h, false
	}
	h.kind, h.class, h.value, h.size = row.kind, row.class, row.value, row.fixed
	if row.length > 0 {
		if len(rest) < 1+row.length {
			return head{}, true
		}
		h.size = bigEndian(rest[1 : 1+row.length])
		h.bytes += row.length
		h.long = h.size < row.least
	}
	if row.class == packExt {
		h.size++ // its type
	}
	return h, true
}

// packHeads are the heads from 0xc0 to 0xdf. A row of kind None is never used.
var packHeads = [32]struct {
	kind   Kind
	class  packClass
	length int    // bytes of the length that follows
	fixed  uint64 // else how many bytes follow
	value  uint64
	least  uint64 // a smaller length has a shorter form
}{
	0x00: {kind: Null}, 0x02: {kind: Bool}, 0x03: {kind: Bool, value: 1},
	0x04: {kind: Bytes, length: 1}, 0x05: {kind: Bytes, length: 2, least: 256}, 0x06: {kind: Bytes, length: 4, least: 65536},
	0x07: {kind: Bytes, class: packExt, length: 1}, 0x08: {kind: Bytes, class: packExt, length: 2}, 0x09: {kind: Bytes, class: packExt, length: 4},
	0x0a: {kind: Number, class: packFloat, fixed: 4}, 0x0b: {kind: Number, class: packFloat, fixed: 8},
	0x0c: {kind: Number, class: packUnsigned, fixed: 1}, 0x0d: {kind: Number, class: packUnsigned, fixed: 2}, 0x0e: {kind: Number, class: packUnsigned, fixed: 4}, 0x0f: {kind: Number, class: packUnsigned, fixed: 8},
	0x10: {kind: Number, class: packSigned, fixed: 1}, 0x11: {kind: Number, class: packSigned, fixed: 2}, 0x12: {kind: Number, class: packSigned, fixed: 4}, 0x13: {kind: Number, class: packSigned, fixed: 8},
	0x14: {kind: Bytes, class: packExt, fixed: 1}, 0x15: {kind: Bytes, class: packExt, fixed: 2}, 0x16: {kind: Bytes, class: packExt, fixed: 4}, 0x17: {kind: Bytes, class: packExt, fixed: 8}, 0x18: {kind: Bytes, class: packExt, fixed: 16},
	0x19: {kind: String, length: 1, least: 32}, 0x1a: {kind: String, length: 2, least: 32}, 0x1b: {kind: String, length: 4, least: 65536},
	0x1c: {kind: Array, length: 2, least: 16}, 0x1d: {kind: Array, length: 4, least: 65536}, 0x1e: {kind: Object, length: 2, least: 16}, 0x1f: {kind: Object, length: 4, least: 65536},
}

func bigEndian(b []byte) (v uint64) {
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

// value reads one value and all in it.
func (m *packReader) value(name []byte, depth int) Fault {
	h, ok := m.next()
	switch {
	case !ok:
		return Syntax
	case h.bytes == 0:
		return Cut
	case h.kind == Object || h.kind == Array:
		if depth >= maxDepth {
			return Limit
		}
		return m.container(name, h, depth)
	}
	raw, f := m.content(h)
	if f == Cut && (h.kind == String || h.kind == Bytes) && len(raw) > 0 {
		m.s.Leaf(name, textOrBytes(raw), raw, h.bytes+len(raw))
	}
	if f != OK {
		return f
	}
	ok = m.s.Leaf(name, h.leafKind(raw), h.text(m.s, raw), h.bytes+int(h.size)) //nolint:gosec // no longer than src
	if h.long {
		m.s.Note(LongForm)
	}
	return within(ok)
}

func (m *packReader) container(name []byte, h head, depth int) Fault {
	if !m.s.Open(name, h.kind) {
		return Limit
	}
	if h.long {
		m.s.Note(LongForm)
	}
	m.pos += h.bytes
	for range h.size { // each member takes a byte at least: the input ends sooner than a lying count
		var key []byte
		odd := false
		if h.kind == Object {
			var f Fault
			if key, odd, f = m.key(); f != OK {
				return f
			}
		}
		if f := m.value(key, depth+1); f != OK {
			return f
		}
		if odd {
			m.s.Note(KeyKind)
		}
	}
	m.s.Close()
	return OK
}

// content takes the bytes that follow a head.
func (m *packReader) content(h head) (raw []byte, f Fault) {
	rest := m.src[m.pos+h.bytes:]
	if h.size > uint64(len(rest)) {
		m.pos = len(m.src)
		return rest, Cut
	}
	m.pos += h.bytes + int(h.size) //nolint:gosec // no longer than src
	return rest[:h.size], OK
}

// key reads a map's key as a name. One that is a container is not read: nobody sends it, and no name could tell it.
func (m *packReader) key() (name []byte, odd bool, f Fault) {
	h, ok := m.next()
	switch {
	case !ok || h.kind == Object || h.kind == Array:
		return nil, false, Syntax
	case h.bytes == 0:
		return nil, false, Cut
	}
	raw, f := m.content(h)
	if f != OK {
		return nil, false, f
	}
	if name = h.text(m.s, raw); name == nil {
		name = []byte{}
	}
	return name, h.kind != String, OK
}

func (h *head) leafKind(raw []byte) Kind {
	if h.kind == String || h.kind == Bytes {
		return textOrBytes(raw)
	}
	return h.kind
}

// text is the value as its reader sees it.
func (h *head) text(s Sink, raw []byte) []byte {
	switch {
	case h.kind == Null:
		return nil
	case h.kind == Bool && h.value == 1:
		return word(s, "true")
	case h.kind == Bool:
		return word(s, "false")
	case h.kind != Number:
		return raw
	}
	v := h.value
	if len(raw) > 0 {
		v = bigEndian(raw)
	}
	var room [32]byte
	var out []byte
	switch shift := 64 - 8*len(raw); {
	case h.class == packFloat && len(raw) == 4:
		out = strconv.AppendFloat(room[:0], float64(math.Float32frombits(binary.BigEndian.Uint32(raw))), 'g', -1, 32)
	case h.class == packFloat:
		out = strconv.AppendFloat(room[:0], math.Float64frombits(v), 'g', -1, 64)
	case h.class == packUnsigned:
		out = strconv.AppendUint(room[:0], v, 10)
	case shift == 64:
		out = strconv.AppendInt(room[:0], int64(v), 10) //nolint:gosec // two's complement on purpose
	default:
		out = strconv.AppendInt(room[:0], int64(v<<shift)>>shift, 10) //nolint:gosec // two's complement on purpose
	}
	kept := s.Grow(len(out))
	return kept[:copy(kept, out)]
}

// sniffMessagePack asks for a map or array that ends where src does, with text in it that chance would not give.
func sniffMessagePack(src []byte) bool {
	if len(src) < 4 || src[0] < 0x80 || src[0] >= 0xa0 && (src[0] < 0xdc || src[0] > 0xdf) {
		return false
	}
	m := packReader{src: src}
	if h, _ := m.next(); h.bytes == 0 || !roomFor(h.size, h.kind, len(src)-h.bytes) {
		return false
	}
	c := weigher{}
	n, f := MessagePack(src, &c)
	return f == OK && n == len(src) && c.believable()
}

// roomFor says whether so many members fit into n bytes: each takes one at least, and its name another.
func roomFor(members uint64, kind Kind, n int) bool {
	if kind == Object {
		n /= 2
	}
	return members <= uint64(n) //nolint:gosec // not negative
}
