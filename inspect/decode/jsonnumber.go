package decode

import "bytes"

// bare reads a number, true, false or null, and what lenient readers take for a number.
func (r *jsonReader) bare(name []byte, start int) (int, Fault) {
	i := start
	for i < len(r.src) && jsonBare[r.src[i]] {
		i++
	}
	word := r.src[start:i]
	if len(word) == 0 {
		return r.stop(i)
	}
	kind, odd := Number, false
	switch string(word) {
	case "true", "false":
		kind = Bool
	case "null":
		kind, word = Null, nil
	case "NaN", "Infinity", "-Infinity", "+Infinity", "undefined":
		odd = true
	default:
		if !jsonNumber(word) {
			if !lenientNumber(word) {
				return start, Syntax
			}
			odd = true
		}
	}
	if !r.s.Leaf(name, kind, word, i-start) {
		return i, Limit
	}
	if odd {
		r.s.Note(JSONNumber)
	} else if kind == Number && len(word) > preciseDigits && digits(word) > preciseDigits {
		r.s.Note(JSONPrecise)
	}
	return i, OK
}

// literal returns the length of the true, false or null that src begins with, 0 where something else goes on.
func literal(src []byte) (n int) {
	switch {
	case len(src) > 4 && (string(src[:4]) == "true" || string(src[:4]) == "null"):
		n = 4
	case len(src) > 5 && string(src[:5]) == "false":
		n = 5
	}
	if n > 0 && jsonBare[src[n]] {
		return 0
	}
	return n
}

var jsonBare = func() (t [256]bool) {
	for c := range 128 {
		t[c] = isWord(byte(c)) || c == '+' || c == '-' || c == '.'
	}
	return t
}()

func digits(word []byte) (n int) {
	for _, c := range word {
		if c >= '0' && c <= '9' {
			n++
		}
	}
	return n
}

// preciseDigits is how many digits every reader keeps of a number.
const preciseDigits = 17

// jsonNumber says whether word is a number of RFC 8259 §6.
func jsonNumber(word []byte) bool { return numberEnd(word, 0) == len(word) }

// numberEnd returns where the number of RFC 8259 §6 that src[i:] begins with ends, i where there is none.
func numberEnd(src []byte, i int) int {
	start := i
	if i < len(src) && src[i] == '-' {
		i++
	}
	whole := run(src, i)
	if whole == 0 || whole > 1 && src[i] == '0' {
		return start
	}
	if i += whole; i < len(src) && src[i] == '.' {
		fraction := run(src, i+1)
		if fraction == 0 {
			return start
		}
		i += 1 + fraction
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		if i++; i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		exponent := run(src, i)
		if exponent == 0 {
			return start
		}
		i += exponent
	}
	return i
}

// run counts the decimal digits at word[i:].
func run(word []byte, i int) int {
	n := 0
	for i+n < len(word) && word[i+n]-'0' < 10 {
		n++
	}
	return n
}

// lenientNumber says whether word is a number to JSON5, YAML or a scripting language: 01, +1, .5, 1., 0x1F.
func lenientNumber(word []byte) bool {
	word = bytes.TrimLeft(word, "+-")
	if len(word) == 0 || word[0] != '.' && word[0]-'0' > 9 {
		return false
	}
	for _, c := range word {
		if c == '_' || c == '$' || c|0x20 > 'f' && c|0x20 != 'x' && c|0x20 != 'o' && c|0x20 <= 'z' {
			return false
		}
	}
	return true
}
