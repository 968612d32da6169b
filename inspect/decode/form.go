package decode

import "bytes"

// longestKey is how long the names are that a form without a media type is believed to have.
const longestKey = 64

// sniffForm says whether src can only be a form: at least two pairs of plain names, or one whose value is escaped, and no byte that a form would have escaped.
func sniffForm(src []byte) bool {
	if first := bytes.IndexByte(src, '='); first < 1 || first > longestKey {
		return false
	}
	src = bytes.TrimRight(src, "\r\n") // of a part of a mail, or as echo writes it
	pairs, escapes, name := 0, false, 0
	for i := range src {
		switch c := src[i]; {
		case c == '=':
			if name < 0 {
				continue // a second "=": part of the value
			}
			if i == name || i-name > longestKey {
				return false
			}
			pairs++
			name = -1
		case c == '&':
			if name >= 0 && (pairs == 0 || i == name) {
				return false
			}
			name = i + 1
		case name >= 0 && (c == ';' || c == '%' && escapedSemicolon(src[i:])) && markup(src[name:i]):
			return false // HTML escaped what stands between the pairs: to be undone first
		case c == '%':
			escapes = true
		case c <= ' ' || c >= 0x7f || formNever[c] || name >= 0 && (c == '/' || c == '?' || c == ':' || c == ',' || c == '('):
			return false // the last: an address or a call, not a name
		}
	}
	return pairs >= 2 || pairs == 1 && escapes && name < 0
}

// markup says that a reference of that name stands for a character that HTML's writers escape.
func markup(name []byte) bool {
	switch string(name) {
	case "amp", "lt", "gt", "quot", "apos":
		return true
	}
	return false
}

// formNever are the bytes that every writer of forms escapes.
var formNever = [128]bool{'"': true, '<': true, '>': true, '\\': true, '^': true, '`': true, '{': true, '|': true, '}': true, '#': true}

// Form reads application/x-www-form-urlencoded: names and values, percent and plus undone once. It also reads a query.
func Form(src []byte, s Sink) (int, Fault) {
	n := len(src)
	for more := true; more; {
		rest := len(src)
		var pair []byte
		if pair, src, more = cutByte(src, '&'); len(pair) == 0 {
			continue
		}
		if f := parameter(pair, s); f != OK {
			return n - rest, f
		}
	}
	return n, OK
}

// parameter reads one name=value.
func parameter(src []byte, s Sink) Fault {
	kind, name, value := None, src, []byte(nil)
	if before, after, ok := cutByte(src, '='); ok {
		kind, name, value = String, before, after
	}
	bracket := bytes.IndexByte(name, '[') > 0
	name, odd := unform(name, s)
	value, more := unform(value, s)
	if name == nil || value == nil && kind == String {
		return Limit
	}
	if !s.Leaf(name, kind, value, len(src)) {
		return Limit
	}
	noteEscapes(odd|more, s)
	if bracket {
		s.Note(ParameterBracket)
	}
	if bytes.IndexByte(src, ';') >= 0 {
		s.Note(ParameterSemi)
	}
	return OK
}

// unform undoes percent and plus; nil when the arena is full.
func unform(src []byte, s Sink) ([]byte, escapes) {
	plain := true
	for _, c := range src {
		if c == '%' || c == '+' {
			plain = false
			break
		}
	}
	if plain {
		if src == nil {
			src = []byte{}
		}
		return src, 0
	}
	dst := s.Grow(len(src))
	if dst == nil {
		return nil, 0
	}
	return unpercent(dst[:0], src, true)
}
