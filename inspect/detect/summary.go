package detect

// chars is a set of kinds of bytes: each ASCII punctuation mark is its own, the others are grouped.
type chars uint64

// The kinds of bytes.
const (
	cLetter chars = 1 << iota
	cDigit
	cSpace   // 0x20
	cTab     // also VT and FF
	cLF      //
	cCR      //
	cNUL     //
	cControl // other control bytes, DEL too
	cHigh    // 0x80 and above
	cBang
	cDouble // "
	cHash
	cDollar
	cPercent
	cAmp
	cSingle // '
	cOpen   // (
	cClose  // )
	cStar
	cPlus
	cComma
	cDash
	cDot
	cSlash
	cColon
	cSemicolon
	cLess
	cEqual
	cGreater
	cQuestion
	cAt
	cBracket // [
	cBackslash
	cBracketEnd // ]
	cCaret
	cUnderscore
	cBackquote
	cBrace // {
	cBar
	cBraceEnd // }
	cTilde
	cLong // no kind of byte: the value has 16 bytes or more, as every stream of objects in base64 has
)

// longFrom is the length from which a value is cLong.
const longFrom = 16

// cBlank is what separates words.
const cBlank = cSpace | cTab | cLF | cCR

// kinds has the kind of every byte.
var kinds = func() (t [256]chars) {
	for b := range 256 {
		switch c := byte(b); {
		case isLetter(c):
			t[b] = cLetter
		case isDigit(c):
			t[b] = cDigit
		case c == ' ':
			t[b] = cSpace
		case c == '\t', c == '\v', c == '\f':
			t[b] = cTab
		case c == '\n':
			t[b] = cLF
		case c == '\r':
			t[b] = cCR
		case c == 0:
			t[b] = cNUL
		case c < ' ', c == 0x7f:
			t[b] = cControl
		case c >= 0x80:
			t[b] = cHigh
		}
	}
	for i, c := range []byte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") {
		t[c] = cBang << i
	}
	return t
}()

// summary is what one pass over a value tells. Detectors may use it to leave early.
type summary struct {
	chars   chars
	words   words
	program bool // the value is a piece of a program (programText); Run sees to it where there are lines
}

// wordless are values that cannot hold a waking word among other text: names, numbers, dates, UUIDs.
const wordless = cLetter | cDigit | cDash

// summarise reads a value once, or twice where it has more than one word. It allocates nothing.
func summarise(v []byte) (s summary) {
	for _, b := range v {
		s.chars |= kinds[b]
	}
	switch {
	case s.chars&cLetter == 0:
	case s.chars&^wordless != 0:
		s.words = wordsOf(v)
	case s.chars == cLetter:
		s.words = loneWord(v)
	}
	if len(v) >= longFrom {
		s.chars |= cLong
	}
	return s
}

// has tells whether all of these kinds of bytes occur.
func (s *summary) has(all chars) bool { return s.chars&all == all }

// hasAny tells whether one of these kinds of bytes occurs.
func (s *summary) hasAny(of chars) bool { return s.chars&of != 0 }

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
func isDigit(b byte) bool  { return b >= '0' && b <= '9' }
func isSpace(b byte) bool  { return b == ' ' || b >= '\t' && b <= '\r' }

// isWord tells the bytes of words: the runs of letters and underscores that are looked up. A digit ends a word, since 1or 1=1 and !50000union are read so by servers.
func isWord(b byte) bool { return isLetter(b) || b == '_' }
