package template

// Label is what a segment is by its form alone; Word is none of the others.
type Label uint8

// The labels, from the narrowest to the widest where one form includes another.
const (
	Word  Label = iota
	Int         // decimal digits, a sign at most
	UUID        // RFC 9562 §4
	Date        // with a day or a month in it, see isDate
	Hex         // 8 and more hexadecimal digits, letters and decimals among them
	Email       // one @ between a local part and a domain
	Token       // letters and digits (or cases) in turns, as random identifiers have them
	Any         // a parameter of words
)

var labelNames = [...]string{"", "{int}", "{uuid}", "{date}", "{hex}", "{email}", "{token}", "{*}"}

// String returns the label as it stands in a template, "" for Word.
func (l Label) String() string { return labelNames[l] }

// LabelOf reads a segment, percent escapes undone.
func LabelOf(s []byte) Label {
	f := formOf(s)
	switch {
	case f.digits > 0 && (f.digits == len(s) || f.digits == len(s)-1 && len(s) > 1 && (s[0] == '-' || s[0] == '+')):
		return Int
	case isUUID(s):
		return UUID
	case isDate(s):
		return Date
	case len(s) >= 8 && f.hex == len(s) && f.digits > 0:
		return Hex
	case isEmail(s):
		return Email
	case f.token(len(s)):
		return Token
	}
	return Word
}

// form counts what a segment is made of.
type form struct {
	digits, letters, hex, other int // other: neither letter, digit, - nor _
	capitals                    int // of the letters
	turns                       int // between letters and digits
	last                        byte
	run                         int // length of the run of one class that ends here
	short                       int // runs of letters of one or two, a capital before small letters not counted: it is theirs
}

func formOf[T string | []byte](segment T) (f form) {
	for i := range len(segment) {
		f.add(segment[i], i)
	}
	return f
}

func (f *form) add(c byte, i int) {
	class := byte('o')
	switch {
	case isDigit(c):
		class = '0'
		f.digits++
		f.hex++
	case c >= 'a' && c <= 'z':
		class = 'a'
		f.letters++
	case c >= 'A' && c <= 'Z':
		class = 'A'
		f.letters++
		f.capitals++
	case c == '-' || c == '_':
	default:
		f.other++
	}
	if c|0x20 >= 'a' && c|0x20 <= 'f' {
		f.hex++
	}
	if i > 0 && class != f.last {
		if (class == '0') != (f.last == '0') && class != 'o' && f.last != 'o' {
			f.turns++
		}
		if f.last == 'a' && f.run <= 2 || f.last == 'A' && f.run <= 2 && (f.run > 1 || class != 'a') {
			f.short++
		}
		f.run = 0
	}
	f.last = class
	f.run++
}

// token says whether letters and digits, or capitals and small letters, change as often as in a random identifier: words and version numbers do not.
func (f *form) token(n int) bool {
	if n < 8 || f.other > 0 || f.letters == 0 {
		return false
	}
	if f.digits >= 3 && f.turns >= 3 {
		return true
	}
	return n >= 12 && (6*f.short >= n || f.digits > 0 && 8*f.short >= n)
}

func isUUID(s []byte) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range s {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && !isHex(c) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// isDate accepts what has a day or a month in it: 2006-01-02T15:04, and names that change with the day,
// such as an index logs-2006.01.02, a partition dt=2006-01 or a file dump_20060102.sql.
func isDate(s []byte) bool {
	for i := 0; i+len("2006-01") <= len(s); i++ {
		if i == 0 || !isDigit(s[i-1]) {
			if n := dateLen(s[i:]); n > 0 && (i+n == len(s) || !isDigit(s[i+n])) {
				return true
			}
		}
	}
	return false
}

// dateLen is the length of the date that s begins with: a year of this or the last century and a month, a day too where one is there.
func dateLen(s []byte) int {
	if len(s) < 7 || !(s[0] == '2' && s[1] == '0' || s[0] == '1' && s[1] == '9') || !isDigit(s[2]) || !isDigit(s[3]) {
		return 0
	}
	separator := s[4]
	if len(s) >= 8 && isDigit(separator) && isMonth(s[4:6]) && isDay(s[6:8]) {
		return 8
	}
	if separator != '-' && separator != '.' && separator != '_' || !isMonth(s[5:7]) {
		return 0
	}
	if len(s) >= 10 && s[7] == separator && isDay(s[8:10]) {
		return 10
	}
	return 7
}

func isMonth(s []byte) bool { return isDigit(s[1]) && (s[0] == '0' || s[0] == '1' && s[1] <= '2') }

func isDay(s []byte) bool { return isDigit(s[1]) && s[0] >= '0' && s[0] <= '3' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isEmail(s []byte) bool {
	at, dot := -1, false
	for i, c := range s {
		switch {
		case c == '@' && at >= 0:
			return false
		case c == '@':
			at = i
		case c == '.' && at >= 0:
			dot = i > at+1 && i < len(s)-1
		case c <= ' ':
			return false
		}
	}
	return at > 0 && dot
}

// covers says whether a parameter of this label takes a segment with that one.
func (l Label) covers(segment Label) bool {
	switch l {
	case Any:
		return true
	case Hex:
		return segment == Hex || segment == Int
	case Token:
		return segment == Token || segment == Hex || segment == Int
	}
	return l == segment
}

// join is the narrowest label that covers both.
func (l Label) join(m Label) Label {
	for _, wide := range []Label{l, m, Token} {
		if wide != Word && wide.covers(l) && wide.covers(m) {
			return wide
		}
	}
	return Any
}
