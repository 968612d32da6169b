package decode

import (
	"bytes"
	"unicode/utf8"
)

// sniffQuoted says whether src may be quoted-printable: every "=" is a soft line end or an escape in upper case, of what needs one: "=" itself, line ends, bytes beyond ASCII
// that are UTF-8 or several, many control characters. A text escaped from end to end is one too. Whether it is shows when it is undone.
func sniffQuoted(src []byte) bool {
	var high [64]byte
	escapes, highs, controls, needless := 0, 0, 0, 0
	for i := 0; i < len(src); i++ {
		if src[i] != '=' {
			continue
		}
		if n := softEnd(src[i:]); n > 0 {
			i += n - 1
			continue
		}
		if i+2 >= len(src) || upperHex(src[i+1]) < 0 || upperHex(src[i+2]) < 0 {
			return false
		}
		c := byte(upperHex(src[i+1]))<<4 | byte(upperHex(src[i+2])) //nolint:gosec // bounded by the limits
		escapes++
		switch {
		case c >= utf8.RuneSelf:
			high[highs%len(high)] = c
			highs++
		case c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f:
			controls++
		case c > ' ' && c != '=', c == ' ' && i+3 < len(src) && src[i+3] > ' ':
			needless++
		}
		i += 2
	}
	if 6*escapes >= len(src) && escapes > 1 && controls == 0 {
		return true
	}
	return needless == 0 && (controls == 0 || controls+highs > 2) && (highs == 0 || highs+controls > 2 || utf8.Valid(high[:highs]))
}

func upperHex(c byte) int8 {
	if c >= 'a' {
		return -1
	}
	return hexValue[c]
}

// softEnd returns the length of the soft line end that src begins with, 0 for none.
func softEnd(src []byte) int {
	switch {
	case bytes.HasPrefix(src, []byte("=\r\n")):
		return 3
	case bytes.HasPrefix(src, []byte("=\n")):
		return 2
	}
	return 0
}

// QuotedPrintable undoes quoted-printable. The line ends of the text stay as they are.
func QuotedPrintable(src []byte, s Sink) (int, Fault) {
	dst := s.Grow(len(src))
	if dst == nil {
		return 0, Limit
	}
	dst = dst[:0]
	for i := 0; i < len(src); i++ {
		c := src[i]
		if c == '=' {
			if n := softEnd(src[i:]); n > 0 {
				i += n - 1
				continue
			}
			if i+2 < len(src) && hexValue[src[i+1]] >= 0 && hexValue[src[i+2]] >= 0 {
				c = byte(hexValue[src[i+1]])<<4 | byte(hexValue[src[i+2]])
				i += 2
			}
		}
		dst = append(dst, c)
	}
	if !s.Leaf(nil, String, dst, len(src)) {
		return 0, Limit
	}
	return len(src), OK
}
