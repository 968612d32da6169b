package decode

import "bytes"

// sniffJSON says whether src begins as a JSON object or array does, or is a JSON string from end to end.
func sniffJSON(src []byte) bool {
	i := skipSpace(src, 0)
	if i >= len(src) {
		return false
	}
	switch src[i] {
	case '{':
		i = skipSpace(src, i+1)
		return i >= len(src) || src[i] == '"' || src[i] == '}' || src[i] == '\'' || src[i] == '/'
	case '[':
		i = skipSpace(src, i+1)
		return i < len(src) && (jsonBegins[src[i]] || src[i] == ']')
	case '"':
		src = bytes.TrimRight(src[i:], " \t\r\n")
		return len(src) > 2 && src[len(src)-1] == '"' && src[1] != '"' && strictText(src)
	case ')':
		return bytes.HasPrefix(src[i:], jsonGuard)
	}
	return false
}

// strictText says whether src is without control characters: people put sentences of several lines in quotes, JSON has none.
func strictText(src []byte) bool {
	for _, c := range src {
		if c < ' ' {
			return false
		}
	}
	return true
}

// jsonGuard keeps a document from being run as a script; Angular and others write it.
var jsonGuard = []byte(")]}'")

var jsonBegins = [256]bool{
	'"': true, '{': true, '[': true, 't': true, 'f': true, 'n': true, '-': true,
	'0': true, '1': true, '2': true, '3': true, '4': true, '5': true, '6': true, '7': true, '8': true, '9': true,
}

// JSON reads one document of RFC 8259. What lenient readers take besides (comments, trailing commas, single quotes, bare names, odd numbers,
// raw control characters) is read as they do, and noted.
func JSON(src []byte, s Sink) (int, Fault) {
	r := jsonReader{src: src, s: s}
	if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
		r.i = 3
		s.Note(BOM)
	}
	r.space()
	if bytes.HasPrefix(src[r.i:], jsonGuard) {
		s.Note(JSONPrefix)
		r.i += len(jsonGuard)
	}
	f := r.value(nil)
	if f == OK {
		r.space()
	}
	return r.i, f
}

type jsonReader struct {
	src []byte
	s   Sink
	i   int
}

func skipSpace(src []byte, i int) int {
	for i < len(src) && (src[i] == ' ' || src[i] == '\n' || src[i] == '\r' || src[i] == '\t') {
		i++
	}
	return i
}

// next skips blanks and comments and returns the byte that follows; 0 where the input ends, and for a NUL, which stop tells apart.
func (r *jsonReader) next() byte {
	if r.i < len(r.src) {
		if c := r.src[r.i]; c > ' ' && c != '/' {
			return c
		}
	}
	return r.space()
}

// take takes c where it is the next byte, or follows blanks and comments.
func (r *jsonReader) take(c byte) bool {
	if r.i >= len(r.src) || r.src[r.i] != c && r.next() != c {
		return false
	}
	r.i++
	return true
}

// space is next where there is something to skip. A comment is noted.
func (r *jsonReader) space() byte {
	for r.i < len(r.src) {
		switch c := r.src[r.i]; c {
		case ' ', '\n', '\r', '\t':
			r.i++
		case '/':
			if !r.comment() {
				return c
			}
		default:
			return c
		}
	}
	return 0
}

func (r *jsonReader) comment() bool {
	rest := r.src[r.i:]
	if len(rest) < 2 {
		return false
	}
	n := -1
	switch rest[1] {
	case '/':
		if n = bytes.IndexByte(rest, '\n'); n < 0 {
			n = len(rest)
		}
	case '*':
		if n = bytes.Index(rest[2:], []byte("*/")); n >= 0 {
			n += 4
		}
	}
	if n < 0 {
		return false
	}
	r.s.Note(JSONComment)
	r.i += n
	return true
}

// stop is the fault for a byte that does not belong here, or for the end of the input.
func (r *jsonReader) stop() Fault {
	if r.i >= len(r.src) {
		return Cut
	}
	return Syntax
}

func (r *jsonReader) value(name []byte) Fault {
	switch c := r.next(); c {
	case '"':
		if text, ok := r.plain(); ok {
			return within(r.s.Leaf(name, String, text, len(text)+2))
		}
		return r.text(name)
	case '{':
		return r.container(name, Object, '}')
	case '[':
		return r.container(name, Array, ']')
	case '\'':
		return r.text(name)
	case 't', 'f', 'n':
		if n := literal(r.src[r.i:]); n > 0 {
			word := r.src[r.i : r.i+n]
			r.i += n
			if c == 'n' {
				return within(r.s.Leaf(name, Null, nil, n))
			}
			return within(r.s.Leaf(name, Bool, word, n))
		}
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if end := numberEnd(r.src, r.i); end > r.i && (end == len(r.src) || !jsonBare[r.src[end]]) && end-r.i <= preciseDigits {
			number := r.src[r.i:end]
			r.i = end
			return within(r.s.Leaf(name, Number, number, len(number)))
		}
	}
	return r.bare(name)
}

// plain takes a string of one byte or more that has nothing to undo and nothing odd: nearly every string has not.
func (r *jsonReader) plain() (text []byte, ok bool) {
	start := r.i + 1
	end := stringStop(r.src, start, '"')
	if end >= len(r.src) || r.src[end] != '"' || end == start {
		return nil, false
	}
	r.i = end + 1
	return r.src[start:end], true
}

// text reads any string, in double quotes or in the single ones that JavaScript and lenient readers know.
func (r *jsonReader) text(name []byte) Fault {
	start := r.i
	v, f := r.quoted()
	if !r.s.Leaf(name, String, v.text, r.i-start) {
		return Limit
	}
	v.note(r.s)
	return f
}

// container reads an object or array up to its end.
func (r *jsonReader) container(name []byte, kind Kind, end byte) Fault {
	if !r.s.Open(name, kind) {
		return Limit
	}
	r.i++
	for first := true; ; first = false {
		c := r.next()
		switch {
		case c == end:
			r.i++
			r.s.Close()
			if !first {
				r.s.Note(JSONComma)
			}
			return OK
		case r.i >= len(r.src):
			return Cut
		}
		var f Fault
		if kind == Object {
			f = r.member()
		} else {
			f = r.value(nil)
		}
		if f != OK {
			return f
		}
		if r.take(',') {
			continue
		}
		if !r.take(end) {
			return r.stop()
		}
		r.s.Close()
		return OK
	}
}

func (r *jsonReader) member() Fault {
	if r.src[r.i] == '"' {
		if name, ok := r.plain(); ok {
			if !r.take(':') {
				return r.stop()
			}
			return r.value(name)
		}
	}
	key, f := r.key()
	if f != OK {
		return f
	}
	if !r.take(':') {
		return r.stop()
	}
	f = r.value(key.text)
	if key.noted() && f != Limit {
		key.note(r.s)
	}
	if len(key.text) == 0 && f != Limit {
		r.s.Note(EmptyKey)
	}
	return f
}

func (r *jsonReader) key() (jsonText, Fault) {
	switch c := r.src[r.i]; {
	case c == '"':
		return r.quoted()
	case c == '\'':
		return r.quoted()
	case isWord(c) && (c < '0' || c > '9'):
		start := r.i
		for r.i < len(r.src) && isWord(r.src[r.i]) {
			r.i++
		}
		return jsonText{text: r.src[start:r.i], quote: true}, OK
	}
	return jsonText{}, Syntax
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
