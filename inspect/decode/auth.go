package decode

import "bytes"

var authSchemes = [...]string{"basic ", "bearer ", "digest ", "negotiate ", "token "}

// sniffAuth says whether src is a scheme and one token that no prose has: with digits and both cases, "=" or dots.
func sniffAuth(src []byte) bool {
	for _, scheme := range authSchemes {
		if len(src) >= len(scheme)+8 && equalFold(src[:len(scheme)], scheme) {
			return token68(bytes.TrimSpace(src[len(scheme):]))
		}
	}
	return false
}

// token68 is that of RFC 9110 §11.2, when it is no word.
func token68(v []byte) bool {
	var has uint64
	for _, c := range v {
		if base64Class[c] == 0 || base64Class[c] == 5 {
			if c != '.' && c != '~' {
				return false
			}
		}
		has |= classBits[c]
	}
	upper, lower := has&(bitUpper|bitHexUpper) != 0, has&(bitLower|bitHexLower) != 0
	return has&bitDigit != 0 && lower || upper && lower && len(v) >= 16 || has&classBits['='] != 0
}

// Auth reads credentials: the scheme is the name of the token.
func Auth(src []byte, s Sink) (int, Fault) {
	for _, scheme := range authSchemes {
		if len(src) > len(scheme) && equalFold(src[:len(scheme)], scheme) {
			name := s.Grow(len(scheme) - 1)
			if name == nil {
				return 0, Limit
			}
			copy(name, scheme)
			if !s.Leaf(name, String, bytes.TrimSpace(src[len(scheme):]), len(src)-len(scheme)) {
				return 0, Limit
			}
			return len(src), OK
		}
	}
	return 0, Syntax
}
