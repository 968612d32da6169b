package decode

import (
	"math"
	"strconv"
)

// CBOR's major types (RFC 8949, 3.1).
const (
	cborUnsigned = iota
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborSimple
)

// CBOR reads one data item (RFC 8949). A tag leaves no trace but a note, except where it is the self-describing one; the pieces of a text of indefinite length are joined.
func CBOR(src []byte, s Sink) (n int, f Fault) {
	c := cborReader{src: src, s: s}
	f = c.item(nil, 0)
	return c.pos, f
}

type cborReader struct {
	src []byte
	s   Sink
	pos int
}

// cborHead is the head of an item: its major type and argument. Indefinite: the argument is missing, and a break ends the item.
type cborHead struct {
	major, info byte
	argument    uint64
	indefinite  bool
	long        bool // a longer form than the argument needs
	size        int
}

func (c *cborReader) head() (h cborHead, f Fault) {
	rest := c.src[c.pos:]
	if len(rest) == 0 {
		return h, Cut
	}
	h.major, h.info, h.size = rest[0]>>5, rest[0]&31, 1
	switch {
	case h.info < 24:
		h.argument = uint64(h.info)
	case h.info < 28:
		n := 1 << (h.info - 24)
		if len(rest) < 1+n {
			return h, Cut
		}
		h.argument = bigEndian(rest[1 : 1+n])
		h.size += n
		h.long = h.major != cborSimple && (n == 1 && h.argument < 24 || n > 1 && h.argument < 1<<(4*n))
	case h.info == 31 && h.major >= cborBytes && h.major != cborTag:
		h.indefinite = true
	default:
		return h, Syntax
	}
	c.pos += h.size
	return h, OK
}

// item reads one item and all in it.
func (c *cborReader) item(name []byte, depth int) Fault {
	from, tagged := c.pos, false
	h, f := c.head()
	for f == OK && h.major == cborTag {
		tagged = tagged || h.argument != 55799 // self-described CBOR, 3.4.6
		h, f = c.head()
	}
	if f != OK {
		return f
	}
	if tagged {
		defer c.s.Note(CBORTag)
	}
	switch h.major {
	case cborArray, cborMap:
		if depth >= maxDepth {
			return Limit
		}
		return c.container(name, h, depth)
	case cborBytes, cborText:
		value, f := c.content(h)
		if len(value) == 0 && f != OK {
			return f
		}
		ok := c.s.Leaf(name, textOrBytes(value), value, c.pos-from)
		c.note(h)
		if !ok {
			return Limit
		}
		return f
	}
	kind, value, f := c.scalar(h)
	if f != OK {
		return f
	}
	ok := c.s.Leaf(name, kind, value, c.pos-from)
	c.note(h)
	return within(ok)
}

func (c *cborReader) note(h cborHead) {
	if h.long {
		c.s.Note(LongForm)
	}
	if h.indefinite {
		c.s.Note(Indefinite)
	}
}

func (c *cborReader) container(name []byte, h cborHead, depth int) Fault {
	kind := Array
	if h.major == cborMap {
		kind = Object
	}
	if !c.s.Open(name, kind) {
		return Limit
	}
	c.note(h)
	for i := uint64(0); h.indefinite || i < h.argument; i++ {
		if h.indefinite && c.pos < len(c.src) && c.src[c.pos] == 0xff {
			c.pos++
			break
		}
		var key []byte
		odd := false
		if kind == Object {
			var f Fault
			if key, odd, f = c.key(); f != OK {
				return f
			}
		}
		if f := c.item(key, depth+1); f != OK {
			return f
		}
		if odd {
			c.s.Note(KeyKind)
		}
	}
	c.s.Close()
	return OK
}

// content reads the bytes of a text or byte string; the pieces of one of indefinite length are joined.
func (c *cborReader) content(h cborHead) (value []byte, f Fault) {
	if !h.indefinite {
		rest := c.src[c.pos:]
		if h.argument > uint64(len(rest)) {
			c.pos = len(c.src)
			return rest, Cut
		}
		c.pos += int(h.argument) //nolint:gosec // no longer than src
		return rest[:h.argument], OK
	}
	room := c.s.Grow(max(c.joined(), 1))
	if room == nil {
		return nil, Limit
	}
	out := room[:0]
	for {
		if c.pos < len(c.src) && c.src[c.pos] == 0xff {
			c.pos++
			return out, OK
		}
		piece, f := c.head()
		if f != OK {
			return out, f
		}
		if piece.major != h.major || piece.indefinite {
			return out, Syntax
		}
		v, f := c.content(piece)
		if out = append(out, v...); f != OK {
			return out, f
		}
	}
}

// joined is how long the pieces that follow are together.
func (c *cborReader) joined() (total int) {
	ahead := cborReader{src: c.src, pos: c.pos}
	for ahead.pos < len(c.src) && c.src[ahead.pos] != 0xff {
		piece, f := ahead.head()
		if f != OK || piece.indefinite || piece.major != cborBytes && piece.major != cborText {
			break
		}
		v, f := ahead.content(piece)
		total += len(v)
		if f != OK {
			break
		}
	}
	return total
}

// scalar reads a number, true, false, null, undefined or another simple value.
func (c *cborReader) scalar(h cborHead) (Kind, []byte, Fault) {
	var room [32]byte
	out := room[:0]
	switch {
	case h.major == cborUnsigned:
		out = strconv.AppendUint(out, h.argument, 10)
	case h.major == cborNegative && h.argument == math.MaxUint64:
		out = append(out, "-18446744073709551616"...)
	case h.major == cborNegative:
		out = strconv.AppendUint(append(out, '-'), h.argument+1, 10)
	case h.indefinite: // a break where none belongs
		return None, nil, Syntax
	case h.info == 20:
		return Bool, word(c.s, "false"), OK
	case h.info == 21:
		return Bool, word(c.s, "true"), OK
	case h.info == 22 || h.info == 23:
		return Null, nil, OK
	case h.info == 25:
		out = strconv.AppendFloat(out, float16(uint16(h.argument)), 'g', -1, 32) //nolint:gosec // two bytes
	case h.info == 26:
		out = strconv.AppendFloat(out, float64(math.Float32frombits(uint32(h.argument))), 'g', -1, 32) //nolint:gosec // four bytes
	case h.info == 27:
		out = strconv.AppendFloat(out, math.Float64frombits(h.argument), 'g', -1, 64)
	default:
		out = strconv.AppendUint(append(out, "simple "...), h.argument, 10)
	}
	kept := c.s.Grow(len(out))
	return Number, kept[:copy(kept, out)], OK
}

// float16 is a half-precision number (RFC 8949, appendix D).
func float16(bits uint16) float64 {
	exponent, mantissa := int(bits>>10&31), float64(bits&0x3ff)
	v := math.Ldexp(mantissa+1024, exponent-25)
	switch exponent {
	case 0:
		v = math.Ldexp(mantissa, -24)
	case 31:
		v = math.Inf(1)
		if mantissa != 0 {
			v = math.NaN()
		}
	}
	if bits>>15 == 1 {
		return -v
	}
	return v
}

// key reads a map's key as a name; one that is a container is not read.
func (c *cborReader) key() (name []byte, odd bool, f Fault) {
	h, f := c.head()
	for f == OK && h.major == cborTag {
		odd = true
		h, f = c.head()
	}
	switch {
	case f != OK:
		return nil, false, f
	case h.major == cborArray || h.major == cborMap:
		return nil, false, Syntax
	case h.major == cborBytes || h.major == cborText:
		name, f = c.content(h)
		odd = odd || h.major == cborBytes
	default:
		_, name, f = c.scalar(h)
		odd = true
	}
	if name == nil {
		name = []byte{}
	}
	return name, odd, f
}

// sniffCBOR asks for a map or array that ends where src does, with text in it that chance would not give, or for the tag of self-described CBOR.
func sniffCBOR(src []byte) bool {
	if len(src) < 4 {
		return false
	}
	tagged := src[0] == 0xd9 && src[1] == 0xd9 && src[2] == 0xf7
	if src[0]>>5 != cborArray && src[0]>>5 != cborMap && !tagged {
		return false
	}
	c := cborReader{src: src}
	if h, f := c.head(); f != OK || !tagged && !h.indefinite && !roomFor(h.argument, choose(h.major == cborMap, Object, Array), len(src)-c.pos) {
		return false
	}
	w := weigher{}
	n, f := CBOR(src, &w)
	return f == OK && n == len(src) && (tagged || w.believable())
}
