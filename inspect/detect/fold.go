package detect

import "bytes"

// The ASCII tests that every lexer here shares. Letters are compared without regard to case; needles are in lower case.

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

func isAlnum(c byte) bool { return isLetter(c) || isDigit(c) }
func isIdent(c byte) bool { return isAlnum(c) || c == '_' || c == '$' }

func hexDigit(c byte) int {
	switch {
	case isDigit(c):
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

func hasPrefixFold(v []byte, s string) bool {
	if len(v) < len(s) {
		return false
	}
	for i := range len(s) {
		if lower(v[i]) != s[i] {
			return false
		}
	}
	return true
}

func endsWith(v []byte, s string) bool { return len(v) >= len(s) && string(v[len(v)-len(s):]) == s }

// indexFold finds s (lower case, its first byte a letter or a mark) in v, or gives -1.
func indexFold(v []byte, s string) int {
	anchor := 0 // a mark in s: one byte whatever the case, looked for by the machine's fastest means
	for anchor < len(s) && isLetter(s[anchor]) {
		anchor++
	}
	if anchor == len(s) {
		return indexLetters(v, s)
	}
	for from := 0; from+len(s) <= len(v); {
		at := bytes.IndexByte(v[from+anchor:len(v)-len(s)+anchor+1], s[anchor])
		if at < 0 {
			return -1
		}
		if at += from; hasPrefixFold(v[at:], s) {
			return at
		}
		from = at + 1
	}
	return -1
}

// indexLetters is indexFold for a word of letters alone.
func indexLetters(v []byte, s string) int {
	a, b := s[0], s[0]&^0x20
	for i := 0; i+len(s) <= len(v); i++ {
		if c := v[i]; (c == a || c == b) && hasPrefixFold(v[i:], s) {
			return i
		}
	}
	return -1
}

func containsFold(v []byte, s string) bool { return indexFold(v, s) >= 0 }

func containsAny(v []byte, needles ...string) bool {
	for _, s := range needles {
		if containsFold(v, s) {
			return true
		}
	}
	return false
}

func trim(v []byte) []byte { return bytes.Trim(v, " \t\r\n\v\f") }

// skipSpace gives the index of the first byte at or after i that is no white space.
func skipSpace(v []byte, i int) int {
	for i < len(v) && isSpace(v[i]) {
		i++
	}
	return i
}

// identEnd gives the index after the word that begins at i.
func identEnd(v []byte, i int) int {
	for i < len(v) && isIdent(v[i]) {
		i++
	}
	return i
}
