package decode

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// Whether what was undone makes sense is asked of a small model of text. It tells how many bits a value takes, written by the best code for text: the fewer, the more it
// is text. A value of n random bytes takes less than 8n−t bits with a chance below 2^−t, whatever the model is (Kraft's inequality), so that the difference of two
// readings is evidence of a known strength. A model with no memory of words is enough for that, and costs two look-ups a byte.
//
// The model is a chain over fourteen classes of ASCII with the frequency of each byte in its class. It was counted on the source tree of Go 1.26, the manuals and the
// Perl and Python libraries of Debian 13, 18 MB, a line a text; a quarter of each row is spread over all classes, so that odd texts cost some bits, not many.

// unit is the price of a bit in the tables.
const unit = 8

// The classes: a–z, A–Z, 0–9, space, line ends and tab, quotes, opening and closing brackets, .:,;!?, =<>, +*/|&, -_, %#@$^~\, control characters.
const (
	lowerClass = 0
	spaceClass = 3
	classes    = 14
)

var classMembers = [classes - 1]string{
	"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", " ", "\n\r\t", "'\"`", "([{", ")]}", ".:,;!?", "=<>", "+*/|&", "-_", "%#@$^~\\",
}

// nextClass is the price of a class after another.
var nextClass = [classes][classes]uint8{
	{5, 38, 39, 26, 50, 46, 46, 46, 38, 45, 47, 45, 52, 64},
	{18, 9, 32, 30, 43, 50, 50, 45, 42, 48, 49, 42, 53, 64},
	{23, 33, 9, 31, 38, 47, 45, 38, 29, 49, 47, 46, 52, 64},
	{11, 24, 29, 23, 52, 40, 35, 45, 43, 37, 42, 44, 41, 64},
	{21, 17, 21, 40, 19, 51, 39, 51, 47, 38, 38, 50, 32, 64},
	{14, 27, 38, 26, 43, 35, 48, 33, 21, 32, 44, 46, 35, 64},
	{13, 18, 29, 36, 38, 33, 41, 30, 35, 49, 44, 47, 36, 64},
	{28, 42, 44, 14, 27, 42, 33, 26, 19, 46, 40, 50, 48, 64},
	{19, 29, 26, 13, 33, 42, 49, 46, 31, 40, 41, 48, 46, 64},
	{17, 35, 33, 17, 42, 30, 43, 49, 41, 21, 29, 49, 48, 64},
	{11, 31, 28, 25, 44, 46, 46, 46, 40, 42, 21, 49, 43, 64},
	{10, 23, 29, 31, 49, 48, 47, 49, 44, 37, 50, 23, 52, 64},
	{11, 32, 24, 26, 48, 43, 37, 45, 42, 47, 41, 40, 26, 64},
	{28, 36, 42, 33, 48, 48, 48, 45, 46, 8, 48, 23, 49, 64},
}

// inClass is the price of a byte of ASCII in its class.
var inClass = [128]uint8{
	24, 40, 40, 40, 40, 40, 40, 40, 40, 14, 5, 40, 40, 31, 40, 40,
	40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40,
	0, 33, 6, 16, 13, 29, 27, 15, 6, 6, 21, 27, 14, 8, 12, 7,
	19, 23, 24, 28, 28, 30, 28, 30, 30, 31, 21, 27, 15, 10, 13, 38,
	29, 24, 38, 35, 36, 32, 39, 42, 44, 34, 51, 48, 35, 38, 37, 36,
	38, 48, 34, 33, 32, 42, 40, 46, 44, 47, 51, 17, 21, 17, 34, 8,
	22, 32, 43, 37, 37, 27, 40, 43, 40, 32, 53, 49, 36, 40, 32, 32,
	40, 54, 32, 32, 29, 40, 48, 48, 46, 45, 54, 18, 25, 18, 34, 40,
}

var classOf = func() (t [128]uint8) {
	for c := range t {
		t[c] = classes - 1
	}
	for class, members := range classMembers {
		for i := range len(members) {
			t[members[i]] = uint8(class)
		}
	}
	return t
}()

// The prices of characters beyond ASCII, by the length of their UTF-8: one of the same block as the last is cheaper. A byte that is no UTF-8 may be of an eight-bit charset.
// The chances of all of them together are a half: Kraft's inequality, and with it the strength of the evidence, holds to a bit in all.
const (
	newBlock2, sameBlock2 = 15 * unit, 9 * unit
	newBlock3, sameBlock3 = 20 * unit, 15 * unit
	newBlock4, sameBlock4 = 24 * unit, 21 * unit
	eightBit              = 11 * unit
)

// anyPrintable is the price of a printable character in the code that knows nothing else; a unit more says which code was used.
const anyPrintable = 53 // 8 log2 95

// anyDecimal is the price of a printable character whose hexadecimal digits are both decimal: there are 59.
const anyDecimal = 47

func printable(v []byte) bool {
	for _, c := range v {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// textPrice is what v takes as text, in units: by the chain, or where it is printable all through by the code of a password.
func textPrice(v []byte) int {
	price, class, block, plain := 0, uint8(spaceClass), byte(0), true
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c < utf8.RuneSelf {
			plain = plain && c >= ' ' && c != 0x7f
			next := classOf[c]
			price += int(nextClass[class][next]) + int(inClass[c])
			class = next
			continue
		}
		class, plain = lowerClass, false
		_, size := utf8.DecodeRune(v[i:])
		same := c>>1 == block>>1
		switch size {
		case 1:
			price += eightBit
		case 2:
			price += choose(same, sameBlock2, newBlock2)
		case 3:
			price += choose(same, sameBlock3, newBlock3)
		default:
			price += choose(same, sameBlock4, newBlock4)
		}
		block = c
		i += size - 1
	}
	if plain {
		price = min(price, anyPrintable*len(v))
	}
	return price + unit
}

func choose[T any](which bool, yes, no T) T {
	if which {
		return yes
	}
	return no
}

// outerPrice is what v takes as a text, or as a word of its alphabet without any rule (a hash, a token, a number), whichever is less.
func outerPrice(v []byte) int {
	if wordly(v) {
		return min(textPrice(v), wordPrice(v))
	}
	return textPrice(v)
}

// wordly says whether v is letters of base64, or pairs of hexadecimal digits, with nothing between them that would be a text's.
func wordly(v []byte) bool {
	for len(v) > 0 && (v[len(v)-1] == '=' || v[len(v)-1] == '\r' || v[len(v)-1] == '\n') {
		v = v[:len(v)-1]
	}
	word, pairs, blank := true, true, false
	for _, c := range v {
		class := base64Class[c]
		blank = blank || c == ' ' || c == '\t'
		word = word && class != 4 && (class != 0 || c == ' ' || c == '\t')
		pairs = pairs && (hexValue[c] >= 0 || hexBetween(c))
	}
	return pairs || word && (!blank || evenGroups(v))
}

// wordPrice counts letters, digits and the marks of base64; what stands between pairs of digits is free.
func wordPrice(v []byte) int {
	var has uint64
	n := 0
	for _, c := range v {
		b := classBits[c]
		has |= b
		if class := base64Class[c]; class > 0 && class < 4 {
			n++
		}
	}
	size := 0
	switch lower, upper := has&(bitLower|bitHexLower), has&(bitUpper|bitHexUpper); {
	case lower != 0 && upper != 0 && (lower|upper)&(bitLower|bitUpper) == 0:
		size = 12
	case lower != 0 && upper != 0:
		size = 62
	case (lower|upper)&(bitLower|bitUpper) != 0:
		size = 26
	case lower|upper != 0:
		size = 6
	}
	if has&bitDigit != 0 && size != 62 {
		size += 10
	}
	if has&(classBits['+']|classBits['/']|classBits['_']) != 0 {
		size += 2
	}
	return int(float64(n) * log2[max(size, 2)] * unit)
}

// log2 is the binary logarithm of the sizes of alphabets.
var log2 = func() (t [anyLetter + 1]float64) {
	for n := range t {
		t[n] = math.Log2(float64(n))
	}
	return t
}()

// anyLetter is the size of the largest alphabet of words: that of base64.
const anyLetter = 64

// sample is how much of a value is priced.
const sample = 1 << 10

// believed is the evidence, in bits, from which a reading is believed: of random words one in 256 would pass at the most, one in several thousand does.
const believed = 8 * unit

// padded is the evidence of "=" at the end: hardly a word ends so.
const padded = 7 * unit

// numeral is the evidence against a dozen digits being anything but a number: times, telephone and account numbers are more than all other words that could be hexadecimal.
const (
	numeral        = 6 * unit
	longestNumeral = 12
)

// Sense says whether inner, undone from outer, makes more sense as text than outer does as a word, a number or a text.
func Sense(inner, outer []byte) bool { return sense(inner, outer, believed) }

// sense is Sense with so much evidence asked.
func sense(inner, outer []byte, asked int) bool {
	if len(inner) == 0 || len(outer) == 0 {
		return false
	}
	n := min(len(inner), sample)
	part := outer[:min(len(outer), (n*len(outer)+len(inner)-1)/len(inner))]
	inside := textPrice(inner[:n])
	if !plainWord(part) {
		return Readable(inner)
	}
	if digits(part) == len(part) && printable(inner[:n]) {
		inside = min(inside, anyDecimal*n+unit)
	}
	evidence := -inside
	if outer[len(outer)-1] == '=' && (len(outer)%4 == 0 || len(outer) > 2*guessed) {
		evidence += padded // as it ought to be; a long one may have line ends
	}
	if 6*unit*len(part)+evidence < asked && wordly(part) {
		return false // whatever it takes as a word: no letter takes more than six bits
	}
	evidence += outerPrice(part)
	if len(part) <= longestNumeral && digits(part) == len(part) {
		evidence -= numeral
	}
	return evidence >= asked
}

// Recoded says whether inner, the same characters as outer in another coding, makes more sense as text than outer does as random bytes. marked: outer has a byte order mark.
func Recoded(inner, outer []byte, marked bool) bool {
	n := min(len(inner), sample)
	evidence := 8*unit*(n*len(outer)/len(inner)) - textPrice(inner[:n])
	if marked {
		evidence += 16 * unit
	}
	return evidence >= believed
}

// Readable says whether v makes more sense as text than as random bytes.
func Readable(v []byte) bool {
	n := min(len(v), sample)
	return 8*unit*n-textPrice(v[:n]) >= believed
}

// plainStart returns how many bytes v begins with of which none is a control character or beyond ASCII; it may be up to seven too few.
func plainStart(v []byte) (i int) {
	for ; i <= len(v)-8; i += 8 {
		w := binary.LittleEndian.Uint64(v[i : i+8])
		if (w|(w-' '*ones))&highs != 0 || zeroByte(w^0x7f*ones) != 0 {
			break
		}
	}
	return i
}

// Printable says whether v is printable ASCII; where its last bytes are fewer than eight they are asked one by one.
func Printable(v []byte) bool { return printable(v[plainStart(v):]) }

// plainWord says whether v is in ASCII without control characters.
func plainWord(v []byte) bool {
	for _, c := range v {
		if c >= utf8.RuneSelf || c < ' ' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}

// unwritten says whether c is a control character of ASCII that no text has: neither a tab nor a part of a line's end.
func unwritten[T byte | rune](c T) bool { return c < ' ' && c != '\n' && c != '\r' && c != '\t' }

// Text says whether v reads as text: UTF-8 or an eight-bit charset, with hardly a control character.
func Text(v []byte) bool {
	control, high := 0, 0
	for _, c := range v[plainStart(v):] {
		switch {
		case unwritten(c), c == 0x7f:
			control++
		case c >= utf8.RuneSelf:
			high++
		}
	}
	if control == 0 && high == 0 {
		return true
	}
	if 16*control > len(v) {
		return false
	}
	if high == 0 || utf8.Valid(v) {
		return true
	}
	n := min(len(v), sample)
	return 64*control <= len(v) && textPrice(v[:n]) < 8*unit*n
}
