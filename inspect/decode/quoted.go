package decode

import (
	"bytes"
	"unicode/utf8"
)

// sniffQuoted says whether src may be quoted-printable: every "=" is a soft line end or an escape in upper case, of what needs one: "=" itself, line ends, bytes beyond ASCII
// that are UTF-8, or several that no capital or digit follows ("=FEED" is a word), or a text full of bytes that are none. A text escaped from end to end is one too.
// Whether it is shows when it is undone.
func sniffQuoted(src []byte) bool {
	if escapedWhole(src) {
		return true
	}
	var high [64]byte
	escapes, highs, words, controls, needless, soft := 0, 0, 0, 0, 0, 0
	for i := 0; ; i++ {
		next := bytes.IndexByte(src[i:], '=')
		if next < 0 {
			break
		}
		i += next
		if n := softEnd(src[i:]); n > 0 && i+n < len(src) { // at the end of all it would break nothing: padding of base64
			if !paddedLine(src, i, n) {
				soft++
			}
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
			if i+3 < len(src) && base64Class[src[i+3]] == 1 && src[i+3] < 'a' {
				words++
			}
		case unwritten(c) || c == 0x7f:
			controls++
		case c > ' ' && c != '=', c == ' ' && i+3 < len(src) && src[i+3] > ' ':
			needless++
		}
		i += 2
	}
	if escapes+soft == 0 {
		return false
	}
	if 4*escapes >= len(src) && escapes > 2 && controls == 0 {
		return true
	}
	binary := controls+highs > 2
	return needless == 0 && (controls == 0 || binary && 12*escapes >= len(src) || QuotedLines(src)) && (highs == 0 || binary && words == 0 || highs <= len(high) && utf8.Valid(high[:highs]))
}

// paddedLine says whether the "=" at i, with a line's end of n-1 bytes behind it, pads base64 in lines, as a certificate in YAML: the last of several, or with words below.
func paddedLine(src []byte, i, n int) bool {
	from := bytes.LastIndexByte(src[:i], '\n') + 1
	line := bytes.TrimLeft(src[from:i+1], " ")
	if len(line)%4 != 0 || !base64Line(line[:len(line)-1]) {
		return false
	}
	above := bytes.TrimSpace(src[bytes.LastIndexByte(src[:max(from-1, 0)], '\n')+1 : from])
	length, _ := lineEnd(src[i+n:])
	below := src[i+n : i+n+length]
	return len(above) == len(line) && base64Line(above) || len(below) == 0 || bytes.IndexByte(below, ' ') >= 0
}

// base64Line says whether line has letters of base64 alone, without padding.
func base64Line(line []byte) bool {
	for _, c := range line {
		if base64Class[c] < 1 || base64Class[c] > 3 {
			return false
		}
	}
	return len(line) > 0
}

// escapedWhole says whether src is escapes from end to end, in whatever case, three and more.
func escapedWhole(src []byte) bool {
	if src[0] != '=' || len(src) < 9 || len(src)%3 != 0 {
		return false
	}
	for i := 0; i < len(src); i += 3 {
		if src[i] != '=' || hexValue[src[i+1]] < 0 || hexValue[src[i+2]] < 0 {
			return false
		}
	}
	return true
}

// The lines of quoted-printable have 76 letters at the most (RFC 2045 §6.7, rule 5). Encoders fill them, but for an escape or a character that stays whole.
const (
	longestQuoted = 76
	filledQuoted  = 64
)

// QuotedFirst says whether quoted-printable, if src is that, is to be undone before a structure is looked for: its lines are broken, or it is of several lines in which "="
// itself is escaped, as every encoder must. What begins as JSON has its values to look into, and so has XML, unless the "=" of its attributes is escaped.
func QuotedFirst(src []byte) bool {
	switch {
	case src[0] == '<' && (bytes.Contains(src, []byte(`=3D"`)) || bytes.Contains(src, []byte("=3D'"))):
		return true
	case src[0] == '-' || bytes.IndexByte(src, '\n') < 0: // a multipart: the parts are encoded, each as it says
		return false
	}
	return QuotedLines(src) || src[0] != '{' && src[0] != '[' && src[0] != '<' && bytes.Contains(src, []byte("=3D"))
}

// QuotedLines says whether src is broken into lines as quoted-printable is and hardly anything else: no soft line is too long, and one is filled. The structures in such
// a text are to be read when the lines are whole again.
func QuotedLines(src []byte) bool {
	for filled := false; ; {
		i := bytes.IndexByte(src, '\n')
		if i < 0 {
			return filled
		}
		line := bytes.TrimSuffix(src[:i], []byte("\r"))
		src = src[i+1:]
		if n := len(line); n > 0 && line[n-1] == '=' {
			if n > longestQuoted {
				return false
			}
			filled = filled || n >= filledQuoted && len(src) > 0
		}
	}
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
