package decode

import (
	"bytes"
	"unicode/utf8"
)

// arguments reads (name: value …) where it is next.
func (g *graphReader) arguments(depth int) Fault {
	if !g.take('(') {
		return OK
	}
	g.rich = true
	var seen [16][]byte
	count := 0
	for !g.take(')') {
		name := g.name()
		if name == nil || !g.take(':') {
			return g.stop()
		}
		if f := g.value(name, depth+1); f != OK {
			return f
		}
		for _, other := range seen[:min(count, len(seen))] {
			if bytes.Equal(other, name) {
				g.s.Note(ArgumentTwice)
				break
			}
		}
		if count < len(seen) {
			seen[count] = name
		}
		count++
	}
	return OK
}

// value reads a value (2.9) called name.
func (g *graphReader) value(name []byte, depth int) Fault {
	if depth >= maxDepth {
		return Limit
	}
	c := g.peek()
	from := g.pos
	switch {
	case c == '[':
		return g.list(name, depth)
	case c == '{':
		return g.object(name, depth)
	case c == '"':
		return g.text(name)
	case c == '$':
		g.pos++
		if g.name() == nil {
			return g.stop()
		}
		return within(g.s.Leaf(name, String, g.src[from:g.pos], g.pos-from))
	case c == '-' || c-'0' < 10:
		for g.pos++; g.pos < len(g.src) && (g.src[g.pos]-'0' < 10 || bytes.IndexByte([]byte(".eE+-"), g.src[g.pos]) >= 0); {
			g.pos++
		}
		return within(g.s.Leaf(name, Number, g.src[from:g.pos], g.pos-from))
	}
	v := g.name()
	kind := String
	switch string(v) {
	case "":
		return g.stop()
	case "true", "false":
		kind = Bool
	case "null":
		kind = Null
	}
	if kind == Null {
		return within(g.s.Leaf(name, Null, nil, len(v)))
	}
	return within(g.s.Leaf(name, kind, v, len(v)))
}

func (g *graphReader) list(name []byte, depth int) Fault {
	g.pos++
	if !g.s.Open(name, Array) {
		return Limit
	}
	for !g.take(']') {
		if f := g.value(nil, depth+1); f != OK {
			return f
		}
	}
	g.s.Close()
	return OK
}

func (g *graphReader) object(name []byte, depth int) Fault {
	g.pos++
	if !g.s.Open(name, Object) {
		return Limit
	}
	for !g.take('}') {
		key := g.name()
		if key == nil || !g.take(':') {
			return g.stop()
		}
		if f := g.value(key, depth+1); f != OK {
			return f
		}
	}
	g.s.Close()
	return OK
}

// text reads "…" or """…""" (2.9.4).
func (g *graphReader) text(name []byte) Fault {
	from := g.pos
	rest := g.src[from:]
	if bytes.HasPrefix(rest, []byte(`"""`)) {
		end := 3
		for {
			i := bytes.Index(rest[end:], []byte(`"""`))
			if i < 0 {
				return Cut
			}
			if end += i; rest[end-1] != '\\' || end == 3 {
				break
			}
			end += 3
		}
		g.pos += end + 3
		return within(g.s.Leaf(name, String, g.block(rest[3:end]), end+3))
	}
	escaped := false
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			escaped = true
			i++
		case '\n', '\r':
			return Syntax
		case '"':
			g.pos += i + 1
			value := rest[1:i]
			if escaped {
				value = g.unescape(value)
			}
			return within(g.s.Leaf(name, String, value, i+1))
		}
	}
	return Cut
}

// unescape undoes the escapes of a quoted text.
func (g *graphReader) unescape(raw []byte) []byte {
	room := g.s.Grow(len(raw) + utf8.UTFMax)
	if room == nil {
		return raw
	}
	out := room[:0]
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' || i+1 >= len(raw) {
			out = append(out, c)
			continue
		}
		i++
		switch c = raw[i]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, n := graphRune(raw[i-1:])
			if n == 0 {
				out = append(out, '\\', 'u')
				continue
			}
			out = utf8.AppendRune(out, r)
			i += n - 2
		default:
			out = append(out, c)
		}
	}
	return out
}

// graphRune reads \uXXXX, two of them that are a surrogate pair, or \u{…}; n is 0 where it is none.
func graphRune(b []byte) (r rune, n int) {
	if len(b) > 2 && b[2] == '{' {
		for i := 3; i < len(b) && i < 12; i++ {
			if b[i] == '}' && i > 3 {
				return r, i + 1
			}
			if hexValue[b[i]] < 0 {
				return 0, 0
			}
			r = r<<4 | rune(hexValue[b[i]])
		}
		return 0, 0
	}
	r, ok := hex4(b[2:])
	if !ok {
		return 0, 0
	}
	if r >= 0xD800 && r < 0xDC00 && len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		if low, ok := hex4(b[8:]); ok && low >= 0xDC00 && low < 0xE000 {
			return (r-0xD800)<<10 + (low - 0xDC00) + 0x10000, 12
		}
	}
	return r, 6
}

// block undoes a block text: \""" and the common indentation of its lines but the first, with blank lines at both ends left out (2.9.4).
func (g *graphReader) block(raw []byte) []byte {
	indent := -1
	for i, line := 0, raw; len(line) > 0; i++ {
		length, size := lineEnd(line)
		if lead := len(line[:length]) - len(bytes.TrimLeft(line[:length], " \t")); i > 0 && lead < length && (indent < 0 || lead < indent) {
			indent = lead
		}
		line = line[size:]
	}
	room := g.s.Grow(len(raw))
	if room == nil {
		return raw
	}
	out, keep := room[:0], 0
	for i, line := 0, raw; len(line) > 0; i++ {
		length, size := lineEnd(line)
		text := line[:length]
		if i > 0 && indent > 0 {
			text = text[min(indent, len(text)):]
		}
		line = line[size:]
		void := len(bytes.Trim(text, " \t")) == 0
		if void && keep == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, '\n')
		}
		for len(text) > 0 {
			j := bytes.Index(text, []byte(`\"""`))
			if j < 0 {
				out = append(out, text...)
				break
			}
			out = append(append(out, text[:j]...), `"""`...)
			text = text[j+4:]
		}
		if !void {
			keep = len(out)
		}
	}
	return out[:keep]
}

// sniffGraphQL asks for a whole document. One that begins with "{" must have arguments or fields in fields: "{name}" alone is a place holder.
func sniffGraphQL(src []byte) bool {
	g := graphReader{src: src, s: discard{}}
	if c := g.peek(); c != '{' && c != 'q' && c != 'm' && c != 's' && c != 'f' {
		return false
	}
	short := g.src[g.pos] == '{'
	switch {
	case short:
		g.pos++
		if c := g.peek(); c != '_' && c != '.' && c|0x20-'a' >= 26 {
			return false
		}
	default:
		switch string(g.name()) {
		case "query", "mutation", "subscription", "fragment":
		default:
			return false
		}
		if g.name(); g.pos >= len(src) {
			return false
		}
	}
	g = graphReader{src: src, s: discard{}}
	for g.skip(); g.pos < len(src); g.skip() {
		if g.definition() != OK {
			return false
		}
	}
	return !short || g.rich
}
