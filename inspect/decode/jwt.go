package decode

import (
	"bytes"
	"encoding/base64"
)

// JWT reads a JSON Web Signature or Encryption in its compact form (RFC 7515, 7.1; RFC 7516, 7.1): header and claims are texts, opened in turn; the others are bytes.
func JWT(src []byte, s Sink) (n int, f Fault) {
	names := [...]string{"header", "claims", "signature", "", ""}
	if bytes.Count(src, []byte(".")) == 4 {
		names = [...]string{"header", "key", "iv", "ciphertext", "tag"}
	}
	unsigned := false
	for i := 0; n <= len(src); i++ {
		part := src[n:]
		if dot := bytes.IndexByte(part, '.'); dot >= 0 {
			part = part[:dot]
		}
		name := "#part"
		if i < len(names) && names[i] != "" {
			name = names[i]
		}
		value, ok := unbase64(s, part)
		if !ok {
			return n, Syntax
		}
		if !s.Leaf(word(s, name), textOrBytes(value), value, len(part)) {
			return n, Limit
		}
		switch name {
		case "header":
			unsigned = algNone(value)
		case "#part":
			s.Note(TokenParts)
		case "signature":
			unsigned = unsigned || len(part) == 0
		}
		n += len(part) + 1
	}
	if unsigned {
		s.Note(TokenUnsigned)
	}
	return len(src), OK
}

// unbase64 undoes base64url, padded or not; the standard alphabet is not a token's.
func unbase64(s Sink, part []byte) (value []byte, ok bool) {
	part = bytes.TrimRight(part, "=")
	room := s.Grow(base64.RawURLEncoding.DecodedLen(len(part)) + 1)
	if room == nil {
		return part, true
	}
	n, err := base64.RawURLEncoding.Decode(room, part)
	return room[:n], err == nil
}

// algNone tells whether a header names no algorithm, in whatever case.
func algNone(header []byte) bool {
	for {
		i := bytes.Index(header, []byte(`"alg"`))
		if i < 0 {
			return false
		}
		header = header[i+len(`"alg"`):]
		v := header[skipSpace(header, 0):]
		if len(v) == 0 || v[0] != ':' {
			continue
		}
		v = v[1:]
		if v = v[skipSpace(v, 0):]; len(v) >= 6 && bytes.EqualFold(v[:6], []byte(`"none"`)) {
			return true
		}
	}
}

// sniffJWT asks for a header that is a JSON object, and two dots at least in what else is base64url.
func sniffJWT(src []byte) bool {
	if len(src) < 12 || src[0] != 'e' || src[1] < 'w' || src[1] > 'y' {
		return false
	}
	dots, first := 0, 0
	for i, c := range src {
		switch {
		case c == '.':
			if dots++; dots == 1 {
				first = i
			}
		case c == '=' && i > 0:
		case c != '-' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z'):
			return false
		}
	}
	if dots < 2 || first < 8 {
		return false
	}
	w := tail{}
	header, ok := unbase64(&w, src[:first])
	return ok && len(header) > 2 && header[0] == '{' && header[len(header)-1] == '}'
}

// tail is a Sink for a look at a short value before it is believed.
type tail struct {
	discard
	room [8192]byte
}

// Grow implements Sink.
func (t *tail) Grow(n int) []byte {
	if n > len(t.room) {
		return nil
	}
	return t.room[:n]
}
