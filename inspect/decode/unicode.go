package decode

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// sniffUTF16 says whether src begins with the mark of UTF-16, has the zero bytes that ASCII has in it, or is letters of one alphabet.
func sniffUTF16(src []byte) bool {
	return len(src)%2 == 0 && utf16Order(src) != nil
}

func utf16Order(src []byte) binary.ByteOrder {
	switch {
	case src[0] == 0xfe && src[1] == 0xff:
		return binary.BigEndian
	case src[0] == 0xff && src[1] == 0xfe:
		return binary.LittleEndian
	}
	var zeros [2]int
	n := min(len(src), sample)
	for i, c := range src[:n] {
		if c == 0 {
			zeros[i&1]++
		}
	}
	var order binary.ByteOrder
	switch {
	case 4*zeros[0] >= n && 2*zeros[1] < zeros[0]:
		order = binary.BigEndian
	case 4*zeros[1] >= n && 2*zeros[0] < zeros[1]:
		order = binary.LittleEndian
	default:
		return alphabetOrder(src)
	}
	for i := 0; i+1 < min(n, 8); i += 2 {
		if scriptOf(rune(order.Uint16(src[i:]))) == noScript {
			return nil // the head of something that has such text in it
		}
	}
	return order
}

// alphabetOrder returns the byte order in which src is letters of one alphabet, with ASCII and signs among them; nil where there is none. Of four random characters that is so
// once in 100,000 times. East Asian characters are a third of all, so that they say nothing.
func alphabetOrder(src []byte) binary.ByteOrder {
	if len(src) < 8 || len(src)%2 != 0 {
		return nil
	}
	for _, order := range byteOrders {
		if letters, ok := alphabetic(src[:min(len(src), sample)], order); ok && letters >= 4 && 4*letters >= len(src)/2 {
			return order
		}
	}
	return nil
}

// Alphabetic says whether src is UTF-16 of one alphabet, which needs no further proof.
func Alphabetic(src []byte) bool { return alphabetOrder(src) != nil }

// byteOrders are those of UTF-16, the usual one first.
var byteOrders = [...]binary.ByteOrder{binary.LittleEndian, binary.BigEndian}

// alphabetic says whether src, as UTF-16 of that order, is letters of at most one alphabet beside ASCII and signs, and how many such letters it has.
func alphabetic(src []byte, order binary.ByteOrder) (letters int, ok bool) {
	seen := anyScript
	for i := 0; i+1 < len(src); i += 2 {
		c := rune(order.Uint16(src[i:]))
		s := scriptOf(c)
		switch {
		case s == noScript || s == eastAsian || s == hangul || unwritten(c):
			return 0, false
		case s == anyScript:
			continue
		case seen != anyScript && s != seen:
			return 0, false
		}
		seen = s
		letters++
	}
	return letters, true
}

// wideText says whether every character of src is one of text in UTF-16 or UTF-32.
func wideText(src []byte) bool {
	if len(src) < 8 || len(src)%2 != 0 {
		return false
	}
	src = src[:min(len(src), sample)]
	for _, order := range byteOrders {
		if _, ok := alphabetic(src, order); ok {
			return true
		}
	}
	order := utf32Order(src)
	for i := 0; order != nil && i+3 < len(src); i += 4 {
		if c := rune(order.Uint32(src[i:])); unwritten(c) || scriptOf(c) == noScript { //nolint:gosec // utf32Order
			return false
		}
	}
	return order != nil
}

// Marked says whether src begins with the byte order mark of UTF-16.
func Marked(src []byte) bool {
	return len(src) > 1 && (src[0] == 0xfe && src[1] == 0xff || src[0] == 0xff && src[1] == 0xfe)
}

// UTF16 undoes UTF-16 of either byte order.
func UTF16(src []byte, s Sink) (int, Fault) {
	order := utf16Order(src)
	if order == nil || len(src)%2 != 0 {
		return 0, Syntax
	}
	dst := s.Grow(len(src)/2*3 + 4)
	if dst == nil {
		return 0, Limit
	}
	dst = dst[:0]
	half := false
	for i := 0; i+1 < len(src); i += 2 {
		c := rune(order.Uint16(src[i:]))
		if utf16.IsSurrogate(c) {
			low := rune(0)
			if i+3 < len(src) {
				low = rune(order.Uint16(src[i+2:]))
			}
			if c = utf16.DecodeRune(c, low); c == utf8.RuneError {
				half = true
			} else {
				i += 2
			}
		}
		if i == 0 && c == 0xfeff {
			continue
		}
		dst = utf8.AppendRune(dst, c)
	}
	return wideLeaf(dst, src, half, s)
}

func wideLeaf(dst, src []byte, half bool, s Sink) (int, Fault) {
	if !s.Leaf(nil, String, dst, len(src)) {
		return 0, Limit
	}
	if half {
		s.Note(Surrogate)
	}
	return len(src), OK
}

// sniffUTF32 says whether src is whole characters of four bytes, of which most are in the first plane.
func sniffUTF32(src []byte) bool {
	return len(src)%4 == 0 && utf32Order(src) != nil
}

func utf32Order(src []byte) binary.ByteOrder {
	if len(src) < 8 {
		return nil
	}
	n := min(len(src), sample)
	for _, order := range [...]binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		good := true
		for i := 0; i+3 < n && good; i += 4 {
			c := order.Uint32(src[i:])
			good = c > 0 && c <= utf8.MaxRune
		}
		if good {
			return order
		}
	}
	return nil
}

// UTF32 undoes UTF-32 of either byte order.
func UTF32(src []byte, s Sink) (int, Fault) {
	order := utf32Order(src)
	if order == nil {
		return 0, Syntax
	}
	dst := s.Grow(len(src) + 4)
	if dst == nil {
		return 0, Limit
	}
	dst = dst[:0]
	for i := 0; i+3 < len(src); i += 4 {
		c := order.Uint32(src[i:])
		if i == 0 && c == 0xfeff {
			continue
		}
		dst = utf8.AppendRune(dst, rune(min(c, utf8.MaxRune+1)))
	}
	return wideLeaf(dst, src, false, s)
}

func sniffBOM(src []byte) bool { return bytes.HasPrefix(src, []byte(bomUTF8)) }

// MarkedUTF8 drops the byte order mark before a text of UTF-8. Documents that may begin with one are read as they are.
func MarkedUTF8(src []byte, s Sink) (int, Fault) {
	if !s.Leaf(nil, String, bytes.TrimPrefix(src, []byte(bomUTF8)), len(src)) {
		return 0, Limit
	}
	s.Note(BOM)
	return len(src), OK
}

// sniffUTF7 says whether src has runs of UTF-7 and is sound in all of them: one that ends in "-" ("+ADw-"), or two characters in runs that anything else ends, as encoders
// write them, that need such a run ("+AFw.+AFw").
func sniffUTF7(src []byte) bool {
	ended, needed := false, 0
	for i := 0; i < len(src); i++ {
		if src[i] != '+' {
			continue
		}
		signs, words := 0, 0
		n, ok := utf7Run(src[i+1:], func(u uint16) {
			switch s := scriptOf(rune(u)); {
			case u < utf8.RuneSelf && base64Class[byte(u)] == 0 || s != anyScript && s != noScript && s != eastAsian && s != hangul:
				signs++
			default:
				words++
			}
		})
		if !ok {
			return false
		}
		i += n
		switch {
		case i+1 < len(src) && src[i+1] == '-':
			ended = ended || n > 0
			i++
		case words == 0:
			needed += signs
		}
	}
	return ended || needed > 1
}

// utf7Run reads the letters of base64 that src begins with and calls f with each 16-bit unit. The run is sound when it has whole units and no bits to spare.
func utf7Run(src []byte, f func(uint16)) (n int, ok bool) {
	var bits uint32
	have, units := 0, 0
	for n < len(src) && (base64Class[src[n]] == 1 || base64Class[src[n]] == 2) {
		bits = bits<<6 | uint32(base64Value(src[n]))
		n++
		if have += 6; have >= 16 {
			have -= 16
			unit := uint16(bits >> have) //nolint:gosec // the 16 bits wanted
			bits &= 1<<have - 1
			if unit < ' ' && unit != '\n' && unit != '\r' && unit != '\t' && unit != 0 || unit >= 0xE000 && unit < 0xF900 { // nobody sends what has no meaning
				return n, false
			}
			units++
			f(unit)
		}
	}
	return n, have < 6 && bits == 0 && (units > 0 || n == 0)
}

// UTF7 undoes UTF-7.
func UTF7(src []byte, s Sink) (int, Fault) {
	dst := s.Grow(len(src)*3/2 + 4)
	if dst == nil {
		return 0, Limit
	}
	dst = dst[:0]
	for i := 0; i < len(src); i++ {
		if src[i] != '+' {
			dst = append(dst, src[i])
			continue
		}
		var high rune
		n, _ := utf7Run(src[i+1:], func(u uint16) {
			c := rune(u)
			switch {
			case c&^0x3ff == 0xD800:
				high = c
				return
			case c&^0x3ff == 0xDC00 && high != 0:
				c = utf16.DecodeRune(high, c)
			}
			high = 0
			dst = utf8.AppendRune(dst, c)
		})
		if n == 0 {
			dst = append(dst, '+')
		}
		i += n
		if i+1 < len(src) && src[i+1] == '-' {
			i++
		}
	}
	if !s.Leaf(nil, String, dst, len(src)) {
		return 0, Limit
	}
	s.Note(Seven)
	return len(src), OK
}

// sniffOverlong says whether src has a character of two, three or four bytes that a shorter form has too.
func sniffOverlong(src []byte) bool {
	for i := range src {
		if src[i] >= 0xc0 {
			if _, n := overlong(src[i:]); n > 0 {
				return true
			}
		}
	}
	return false
}

// overlong reads the overlong character that src begins with; n is 0 where there is none.
func overlong(src []byte) (c rune, n int) {
	below := byte(0xc0) // the second byte of a longer form that was not needed
	switch lead := src[0]; lead {
	case 0xc0, 0xc1:
		n, c = 2, rune(lead&0x1f)
	case 0xe0:
		n, below = 3, 0xa0
	case 0xf0:
		n, below = 4, 0x90
	default:
		return 0, 0
	}
	if len(src) < n || src[1] >= below {
		return 0, 0
	}
	for _, more := range src[1:n] {
		if more&0xc0 != 0x80 {
			return 0, 0
		}
		c = c<<6 | rune(more&0x3f)
	}
	return c, n
}

// OverlongUTF8 reads overlong UTF-8 as a lenient reader does.
func OverlongUTF8(src []byte, s Sink) (int, Fault) {
	dst := s.Grow(len(src))
	if dst == nil {
		return 0, Limit
	}
	dst = dst[:0]
	for i := 0; i < len(src); i++ {
		if src[i] >= 0xc0 {
			if c, n := overlong(src[i:]); n > 0 {
				dst = utf8.AppendRune(dst, c)
				i += n - 1
				continue
			}
		}
		dst = append(dst, src[i])
	}
	if !s.Leaf(nil, String, dst, len(src)) {
		return 0, Limit
	}
	s.Note(Overlong)
	return len(src), OK
}

// fitsPlus gives up what has a space already.
func fitsPlus(_ []byte, has uint64) bool { return has&classBits[' '] == 0 }

// sniffPlus says whether "+" may stand for a space: in percent-encoded text without another space, or between words that are nothing else but words.
func sniffPlus(src []byte) bool {
	if bytes.IndexByte(src, ' ') >= 0 || bytes.Contains(src, []byte("%20")) {
		return false
	}
	return plusWords(src) > 0 || sniffPercent(src)
}

// PlusSentence says whether "+" joins three words and more, and nothing else: hardly anybody writes so who did not mean spaces.
func PlusSentence(src []byte) bool {
	words := plusWords(src)
	return words > 2 || words == 2 && plusNames(src)
}

// plusNames says whether src is words of small letters alone, each of four and more.
func plusNames(src []byte) bool {
	letters := 0
	for _, c := range src {
		switch {
		case c-'a' < 26 || c >= utf8.RuneSelf:
			letters++
		case c != '+' || letters < 4:
			return false
		default:
			letters = 0
		}
	}
	return letters >= 4
}

// plusWords returns how many words "+" joins to a text, 0 for none: two of three letters or more stand side by side, or three of six letters together. Where
// something speaks for an address, a type, a sum or base64 it is none; one word in five may be odd.
func plusWords(src []byte) int {
	words, odd, letters, before, side := 0, 0, 0, 0, false
	for more := true; more; {
		var word []byte
		word, src, more = bytes.Cut(src, []byte("+"))
		n, ok := plusWord(word)
		if n < 0 {
			return 0
		}
		if !ok {
			odd++
			n = 0
		}
		side = side || n >= 3 && before >= 3
		letters, before = letters+n, n
		if len(word) > 0 {
			words++
		}
	}
	if 5*odd > words || !side && (words < 3 || letters < 6) {
		return 0
	}
	return words
}

// plusWord returns the letters of a word, −1 where it speaks against words, and whether its case and digits are mixed as words have them.
func plusWord(word []byte) (letters int, ok bool) {
	last := byte(0)
	for _, c := range word {
		switch {
		case c >= 'A' && c <= 'Z' && (last >= 'a' && last <= 'z' || last >= '0' && last <= '9'),
			c >= '0' && c <= '9' && isWord(last) && (last < '0' || last > '9'),
			c >= 'a' && c <= 'z' && last >= '0' && last <= '9':
			return 0, false
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf:
			letters++
		case c == '@' || c == '/' || c == ':' || c == '=' || c < ' ':
			return -1, false
		}
		last = c
	}
	return letters, true
}

// Plus undoes percent escapes once, with "+" for a space: the other reading of a text that has both.
func Plus(src []byte, s Sink) (int, Fault) {
	dst := s.Grow(len(src))
	if dst == nil {
		return 0, Limit
	}
	dst, odd := unpercent(dst[:0], src, true)
	if !s.Leaf(nil, String, dst, len(src)) {
		return 0, Limit
	}
	noteEscapes(odd, s)
	return len(src), OK
}
