package decode

import "bytes"

// sniffNDJSON says whether the first line of src is a document by its ends, and the next begins one.
func sniffNDJSON(src []byte) bool {
	if src[0] == 0x1e {
		return sniffJSON(src[1:])
	}
	line, rest, found := bytes.Cut(bytes.TrimLeft(src, " \t\r\n"), []byte("\n"))
	line = bytes.TrimRight(line, " \t\r")
	if !found || len(line) < 2 || line[len(line)-1] != line[0]+2 {
		return false
	}
	i := skipSpace(rest, 0)
	return i < len(rest) && (rest[i] == '{' || rest[i] == '[') && sniffJSON(line)
}

// Sequence says whether rest, which followed a JSON document, begins another.
func Sequence(rest []byte) bool {
	i := skipSpace(rest, 0)
	return i < len(rest) && (rest[i] == '{' || rest[i] == '[') && sniffJSON(rest[i:])
}

// NDJSON reads documents of JSON one after the other, in lines of their own, after a record separator or with nothing between them.
func NDJSON(src []byte, s Sink) (int, Fault) {
	if !s.Open(nil, Array) {
		return 0, Limit
	}
	r := jsonReader{src: src, s: s}
	odd := false
	for i := 0; ; {
		start := i
		for i < len(src) && (src[i] <= ' ') {
			i++
		}
		if i >= len(src) {
			s.Close()
			if odd {
				s.Note(JSONSequence)
			}
			return len(src), OK
		}
		odd = odd || start > 0 && i == start
		var f Fault
		if i, f = r.value(nil, i); f != OK {
			return i, f
		}
	}
}
