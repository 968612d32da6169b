package decode

import "bytes"

// longestScheme is longer than any that is in use (ms-windows-store-deskext, chrome-extension).
const longestScheme = 32

// urlParts splits an address into its path and its query: an absolute URL, or a path from the root. ok is false where src is none.
func urlParts(src []byte) (path, query []byte, ok bool) {
	rest := src
	if src[0] != '/' {
		i := bytes.IndexByte(src[:min(len(src), longestScheme+1)], ':')
		if i < 1 || i+3 >= len(src) || src[i+1] != '/' || src[i+2] != '/' || !schemeName(src[:i]) {
			return nil, nil, false
		}
		rest = src[i+3:]
	}
	rest, _, _ = cutByte(rest, '#')
	path, query, _ = cutByte(rest, '?')
	if src[0] != '/' {
		authority := bytes.IndexByte(path, '/')
		if authority < 0 {
			authority = len(path)
		}
		path = path[authority:]
	}
	return path, query, true
}

func schemeName(v []byte) bool {
	for i, c := range v {
		if c|0x20-'a' > 'z'-'a' && (i == 0 || c-'0' > 9 && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return true
}

// fitsURL gives up what has neither a scheme nor a path from the root, and what has neither a query nor room for a segment that is looked into.
func fitsURL(src []byte, has uint64) bool {
	return (src[0] == '/' || has&classBits[':'] != 0) && (has&classBits['?'] != 0 || len(src) > wrappedLeast)
}

// sniffURL says whether src, in which there is nothing that writers of addresses escape (Look), is an address with parameters in its query, or with a segment in its path that
// may be base64 of something.
func sniffURL(src []byte) bool {
	path, query, ok := urlParts(src)
	return ok && (parameters(query) || wrappedSegment(path))
}

// parameters says whether query is pairs, of which the first has a plain name.
func parameters(query []byte) bool {
	i := bytes.IndexByte(query, '=')
	if i < 1 || i > longestKey {
		return false
	}
	for _, c := range query[:i] {
		if !isWord(c) && c != '-' && c != '.' && c != '[' && c != ']' && c != '%' {
			return false
		}
	}
	return true
}

// wrappedLeast is the length from which a segment is looked into.
const wrappedLeast = 12

// wrappedSegment says whether a segment of path may be base64 of something.
func wrappedSegment(path []byte) bool {
	for more := true; more; {
		var segment []byte
		segment, path, more = cutByte(path, '/')
		if len(segment) < wrappedLeast || !sniffBase64(segment) {
			continue
		}
		var room GuessRoom
		if inner, short := undo(FormatBase64, segment, &room); !short || Sense(inner, segment) {
			return true
		}
	}
	return false
}

// URL reads an address that is a value: its parameters as Form does, and the segments of its path as "#path" where one of them may be wrapped.
func URL(src []byte, s Sink) (int, Fault) {
	path, query, ok := urlParts(src)
	if !ok {
		return 0, Syntax
	}
	if !parameters(query) || wrappedSegment(path) { // without parameters the sniffer has found one
		if !s.Open(word(s, "#path"), Array) {
			return 0, Limit
		}
		for more := true; more; {
			var segment []byte
			if segment, path, more = cutByte(path, '/'); len(segment) == 0 {
				continue
			}
			if !s.Leaf(nil, String, segment, len(segment)) {
				return 0, Limit
			}
		}
		s.Close()
	}
	if _, f := Form(query, s); f != OK {
		return 0, f
	}
	return len(src), OK
}
