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

// quoted reads a string from its quote. A string that the input ends in is given as far as it came, with Cut.
func (r *jsonReader) quoted() (t jsonText, f Fault) {
	quote := r.src[r.i]
	t.quote = quote != '"'
	start := r.i + 1
	end, escaped := start, false
	for {
		end = stringStop(r.src, end, quote)
		if end >= len(r.src) {
			end, f = len(r.src), Cut
			break
		}
		c := r.src[end]
		if c == quote {
			break
		}
		if c == '\\' {
			escaped = true
			end++ // whatever is escaped, it does not end the string
		} else {
			t.control = t.control || c < ' '
		}
		end++
	}
	t.text = r.src[start:end]
	r.i = end + 1
	if f != OK {
		r.i = len(r.src)
	}
	if escaped {
		f = max(f, r.unescape(&t))
	}
	return t, f
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stringStop returns the place of the next quote, backslash or control character in src[i:], eight bytes a step (the bit tricks are those of Mycroft, 1987).
// It may stop early at another byte, never late.
func stringStop(src []byte, i int, quote byte) int {
	q := uint64(quote) * ones
	for ; i+8 <= len(src); i += 8 {
		w := binary.LittleEndian.Uint64(src[i:])
		hit := zeroByte(w^q) | zeroByte(w^('\\'*ones)) | (w-' '*ones)&^w&highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(src); i++ {
		if c := src[i]; c == quote || c == '\\' || c < ' ' {
			break
		}
	}
	return i
}

func zeroByte(w uint64) uint64 { return (w - ones) &^ w & highs }

// unescape undoes the escapes of t.text into bytes of the arena.
func (r *jsonReader) unescape(t *jsonText) Fault {
	src := t.text
	dst := r.s.Grow(len(src))
	if dst == nil {
		return Limit
	}
	dst = dst[:0]
	for len(src) > 0 {
		i := bytes.IndexByte(src, '\\')
		if i < 0 || i+1 == len(src) {
			dst = append(dst, src...)
			break
		}
		dst = append(dst, src[:i]...)
		c := jsonEscapes[src[i+1]]
		switch {
		case c != 0:
			dst = append(dst, c)
			src = src[i+2:]
		case src[i+1] == 'u':
			n := 0
			dst, n = t.unicode(dst, src[i:])
			src = src[i+n:]
		default:
			t.escape = true
			dst = append(dst, src[i+1])
			src = src[i+2:]
		}
	}
	t.text = dst
	return OK
}

var jsonEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unicode undoes the \u escape (or pair of them) that src begins with and returns how many bytes it took.
func (t *jsonText) unicode(dst, src []byte) ([]byte, int) {
	c, ok := hex4(src[2:])
	if !ok {
		t.escape = true
		return append(dst, 'u'), 2
	}
	if c&0xF800 != 0xD800 {
		t.nul = t.nul || c == 0
		return utf8.AppendRune(dst, c), 6
	}
	if c < 0xDC00 && len(src) >= 12 && src[6] == '\\' && src[7] == 'u' {
		if low, ok := hex4(src[8:]); ok && low&0xFC00 == 0xDC00 {
			return utf8.AppendRune(dst, (c-0xD800)<<10+(low-0xDC00)+0x10000), 12
		}
	}
	t.half = true
	return utf8.AppendRune(dst, utf8.RuneError), 6
}

func hex4(src []byte) (c rune, ok bool) {
	if len(src) < 4 {
		return 0, false
	}
	for _, d := range src[:4] {
		h := hexValue[d]
		if h < 0 {
			return 0, false
		}
		c = c<<4 | rune(h)
	}
	return c, true
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
