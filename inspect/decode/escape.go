package decode

import (
	"bytes"
	"unicode/utf8"
)

// sniffEscapes says whether every backslash of src begins an escape of C, JavaScript or JSON, and one of them is \u or \x, or all of it is an escaped document.
// A Windows path or a regular expression is none.
func sniffEscapes(src []byte) bool {
	if sniffHex(src) {
		return false // \x and digits behind it: bytes, not an escape
	}
	strong := false
	for i := 0; ; {
		next := bytes.IndexByte(src[i:], '\\')
		if next < 0 {
			break
		}
		i += next
		_, n, is := escape(src[i:])
		if n == 0 {
			return false
		}
		strong = strong || is
		i += n
	}
	return strong || escapedDocument(src)
}

// escapedDocument says whether src begins as an object or an array does whose quotes are escaped.
func escapedDocument(src []byte) bool {
	i := 0
	for i < len(src) && (src[i] == '{' || src[i] == '[' || src[i] == ' ') {
		i++
	}
	return i > 0 && src[0] != ' ' && bytes.HasPrefix(src[i:], []byte(`\"`))
}

// escape reads the escape that src begins with: the character, the bytes it takes (0: it is none), and whether only escaped text has such.
func escape(src []byte) (c rune, n int, strong bool) {
	if len(src) < 2 {
		return 0, 0, false
	}
	switch e := src[1]; e {
	case 'n':
		return '\n', 2, false
	case 'r':
		return '\r', 2, false
	case 't':
		return '\t', 2, false
	case 'b':
		return '\b', 2, false
	case 'f':
		return '\f', 2, false
	case 'v':
		return '\v', 2, false
	case '"', '\'', '\\', '/', '`', '?':
		return rune(e), 2, false
	case 'x':
		if len(src) >= 4 && hexValue[src[2]] >= 0 && hexValue[src[3]] >= 0 {
			return rune(hexValue[src[2]])<<4 | rune(hexValue[src[3]]), 4, true
		}
		return 0, 0, false
	case 'u', 'U':
		return unicodeEscape(src)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		n = 1
		for n < len(src) && n < 4 && src[n]&^7 == '0' && c<<3 < 256 {
			c = c<<3 | rune(src[n]-'0')
			n++
		}
		return c, n, n == 4
	}
	return 0, 0, false
}

// unicodeEscape reads \uXXXX (and a pair of them), \u{X…} and \UXXXXXXXX.
func unicodeEscape(src []byte) (c rune, n int, strong bool) {
	if src[1] == 'U' {
		if len(src) < 10 {
			return 0, 0, false
		}
		high, ok := hex4(src[2:])
		low, ok2 := hex4(src[6:])
		if c = high<<16 | low; !ok || !ok2 || c > utf8.MaxRune || c < 0 {
			return 0, 0, false
		}
		return c, 10, true
	}
	if len(src) > 3 && src[2] == '{' {
		for n = 3; n < len(src) && n < 10 && hexValue[src[n]] >= 0; n++ {
			c = c<<4 | rune(hexValue[src[n]])
		}
		if n == 3 || n >= len(src) || src[n] != '}' || c > utf8.MaxRune {
			return 0, 0, false
		}
		return c, n + 1, true
	}
	c, ok := hex4(src[2:])
	if !ok {
		return 0, 0, false
	}
	if c&^0x3ff == 0xD800 && len(src) >= 12 && src[6] == '\\' && src[7] == 'u' {
		if low, ok := hex4(src[8:]); ok && low&^0x3ff == 0xDC00 {
			return (c-0xD800)<<10 + (low - 0xDC00) + 0x10000, 12, true
		}
	}
	return c, 6, true
}

// Escapes undoes backslash escapes once. \xXX and octal are bytes, as C and Python have it.
func Escapes(src []byte, s Sink) (int, Fault) {
	dst := s.Grow(len(src) + 4)
	if dst == nil {
		return 0, Limit
	}
	out, bad, rest := dst[:0], false, src
	for {
		i := bytes.IndexByte(rest, '\\')
		if i < 0 {
			break
		}
		out, rest = append(out, rest[:i]...), rest[i:]
		c, n, _ := escape(rest)
		switch {
		case n == 0:
			bad = true
			out, n = append(out, '\\'), 1
		case c >= 0x80 && c < 0x100 && rest[1]|0x20 != 'u':
			out = append(out, byte(c))
		default:
			out = utf8.AppendRune(out, c)
		}
		rest = rest[n:]
	}
	out = append(out, rest...)
	if !s.Leaf(nil, String, out, len(src)) {
		return 0, Limit
	}
	if bad {
		s.Note(JSONEscape)
	}
	return len(src), OK
}
