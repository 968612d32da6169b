package template

// spelling says which kinds of characters a word is made of.
type spelling uint8

const (
	hasSmall spelling = 1 << iota
	hasCapital
	hasDigit
	hasDash
	hasOther
)

func (w *word) spelling() (s spelling) {
	for i := range len(w.text) {
		s |= spellingOf(w.text[i])
	}
	return s
}

func spellingOf(c byte) spelling {
	switch {
	case c >= 'a' && c <= 'z':
		return hasSmall
	case c >= 'A' && c <= 'Z':
		return hasCapital
	case isDigit(c):
		return hasDigit
	case c == '-' || c == '_' || c == '.':
		return hasDash
	}
	return hasOther
}

// coded says that a segment is written as identifiers are and words hardly: letters with three digits and more (LEM-51136), or twelve and more characters with two runs that
// are too short for words (it_hxpAbLJSRLHJUk, not findByStatus). Constants are written so at times (sha256), hence one alone proves nothing.
func coded[T string | []byte](segment T) bool {
	f := formOf(segment)
	return f.other == 0 && f.letters > 0 && (f.digits >= 3 || len(segment) >= 12 && f.short >= 2)
}

// mayBeToken says that a segment which is no constant, where tokens are known to stand, is one too: a random one is short of digits, or reads as words in turns, once in
// a while.
func mayBeToken(segment []byte) bool {
	f := formOf(segment)
	return f.other == 0 && f.letters > 0 && (f.digits > 0 || len(segment) >= 8 && f.capitals > 0 && f.capitals < f.letters)
}
