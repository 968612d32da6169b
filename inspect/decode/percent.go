package decode

import (
	"bytes"
	"unicode/utf8"
)

// escapes is what was odd in percent escapes.
type escapes uint8

const (
	escapeBad     escapes = 1 << iota // not followed by two hex digits
	escapeUnicode                     // %uXXXX
	escapeTwice                       // yields another escape
	escapePlain                       // of a letter or digit
	escapeNUL                         // %00
)

func noteEscapes(odd escapes, s Sink) {
	if odd == 0 {
		return
	}
	for i, a := range [...]Ambiguity{PercentBad, PercentUnicode, PercentTwice, PercentPlain, NUL} {
		if odd&(1<<i) != 0 {
			s.Note(a)
		}
	}
}

// unpercent appends src with its escapes undone once; a bad escape stays as it is. plus makes "+" a space.
func unpercent(dst, src []byte, plus bool) ([]byte, escapes) {
	var odd escapes
	for i := 0; i < len(src); i++ {
		c := src[i]
		if c == '+' && plus {
			c = ' '
		}
		if c != '%' {
			dst = append(dst, c)
			continue
		}
		if i+2 < len(src) && hexValue[src[i+1]] >= 0 && hexValue[src[i+2]] >= 0 {
			c = byte(hexValue[src[i+1]])<<4 | byte(hexValue[src[i+2]])
			i += 2
			odd |= oddEscape(c, src[i+1:])
			dst = append(dst, c)
			continue
		}
		if i+5 < len(src) && src[i+1]|0x20 == 'u' {
			if u, ok := hex4(src[i+2:]); ok {
				odd |= escapeUnicode
				dst = utf8.AppendRune(dst, u)
				i += 5
				continue
			}
		}
		odd |= escapeBad
		dst = append(dst, c)
	}
	return dst, odd
}

// oddEscape says what is odd about an escape of c that is followed by rest.
func oddEscape(c byte, rest []byte) escapes {
	switch {
	case c == 0:
		return escapeNUL
	case c == '%' && len(rest) >= 2 && hexValue[rest[0]] >= 0 && hexValue[rest[1]] >= 0:
		return escapeTwice
	case c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z':
		return escapePlain
	}
	return 0
}

// sniffPercent says whether src has percent escapes that somebody meant: nearly each "%" is one, and they yield what needs escaping.
// A LIKE pattern, a format string or "100%" is none.
func sniffPercent(src []byte) bool {
	good, bad, high := 0, 0, 0
	for i := 0; i < len(src); i++ {
		if src[i] != '%' {
			continue
		}
		switch {
		case i+2 < len(src) && hexValue[src[i+1]] >= 0 && hexValue[src[i+2]] >= 0:
			if hexValue[src[i+1]] >= 8 {
				high++
			} else {
				good++
			}
			i += 2
		case unicodePercent(src[i:]):
			good++
			i += 5
		default:
			bad++
		}
	}
	if bad > 0 && good+high < 4*bad {
		return false
	}
	return good > 0 || high > 1
}

func unicodePercent(src []byte) bool {
	if len(src) < 6 || src[1]|0x20 != 'u' {
		return false
	}
	_, ok := hex4(src[2:])
	return ok
}

// Percent undoes percent escapes once; "+" stays.
func Percent(src []byte, s Sink) (int, Fault) {
	dst := s.Grow(len(src))
	if dst == nil {
		return 0, Limit
	}
	dst, odd := unpercent(dst[:0], src, false)
	if ends := len(src) - len(bytes.TrimRight(src, "\r\n")); ends > 0 && !Text(dst) {
		dst = dst[:len(dst)-ends] // a line's end behind bytes is none of them
	}
	if !s.Leaf(nil, String, dst, len(src)) {
		return 0, Limit
	}
	noteEscapes(odd, s)
	return len(src), OK
}
