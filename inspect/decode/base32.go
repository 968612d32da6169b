package decode

import (
	"bytes"
	"encoding/ascii85"
)

// What is shorter is taken for a word: in lower case, and of letters alone without padding.
const (
	lowerBase32 = 16
	wordBase32  = 24
)

// sniffBase32 says whether src is letters of base32 of one case, padded or not, in a count that it can have. What is inside decides whether it is.
func sniffBase32(src []byte) bool {
	text := bytes.TrimRight(src, "=")
	if pad := len(src) - len(text); pad > 6 || pad > 0 && len(src)%8 != 0 {
		return false
	}
	switch len(text) % 8 {
	case 1, 3, 6:
		return false
	}
	if len(text) == len(src) && len(text) < wordBase32 && !bytes.ContainsAny(text, "234567") || bytes.Count(text, text[:1]) == len(text) {
		return false
	}
	lower := text[0] >= 'a' || text[len(text)-1] >= 'a'
	if lower && len(text) < lowerBase32 {
		return false
	}
	for _, c := range text {
		if base32Value[c] < 0 || lower && c-'A' < 26 || !lower && c >= 'a' {
			return false
		}
	}
	return true
}

// base32Value is the value of a letter of base32 (RFC 4648 §6) in either case, −1 for every other byte.
var base32Value = func() (t [256]int8) {
	for c := range t {
		t[c] = -1
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		t[c], t[c|0x20] = int8(i), int8(i)
	}
	for i, c := range []byte("234567") {
		t[c] = int8(26 + i)
	}
	return t
}()

// appendBase32 undoes sound letters.
func appendBase32(dst, src []byte) []byte {
	bits, have := uint32(0), 0
	for _, c := range bytes.TrimRight(src, "=") {
		bits = bits<<5 | uint32(base32Value[c]) //nolint:gosec // not negative: sniffed before
		if have += 5; have >= 8 {
			have -= 8
			dst = append(dst, byte(bits>>have)) //nolint:gosec // eight bits are left
			bits &= 1<<have - 1
		}
	}
	return dst
}

// Base32 undoes base 32.
func Base32(src []byte, s Sink) (int, Fault) {
	if !sniffBase32(src) {
		return 0, Syntax
	}
	dst := s.Grow(len(src)*5/8 + 1)
	if dst == nil {
		return 0, Limit
	}
	dst = appendBase32(dst[:0], src)
	if !s.Leaf(nil, Bytes, dst, len(src)) {
		return 0, Limit
	}
	return len(src), OK
}

// sniffASCII85 says whether src is between the marks of Adobe's base 85: without them it could be any text.
func sniffASCII85(src []byte) bool {
	return bytes.HasPrefix(src, []byte("<~")) && bytes.HasSuffix(bytes.TrimRight(src, " \t\r\n"), []byte("~>"))
}

// ASCII85 undoes base 85 as btoa and PostScript have it.
func ASCII85(src []byte, s Sink) (int, Fault) {
	text := bytes.TrimSuffix(bytes.TrimPrefix(bytes.TrimRight(src, " \t\r\n"), []byte("<~")), []byte("~>"))
	dst := s.Grow(4*len(text) + 4) // a "z" is four zeros
	if dst == nil {
		return 0, Limit
	}
	n, _, err := ascii85.Decode(dst, text, true)
	if err != nil {
		return 0, Syntax
	}
	if !s.Leaf(nil, Bytes, dst[:n:n], len(src)) {
		return 0, Limit
	}
	return len(src), OK
}
