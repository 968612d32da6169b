package decode

import (
	"github.com/emmansun/base64"
)

// sniffBase64 says whether src is made of the letters of base64 in a count that base64 can have. What is inside decides whether it is.
func sniffBase64(src []byte) bool {
	if len(src) < 8 {
		return false
	}
	n, std, url, pad := 0, false, false, 0
	for _, c := range src {
		switch base64Class[c] {
		case 1:
			if pad > 0 {
				return false
			}
			n++
		case 2:
			std = true
			n++
		case 3:
			url = true
			n++
		case 4:
			pad++
		case 5:
		default:
			return false
		}
	}
	if std && url || pad > 2 || pad > 0 && (n+pad)%4 != 0 || n < 8 || n%4 == 1 {
		return false
	}
	return pad > 0 || n < 16 || mixed(src, n)
}

// mixed says whether n letters use as much of the alphabet as base64 of anything does: all hexadecimal, or all of one case and long, is a digest, a number or a name
// (of 16 letters drawn at random all are hexadecimal once in 2³², of 24 none is upper case once in 200,000 times).
func mixed(src []byte, n int) bool {
	var has uint64
	for _, c := range src {
		has |= classBits[c]
	}
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
	text := src
	for len(text) > 0 && base64Class[text[len(text)-1]] >= 4 {
		text = text[:len(text)-1]
	}
	url, lines := false, false
	for _, c := range text {
		url = url || c == '-' || c == '_'
		lines = lines || c == '\n' || c == '\r'
	}
	if lines {
		joined := s.Grow(len(text))
		if joined == nil {
			return 0, Limit
		}
		text = dropLines(joined[:0], text)
	}
	dst := s.Grow(len(text)*3/4 + 3)
	if dst == nil {
		return 0, Limit
	}
	coding := base64.RawStdEncoding
	if url {
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

func dropLines(dst, src []byte) []byte {
	for _, c := range src {
		if base64Class[c] != 5 {
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
