package sketch

import (
	"strconv"
	"strings"
)

// Form is the format of a value, as a person would name it.
type Form uint8

// The forms. Their numbers are stored in profiles: add at the end.
const (
	Empty Form = iota
	Text       // none of the others
	Word       // ASCII letters
	Integer
	Decimal
	Boolean
	UUID
	ULID
	Date
	DateTime
	Email
	URL
	Phone
	IPv4
	Hash  // 32, 40, 64 or 128 hexadecimal digits
	Token // 20 or more of letters, digits, - and _, of both sorts
	JWT
	Card // passes Luhn's check
	IBAN
	Code // two or three capital letters: a country, a currency
	Duration
	Path       // begins with / and has only the characters of file names
	NationalID // a number that a state gives to a person, see identity.go
	Secret     // a credential by its own marks, see secret.go
	forms
)

var formNames = [forms]string{
	"empty", "text", "word", "integer", "number", "boolean", "uuid", "ulid", "date", "date-time", "e-mail", "url", "phone", "IPv4 address", "hash", "token",
	"jwt", "card number", "iban", "code", "duration", "path", "national id", "secret",
}

// String returns the name that rules use.
func (f Form) String() string {
	if f < forms {
		return formNames[f]
	}
	return "unknown"
}

// ParseForm reads the name that rules use.
func ParseForm(name string) (Form, bool) {
	for f := range forms {
		if formNames[f] == name {
			return f, true
		}
	}
	return 0, false
}

// Fresh says that a value of this form is ordinarily another one each time: a closed set of them means nothing.
func (f Form) Fresh() bool {
	switch f {
	case UUID, ULID, Date, DateTime, Hash, Token, JWT, Card, IBAN, Email, Phone, NationalID, Secret:
		return true
	default:
		return false
	}
}

// Random says that values of this form are drawn at random, as tokens are: what can be unwrapped of one is ordinarily there by chance.
func (f Form) Random() bool { return f == UUID || f == ULID || f == Hash || f == Token }

// Sensitive says that values of this form must not be kept in clear.
func (f Form) Sensitive() bool {
	switch f {
	case Email, Phone, IPv4, Hash, Token, JWT, Card, IBAN, UUID, ULID, NationalID, Secret:
		return true
	default:
		return false
	}
}

// Checked says that a value can have this form by chance: a check digit is all that tells it.
func (f Form) Checked() bool { return f == Card || f == NationalID }

// FormOf tells the form of a value. It reads each byte at most a few times.
func FormOf(v []byte) Form {
	if len(v) == 0 {
		return Empty
	}
	if _, ok := plainNumber(v); ok { // most values are
		if allDigits(v) {
			return formOfDigits(v)
		}
		return Decimal
	}
	s := survey(v)
	switch {
	case s.letters == len(v):
		return formOfWord(v, &s)
	case s.digits == len(v):
		return formOfDigits(v)
	}
	return formOfMixed(v, &s)
}

// census counts the sorts of bytes of a value.
type census struct{ letters, upper, digits, hex, dash, dot, colon, at, slash, under, plus, space, other int }

// lanes is a census of at most 255 bytes: one count in each byte of the two numbers, in its order. So all are counted by two additions, without a branch.
type lanes struct{ low, high uint64 }

// sorts is what each byte adds.
var sorts = func() (table [256]lanes) {
	for c := range table {
		l := &table[c]
		switch c := byte(c); {
		case c >= '0' && c <= '9':
			l.low = 1<<16 | 1<<24
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			l.low = 1
			if c <= 'Z' {
				l.low |= 1 << 8
			}
			if c|0x20 <= 'f' {
				l.low |= 1 << 24
			}
		default:
			if lane := strings.IndexByte("-.:@/_+ ", c); lane < 0 {
				l.high = 1 << 32
			} else if lane < 4 {
				l.low = 1 << (32 + 8*lane)
			} else {
				l.high = 1 << (8 * (lane - 4))
			}
		}
	}
	return table
}()

func survey(v []byte) (s census) {
	for rest := v; len(rest) > 0; {
		part := rest[:min(len(rest), 255)]
		rest = rest[len(part):]
		var sum lanes
		for _, c := range part {
			sum.low += sorts[c].low
			sum.high += sorts[c].high
		}
		for lane, n := range [...]*int{&s.letters, &s.upper, &s.digits, &s.hex, &s.dash, &s.dot, &s.colon, &s.at} {
			*n += int(sum.low >> (8 * lane) & 0xff)
		}
		for lane, n := range [...]*int{&s.slash, &s.under, &s.plus, &s.space, &s.other} {
			*n += int(sum.high >> (8 * lane) & 0xff)
		}
	}
	return s
}

func allDigits(v []byte) bool {
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func formOfWord(v []byte, s *census) Form {
	switch {
	case string(v) == "true" || string(v) == "false":
		return Boolean
	case s.upper == len(v) && (len(v) == 2 || len(v) == 3):
		return Code
	case len(v) >= 32 && s.upper > 0 && s.upper < len(v):
		return Token
	}
	return Word
}

func formOfDigits(v []byte) Form {
	switch {
	case nationalID(v, &census{digits: len(v)}):
		return NationalID
	case len(v) >= 13 && len(v) <= 19 && v[0] >= '2' && v[0] <= '6' && luhn(v):
		return Card
	}
	return Integer
}

func formOfMixed(v []byte, s *census) Form {
	n := len(v)
	switch {
	case s.dash > 0 && (n == 36 && uuid(v)):
		return UUID
	case s.hex == n && (n == 32 || n == 40 || n == 64 || n == 128):
		return Hash
	case n == 26 && s.upper+s.digits == n && s.letters == s.upper && v[0] <= '7':
		return ULID
	case n == 10 && shape(v, "dddd-dd-dd"):
		return Date
	case n >= 16 && s.other == 0 && (shape(v[:16], "dddd-dd-ddTdd:dd") || shape(v[:16], "dddd-dd-dd dd:dd")):
		return DateTime
	case s.letters <= 1 && number(v):
		return Decimal
	case s.digits >= 13 && s.digits <= 19 && s.digits+s.dash+s.space == n && n <= 23 && grouped(v):
		return Card
	case s.dot == 2 && n > 20 && v[0] == 'e' && v[1] == 'y' && s.letters+s.digits+s.dash+s.under+2 == n:
		return JWT
	case s.dot == 3 && s.digits+3 == n && n <= 15:
		return IPv4
	}
	return formOfPunctuated(v, s)
}

func formOfPunctuated(v []byte, s *census) Form {
	n := len(v)
	switch {
	case n <= 18 && s.digits >= 6 && nationalID(v, s):
		return NationalID
	case n >= 10 && secret(v):
		return Secret
	case s.at == 1 && s.space == 0 && s.slash == 0 && s.colon == 0 && s.dot > 0 && email(v):
		return Email
	case s.colon > 0 && s.slash > 1 && s.space == 0 && url(v):
		return URL
	case n >= 15 && n <= 34 && s.upper+s.digits == n && iban(v):
		return IBAN
	case s.digits >= 7 && s.digits <= 15 && (v[0] == '+' || v[0] == '(' || s.dash+s.space > 1) && s.letters == 0 && s.digits+s.dash+s.space+s.plus+s.dot+s.other == n && n < 22 && s.other <= 2:
		return Phone
	case n >= 20 && s.letters > 0 && s.digits > 0 && s.letters+s.digits+s.dash+s.under == n:
		return Token
	case n < 12 && s.digits > 0 && s.letters > 0 && s.letters+s.digits+s.dot == n && s.digits >= s.letters && duration(v):
		return Duration
	case v[0] == '/' && s.space+s.other+s.at+s.colon == 0 && n > 1:
		return Path
	}
	return Text
}

// shape compares with a pattern of digits (d) and literal bytes.
func shape(v []byte, pattern string) bool {
	for i := range len(pattern) {
		if pattern[i] == 'd' {
			if v[i] < '0' || v[i] > '9' {
				return false
			}
		} else if v[i] != pattern[i] {
			return false
		}
	}
	return true
}

func uuid(v []byte) bool {
	for i, c := range v {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !hexDigit(c) {
			return false
		}
	}
	return true
}

func hexDigit(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// luhn is the check of ISO/IEC 7812-1.
func luhn(v []byte) bool {
	sum := 0
	for i := range v {
		d := int(v[len(v)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// grouped says that digits in groups, as cards are printed, pass Luhn's check.
func grouped(v []byte) bool {
	var digits [19]byte
	n := 0
	for _, c := range v {
		if c >= '0' && c <= '9' {
			digits[n] = c
			n++
		}
	}
	return digits[0] >= '2' && digits[0] <= '6' && luhn(digits[:n])
}

// iban is the check of ISO 13616-1.
func iban(v []byte) bool {
	if v[0] < 'A' || v[1] < 'A' || v[2] > '9' || v[3] > '9' {
		return false
	}
	rest := 0
	for i := range v {
		c := v[(i+4)%len(v)]
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}

func email(v []byte) bool {
	at := 0
	for i, c := range v {
		switch {
		case c == '@':
			at = i
		case c < '!' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '(' || c == ')' || c == ',' || c == ';' || c == '`' || c == '|' || c == '$' || c == '\\':
			return false
		}
	}
	dot := false
	for _, c := range v[at+1:] {
		dot = dot || c == '.'
	}
	return at > 0 && dot && v[len(v)-1] != '.' && v[at+1] != '.'
}

func url(v []byte) bool {
	for i, c := range v {
		switch {
		case c == ':':
			return i >= 2 && len(v) > i+3 && v[i+1] == '/' && v[i+2] == '/'
		case (c|0x20 < 'a' || c|0x20 > 'z') && c != '+' && c != '.' && c != '-' && (c < '0' || c > '9'):
			return false
		}
	}
	return false
}

func duration(v []byte) bool {
	digits := false
	for i, c := range v {
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case c == '.' && digits && i+1 < len(v):
		case digits && (c == 'h' || c == 'm' || c == 's' || c == 'd' || c == 'u' || c == 'n'):
		default:
			return false
		}
	}
	last := v[len(v)-1]
	return last >= 'a'
}

// number says whether v is a decimal number, as JSON writes it or with a leading + or zeros.
func number(v []byte) bool {
	_, ok := ParseNumber(v)
	return ok
}

// ParseNumber reads a decimal number of at most 24 bytes. Hexadecimal, NaN and infinities are no numbers here.
func ParseNumber(v []byte) (float64, bool) {
	if len(v) == 0 || len(v) > 24 {
		return 0, false
	}
	if x, ok := plainNumber(v); ok {
		return x, true
	}
	for i, c := range v {
		if (c < '0' || c > '9') && c != '.' && (c|0x20 != 'e' || i == 0) && c != '-' && c != '+' {
			return 0, false
		}
	}
	x, err := strconv.ParseFloat(string(v), 64)
	return x, err == nil
}

// tens are the powers of ten that a float64 holds exactly, as far as plainNumber needs them.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// plainNumber reads an amount of up to 15 digits without exponent, as most are: digits and power of ten are exact then, so that their quotient is rounded once, as
// strconv does (Clinger 1990).
func plainNumber(v []byte) (float64, bool) {
	negative := v[0] == '-'
	if negative {
		v = v[1:]
	}
	if len(v) == 0 || len(v) > 16 {
		return 0, false
	}
	mantissa, digits, point := int64(0), 0, -1
	for i, c := range v {
		switch {
		case c >= '0' && c <= '9':
			mantissa = 10*mantissa + int64(c-'0')
			digits++
		case c == '.' && point < 0:
			point = i
		default:
			return 0, false
		}
	}
	if digits == 0 || digits > 15 {
		return 0, false
	}
	x := float64(mantissa)
	if point >= 0 {
		x /= tens[len(v)-1-point]
	}
	if negative {
		x = -x
	}
	return x, true
}
