package decode

// hexForm is how bytes are written in hexadecimal digits: what stands before the first pair, between two, and behind the last.
type hexForm struct{ before, between, behind string }

// marked is how many of hexForms have something before the first pair.
const marked = 6

// hexForms are those of C and its like, PostgreSQL, SQL, tools that print bytes, and lists. Bare pairs come last.
var hexForms = [...]hexForm{
	{"0x", ", 0x", ""},
	{"0x", ",0x", ""},
	{"0x", " 0x", ""},
	{"0x", "", ""},
	{`\x`, "", ""},
	{"x'", "", "'"},
	{"", " ", ""},
	{"", ":", ""},
	{"", "-", ""},
	{"", ",", ""},
	{"", ", ", ""},
	{"", "", ""},
}

// hexBetween says whether c may stand before, between or behind the digits.
func hexBetween(c byte) bool { return indexByte("xX ,:-'\\\r\n", c) }

// hexLeast is how many pairs are looked at.
const hexLeast = 4

// fitsHex gives up what begins with a pair and half of the next and has other bytes than digits and line ends: dates, UUIDs, telephone numbers.
func fitsHex(src []byte, has uint64) bool {
	return has&hexMarks == 0 || hexValue[src[0]] < 0 || hexValue[src[1]] < 0 || hexValue[src[2]] < 0
}

var hexMarks = classesOf([]byte("xX:-,'\\"))

// readHex finds the form of src and where its pairs are, without blanks around it; ok is false where it has none.
func readHex(src []byte) (form *hexForm, pairs []byte, ok bool) {
	if src = trimBlanks(src); len(src) < 2*hexLeast {
		return nil, nil, false
	}
	forms := hexForms[:marked]
	if src[1] != '\'' && src[1]|0x20 != 'x' {
		if hexValue[src[0]] < 0 || hexValue[src[1]] < 0 || hexValue[src[2]] < 0 && !hexBetween(src[2]) {
			return nil, nil, false
		}
		forms = hexForms[marked:]
	}
	for i := range forms {
		form = &forms[i]
		n := len(src) - len(form.before) - len(form.behind)
		if n < 2*hexLeast || !equalFold(src[:len(form.before)], form.before) || string(src[len(src)-len(form.behind):]) != form.behind {
			continue
		}
		pairs = src[len(form.before) : len(src)-len(form.behind)]
		if form.between != "" && (pairs[2]|0x20 != form.between[0]|0x20 || !equalFold(pairs[2:2+len(form.between)], form.between)) {
			continue
		}
		return form, pairs, form.sound(pairs)
	}
	return nil, nil, false
}

// sound says whether pairs is that, to its end, and enough of them.
func (f *hexForm) sound(pairs []byte) bool {
	count := 0
	for i := 0; i < len(pairs); count++ {
		if i > 0 {
			if i = f.skip(pairs, i); i < 0 {
				return false
			}
		}
		if i+1 >= len(pairs) || hexValue[pairs[i]] < 0 || hexValue[pairs[i+1]] < 0 {
			return false
		}
		i += 2
	}
	return count >= hexLeast
}

// skip returns the place behind what stands between two pairs, −1 where something else does. Bare pairs may be in lines.
func (f *hexForm) skip(pairs []byte, i int) int {
	if f.between == "" {
		for i < len(pairs) && (pairs[i] == '\n' || pairs[i] == '\r') {
			i++
		}
		return i
	}
	end := i + len(f.between)
	if end > len(pairs) || !equalFold(pairs[i:end], f.between) {
		return -1
	}
	return end
}

// appendHex undoes sound pairs.
func (f *hexForm) appendHex(dst, pairs []byte) []byte {
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			if i = f.skip(pairs, i); i < 0 || i+1 >= len(pairs) {
				break
			}
		}
		dst = append(dst, byte(hexValue[pairs[i]])<<4|byte(hexValue[pairs[i+1]])) //nolint:gosec // sound: digits
	}
	return dst
}

// sniffHex says whether src is pairs of hexadecimal digits in one of the forms.
func sniffHex(src []byte) bool {
	_, _, ok := readHex(src)
	return ok
}

// Hex undoes base 16.
func Hex(src []byte, s Sink) (int, Fault) {
	form, pairs, ok := readHex(src)
	if !ok {
		return 0, Syntax
	}
	dst := s.Grow(len(pairs)/2 + 1)
	if dst == nil {
		return 0, Limit
	}
	dst = form.appendHex(dst[:0], pairs)
	if !s.Leaf(nil, Bytes, dst, len(src)) {
		return 0, Limit
	}
	return len(src), OK
}
