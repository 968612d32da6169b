package decode

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// sniffJSON says whether src begins as a JSON object or array does, or is a JSON string from end to end.
func sniffJSON(src []byte) bool {
	i := skipSpace(src, 0)
	if i >= len(src) {
		return false
	}
	switch src[i] {
	case '{':
		i = skipSpace(src, i+1)
		return i >= len(src) || src[i] == '"' || src[i] == '}' || src[i] == '\'' || src[i] == '/'
	case '[':
		i = skipSpace(src, i+1)
		return i < len(src) && (jsonBegins[src[i]] || src[i] == ']')
	case '"':
		src = bytes.TrimRight(src[i:], " \t\r\n")
		return len(src) > 2 && src[len(src)-1] == '"' && src[1] != '"' && strictText(src)
	case ')':
		return bytes.HasPrefix(src[i:], jsonGuard)
	}
	return false
}

// strictText says whether src is without control characters: people put sentences of several lines in quotes, JSON has none.
func strictText(src []byte) bool {
	for _, c := range src {
		if c < ' ' {
			return false
		}
	}
	return true
}

// jsonGuard keeps a document from being run as a script; Angular and others write it.
var jsonGuard = []byte(")]}'")

var jsonBegins = [256]bool{
	'"': true, '{': true, '[': true, 't': true, 'f': true, 'n': true, '-': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
}

// JSON reads one document of RFC 8259. What lenient readers take besides (comments, trailing commas, single quotes, bare names, odd numbers,
// raw control characters) is read as they do, and noted.
func JSON(src []byte, s Sink) (int, Fault) {
	r := jsonReader{src: src, s: s}
	if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
		r.i = 3
		s.Note(BOM)
	}
	r.space()
	if bytes.HasPrefix(src[r.i:], jsonGuard) {
		s.Note(JSONPrefix)
		r.i += len(jsonGuard)
		r.space()
	}
	f := r.value(nil)
	if f == OK {
		r.space()
	}
	return r.i, f
}

type jsonReader struct {
	src []byte
	s   Sink
	i   int
}

func skipSpace(src []byte, i int) int {
	for i < len(src) && (src[i] == ' ' || src[i] == '\n' || src[i] == '\r' || src[i] == '\t') {
		i++
	}
	return i
}

// space skips blanks, and comments with a note.
func (r *jsonReader) space() {
	for r.i < len(r.src) {
		c := r.src[r.i]
		if c > '/' {
			return
		}
		switch c {
		case ' ', '\n', '\r', '\t':
			r.i++
		case '/':
			if !r.comment() {
				return
			}
		default:
			return
		}
	}
}

func (r *jsonReader) comment() bool {
	rest := r.src[r.i:]
	if len(rest) < 2 {
		return false
	}
	n := -1
	switch rest[1] {
	case '/':
		if n = bytes.IndexByte(rest, '\n'); n < 0 {
			n = len(rest)
		}
	case '*':
		if n = bytes.Index(rest[2:], []byte("*/")); n >= 0 {
			n += 4
		}
	}
	if n < 0 {
		return false
	}
	r.s.Note(JSONComment)
	r.i += n
	return true
}

// stop is the fault for a byte that does not belong here, or for the end of the input.
func (r *jsonReader) stop() Fault {
	if r.i >= len(r.src) {
		return Cut
	}
	return Syntax
}

func (r *jsonReader) value(name []byte) Fault {
	if r.i >= len(r.src) {
		return Cut
	}
	switch r.src[r.i] {
	case '"':
		start := r.i
		v, f := r.quoted()
		if !r.s.Leaf(name, String, v.text, r.i-start) {
			return Limit
		}
		v.note(r.s)
		return f
	case '{':
		return r.object(name)
	case '[':
		return r.array(name)
	case '\'':
		return r.single(name)
	}
	return r.bare(name)
}

func (r *jsonReader) object(name []byte) Fault {
	if !r.s.Open(name, Object) {
		return Limit
	}
	r.i++
	for first := true; ; first = false {
		r.space()
		if r.i >= len(r.src) {
			return Cut
		}
		if r.src[r.i] == '}' {
			r.i++
			r.s.Close()
			if !first {
				r.s.Note(JSONComma)
			}
			return OK
		}
		if f := r.member(); f != OK {
			return f
		}
		r.space()
		if r.i >= len(r.src) {
			return Cut
		}
		switch r.src[r.i] {
		case ',':
			r.i++
		case '}':
			r.i++
			r.s.Close()
			return OK
		default:
			return Syntax
		}
	}
}

func (r *jsonReader) member() Fault {
	key, f := r.key()
	if f != OK {
		return f
	}
	r.space()
	if r.i >= len(r.src) || r.src[r.i] != ':' {
		return r.stop()
	}
	r.i++
	r.space()
	f = r.value(key.text)
	if key.noted() && f != Limit {
		key.note(r.s)
	}
	if len(key.text) == 0 && f != Limit {
		r.s.Note(EmptyKey)
	}
	return f
}

func (r *jsonReader) key() (jsonText, Fault) {
	switch c := r.src[r.i]; {
	case c == '"':
		return r.quoted()
	case c == '\'':
		return r.quoted()
	case isWord(c) && (c < '0' || c > '9'):
		start := r.i
		for r.i < len(r.src) && isWord(r.src[r.i]) {
			r.i++
		}
		return jsonText{text: r.src[start:r.i], quote: true}, OK
	}
	return jsonText{}, Syntax
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func (r *jsonReader) array(name []byte) Fault {
	if !r.s.Open(name, Array) {
		return Limit
	}
	r.i++
	for first := true; ; first = false {
		r.space()
		if r.i >= len(r.src) {
			return Cut
		}
		if r.src[r.i] == ']' {
			r.i++
			r.s.Close()
			if !first {
				r.s.Note(JSONComma)
			}
			return OK
		}
		if f := r.value(nil); f != OK {
			return f
		}
		r.space()
		if r.i >= len(r.src) {
			return Cut
		}
		switch r.src[r.i] {
		case ',':
			r.i++
		case ']':
			r.i++
			r.s.Close()
			return OK
		default:
			return Syntax
		}
	}
}

// single reads a string in single quotes, which JavaScript and lenient readers know.
func (r *jsonReader) single(name []byte) Fault {
	start := r.i
	v, f := r.quoted()
	if !r.s.Leaf(name, String, v.text, r.i-start) {
		return Limit
	}
	v.note(r.s)
	return f
}

// bare reads a number, true, false or null, and what lenient readers take for a number.
func (r *jsonReader) bare(name []byte) Fault {
	start := r.i
	for r.i < len(r.src) && jsonBare[r.src[r.i]] {
		r.i++
	}
	word := r.src[start:r.i]
	if len(word) == 0 {
		return r.stop()
	}
	kind, odd := Number, false
	switch string(word) {
	case "true", "false":
		kind = Bool
	case "null":
		kind, word = Null, nil
	case "NaN", "Infinity", "-Infinity", "+Infinity", "undefined":
		odd = true
	default:
		if !jsonNumber(word) {
			if !lenientNumber(word) {
				r.i = start
				return Syntax
			}
			odd = true
		}
	}
	if !r.s.Leaf(name, kind, word, r.i-start) {
		return Limit
	}
	if odd {
		r.s.Note(JSONNumber)
	} else if kind == Number && len(word) > 16 && digits(word) > 17 {
		r.s.Note(JSONPrecise)
	}
	return OK
}

var jsonBare = func() (t [256]bool) {
	for c := range 128 {
		t[c] = isWord(byte(c)) || c == '+' || c == '-' || c == '.'
	}
	return t
}()

func digits(word []byte) (n int) {
	for _, c := range word {
		if c >= '0' && c <= '9' {
			n++
		}
	}
	return n
}

// jsonNumber says whether word is a number of RFC 8259 §6.
func jsonNumber(word []byte) bool {
	i := 0
	if word[0] == '-' {
		i++
	}
	whole := run(word, i)
	if whole == 0 || whole > 1 && word[i] == '0' {
		return false
	}
	if i += whole; i < len(word) && word[i] == '.' {
		fraction := run(word, i+1)
		if fraction == 0 {
			return false
		}
		i += 1 + fraction
	}
	if i < len(word) && word[i]|0x20 == 'e' {
		if i++; i < len(word) && (word[i] == '+' || word[i] == '-') {
			i++
		}
		exponent := run(word, i)
		if exponent == 0 {
			return false
		}
		i += exponent
	}
	return i == len(word)
}

// run counts the decimal digits at word[i:].
func run(word []byte, i int) int {
	n := 0
	for i+n < len(word) && word[i+n]-'0' < 10 {
		n++
	}
	return n
}

// lenientNumber says whether word is a number to JSON5, YAML or a scripting language: 01, +1, .5, 1., 0x1F.
func lenientNumber(word []byte) bool {
	word = bytes.TrimLeft(word, "+-")
	if len(word) == 0 || word[0] != '.' && word[0]-'0' > 9 {
		return false
	}
	for _, c := range word {
		if c == '_' || c == '$' || c|0x20 > 'f' && c|0x20 != 'x' && c|0x20 != 'o' && c|0x20 <= 'z' {
			return false
		}
	}
	return true
}

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
