package detect

import (
	"bytes"
	"encoding/base64"
)

// findJWT reads the header of a JSON Web Token (RFC 7515, 4.1) as a careless library would: a token without signature that says so (alg none), a key
// chosen by the token itself (jku, x5u, jwk), a key id that is a path, a query or a command.
func findJWT(v []byte, c *Context, s *summary) hit {
	if c.Key {
		return hit{}
	}
	if len(c.Name) == 3 {
		if h := jwtMember(v, c); h.grade != none {
			return h
		}
	}
	if len(v) < 16 || !s.has(cDot|cLetter) || v[0] != 'e' && v[0] != 'B' && v[0] != 'b' || s.hasAny(cLF|cLess|cBrace) {
		return hit{}
	}
	token := v
	if k := bytes.IndexByte(v, ' '); k >= 0 && k < 8 { // Bearer
		token = v[k+1:]
	}
	from := len(v) - len(token)
	k := bytes.IndexByte(token, '.')
	if k < 12 || k > 4096 || token[0] != 'e' || bytes.IndexByte(token[k+1:], '.') < 0 {
		return hit{}
	}
	var text [1024]byte
	part := bytes.TrimRight(token[:k], "=")
	if len(part) > base64.RawURLEncoding.EncodedLen(len(text)) {
		part = part[:base64.RawURLEncoding.EncodedLen(len(text))&^3]
	}
	n, _ := base64.RawURLEncoding.Decode(text[:], part)
	header := text[:n]
	if n < 2 || header[0] != '{' {
		return hit{}
	}
	g := none
	if alg, ok := member(header, "alg"); ok && (equalFold(alg, "none") || len(alg) == 0) {
		g = certain
	}
	if kid, ok := member(header, "kid"); ok {
		g = max(g, kidGrade(kid))
	}
	for _, name := range [...]string{"jku", "x5u"} {
		if u, ok := member(header, name); ok && bytes.Contains(u, []byte("://")) {
			g = max(g, likely)
		}
	}
	if bytes.Contains(header, []byte(`"jwk":{`)) || bytes.Contains(header, []byte(`"jwk": {`)) {
		g = max(g, likely)
	}
	return hit{from, from + k, g}
}

// jwtMember grades a member of a header that the walk has opened.
func jwtMember(v []byte, c *Context) hit {
	switch {
	case equalFold(c.Name, "alg") && equalFold(v, "none"):
		return hit{0, len(v), likely}
	case equalFold(c.Name, "kid"):
		return hit{0, len(v), kidGrade(v)}
	}
	return hit{}
}

// kidGrade grades a key id: names and hashes are ordinary.
func kidGrade(kid []byte) grade {
	switch {
	case bytes.Contains(kid, []byte("../")), bytes.Contains(kid, []byte("/dev/")), bytes.Contains(kid, []byte("/proc/")), hasPrefixFold(kid, "/etc/"):
		return certain
	case bytes.IndexByte(kid, '\'') >= 0, bytes.IndexByte(kid, '|') >= 0, bytes.IndexByte(kid, ';') >= 0, bytes.IndexByte(kid, '`') >= 0:
		return strong
	}
	return none
}

// member gives the text of a string member of a flat JSON object.
func member(object []byte, name string) (text []byte, ok bool) {
	for i := 0; i < len(object); {
		k := bytes.Index(object[i:], []byte(name))
		if k < 1 {
			return nil, false
		}
		k += i
		i = k + len(name)
		if object[k-1] != '"' || i >= len(object) || object[i] != '"' {
			continue
		}
		j := skipSpace(object, i+1)
		if j >= len(object) || object[j] != ':' {
			continue
		}
		if j = skipSpace(object, j+1); j < len(object) && object[j] == '"' {
			end := bytes.IndexByte(object[j+1:], '"')
			if end < 0 {
				end = len(object) - j - 1
			}
			return object[j+1 : j+1+end], true
		}
	}
	return nil, false
}
