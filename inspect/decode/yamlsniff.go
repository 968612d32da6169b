package decode

import "bytes"

// yamlMost is the size up to which a text that does not say so is looked at as YAML: looking costs reading.
const yamlMost = 256 << 10

// sniffYAML tells a document from prose, of which much is YAML by the letter. It must read to its end, be a collection of pairs whose keys are identifiers,
// and its values must be rather data than sentences.
func sniffYAML(src []byte) bool {
	if len(src) > yamlMost || bytes.IndexByte(src, '\n') < 0 || bytes.IndexByte(src, ':') < 0 {
		return false
	}
	start := src[skipSpace(src, 0):]
	if len(start) == 0 || bytes.IndexByte([]byte("<>|@`*,]})=+;:(."), start[0]) >= 0 {
		return false
	}
	if bytes.IndexByte(src, '&') >= 0 && escapedScalar(src) {
		return false
	}
	w := yamlWeigher{}
	n, f := YAML(src, &w)
	return f == OK && n == len(src) && w.pairs >= 2 && w.score >= 3 && w.bad == 0
}

// escapedScalar says whether a value in src begins with a character reference: what YAML has there is a quote that HTML escaped, not an anchor. That is to be undone first.
func escapedScalar(src []byte) bool {
	for len(src) > 0 {
		line := src
		if i := bytes.IndexByte(src, '\n'); i >= 0 {
			line, src = src[:i], src[i+1:]
		} else {
			src = nil
		}
		value := line[skipSpace(line, 0):]
		for bytes.HasPrefix(value, []byte("- ")) {
			value = value[2:]
		}
		if i := bytes.Index(value, []byte(": ")); i >= 0 && value[0] != '&' {
			value = value[i+2:]
		}
		if len(value) > 0 && value[0] == '&' {
			if _, n := entity(value); n > 0 && value[n-1] == ';' {
				return true
			}
		}
	}
	return false
}

// yamlWeigher is a Sink that weighs whether a text is data.
type yamlWeigher struct {
	discard
	room       [256]byte
	pairs, bad int
	score      int
}

// Open implements Sink.
func (w *yamlWeigher) Open(name []byte, _ Kind) bool {
	if w.name(name); name != nil {
		w.score += 2
	}
	return w.bad == 0
}

// Leaf implements Sink.
func (w *yamlWeigher) Leaf(name []byte, kind Kind, value []byte, size int) bool {
	w.name(name)
	switch {
	case kind == Number || kind == Bool:
		w.score += 2
	case kind == Null:
	case bytes.Count(value[:min(len(value), 200)], []byte(" ")) >= 3:
		w.score -= 2
	case size > len(value) && size > 2: // quoted or a block
		w.score += 2
	case bytes.IndexByte(value, ' ') < 0:
		w.score++
	}
	if name == nil { // an entry of a list, as prose has them too
		w.score -= 2
	}
	return w.bad == 0
}

// Grow implements Sink: what is unescaped is only weighed.
func (w *yamlWeigher) Grow(n int) []byte {
	if n > len(w.room) {
		return nil
	}
	return w.room[:n]
}

// name weighs a key: one in lower case is rather data, one with a space is none.
func (w *yamlWeigher) name(key []byte) {
	if key == nil {
		return
	}
	w.pairs++
	for i, c := range key {
		letter := c|0x20-'a' < 26 || c == '_' || c == '$' || c >= 0x80
		if !letter && (i == 0 && c-'0' >= 10 && c != '@' && c != '/' && c != '^' && c != '.' && c != '"' && c != '-' && c != '*' || i > 0 && bytes.IndexByte([]byte(" \t()<>;,!?\"`{}=&"), c) >= 0) {
			w.bad++
		}
	}
	switch {
	case len(key) == 0 || len(key) > 100:
		w.bad++
	case key[0] >= 'a' && key[0] <= 'z':
		w.score += 2
	}
}
