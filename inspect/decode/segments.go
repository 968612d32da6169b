package decode

import "bytes"

// The messages of hospitals (HL7 2), of trade (ANSI X12) and of the United Nations (EDIFACT) are segments: a tag of two or three capitals and digits, and fields behind a
// separator. One grammar reads the three of them, and what others have made after their example.

// segmentForm is how segments are written.
type segmentForm struct {
	separator byte
	ends      string // the bytes that end a segment
	release   byte   // makes the next byte plain, 0 for none
}

var segmentForms = [...]segmentForm{{'|', "\r\n", 0}, {'*', "~\r\n", 0}, {'+', "'", '?'}}

// segmentsLeast is how many segments it takes to believe it.
const segmentsLeast = 3

// segmentTag returns the length of the tag that src begins with, 0 for none.
func segmentTag(src []byte) int {
	n := 0
	for n < len(src) && n < 3 && (src[n] >= 'A' && src[n] <= 'Z' || n > 0 && src[n] >= '0' && src[n] <= '9') {
		n++
	}
	if n < 2 {
		return 0
	}
	return n
}

// formOfSegments returns the form that src is written in, by what follows its first tag, and where the first segment begins.
func formOfSegments(src []byte) (form *segmentForm, start int) {
	if bytes.HasPrefix(src, []byte("UNA")) && len(src) > 9 { // the service string of EDIFACT: six characters
		start = 9
		for start < len(src) && (src[start] == '\r' || src[start] == '\n') {
			start++
		}
	}
	n := segmentTag(src[start:])
	if n == 0 || start+n >= len(src) {
		return nil, 0
	}
	for i := range segmentForms {
		if segmentForms[i].separator == src[start+n] {
			return &segmentForms[i], start
		}
	}
	return nil, 0
}

// next returns the length of the segment that src begins with, and where the next one begins.
func (f *segmentForm) next(src []byte) (length, size int) {
	i := 0
	for i < len(src) && !indexByte(f.ends, src[i]) {
		if src[i] == f.release && f.release != 0 {
			i++
		}
		i++
	}
	length = min(i, len(src))
	for i < len(src) && (indexByte(f.ends, src[i]) || src[i] == '\r' || src[i] == '\n') {
		i++
	}
	return length, min(i, len(src))
}

// sniffSegments says whether src is segments from its beginning to its end.
func sniffSegments(src []byte) bool {
	form, start := formOfSegments(src)
	if form == nil {
		return false
	}
	src, count := src[start:], 0
	for len(src) > 0 {
		length, size := form.next(src)
		n := segmentTag(src)
		if n == 0 || n < length && src[n] != form.separator {
			return false
		}
		count++
		src = src[size:]
	}
	return count >= segmentsLeast
}

// Segments reads segments as arrays of their fields, by their tags. Components and escapes within a field are left as they are.
func Segments(src []byte, s Sink) (int, Fault) {
	form, n := formOfSegments(src)
	if form == nil {
		return 0, Syntax
	}
	if !s.Open(nil, Object) {
		return 0, Limit
	}
	for n < len(src) {
		length, size := form.next(src[n:])
		segment := src[n : n+length]
		tag := segmentTag(segment)
		if tag == 0 || tag < length && segment[tag] != form.separator {
			return n, Syntax
		}
		if n += size; !form.fields(segment, tag, s) {
			return n, Limit
		}
	}
	s.Close()
	return n, OK
}

func (f *segmentForm) fields(segment []byte, tag int, s Sink) bool {
	if !s.Open(segment[:tag], Array) {
		return false
	}
	rest := segment[min(tag+1, len(segment)):]
	for more := tag < len(segment); more; {
		end := 0
		for end < len(rest) && rest[end] != f.separator {
			if rest[end] == f.release && f.release != 0 {
				end++
			}
			end++
		}
		end = min(end, len(rest))
		if !s.Leaf(nil, String, rest[:end], end) {
			return false
		}
		if more = end < len(rest); more {
			rest = rest[end+1:]
		}
	}
	s.Close()
	return true
}
