package decode

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

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
	i := 0
	if bytes.HasPrefix(src, []byte("\xef\xbb\xbf")) {
		i = 3
		s.Note(BOM)
	}
	before := i
	i = r.skip(i)
	begin := i
	if bytes.HasPrefix(src[i:], jsonGuard) {
		s.Note(JSONPrefix)
		i += len(jsonGuard)
	}
	i, f := r.value(nil, i)
	if r.inside = false; f == OK {
		end := i
		i = r.skip(i)
		if begin < len(src) && (src[begin] == '{' || src[begin] == '[') {
			r.comment(src[before:begin])
			r.comment(src[end:i])
		}
	}
	return i, f
}

// comment gives what stands around or within the document as a value of its own: servers log it, and some evaluate it.
func (r *jsonReader) comment(src []byte) {
	if src = bytes.TrimSpace(src); len(src) > 0 {
		r.s.Leaf(CommentName, String, src, len(src))
	}
}

// jsonReader reads src into s. Its methods take the place where they begin and return the one where they stopped, so that it stays in a register.
type jsonReader struct {
	src    []byte
	s      Sink
	inside bool // a container
}

func skipSpace(src []byte, i int) int {
	for i < len(src) && (src[i] == ' ' || src[i] == '\n' || src[i] == '\r' || src[i] == '\t') {
		i++
	}
	return i
}

// skip returns the place behind blanks and comments.
func (r *jsonReader) skip(i int) int {
	if i < len(r.src) && jsonGap[r.src[i]] {
		return r.space(i)
	}
	return i
}

// jsonGap are the bytes that blanks and comments begin with.
var jsonGap = [256]bool{' ': true, '\n': true, '\r': true, '\t': true, '/': true}

// space is skip where there is something to skip. A comment is noted.
func (r *jsonReader) space(i int) int {
	for {
		if i = skipSpace(r.src, i); i >= len(r.src) || r.src[i] != '/' {
			return i
		}
		size := comment(r.src[i:])
		if size == 0 {
			return i
		}
		r.s.Note(JSONComment)
		if r.inside {
			r.comment(r.src[i : i+size])
		}
		i += size
	}
}

// comment returns the length of the comment that src begins with, 0 for none.
func comment(src []byte) int {
	switch {
	case bytes.HasPrefix(src, []byte("//")):
		if n := bytes.IndexByte(src, '\n'); n >= 0 {
			return n
		}
		return len(src)
	case bytes.HasPrefix(src, []byte("/*")):
		if n := bytes.Index(src[2:], []byte("*/")); n >= 0 {
			return n + 4
		}
	}
	return 0
}

// is says whether c stands at i.
func (r *jsonReader) is(c byte, i int) bool { return i < len(r.src) && r.src[i] == c }

// stop is the fault for a byte that does not belong at i, or for the end of the input.
func (r *jsonReader) stop(i int) (int, Fault) {
	if i >= len(r.src) {
		return i, Cut
	}
	return i, Syntax
}

func (r *jsonReader) value(name []byte, i int) (int, Fault) {
	src := r.src
	if i >= len(src) {
		return i, Cut
	}
	switch c := src[i]; c {
	case ' ', '\n', '\r', '\t', '/':
		if next := r.space(i); next > i {
			return r.value(name, next)
		}
	case '"':
		if text := plain(src, i+1); text != nil {
			return i + len(text) + 2, within(r.s.Leaf(name, String, text, len(text)+2))
		}
		return r.text(name, i)
	case '{':
		return r.container(name, Object, '}', i)
	case '[':
		return r.container(name, Array, ']', i)
	case '\'':
		return r.text(name, i)
	case 't', 'f', 'n':
		if n := literal(src[i:]); n > 0 {
			word := src[i : i+n]
			if c == 'n' {
				return i + n, within(r.s.Leaf(name, Null, nil, n))
			}
			return i + n, within(r.s.Leaf(name, Bool, word, n))
		}
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if end := numberEnd(src, i); end > i && (end == len(src) || !jsonBare[src[end]]) && end-i <= preciseDigits {
			number := src[i:end]
			return end, within(r.s.Leaf(name, Number, number, len(number)))
		}
	}
	return r.bare(name, i)
}

// plain returns the text of the string that begins at start, if it is one of a byte or more that has nothing to undo and nothing odd, else nil: nearly every string is.
func plain(src []byte, start int) []byte {
	end := start
	for end >= 0 && end <= len(src)-8 { // the first saves the compiler a check in each round
		if hit := stringMarks(binary.LittleEndian.Uint64(src[end : end+8])); hit != 0 {
			if end += bits.TrailingZeros64(hit) / 8; src[end] == '"' && end > start {
				return src[start:end]
			}
			return nil
		}
		end += 8
	}
	for end < len(src) && src[end] >= ' ' && src[end] != '\\' && src[end] != '"' {
		end++
	}
	if end < len(src) && src[end] == '"' && end > start {
		return src[start:end]
	}
	return nil
}

// text reads any string, in double quotes or in the single ones that JavaScript and lenient readers know.
func (r *jsonReader) text(name []byte, i int) (int, Fault) {
	v, end, f := r.quoted(i)
	if !r.s.Leaf(name, String, v.text, end-i) {
		return end, Limit
	}
	v.note(r.s)
	return end, f
}

// container reads an object or array up to its end.
func (r *jsonReader) container(name []byte, kind Kind, end byte, i int) (int, Fault) {
	if !r.s.Open(name, kind) {
		return i, Limit
	}
	src := r.src
	r.inside = true
	i++
	for first := true; ; first = false {
		if i >= len(src) || jsonGap[src[i]] {
			if i = r.space(i); i >= len(src) {
				return i, Cut
			}
		}
		if src[i] == end {
			r.s.Close()
			if !first {
				r.s.Note(JSONComma)
			}
			return i + 1, OK
		}
		var name []byte
		if kind == Object && src[i] == '"' {
			name = plain(src, i+1)
		}
		var f Fault
		if colon := i + len(name) + 2; name != nil && colon < len(src) && src[colon] == ':' {
			i, f = r.value(name, colon+1)
		} else if kind == Object {
			i, f = r.member(i)
		} else {
			i, f = r.value(nil, i)
		}
		if f != OK {
			return i, f
		}
		if i >= len(src) || jsonGap[src[i]] {
			if i = r.space(i); i >= len(src) {
				return i, Cut
			}
		}
		switch src[i] {
		case ',':
			i++
			continue
		case end:
			r.s.Close()
			return i + 1, OK
		}
		return i, Syntax
	}
}

func (r *jsonReader) member(i int) (int, Fault) {
	key, i, f := r.key(i)
	if f != OK {
		return i, f
	}
	if i = r.skip(i); !r.is(':', i) {
		return r.stop(i)
	}
	i, f = r.value(key.text, i+1)
	if key.noted() && f != Limit {
		key.note(r.s)
	}
	if len(key.text) == 0 && f != Limit {
		r.s.Note(EmptyKey)
	}
	return i, f
}

func (r *jsonReader) key(i int) (jsonText, int, Fault) {
	switch c := r.src[i]; {
	case c == '"' || c == '\'':
		return r.quoted(i)
	case isWord(c) && (c < '0' || c > '9'):
		start := i
		for i < len(r.src) && isWord(r.src[i]) {
			i++
		}
		return jsonText{text: r.src[start:i], quote: true}, i, OK
	}
	return jsonText{}, i, Syntax
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
