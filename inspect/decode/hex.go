package decode

// sniffHex says whether src is pairs of hexadecimal digits of one case: bare, after 0x or \x (as PostgreSQL writes bytes), or with the same separator between all pairs.
func sniffHex(src []byte) bool {
	_, _, ok := hexForm(src)
	return ok
}

// hexForm returns where the digits begin, and from one pair to the next.
func hexForm(src []byte) (start, step int, ok bool) {
	if len(src) > 2 && (src[0] == '0' || src[0] == '\\') && src[1]|0x20 == 'x' {
		start = 2
	}
	step = 2
	if len(src) > start+2 && (src[start+2] == ' ' || src[start+2] == ':' || src[start+2] == '-') {
		step = 3
	}
	n := len(src) - start
	if step == 2 && n%2 != 0 || step == 3 && n%3 != 2 || n < 4*step {
		return 0, 0, false
	}
	lower, upper := false, false
	for i := start; i < len(src); i++ {
		c := src[i]
		if step == 3 && (i-start)%3 == 2 {
			if c != src[start+2] {
				return 0, 0, false
			}
			continue
		}
		if hexValue[c] < 0 {
			return 0, 0, false
		}
		lower = lower || c >= 'a'
		upper = upper || c >= 'A' && c <= 'F'
	}
	return start, step, !lower || !upper
}

// Hex undoes base 16.
func Hex(src []byte, s Sink) (int, Fault) {
	start, step, ok := hexForm(src)
	if !ok {
		return 0, Syntax
	}
	dst := s.Grow((len(src)-start)/step + 1)
	if dst == nil {
		return 0, Limit
	}
	dst = dst[:0]
	for i := start; i+1 < len(src); i += step {
		dst = append(dst, byte(hexValue[src[i]])<<4|byte(hexValue[src[i+1]])) //nolint:gosec // bounded by the limits
	}
	if !s.Leaf(nil, Bytes, dst, len(src)) {
		return 0, Limit
	}
	return len(src), OK
}
