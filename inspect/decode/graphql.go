package decode

import "bytes"

// GraphQL reads an executable document (GraphQL, October 2021, section 2). An operation or fragment is an Object called "query", "mutation", "subscription" or "fragment" with its
// "#name", its variables "$name", its directives "@name" and its fields; a field is an Object with its "#alias", its arguments by their names, and its fields.
func GraphQL(src []byte, s Sink) (n int, f Fault) {
	g := graphReader{src: src, s: s}
	if bytes.HasPrefix(src, []byte(bomUTF8)) {
		g.pos = len(bomUTF8)
	}
	for g.skip(); g.pos < len(src); g.skip() {
		if f := g.definition(); f != OK {
			return g.pos, f
		}
	}
	if g.operations == 0 && g.fragments == 0 {
		return 0, Syntax
	}
	return g.pos, OK
}

type graphReader struct {
	src        []byte
	s          Sink
	pos        int
	operations int
	fragments  int
	unnamed    bool
	names      [16][]byte // of the operations
	rich       bool       // has arguments, or fields in fields
}

// skip passes white space, commas and comments (2.1), which mean nothing.
func (g *graphReader) skip() {
	for g.pos < len(g.src) {
		switch g.src[g.pos] {
		case ' ', '\t', '\n', '\r', ',':
			g.pos++
		case '#':
			end := bytes.IndexAny(g.src[g.pos:], "\r\n")
			if end < 0 {
				end = len(g.src) - g.pos
			}
			g.pos += end
		default:
			return
		}
	}
}

// peek is the next byte after what means nothing, 0 at the end.
func (g *graphReader) peek() byte {
	g.skip()
	if g.pos < len(g.src) {
		return g.src[g.pos]
	}
	return 0
}

// take passes the byte c where it is next.
func (g *graphReader) take(c byte) bool {
	if g.peek() != c {
		return false
	}
	g.pos++
	return true
}

// name reads a name (2.1.9); nil where there is none.
func (g *graphReader) name() []byte {
	g.skip()
	from := g.pos
	for g.pos < len(g.src) {
		c := g.src[g.pos]
		if c != '_' && c|0x20-'a' >= 26 && (c-'0' >= 10 || g.pos == from) {
			break
		}
		g.pos++
	}
	if g.pos == from {
		return nil
	}
	return g.src[from:g.pos]
}

// stop is the fault where something else should be.
func (g *graphReader) stop() Fault {
	if g.peek() == 0 && g.pos >= len(g.src) {
		return Cut
	}
	return Syntax
}

// definition reads one operation or fragment.
func (g *graphReader) definition() Fault {
	if g.peek() == '{' {
		if !g.s.Open(word(g.s, "query"), Object) {
			return Limit
		}
		g.operation(nil)
		return g.selections(0)
	}
	kind := g.name()
	switch string(kind) {
	case "query", "mutation", "subscription", "fragment":
	default:
		return g.stop()
	}
	if !g.s.Open(kind, Object) {
		return Limit
	}
	name := g.name()
	if name != nil && !g.s.Leaf(word(g.s, "#name"), String, name, len(name)) {
		return Limit
	}
	if string(kind) == "fragment" {
		g.fragments++
		if on := g.name(); name == nil || string(on) != "on" {
			return g.stop()
		}
		on := g.name()
		if on == nil {
			return g.stop()
		}
		if !g.s.Leaf(word(g.s, "#on"), String, on, len(on)) {
			return Limit
		}
	} else {
		g.operation(name)
		if g.take('(') {
			if f := g.variables(); f != OK {
				return f
			}
		}
	}
	if f := g.directives(0); f != OK {
		return f
	}
	return g.selections(0)
}

// operation counts an operation, and notes what a server may choose between.
func (g *graphReader) operation(name []byte) {
	if g.unnamed || name == nil && g.operations > 0 {
		g.s.Note(OperationTwice)
	}
	for _, other := range g.names[:min(g.operations, len(g.names))] {
		if name != nil && bytes.Equal(other, name) {
			g.s.Note(OperationTwice)
			break
		}
	}
	if g.operations < len(g.names) {
		g.names[g.operations] = name
	}
	g.unnamed = g.unnamed || name == nil
	g.operations++
}

// variables reads ($name: Type = default @directive …).
func (g *graphReader) variables() Fault {
	for !g.take(')') {
		from := g.pos
		if !g.take('$') {
			return g.stop()
		}
		from = bytes.IndexByte(g.src[from:], '$') + from
		if g.name() == nil {
			return g.stop()
		}
		if !g.s.Open(g.src[from:g.pos], Object) {
			return Limit
		}
		if !g.take(':') {
			return g.stop()
		}
		g.skip()
		start := g.pos
		for g.pos < len(g.src) && (bytes.IndexByte([]byte("[]! _"), g.src[g.pos]) >= 0 || g.src[g.pos]|0x20-'a' < 26 || g.src[g.pos]-'0' < 10) {
			g.pos++
		}
		kind := bytes.TrimSpace(g.src[start:g.pos])
		if len(kind) == 0 {
			return g.stop()
		}
		if !g.s.Leaf(word(g.s, "type"), String, kind, len(kind)) {
			return Limit
		}
		if g.take('=') {
			if f := g.value(word(g.s, "default"), 1); f != OK {
				return f
			}
		}
		if f := g.directives(1); f != OK {
			return f
		}
		g.s.Close()
	}
	return OK
}

// directives reads @name(arguments) as often as they come.
func (g *graphReader) directives(depth int) Fault {
	for g.peek() == '@' {
		from := g.pos
		g.pos++
		if g.name() == nil {
			return g.stop()
		}
		if !g.s.Open(g.src[from:g.pos], Object) {
			return Limit
		}
		if f := g.arguments(depth + 1); f != OK {
			return f
		}
		g.s.Close()
	}
	return OK
}

// selections reads { fields }, and closes what they belong to.
func (g *graphReader) selections(depth int) Fault {
	if !g.take('{') {
		return g.stop()
	}
	if depth >= maxDepth {
		return Limit
	}
	if g.peek() == '}' {
		return Syntax
	}
	for !g.take('}') {
		if f := g.selection(depth + 1); f != OK {
			return f
		}
	}
	g.s.Close()
	return OK
}

// selection reads a field, a fragment's name after "...", or an inline fragment.
func (g *graphReader) selection(depth int) Fault {
	if g.peek() == '.' {
		return g.spread(depth)
	}
	alias := []byte(nil)
	name := g.name()
	if name == nil {
		return g.stop()
	}
	if g.take(':') {
		if alias, name = name, g.name(); name == nil {
			return g.stop()
		}
	}
	if !g.s.Open(name, Object) {
		return Limit
	}
	if alias != nil && !g.s.Leaf(word(g.s, "#alias"), String, alias, len(alias)) {
		return Limit
	}
	if f := g.arguments(depth); f != OK {
		return f
	}
	if f := g.directives(depth); f != OK {
		return f
	}
	if g.peek() == '{' {
		g.rich = true
		return g.selections(depth)
	}
	g.s.Close()
	return OK
}

func (g *graphReader) spread(depth int) Fault {
	from := g.pos
	if !bytes.HasPrefix(g.src[from:], []byte("...")) {
		return Syntax
	}
	g.pos += 3
	if !g.s.Open(g.src[from:g.pos], Object) {
		return Limit
	}
	g.rich = true
	name := g.name()
	inline := name == nil || string(name) == "on"
	if string(name) == "on" {
		if name = g.name(); name == nil {
			return g.stop()
		}
	}
	if name != nil && !g.s.Leaf(word(g.s, "#on"), String, name, len(name)) {
		return Limit
	}
	if f := g.directives(depth); f != OK {
		return f
	}
	if inline {
		return g.selections(depth)
	}
	g.s.Close()
	return OK
}
