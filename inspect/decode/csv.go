package decode

import "bytes"

// CSV reads lines of values (RFC 4180), separated by comma, semicolon, tab or bar. Where the first line is names, each line below is an Object of them, else an Array.
func CSV(src []byte, s Sink) (n int, f Fault) {
	c := csvReader{src: src, s: s, comma: csvComma(src)}
	if bytes.HasPrefix(src, []byte(bomUTF8)) {
		c.pos = len(bomUTF8)
	}
	if !s.Open(nil, Array) {
		return 0, Limit
	}
	if f := c.comments(); f != OK {
		return c.pos, f
	}
	c.header()
	if c.names > 0 {
		c.pos = c.head
	}
	for c.pos < len(src) {
		if src[c.pos] == '\n' || src[c.pos] == '\r' { // an empty line is no row
			c.pos++
			continue
		}
		if f := c.row(); f != OK {
			return c.pos, f
		}
	}
	s.Close()
	return c.pos, OK
}

// comments passes the lines above the names that begin with "#", as exports have them. Each is a value of its own.
func (c *csvReader) comments() Fault {
	for c.pos < len(c.src) && c.src[c.pos] == '#' {
		length, size := lineEnd(c.src[c.pos:])
		line := c.src[c.pos : c.pos+length]
		if c.pos += size; !c.s.Leaf(nil, String, line, size) {
			return Limit
		}
	}
	c.comma = csvComma(c.src[c.pos:])
	return OK
}

// csvMost is how many columns have names; the ones behind them have none.
const csvMost = 128

type csvReader struct {
	src    []byte
	s      Sink
	comma  byte
	pos    int
	head   int             // where the line of names ends
	names  int             // how many columns have one
	name   [csvMost][]byte //
	fields int             // of the first line
	stray  bool            // a quote where none is allowed
}

// csvComma is the separator that the first line holds most of.
func csvComma(src []byte) byte {
	length, _ := lineEnd(src)
	best, most := byte(','), 0
	for _, c := range []byte(",;\t|") {
		if n := bytes.Count(src[:length], []byte{c}); n > most {
			best, most = c, n
		}
	}
	return best
}

// header takes the first line as names if all of it are identifiers, no two the same.
func (c *csvReader) header() {
	from := c.pos
	defer func() { c.pos = from }()
	for i := range csvMost {
		raw, last := c.field()
		name := bytes.TrimSpace(c.text(raw))
		if !csvName(name) {
			c.names = 0
			return
		}
		for _, other := range c.name[:i] {
			if bytes.Equal(other, name) {
				c.names = 0
				return
			}
		}
		c.name[i] = name
		if c.names = i + 1; last {
			c.head = c.pos
			return
		}
	}
	c.names = 0
}

// csvName tells whether a text may be a column's name: a word or two, no number.
func csvName(name []byte) bool {
	if len(name) == 0 || len(name) > 64 {
		return false
	}
	for i, ch := range name {
		letter := ch|0x20-'a' < 26 || ch == '_' || ch >= 0x80
		if !letter && (i == 0 || ch != ' ' && ch != '-' && ch != '.' && ch != '/' && ch != '(' && ch != ')' && ch != '#' && ch-'0' >= 10) {
			return false
		}
	}
	return true
}

// row reads one line.
func (c *csvReader) row() Fault {
	kind := Array
	if c.names > 0 {
		kind = Object
	}
	if !c.s.Open(nil, kind) {
		return Limit
	}
	c.stray = false
	fields := 0
	for last := false; !last; fields++ {
		from := c.pos
		var raw []byte
		raw, last = c.field()
		name := []byte(nil)
		switch {
		case fields < c.names:
			name = c.name[fields]
		case c.names > 0:
			name = word(c.s, "#more")
		}
		value := c.text(raw)
		if !c.s.Leaf(name, textOrBytes(value), value, c.pos-from) {
			return Limit
		}
	}
	if c.stray {
		c.s.Note(QuoteStray)
	}
	if c.fields == 0 {
		if c.fields = fields; c.names > 0 {
			c.fields = c.names
		}
	}
	if fields != c.fields {
		c.s.Note(RowUneven)
	}
	c.s.Close()
	return OK
}

// field takes one value with its quotes, and the separator or line end behind it; last: that was a line end.
func (c *csvReader) field() (raw []byte, last bool) {
	from := c.pos
	if from < len(c.src) && c.src[from] == '"' {
		end := from + 1
		for end < len(c.src) {
			if c.src[end] == '"' {
				if end+1 >= len(c.src) || c.src[end+1] != '"' {
					break
				}
				end++
			}
			end++
		}
		c.pos = min(end+1, len(c.src))
	}
	for c.pos < len(c.src) && c.src[c.pos] != c.comma && c.src[c.pos] != '\n' {
		c.pos++
	}
	raw = c.src[from:c.pos]
	last = c.pos >= len(c.src) || c.src[c.pos] == '\n'
	if last && len(raw) > 0 && raw[len(raw)-1] == '\r' && c.pos < len(c.src) {
		raw = raw[:len(raw)-1]
	}
	if c.pos < len(c.src) {
		c.pos++
	}
	return raw, last
}

// text undoes the quotes.
func (c *csvReader) text(raw []byte) []byte {
	if len(raw) == 0 || raw[0] != '"' {
		c.stray = c.stray || bytes.IndexByte(raw, '"') >= 0
		return raw
	}
	if len(raw) < 2 || raw[len(raw)-1] != '"' {
		c.stray = true
		return raw
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '"') < 0 {
		return inner
	}
	room := c.s.Grow(len(inner))
	if room == nil {
		return inner
	}
	out := room[:0]
	for i := 0; i < len(inner); i++ {
		if inner[i] == '"' {
			if i+1 >= len(inner) || inner[i+1] != '"' {
				c.stray = true
			} else {
				i++
			}
		}
		out = append(out, inner[i])
	}
	return out
}

// sniffCSV asks for a line of names, and for lines below it with as many values: three columns, or two in three lines below.
func sniffCSV(src []byte) bool {
	c := csvReader{src: src, s: discard{}}
	c.comments()
	length, size := lineEnd(src[c.pos:])
	if size == length || length > 1000 {
		return false
	}
	if c.header(); c.names < 2 || c.names > 100 {
		return false
	}
	for _, name := range c.name[:c.names] {
		if bytes.Count(name, []byte(" ")) > 1 {
			return false
		}
	}
	rows := 0
	c.src = bytes.TrimRight(src, "\r\n")
	for c.pos = c.head; c.pos < len(c.src); rows++ {
		if c.src[c.pos] == '\n' || c.src[c.pos] == '\r' {
			return false
		}
		fields, blanks := 0, 0
		for last := false; !last; fields++ {
			var raw []byte
			raw, last = c.field()
			if len(raw) > 0 && raw[0] != '"' && (bytes.IndexByte(raw, '"') >= 0 || raw[0] == '&' && escapedQuote(raw)) {
				return false
			}
			if len(raw) > 0 && raw[0] == ' ' {
				blanks++
			}
		}
		if fields != c.names || 2*blanks >= fields { // with a blank behind most commas it is a sentence
			return false
		}
	}
	return rows >= 3 || rows >= 1 && c.names >= 3
}
