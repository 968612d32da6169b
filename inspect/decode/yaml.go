package decode

import "bytes"

// YAML reads documents of YAML 1.2 by a walk over their lines: mappings, sequences, flow collections and scalars of every style. A tag is dropped and noted; an alias stays the
// text "*name" and is never followed, so that no document grows. What the walk does not read the same way as a full reader: complex keys ("? key") that are no scalars.
func YAML(src []byte, s Sink) (n int, f Fault) {
	y := yamlReader{src: src, s: s}
	if bytes.HasPrefix(src, []byte(bomUTF8)) {
		y.pos = len(bomUTF8)
	}
	for documents := 0; ; documents++ {
		more, f := y.document(documents)
		if f != OK {
			return y.pos, f
		}
		if !more {
			return y.pos, OK
		}
	}
}

// yamlReader is at pos; line is where that line begins. A block's indentation is a column.
type yamlReader struct {
	src   []byte
	s     Sink
	pos   int
	line  int
	depth int
	notes yamlNotes
}

// yamlNotes are the ambiguities of the node that comes next, to be noted once it is there.
type yamlNotes uint8

const (
	yamlTag yamlNotes = 1 << iota
	yamlAnchor
	yamlMerge
	yamlTab
	yamlMany
)

func (y *yamlReader) note() {
	for i, a := range [...]Ambiguity{YAMLTag, YAMLAnchor, YAMLMerge, YAMLTab, YAMLDocuments} {
		if y.notes&(1<<i) != 0 {
			y.s.Note(a)
		}
	}
	y.notes = 0
}

func (y *yamlReader) open(name []byte, kind Kind) Fault {
	if y.depth >= maxDepth || !y.s.Open(name, kind) {
		return Limit
	}
	y.depth++
	y.note()
	return OK
}

func (y *yamlReader) close() {
	y.depth--
	y.s.Close()
}

func (y *yamlReader) leaf(name []byte, kind Kind, value []byte, size int) Fault {
	ok := y.s.Leaf(name, kind, value, size)
	y.note()
	return within(ok)
}

// document reads up to a marker of the next document or the end.
func (y *yamlReader) document(count int) (more bool, f Fault) {
	y.blank()
	for y.pos < len(y.src) && y.src[y.pos] == '%' && y.pos == y.line { // directives
		y.nextLine()
		y.blank()
	}
	if y.marker("---") {
		y.pos += 3
	}
	y.blank()
	if y.pos >= len(y.src) {
		if count == 0 {
			return false, Syntax
		}
		return false, OK
	}
	name := []byte(nil)
	if count > 0 {
		name = word(y.s, "#document")
		y.notes |= yamlMany
	}
	if !y.marker("---") && !y.marker("...") {
		if f := y.node(name, -1); f != OK {
			return false, f
		}
	}
	y.blank()
	if y.marker("...") {
		y.pos += 3
		y.blank()
	}
	switch {
	case y.pos >= len(y.src):
		return false, OK
	case y.marker("---"):
		return true, OK
	}
	return false, Syntax
}

// marker tells whether a line of three characters is next.
func (y *yamlReader) marker(m string) bool {
	rest := y.src[y.pos:]
	return y.pos == y.line && bytes.HasPrefix(rest, []byte(m)) && (len(rest) == 3 || isSpace(rest[3]))
}

// blank passes spaces, line ends and comments.
func (y *yamlReader) blank() {
	for y.pos < len(y.src) {
		switch c := y.src[y.pos]; {
		case c == '\n' || c == '\r':
			y.pos++
			y.line = y.pos
		case c == ' ':
			y.pos++
		case c == '\t':
			if y.pos == y.line || y.src[y.pos-1] == ' ' && len(bytes.Trim(y.src[y.line:y.pos], " ")) == 0 {
				y.notes |= yamlTab
			}
			y.pos++
		case c == '#' && (y.pos == y.line || y.pos == 0 || isSpace(y.src[y.pos-1])):
			y.toLineEnd()
		default:
			return
		}
	}
}

func (y *yamlReader) toLineEnd() {
	i := bytes.IndexByte(y.src[y.pos:], '\n')
	if i < 0 {
		y.pos = len(y.src)
		return
	}
	y.pos += i
}

func (y *yamlReader) nextLine() {
	y.toLineEnd()
	if y.pos < len(y.src) {
		y.pos++
		y.line = y.pos
	}
}

// column is how far into its line y.pos is.
func (y *yamlReader) column() int { return y.pos - y.line }

// node reads one node that stands deeper than the column parent; nothing there is null.
func (y *yamlReader) node(name []byte, parent int) Fault {
	line := y.line
	y.blank()
	if y.pos >= len(y.src) || y.line != line && y.column() <= parent || y.ended() {
		return y.leaf(name, Null, nil, 0)
	}
	for y.properties() {
		line = y.line
		y.blank()
		if y.pos >= len(y.src) || y.line != line && y.column() <= parent || y.ended() {
			return y.leaf(name, Null, nil, 0)
		}
	}
	column := y.column()
	switch c := y.src[y.pos]; {
	case y.dash():
		return y.sequence(name, column)
	case c == '?' && y.gap(y.pos+1):
		return y.mapping(name, column)
	case c == '|' || c == '>':
		return y.block(name, parent)
	case y.key() >= 0:
		return y.mapping(name, column)
	case c == '[' || c == '{':
		return y.flow(name)
	case c == '"' || c == '\'':
		return y.quotedLeaf(name)
	case c == '*':
		y.notes |= yamlAnchor
	case c == '@' || c == '`' || c == '%' && column == 0:
		return Syntax
	}
	return y.plain(name, parent)
}

// ended tells whether a document marker is next.
func (y *yamlReader) ended() bool { return y.marker("---") || y.marker("...") }

// gap tells whether the place i is a space, a line's end or the end.
func (y *yamlReader) gap(i int) bool { return i >= len(y.src) || isSpace(y.src[i]) }

// dash tells whether an entry of a block sequence begins here.
func (y *yamlReader) dash() bool { return y.pos < len(y.src) && y.src[y.pos] == '-' && y.gap(y.pos+1) }

// properties passes one tag or anchor; it says whether there was one.
func (y *yamlReader) properties() bool {
	if y.pos >= len(y.src) {
		return false
	}
	c := y.src[y.pos]
	if c != '!' && c != '&' {
		return false
	}
	end := y.pos + 1
	for !y.gap(end) && (c == '!' || bytes.IndexByte([]byte(",[]{}"), y.src[end]) < 0) {
		end++
	}
	if c == '!' {
		y.notes |= yamlTag
	} else {
		y.notes |= yamlAnchor
	}
	y.pos = end
	return true
}

// sequence reads the entries that begin with "-" in one column.
func (y *yamlReader) sequence(name []byte, column int) Fault {
	if f := y.open(name, Array); f != OK {
		return f
	}
	for y.dash() && y.column() == column {
		y.pos++
		if f := y.node(nil, column); f != OK {
			return f
		}
		y.blank()
	}
	y.close()
	return OK
}

// mapping reads the pairs whose keys begin in one column.
func (y *yamlReader) mapping(name []byte, column int) Fault {
	if f := y.open(name, Object); f != OK {
		return f
	}
	for y.pos < len(y.src) && y.column() == column && !y.ended() {
		if f := y.pair(column); f != OK {
			return f
		}
		y.blank()
	}
	y.close()
	return OK
}

// pair reads "key: value". A sequence may stand in the key's own column.
func (y *yamlReader) pair(column int) Fault {
	for y.properties() {
		y.spaces()
	}
	if y.pos < len(y.src) && y.src[y.pos] == '?' && y.gap(y.pos+1) {
		y.pos++
		y.spaces()
		if y.key() < 0 { // "? key" with its ":" on a line of its own
			return Syntax
		}
	}
	colon := y.key()
	if colon < 0 {
		return Syntax
	}
	from := y.pos
	key, f := y.keyText(from, colon)
	if f != OK {
		return f
	}
	if string(key) == "<<" {
		y.notes |= yamlMerge
	}
	y.pos = colon + 1
	line := y.line
	y.blank()
	if y.line != line && y.column() == column && y.dash() {
		return y.sequence(key, column)
	}
	if y.line != line && y.column() <= column {
		return y.leaf(key, Null, nil, 0)
	}
	return y.node(key, column)
}

func (y *yamlReader) spaces() {
	for y.pos < len(y.src) && (y.src[y.pos] == ' ' || y.src[y.pos] == '\t') {
		y.pos++
	}
}

// key finds the ":" that ends a key beginning at y.pos on this line; -1 where there is none.
func (y *yamlReader) key() int {
	const longest = 1024 // YAML 1.2, 7.4.2
	rest := y.src[y.pos:min(len(y.src), y.pos+longest)]
	if len(rest) > 0 && (rest[0] == '"' || rest[0] == '\'') {
		end := quotedSpan(rest)
		if end < 0 || bytes.IndexByte(rest[:end], '\n') >= 0 {
			return -1
		}
		i := end
		for i < len(rest) && (rest[i] == ' ' || rest[i] == '\t') {
			i++
		}
		if i < len(rest) && rest[i] == ':' && y.gap(y.pos+i+1) {
			return y.pos + i
		}
		return -1
	}
	if len(rest) > 0 && bytes.IndexByte([]byte("[]{},#|>@`%"), rest[0]) >= 0 {
		return -1
	}
	for i, c := range rest {
		switch {
		case c == '\n' || c == '\r' || c == '#' && i > 0 && isSpace(rest[i-1]):
			return -1
		case c == ':' && y.gap(y.pos+i+1):
			return y.pos + i
		}
	}
	return -1
}

// keyText is the key as its reader sees it.
func (y *yamlReader) keyText(from, colon int) ([]byte, Fault) {
	raw := bytes.TrimRight(y.src[from:colon], " \t")
	if len(raw) > 1 && (raw[0] == '"' || raw[0] == '\'') {
		return y.unquote(raw)
	}
	if raw == nil {
		raw = []byte{}
	}
	return raw, OK
}
