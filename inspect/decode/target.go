package decode

import "bytes"

// Path reads the path of a request target: its segments, escapes undone once.
func Path(src []byte, s Sink) (int, Fault) {
	if len(src) > 0 && src[0] != '/' {
		if i := bytes.Index(src, []byte("://")); i > 0 {
			s.Note(PathAbsolute)
			j := bytes.IndexByte(src[i+3:], '/')
			if j < 0 {
				return len(src), OK
			}
			src = src[i+3+j:]
		}
	}
	n := len(src)
	src = bytes.TrimPrefix(src, []byte("/"))
	for more := len(src) > 0; more; {
		var segment []byte
		segment, src, more = cutByte(src, '/')
		plain := segment
		var odd escapes
		if bytes.IndexByte(segment, '%') >= 0 {
			dst := s.Grow(len(segment))
			if dst == nil {
				return n, Limit
			}
			plain, odd = unpercent(dst[:0], segment, false)
		}
		if !s.Leaf(nil, String, plain, len(segment)) {
			return n, Limit
		}
		notePath(segment, plain, more, odd, s)
	}
	return n, OK
}

func notePath(segment, plain []byte, more bool, odd escapes, s Sink) {
	noteEscapes(odd, s)
	if len(segment) == 0 && more {
		s.Note(PathEmpty)
	}
	if string(plain) == "." || string(plain) == ".." {
		s.Note(PathDots)
	}
	for _, c := range plain {
		switch c {
		case '/':
			s.Note(PathSlash)
		case '\\':
			s.Note(PathBackslash)
		case ';':
			s.Note(PathParameter)
		case '#':
			s.Note(PathFragment)
		}
	}
}

// Cookies reads the value of a Cookie header (RFC 6265 §4.2.1).
func Cookies(src []byte, s Sink) (int, Fault) {
	n := len(src)
	for len(src) > 0 {
		var pair []byte
		pair, src, _ = cutByte(src, ';')
		size := len(pair)
		pair = bytes.TrimSpace(pair)
		if len(pair) == 0 {
			continue
		}
		name, value, found := cutByte(pair, '=')
		kind := String
		if !found {
			kind, value = None, nil
		}
		quoted := len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"'
		if quoted {
			value = value[1 : len(value)-1]
		}
		if !s.Leaf(name, kind, value, size) {
			return n - len(src), Limit
		}
		if quoted {
			s.Note(CookieQuoted)
		}
	}
	return n, OK
}
