package decode

import "unicode/utf8"

// Text says whether v reads as text: UTF-8 or an eight-bit charset, with hardly a control character.
func Text(v []byte) bool {
	control, high := 0, 0
	for _, c := range v {
		switch {
		case c < ' ' && c != '\n' && c != '\r' && c != '\t', c == 0x7f:
			control++
		case c >= 0x80:
			high++
		}
	}
	if 16*control > len(v) {
		return false
	}
	return high == 0 || utf8.Valid(v) || 4*high <= len(v) && 64*control <= len(v)
}

// Sense says whether inner, which was undone from outer, makes more sense as a text than outer does.
func Sense(inner, outer []byte) bool {
	if len(inner) == 0 {
		return false
	}
	_ = outer
	score := 0
	for _, c := range inner {
		switch {
		case c >= 'a' && c <= 'z', c == ' ':
			score += 2
		case c >= ' ' && c < 0x7f, c == '\n':
			score++
		default:
			score -= 8
		}
	}
	return score >= 8
}
