package decode

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// jsonText is a string as it means, and what was odd in it.
type jsonText struct {
	text                              []byte
	quote, control, escape, half, nul bool
}

func (t *jsonText) noted() bool { return t.quote || t.control || t.escape || t.half || t.nul }

func (t *jsonText) note(s Sink) {
	if !t.noted() {
		return
	}
	if t.quote {
		s.Note(JSONQuote)
	}
	if t.control {
		s.Note(JSONControl)
	}
	if t.escape {
		s.Note(JSONEscape)
	}
	if t.half {
		s.Note(Surrogate)
	}
	if t.nul {
		s.Note(NUL)
	}
}

// quoted reads the string whose quote stands at i, and returns the place behind it. A string that the input ends in is given as far as it came, with Cut.
func (r *jsonReader) quoted(i int) (t jsonText, next int, f Fault) {
	quote := r.src[i]
	t.quote = quote != '"'
	start := i + 1
	end := stringStop(r.src, start, quote)
	for end < len(r.src) && r.src[end] < ' ' {
		t.control = true
		end = stringStop(r.src, end+1, quote)
	}
	escaped := end < len(r.src) && r.src[end] == '\\'
	if escaped {
		end = closingQuote(r.src, end, quote)
	}
	if end >= len(r.src) {
		f = Cut
	}
	t.text = r.src[start:end]
	if escaped {
		f = max(f, r.unescape(&t))
	}
	return t, min(end+1, len(r.src)), f
}

// closingQuote returns the place of the first quote at or after i that no backslash escapes, or where src ends.
func closingQuote(src []byte, i int, quote byte) int {
	for from := i; ; i++ {
		n := bytes.IndexByte(src[i:], quote)
		if n < 0 {
			return len(src)
		}
		i += n
		slashes := 0
		for i-slashes > from && src[i-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stringStop returns the place of the next quote, backslash or control character in src[i:], eight bytes a step (the bit tricks are those of Mycroft, 1987).
func stringStop(src []byte, i int, quote byte) int {
	single := uint64(quote^'"') * ones // zero where the quote is one of stringMarks
	for ; i+8 <= len(src); i += 8 {
		w := binary.LittleEndian.Uint64(src[i:])
		hit := stringMarks(w)
		if single != 0 {
			hit |= zeroByte(w ^ single ^ '"'*ones)
		}
		if hit != 0 {
			i += bits.TrailingZeros64(hit) / 8
			if c := src[i]; c == quote || c == '\\' || c < ' ' {
				break
			}
			i -= 7 // a double quote between single ones
		}
	}
	for ; i < len(src); i++ {
		if c := src[i]; c == quote || c == '\\' || c < ' ' {
			break
		}
	}
	return i
}

// stringMarks has the high bit of each byte of w set that is a double quote, a backslash or a control character; above the first there may be others.
// With its second bit turned, a quote is 0x20 and a control character still below: one subtraction finds both.
func stringMarks(w uint64) uint64 {
	x := w ^ '\\'*ones
	return (((w^0x02*ones)-0x21*ones)&^w | (x-ones)&^x) & highs
}

func zeroByte(w uint64) uint64 { return (w - ones) &^ w & highs }

// unescape undoes the escapes of t.text into bytes of the arena.
func (r *jsonReader) unescape(t *jsonText) Fault {
	src := t.text
	dst := r.s.Grow(len(src))
	if dst == nil {
		return Limit
	}
	n := 0
	for i := 0; ; {
		i, n = copyPlain(dst, src, i, n)
		if i >= len(src) {
			break
		}
		c := src[i]
		if c != '\\' {
			t.control = true
		} else if i+1 < len(src) {
			i++
			switch c = jsonEscapes[src[i]]; {
			case c != 0:
			case src[i] == 'u':
				i, n = t.unicode(dst, src, i-1, n)
				continue
			default:
				t.escape = true
				c = src[i]
			}
		}
		dst[n] = c
		i, n = i+1, n+1
	}
	t.text = dst[:n]
	return OK
}

// copyPlain copies src[i:] to dst[n:] up to a backslash or control character, and returns both places behind it. What is undone is never longer than it was: n is i at the most.
func copyPlain(dst, src []byte, i, n int) (int, int) {
	for i >= 0 && i <= len(src)-8 && n >= 0 && n <= len(dst)-8 { // more than there is to ask: it saves the compiler checks
		w := binary.LittleEndian.Uint64(src[i : i+8])
		binary.LittleEndian.PutUint64(dst[n:n+8], w)
		x := w ^ '\\'*ones
		if hit := ((w-' '*ones)&^w | (x-ones)&^x) & highs; hit != 0 {
			size := bits.TrailingZeros64(hit) / 8
			return i + size, n + size
		}
		i, n = i+8, n+8
	}
	for ; i < len(src) && src[i] != '\\' && src[i] >= ' '; i, n = i+1, n+1 {
		dst[n] = src[i]
	}
	return i, n
}

var jsonEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unicode undoes the \u escape (or pair of them) at src[i:] into dst[n:], and returns both places behind it.
func (t *jsonText) unicode(dst, src []byte, i, n int) (int, int) {
	c, ok := hex4(src[i+2:])
	switch {
	case !ok:
		t.escape = true
		dst[n] = 'u'
		return i + 2, n + 1
	case c < utf8.RuneSelf:
		t.nul = t.nul || c == 0
		dst[n] = byte(c) //nolint:gosec // ASCII
		return i + 6, n + 1
	case c&0xF800 != 0xD800:
		return i + 6, n + utf8.EncodeRune(dst[n:], c)
	}
	if rest := src[i+6:]; c < 0xDC00 && len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u' {
		if low, ok := hex4(rest[2:]); ok && low&0xFC00 == 0xDC00 {
			return i + 12, n + utf8.EncodeRune(dst[n:], (c-0xD800)<<10+(low-0xDC00)+0x10000)
		}
	}
	t.half = true
	return i + 6, n + utf8.EncodeRune(dst[n:], utf8.RuneError)
}

// hex4 is the value of the four hexadecimal digits that src begins with.
func hex4(src []byte) (c rune, ok bool) {
	if len(src) < 4 {
		return 0, false
	}
	c = rune(hexValue[src[0]])<<12 | rune(hexValue[src[1]])<<8 | rune(hexValue[src[2]])<<4 | rune(hexValue[src[3]])
	return c, c >= 0 // one that is no digit has all bits set above
}

// hexValue is the value of a hexadecimal digit, −1 for every other byte.
var hexValue = func() (t [256]int8) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = int8(c - '0')
		case c >= 'a' && c <= 'f':
			t[c] = int8(c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			t[c] = int8(c - 'A' + 10)
		default:
			t[c] = -1
		}
	}
	return t
}()
