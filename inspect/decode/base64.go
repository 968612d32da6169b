package decode

import (
	"bytes"

	"github.com/emmansun/base64"
)

// sniffBase64 says whether src, in which there is nothing but base64's bytes and blanks (Look), has a count of letters that base64 can have. What is inside decides whether
// it is. Padding that is too long or too short is what lenient readers take.
func sniffBase64(src []byte) bool {
	text, pad := base64Text(src)
	n := len(text)
	if n < 8 || pad > 4 || n < leastGrouped && bytes.IndexByte(text, ' ') >= 0 {
		return false
	}
	has := base64Classes(text)
	if has&base64Blanks != 0 {
		if has&(base64Blanks&^base64Lines) != 0 && !evenGroups(text) {
			return false
		}
		n -= bytes.Count(text, []byte{'\n'}) + bytes.Count(text, []byte{'\r'}) + bytes.Count(text, []byte{' '}) + bytes.Count(text, []byte{'\t'})
	}
	if n < 8 || n%4 == 1 || has&^base64Letters != 0 || has&base64Standard != 0 && has&base64URL != 0 {
		return false
	}
	return pad > 0 && (n+pad)%4 == 0 || n < 16 || mixed(has, n) || len(text) > letterSample && mixed(classesOf(text), n)
}

// fitsBase64 gives up what sniffBase64 would, by the classes of bytes alone: words of both alphabets, short groups, and in what has neither blanks nor padding a length or a
// mixture of letters that base64 has not.
func fitsBase64(src []byte, has uint64) bool {
	if has&base64Standard != 0 && has&base64URL != 0 {
		return false
	}
	n := len(src)
	switch {
	case has&classBits['='] != 0:
		return true
	case has&base64Blanks != 0:
		return n >= leastGrouped || has&classBits[' '] == 0 || isSpace(src[0]) || isSpace(src[n-1])
	}
	return n%4 != 1 && (n < 16 || mixed(has, n))
}

// base64Text is src without blanks around it and padding, of which there are pad.
func base64Text(src []byte) (text []byte, pad int) {
	for len(src) > 0 && isSpace(src[0]) {
		src = src[1:]
	}
	for ; len(src) > 0 && (src[len(src)-1] == '=' || isSpace(src[len(src)-1])); src = src[:len(src)-1] {
		if src[len(src)-1] == '=' {
			pad++
		}
	}
	return src, pad
}

// evenGroups says whether the blanks in src stand between groups of one length, a multiple of four, as those who write base64 in groups or folded lines do: only the last is
// shorter. Sentences have no such groups.
func evenGroups(src []byte) bool {
	width := 0
	for i := 0; i < len(src); {
		from := i
		for i < len(src) && !isSpace(src[i]) {
			i++
		}
		switch group := i - from; {
		case width == 0:
			width = group
		case group > width, group < width && i < len(src):
			return false
		}
		for i < len(src) && isSpace(src[i]) {
			i++
		}
	}
	return width >= 4 && width%4 == 0
}

// leastGrouped is how long it must be: two words of four letters are an accident.
const leastGrouped = 16

// letterSample is how many letters of a long value are looked at one by one.
const letterSample = 64

// base64Classes returns the classes of the bytes of v, those of letters and digits only as far as they are in the first letterSample bytes.
func base64Classes(v []byte) uint64 {
	has := classesOf(v[:min(len(v), letterSample)])
	if len(v) <= letterSample {
		return has
	}
	const marks = "+/-_=\r\n \t"
	for i := range marks {
		if bytes.IndexByte(v[letterSample:], marks[i]) >= 0 {
			has |= classBits[marks[i]]
		}
	}
	return has
}

// The classes of bytes of base64: its letters in lines and groups, and those that only one of the two alphabets has.
var (
	base64Lines    = classesOf([]byte("\r\n"))
	base64Blanks   = classesOf([]byte("\r\n \t"))
	base64Letters  = classesOf([]byte(alphanumeric + "+/-_\r\n \t"))
	base64Standard = classesOf([]byte("+/"))
	base64URL      = classesOf([]byte("-_"))
)

// mixed says whether n letters of the classes has use as much of the alphabet as base64 of anything does: all hexadecimal, or all of one case and long, is a digest, a
// number or a name (of 16 letters drawn at random all are hexadecimal once in 2³², of 24 none is upper case once in 200,000 times).
func mixed(has uint64, n int) bool {
	if has&(bitLower|bitUpper) == 0 && has&(classBits['+']|classBits['/']|classBits['_']) == 0 {
		return false
	}
	return n < 24 || has&(bitLower|bitHexLower) != 0 && has&(bitUpper|bitHexUpper) != 0
}

// base64Class: 1 both alphabets, 2 standard, 3 URL, 4 padding, 5 line ends.
var base64Class = func() (t [256]byte) {
	for c := range 128 {
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' && c >= 'A' {
			t[c] = 1
		}
	}
	t['+'], t['/'], t['-'], t['_'], t['='], t['\r'], t['\n'] = 2, 2, 3, 3, 4, 5, 5
	return t
}()

// Base64 undoes base64 of either alphabet, padded or not, in lines or not.
func Base64(src []byte, s Sink) (int, Fault) {
	text, _ := base64Text(src)
	has := base64Classes(text)
	if has&base64Blanks != 0 {
		joined := s.Grow(len(text))
		if joined == nil {
			return 0, Limit
		}
		text = dropBlanks(joined[:0], text)
	}
	dst := s.Grow(len(text)*3/4 + 3)
	if dst == nil {
		return 0, Limit
	}
	coding := base64.RawStdEncoding
	if has&base64URL != 0 {
		coding = base64.RawURLEncoding
	}
	n, err := coding.Decode(dst, text)
	if err != nil {
		return 0, Syntax
	}
	if !s.Leaf(nil, Bytes, dst[:n:n], len(src)) {
		return 0, Limit
	}
	if spare := base64Spare(text); spare {
		s.Note(NotCanonical)
	}
	return len(src), OK
}

func dropBlanks(dst, src []byte) []byte {
	for _, c := range src {
		if !isSpace(c) {
			dst = append(dst, c)
		}
	}
	return dst
}

// base64Spare says whether the last letter has bits beyond the last byte that are not zero: other letters would mean the same.
func base64Spare(text []byte) bool {
	if len(text)%4 == 0 || len(text) == 0 {
		return false
	}
	spare := byte(0x03) // three letters for two bytes
	if len(text)%4 == 2 {
		spare = 0x0f
	}
	return base64Value(text[len(text)-1])&spare != 0
}

func base64Value(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c - 'A'
	case c >= 'a' && c <= 'z':
		return c - 'a' + 26
	case c >= '0' && c <= '9':
		return c - '0' + 52
	case c == '+' || c == '-':
		return 62
	}
	return 63
}
