package sketch

import (
	"unicode"
	"unicode/utf8"
)

// Classes is how many character classes there are; Edge is the class of a value's two ends.
const (
	Classes = 48
	Edge    = Classes - 1
)

// The classes that are not one ASCII punctuation mark each. Punctuation follows from firstMark on, in the order of marks.
const (
	letter     = iota // ASCII letters of both cases: told apart they cost more false denials than they find attacks
	digit             //
	space             //
	newline           // CR and LF
	tab               //
	nul               //
	control           // other C0 and DEL
	farLetter         // letters and marks beyond ASCII, a lone byte that is a letter in Latin-1 too
	farSymbol         // symbols, punctuation and digits beyond ASCII
	farControl        // format and space characters beyond ASCII: zero width, direction, line separators
	broken            // a byte that is neither UTF-8 nor a Latin-1 letter
	firstMark
)

const marks = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

// ascii is the class of each ASCII byte.
var ascii = func() (table [128]uint8) {
	for c := range table {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			table[c] = letter
		case c >= '0' && c <= '9':
			table[c] = digit
		default:
			table[c] = control
		}
	}
	table[' '], table['\r'], table['\n'], table['\t'], table[0] = space, newline, newline, tab, nul
	for i := range len(marks) {
		table[marks[i]] = firstMark + uint8(i)
	}
	return table
}()

// Class returns the class of the character value begins with and how many bytes it takes. value must not be empty.
func Class(value []byte) (class uint8, size int) {
	if c := value[0]; c < utf8.RuneSelf {
		return ascii[c], 1
	}
	return far(value)
}

// ASCII returns the class of an ASCII character.
func ASCII(c byte) uint8 { return ascii[c&(utf8.RuneSelf-1)] }

func far(value []byte) (class uint8, size int) {
	r, size := utf8.DecodeRune(value)
	switch {
	case r == utf8.RuneError && size <= 1:
		if value[0] >= 0xC0 || value[0] == 0xAA || value[0] == 0xBA { // Latin-1, which CSIC 2010 and many old services speak
			return farLetter, 1
		}
		return broken, 1
	case unicode.IsLetter(r) || unicode.IsMark(r):
		return farLetter, size
	case unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsDigit(r) || unicode.IsNumber(r):
		return farSymbol, size
	}
	return farControl, size
}

// Marks is the set of the classes of what is neither a letter, a digit nor a space: what a language's grammar is written in.
const Marks = 1<<nul | 1<<control | 1<<farSymbol | 1<<farControl | 1<<broken | (1<<len(marks)-1)<<firstMark

// Alphanumeric is the set of the classes that identifiers are made of.
const Alphanumeric = 1<<letter | 1<<digit

// ClassName is how a rule calls a class.
func ClassName(class int) string {
	if class >= firstMark && class < firstMark+len(marks) {
		return string(marks[class-firstMark])
	}
	names := [...]string{"letters", "digits", "space", "newline", "tab", "NUL", "control", "letters beyond ASCII", "symbols beyond ASCII", "format characters", "broken bytes"}
	if class >= 0 && class < len(names) {
		return names[class] //nolint:gosec // checked
	}
	return "ends"
}

// Pair is two neighbouring classes, Edge before the first and after the last.
type Pair uint16

// MakePair joins two classes.
func MakePair(a, b uint8) Pair { return Pair(a)*Classes + Pair(b) }

// First and Second take a pair apart.
func (p Pair) First() int { return int(p / Classes) }

// Second is the class of the later character.
func (p Pair) Second() int { return int(p % Classes) }
