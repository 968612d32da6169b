package detect

import "bytes"

// pathChars are what a path has; without any of them there is nothing to climb with.
const pathChars = cSlash | cBackslash | cPercent | cDot | cHigh | cColon

// findTraversal reads a value as a path, the way a file system behind a careless chain of decoders would: encodings that are left over
// (%2e twice, overlong UTF-8, %u2215, 0x2e, full-width marks) are undone, and what is no character at all separates. It asks whether the path
// climbs out of its directory, and whether it arrives at a file that tells secrets. A relative path that stays small (../img/logo.png) is ordinary.
func findTraversal(v []byte, c *Context, s *summary) hit {
	if !s.hasAny(pathChars) {
		return hit{}
	}
	best := streamWrapper(v, s)
	if best.grade >= strong {
		return best
	}
	if s.hasAny(cBackslash) {
		best = best.or(uncPath(v))
	}
	if !bytes.Contains(v, []byte("..")) && !oddPath(v, s) && (s.words&wSecret == 0 || !bytes.ContainsAny(v[:min(len(v), 512)], "/\\.")) {
		return best
	}
	w := pathWalk{url: c.Where == Path, key: c.Key, drive: onDrive(v)}
	r := pathReader{v: v, drive: w.drive}
	for {
		unit, ok := r.next()
		w.add(unit, &r)
		if !ok {
			break
		}
	}
	best = best.or(w.best(len(v)))
	if best.grade < strong && v[0] == '/' && bytes.HasSuffix(v, []byte("%00")) && bytes.Count(v, []byte("/")) > 1 && !s.hasAny(cNUL|cControl|cHigh|cSpace|cLF) {
		best = hit{0, len(v), strong} // the byte cuts off what the host appends, .php
	}
	if best.grade == hint && endsWithFold(c.Name, "filename") { // the name of a file that is sent has no folders
		best.grade = strong
	}
	return best
}

// onDrive tells a path of Windows from its root, the drive said or not.
func onDrive(v []byte) bool {
	if len(v) < 3 || isLetter(v[0]) && v[1] == ':' {
		return len(v) > 2 && (v[2] == '/' || v[2] == '\\')
	}
	return v[0] == '\\' && isLetter(v[1]) || v[0] == '/' && (hasPrefixFold(v[1:], "program files") || hasPrefixFold(v[1:], "documents and settings"))
}

// oddPath tells whether marks of a path may be hidden in v: what is left of an encoding, look-alikes, overlong forms, many ./ in a row.
func oddPath(v []byte, s *summary) bool {
	switch {
	case s.hasAny(cBackslash | cNUL | cControl):
		return true
	case s.hasAny(cPercent) && leftOver(v):
		return true
	case s.hasAny(cDigit) && bytes.Contains(v, []byte("0x")), s.has(cQuestion|cSlash) && bytes.Contains(v, []byte("?/")), s.has(cDot|cSlash) && bytes.Contains(v, []byte("/./")):
		return true
	case !s.hasAny(cHigh):
		return false
	}
	for _, lead := range [...]string{"\xc0", "\xc1", "\xe0\x80", "\xf0\x80", "\xf8", "\xfc", "\xef\xbc", "\xef\xbd", "\xe2\x80\xa4", "\xe2\x81\x84", "\xe2\x88", "\xee\xbf\x88"} {
		if bytes.Contains(v, []byte(lead)) {
			return true
		}
	}
	return false
}

// leftOver tells a percent sign that may begin an escape.
func leftOver(v []byte) bool {
	for i := 0; i+1 < len(v); i++ {
		k := bytes.IndexByte(v[i:], '%')
		if k < 0 || i+k+1 >= len(v) {
			return false
		}
		i += k
		if isAlnum(v[i+1]) || v[i+1] == '%' {
			return true
		}
	}
	return false
}

// What pathReader makes of the bytes: a mark, a byte of a name in lower case, or one of these.
const (
	unitJunk = 0x01 // an encoding of no character: some decoder behind us may take it for a mark
	unitSkip = 0x02 // nothing: a control inside of a name
	unitSoft = 0x03 // white space, quotes, = and the like: a path may begin after it
	unitNUL  = 0x04 // ends a path in C and is nothing inside of one elsewhere
)

// pathReader reads a value unit by unit with left-over encodings undone.
type pathReader struct {
	v       []byte
	at, pos int  // where the last unit begins, and where the next does
	evil    bool // the last unit was written in a way no honest client writes
	drive   bool // the value is a path of Windows from its root: blanks belong to names
}

func (r *pathReader) next() (unit byte, ok bool) {
	r.at = r.pos
	r.evil = false
	if r.pos >= len(r.v) {
		return unitSoft, false
	}
	rest := r.v[r.pos:]
	unit, n := rest[0], 1
	switch c := rest[0]; {
	case c == '%':
		unit, n = r.percent(rest)
	case c == '\\':
		unit = '/'
	case c == '0' && len(rest) > 3 && rest[1]|0x20 == 'x':
		if x := hexDigit(rest[2])<<4 | hexDigit(rest[3]); x == '.' || x == '/' || x == '\\' {
			unit, n, r.evil = slash(byte(x)), 4, true
		}
	case c >= 0x80:
		unit, n = r.high(rest)
	case c == 0:
		unit = unitNUL
	case r.drive && (c == ' ' || c == '(' || c == ')'):
		unit = c
	case c == ';' && len(rest) > 1 && rest[1] == '/' && r.pos > 1 && r.v[r.pos-1] == '.': // ..;/ is .. to servers that take parameters from segments
		unit = unitSkip
	case c < ' ' && !isSpace(c):
		unit = unitSkip
	case c == '?' && (len(rest) > 1 && (rest[1] == '?' || rest[1] == '.') || r.pos > 0 && (r.v[r.pos-1] == '?' || r.v[r.pos-1] == '.')):
		unit = '.'
	case isSpace(c) || bytes.IndexByte([]byte("\"'`=&?,;()<>{}[]|#!*@"), c) >= 0:
		unit = unitSoft
	default:
		unit = lower(c)
	}
	r.pos += n
	return unit, true
}

func slash(c byte) byte {
	if c == '\\' {
		return '/'
	}
	return lower(c)
}

// percent undoes what is left of %XX, repeated too (%252e, %%32%65), and %uXXXX.
func (r *pathReader) percent(rest []byte) (unit byte, n int) {
	if len(rest) > 5 && rest[1]|0x20 == 'u' {
		x := 0
		for _, d := range rest[2:6] {
			if hexDigit(d) < 0 {
				return unitSoft, 1
			}
			x = x<<4 | hexDigit(d)
		}
		return r.rune(x), 6
	}
	n = 1
	for n+1 < len(rest) && rest[n] == '2' && rest[n+1] == '5' {
		n += 2
	}
	if n > 1 && (n >= len(rest) || rest[n] == '%') {
		return unitSkip, n // %25%5c is \ with a % before it
	}
	hi, a := nibble(rest[n:])
	if hi < 0 {
		if len(rest) > 2 && isAlnum(rest[1]) && isAlnum(rest[2]) {
			r.evil = true
			return unitJunk, 3
		}
		return unitSkip, 1
	}
	lo, b := nibble(rest[n+a:])
	if lo < 0 {
		r.evil = true
		return unitJunk, min(n+a+1, len(rest))
	}
	c := byte(hi<<4 | lo) //nolint:gosec // two hex digits
	n += a + b
	switch {
	case c >= 0xc0:
		return r.lead(c, rest, n)
	case c >= 0x80:
		r.evil = true
		return unitJunk, n
	case c == 0:
		return unitNUL, n
	case c < ' ' || c == '%':
		return unitSkip, n
	case c == ' ':
		return unitSoft, n
	}
	return slash(c), n
}

// nibble reads a hex digit, itself percent-encoded perhaps, and its length.
func nibble(v []byte) (x, n int) {
	if len(v) > 3 && v[0] == '%' && v[1] == '%' {
		v, n = v[1:], 1
	}
	if len(v) > 2 && v[0] == '%' && (v[1] == '3' || v[1] == '4' || v[1] == '6') && hexDigit(v[2]) >= 0 {
		return hexDigit((v[1]-'0')<<4 | byte(hexDigit(v[2]))), n + 3 //nolint:gosec // a hex digit
	}
	for n < len(v) && n < 2 && v[n] == '%' { // %2%f is what one decoder leaves of %%32%%66
		n++
	}
	if n < len(v) {
		return hexDigit(v[n]), n + 1
	}
	return -1, n
}

// lead reads the rest of an overlong character whose first byte c was percent-encoded and took n bytes.
func (r *pathReader) lead(c byte, rest []byte, n int) (byte, int) {
	var seq [6]byte
	seq[0] = c
	k := 1
	for k < len(seq) && k < overlong(c) && n < len(rest) {
		if rest[n] != '%' || n+2 >= len(rest) || hexDigit(rest[n+1]) < 0 || hexDigit(rest[n+2]) < 0 {
			if rest[n] == '%' && n+2 < len(rest) && !isSpace(rest[n+1]) { // %c0%qf
				r.evil = true
				return unitJunk, n + 3
			}
			seq[k] = rest[n]
			n++
		} else {
			seq[k] = byte(hexDigit(rest[n+1])<<4 | hexDigit(rest[n+2])) //nolint:gosec // two hex digits
			n += 3
		}
		k++
	}
	unit, _ := r.high(seq[:k])
	if unit >= 0x80 {
		unit = unitJunk
	}
	return unit, n
}

// overlong gives the length that the first byte of a character claims.
func overlong(c byte) int {
	switch {
	case c >= 0xfc:
		return 6
	case c >= 0xf8:
		return 5
	case c >= 0xf0:
		return 4
	case c >= 0xe0:
		return 3
	}
	return 2
}

// high reads a character above ASCII: full-width and look-alike marks become what best-fit tables make of them, overlong forms (RFC 3629
// forbids them) the ASCII they hide. A decoder that does not check its second byte makes a mark of it too: C0 2E, C0 EE.
func (r *pathReader) high(rest []byte) (unit byte, n int) {
	c := rest[0]
	n = min(overlong(c), len(rest))
	if c == 0xc0 || c == 0xc1 {
		if len(rest) < 2 {
			return unitJunk, 1
		}
		r.evil = true
		second := rest[1]
		if second == '%' { // C0 %qf: no encoding at all
			return unitJunk, min(4, len(rest))
		}
		for _, x := range [...]byte{second, (c&1)<<6 | second&0x3f} {
			if x == '.' || x == '/' || x == '\\' {
				return slash(x), 2
			}
		}
		return unitJunk, 2
	}
	if c < 0xe0 || len(rest) < 3 {
		return 0x80, n
	}
	if c == 0xe0 && rest[1] == 0x80 || c >= 0xf0 && len(rest) >= n && bytes.Count(rest[1:n-1], []byte{0x80}) == n-2 {
		r.evil = true
		return slash(rest[n-1] & 0x3f), n
	}
	if n == 3 {
		if u := r.rune(int(c&0x0f)<<12 | int(rest[1]&0x3f)<<6 | int(rest[2]&0x3f)); u != unitJunk {
			return u, 3
		}
	}
	return 0x80, n
}

// rune gives the mark that best-fit mappings make of a code point.
func (r *pathReader) rune(x int) byte {
	switch x {
	case '.', 0xff0e, 0x2024:
		r.evil = x != '.'
		return '.'
	case '/', '\\', 0x2215, 0x2216, 0xff0f, 0xff3c, 0x2044, 0xefc8, 0xf025, 0x29f5, 0xfe68:
		r.evil = x > 0x7f
		return '/'
	}
	if x < 0x80 {
		return slash(byte(x)) //nolint:gosec // ASCII
	}
	return unitJunk
}
