package detect

import "bytes"

// findCRLF asks whether a value that is written into a header would end it and begin another, or a body: a line break and then a header's line, in a
// place where people do not write lines. A text of several lines may hold such lines and means nothing by it, so a text that is one (a mail, a YAML
// file, a recorded request) stays ordinary.
func findCRLF(v []byte, c *Context, s *summary) hit {
	if !s.hasAny(cLF | cCR | cHigh | cPercent | cBackslash | cNUL) {
		return hit{}
	}
	var best hit
	lines := bytes.Count(v, []byte("\n"))
	for i := 0; i < len(v) && best.grade < certain; i++ {
		n := breakAt(v, i)
		if n == 0 {
			continue
		}
		j := i + n
		for j < len(v) {
			if m := breakAt(v, j); m > 0 {
				j += m
				continue
			}
			break
		}
		best = best.or(hit{i, min(len(v), j+1), lineGrade(v, i, j, lines, c)})
		i = j - 1
	}
	return best
}

// breakAt gives the length of the line break at i: CR, LF, what is left of their encodings, and the characters whose low byte is one (U+560A, U+560D).
func breakAt(v []byte, i int) int {
	rest := v[i:]
	switch rest[0] {
	case '\n', '\r':
		return 1
	case '%':
		if n := encodedBreak(rest); n > 0 {
			return n
		}
	case '\\':
		if len(rest) > 3 && (rest[1] == 'r' && rest[2] == '\\' && rest[3] == 'n') {
			return 4
		}
	case 0xe5:
		if len(rest) > 2 && rest[1] == 0x98 && (rest[2] == 0x8a || rest[2] == 0x8d) {
			return 3
		}
	}
	return 0
}

// encodedBreak reads %0a, %0d, repeated (%250a, %%0a0a) and nested (%25%30%41) too.
func encodedBreak(v []byte) int {
	n := 1
	for n < len(v) && n < 6 && (v[n] == '%' || v[n] == '2' && n+1 < len(v) && v[n+1] == '5') {
		if v[n] == '2' {
			n++
		}
		n++
	}
	if n+1 < len(v) && v[n] == 'O' && (v[n+1] == 'A' || v[n+1] == 'D') { // a letter for the nought: a slip that payload lists hand down
		return n + 2
	}
	hi, a := nibble(v[n:])
	if hi != 0 || n+a > len(v) {
		return 0
	}
	lo, b := nibble(v[n+a:])
	if (lo == 0xa || lo == 0xd) && n+a+b <= len(v) {
		return n + a + b
	}
	return 0
}

// lineGrade grades the line that begins at j after a break at i.
func lineGrade(v []byte, i, j, lines int, c *Context) grade {
	rest := v[skipSpace(v, j):]
	single := c.Where != Body || c.Key // no place for lines
	encoded := v[i] != '\n' && v[i] != '\r'
	if c.Where == Header && i > 0 && j < len(v) && isSpace(v[j]) {
		return none // a folded header (RFC 9112, 5.2)
	}
	if len(rest) > 2 && rest[0] == '0' && (rest[1]|0x20 == 'a' || rest[1]|0x20 == 'd') { // %%0a0a: a filter was meant to take the inner one out
		rest = rest[2:]
	}
	text := !encoded && (lines > 5 || i > 200 || headerLine(v) > 0 || requestLine(v) || proseWords(v[:i]) > 4)
	plain := i < 40 && bytes.IndexByte(v[:i], ':') < 0
	name := headerLine(rest)
	if hasPrefixFold(rest, "content-") && (bytes.Contains(v[max(0, i-80):i], []byte("--")) || containsFold(v[max(0, i-256):i], "content-disposition")) {
		return none // a part of a multipart body
	}
	switch {
	case i == 1 && v[0] == '0' && j-i >= 4 && len(rest) > 0 && v[i] == '\r': // the last chunk of a body, and then another request
		return strong
	case name > 2 && hasPrefixFold(rest, "x-") && lines == 1 && v[i] == '\r' && plain && !text:
		return likely
	case name > 0 && single && lines == 1 && v[i] == '\r' && plain && !text && proseWords(rest) < 3:
		return likely
	case len(rest) == 0:
		return pick(c.Key && !encoded, pick(c.Where != Body, likely, hint), none) // a form's last name may bring the line's end that a client put behind it
	case requestLine(rest):
		return pick(text, none, strong)
	case name > 0 && knownHeader(rest[:name]):
		return pick(text, none, pick(single || encoded || lines <= 2, certain, strong))
	case name > 0 && (single || encoded) && plain && bytes.IndexByte(rest[:name], '-') > 0 && (rest[name+1] != ' ' || encoded || rest[0]|0x20 == 'x' || c.Where == Header):
		return pick(text, none, strong)
	case name > 0 && lines <= 2 && plain && bytes.IndexByte(rest[:name], '-') > 0 && name+1 < len(rest) && rest[name+1] != ' ':
		return likely
	case c.Key && len(v) < 64 && lines <= 1:
		return likely
	case (hasPrefixFold(rest, "<html") || hasPrefixFold(rest, "<script") || hasPrefixFold(rest, "<svg")) && single && !text:
		return strong
	case (c.Where == Query || c.Where == Path) && !text && lines <= 2 && i < 40 && parameterLine(rest) && !parameterLine(v[:i]):
		return likely
	case name > 0 && single && !text, c.Where == Path && lines <= 1 && len(v) < 64:
		return hint
	}
	return none
}

func pick(cond bool, yes, no grade) grade {
	if cond {
		return yes
	}
	return no
}

// headerLine gives the length of the field name that v begins with, or 0: a token and a colon (RFC 9110, 5.1).
func headerLine(v []byte) int {
	i := 0
	for i < len(v) && i < 40 && (isAlnum(v[i]) || v[i] == '-' || v[i] == '_') {
		i++
	}
	if i < 2 || i+1 >= len(v) || v[i] != ':' || v[i+1] == '/' || !isLetter(v[0]) {
		return 0
	}
	return i
}

// parameterLine tells name=value and nothing else on the line.
func parameterLine(v []byte) bool {
	i := 0
	for i < len(v) && (isIdent(v[i]) || v[i] == '.') { // PHP_VALUE\nsession.auto_start=1
		i++
	}
	return i > 0 && i+1 < len(v) && v[i] == '=' && !isSpace(v[i+1]) && bytes.IndexByte(v, ' ') < 0
}

// requestLine tells a request or status line of HTTP, which splits a message in two: GET /a HTTP/1.1, HTTP/1.1 200 OK.
func requestLine(v []byte) bool {
	if hasPrefixFold(v, "http/") && len(v) > 6 && isDigit(v[5]) {
		return true
	}
	line := v
	if k := bytes.IndexAny(v[:min(len(v), 512)], "\r\n"); k >= 0 {
		line = v[:k]
	}
	sp := bytes.IndexByte(line[:min(len(line), 10)], ' ')
	if sp < 3 {
		sp = bytes.IndexByte(line[:min(len(line), 10)], '+')
	}
	if sp < 3 {
		return false
	}
	for _, m := range [...]string{"get", "post", "head", "put", "delete", "options", "patch", "trace", "connect"} {
		if equalFold(line[:sp], m) {
			return containsFold(line[sp:], "http/1.") || containsFold(line[sp:], "http/2") || sp+1 < len(line) && (line[sp+1] == '/' || hasPrefixFold(line[sp+1:], "http://"))
		}
	}
	return false
}

// knownHeader tells the fields by which a response or request is taken over.
func knownHeader(name []byte) bool {
	for _, h := range [...]string{"set-cookie", "location", "content-type", "content-length", "content-disposition", "transfer-encoding", "host", "refresh", "link", "x-xss-protection", "content-security-policy", "x-forwarded-for", "x-forwarded-host", "cookie", "authorization", "last-modified", "cache-control", "referer", "origin", "access-control-allow-origin", "access-control-allow-credentials", "connection", "upgrade", "server", "etag", "expires", "clear-site-data", "content-encoding", "www-authenticate", "x-frame-options"} {
		if equalFold(name, h) {
			return true
		}
	}
	return false
}
