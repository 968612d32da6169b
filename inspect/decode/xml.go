package decode

import (
	"bytes"
	"unicode/utf8"
)

// xmlTracked is how many open elements have their end tag's name compared; deeper ones are only counted.
const xmlTracked = 64

// xmlAttributes is how many attributes of an element are compared with each other.
const xmlAttributes = 32

// XML reads one document (XML 1.0, fifth edition). An element is an Object with its local name; an attribute is a leaf "@name", a run of text with its CDATA sections
// "#text", a comment "#comment", a processing instruction "?target", a document type "!DOCTYPE" with each "!ENTITY" in it. Nothing is expanded, nothing fetched: an
// entity's use stays as it was written. Prefixes are dropped, since they are the sender's choice; a carriage return is kept as sent.
func XML(src []byte, s Sink) (n int, f Fault) {
	x := xmlReader{src: src, s: s}
	if ebcdicXML(src) {
		return x.ebcdic()
	}
	if bytes.HasPrefix(src, []byte(bomUTF8)) {
		x.pos = len(bomUTF8)
	}
	f = x.document()
	return x.pos, f
}

// xmlReader is the lexer's state. The run is the text since the last tag: it goes on over comments, instructions and CDATA, as a parser joins it.
type xmlReader struct {
	src     []byte
	s       Sink
	pos     int  // next byte to read
	full    bool // the Sink wants no more
	depth   int  // open elements
	roots   int  // elements seen outside any other
	run     int  // where the run began
	apart   int  // bytes of the run that are leaves of their own
	joined  bool
	fresh   bool // the run began at a start tag
	charset xmlCharset
	noted   uint64 // ambiguities told once a document
	text    []byte // "#text" in the arena
	names   [xmlTracked]span
}

type span struct{ from, to int }

// document reads up to the end of the root element and the comments and spaces behind it.
func (x *xmlReader) document() Fault {
	x.run = x.pos
	for x.pos < len(x.src) {
		if x.full {
			return Limit
		}
		next := bytes.IndexByte(x.src[x.pos:], '<')
		if next < 0 {
			break
		}
		if x.depth == 0 && !blank(x.src[x.pos:x.pos+next]) {
			break
		}
		x.pos += next
		if f, ok := x.markup(); !ok {
			return f
		}
	}
	return x.end()
}

// end judges how the document stopped: x.pos is behind what belongs to it.
func (x *xmlReader) end() Fault {
	switch {
	case x.depth > 0:
		x.pos = len(x.src)
		x.flush(x.pos, false)
		return Cut
	case x.roots == 0:
		return Syntax
	}
	x.pos = xmlSpace(x.src, x.pos)
	return OK
}

// markup reads what begins with the "<" at x.pos; ok is false when the document ends with it.
func (x *xmlReader) markup() (f Fault, ok bool) {
	rest := x.src[x.pos:]
	switch {
	case len(rest) < 2:
		return Cut, false
	case rest[1] == '/':
		return x.endTag()
	case rest[1] == '?':
		return x.instruction()
	case rest[1] == '!':
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			return x.comment()
		case bytes.HasPrefix(rest, []byte("<![CDATA[")) && x.depth > 0:
			return x.cdata()
		case bytes.HasPrefix(rest, []byte("<!DOCTYPE")) && x.depth == 0 && x.roots == 0:
			return x.doctype()
		}
		return Syntax, false
	case x.depth == 0 && x.roots > 0: // a second root is not of this document
		return OK, false
	}
	return x.startTag()
}

// leaf adds one value, and remembers where that was one too many.
func (x *xmlReader) leaf(name []byte, value []byte, size int) {
	if !x.full && !x.s.Leaf(name, String, value, size) {
		x.full = true
	}
}

func (x *xmlReader) note(a Ambiguity) {
	if bit := uint64(1) << (a & 63); x.noted&bit == 0 {
		x.noted |= bit
		x.s.Note(a)
	}
}

func (x *xmlReader) cdata() (Fault, bool) {
	end := bytes.Index(x.src[x.pos:], []byte("]]>"))
	if end < 0 {
		return Cut, false
	}
	x.pos += end + len("]]>")
	x.joined = true
	return OK, true
}

func (x *xmlReader) comment() (Fault, bool) {
	body := x.src[x.pos+len("<!--"):]
	end := bytes.Index(body, []byte("-->"))
	if end < 0 {
		return Cut, false
	}
	size := len("<!--") + end + len("-->")
	x.leaf(word(x.s, "#comment"), x.recode(body[:end]), size)
	x.skip(size)
	return OK, true
}

// skip passes size bytes that are a leaf of their own, in the midst of a run.
func (x *xmlReader) skip(size int) {
	x.pos += size
	x.apart += size
	x.joined = true
}

func (x *xmlReader) instruction() (Fault, bool) {
	body := x.src[x.pos+1:]
	end := 1 + bytes.Index(body[1:], []byte("?>"))
	if end == 0 {
		return Cut, false
	}
	name := 1
	for name < end && !isSpace(body[name]) {
		name++
	}
	value, size := body[xmlSpace(body[:end], name):end], end+1+len("?>")
	x.leaf(body[:name], value, size)
	first := x.roots == 0 && x.depth == 0 && blank(x.src[:x.pos])
	x.skip(size)
	if first && string(body[:name]) == "?xml" {
		return x.declared(value)
	}
	return OK, true
}

// startTag reads <name attributes>, and the end at once of an element without content.
func (x *xmlReader) startTag() (Fault, bool) {
	x.flush(x.pos, false)
	from := x.pos + 1
	to := nameEnd(x.src, from)
	if to == from {
		return Syntax, false
	}
	if x.depth >= maxDepth {
		return Limit, false
	}
	if x.depth == 0 {
		x.roots++
	}
	if x.depth < xmlTracked {
		x.names[x.depth] = span{from, to}
	}
	if x.full || !x.s.Open(localName(x.src[from:to]), Object) {
		return Limit, false
	}
	x.depth++
	if x.pos = to; to >= len(x.src) || x.src[to] != '>' {
		if f, ok := x.attributes(); !ok {
			return f, false
		}
	}
	empty := x.src[x.pos] == '/'
	if empty {
		x.pos++
		x.close()
	}
	x.pos++
	x.begin(!empty)
	return OK, true
}

// begin starts a new run at x.pos.
func (x *xmlReader) begin(fresh bool) {
	x.run, x.apart, x.joined, x.fresh = x.pos, 0, false, fresh
}

func (x *xmlReader) close() {
	x.s.Close()
	x.depth--
}

func (x *xmlReader) endTag() (Fault, bool) {
	if x.depth == 0 {
		return OK, false // not of this document
	}
	from := x.pos + 2
	to := nameEnd(x.src, from)
	end := xmlSpace(x.src, to)
	if end >= len(x.src) {
		return Cut, false
	}
	if x.src[end] != '>' {
		return Syntax, false
	}
	if x.depth <= xmlTracked {
		open := x.names[x.depth-1]
		if !bytes.Equal(x.src[open.from:open.to], x.src[from:to]) {
			return Syntax, false
		}
	}
	x.flush(x.pos, x.fresh)
	x.pos = end + 1
	x.close()
	x.begin(false)
	return OK, true
}

// flush gives the run that ends at to as a text leaf. A run of spaces is a value only where it is all there is in its element (whole).
func (x *xmlReader) flush(to int, whole bool) {
	if x.depth == 0 || to == x.run {
		return
	}
	raw := x.src[x.run:to]
	if !whole && !x.joined && blank(raw) {
		return
	}
	value, marked := x.value(raw, x.joined)
	if len(value) == 0 || x.joined && !whole && blank(value) {
		return
	}
	if x.text == nil {
		x.text = word(x.s, "#text")
	}
	x.leaf(x.text, value, len(raw)-x.apart)
	if marked {
		x.refer(raw)
	}
}

// xmlSpace gives the place of the first byte at or after pos that is no white space.
func xmlSpace(src []byte, pos int) int {
	for pos < len(src) && isSpace(src[pos]) {
		pos++
	}
	return pos
}

// blank tells whether there is nothing but white space (XML 1.0, production S).
func blank(b []byte) bool { return xmlSpace(b, 0) == len(b) }

// trimBlanks is src without white space around it.
func trimBlanks(src []byte) []byte {
	for len(src) > 0 && isSpace(src[0]) {
		src = src[1:]
	}
	for len(src) > 0 && isSpace(src[len(src)-1]) {
		src = src[:len(src)-1]
	}
	return src
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// nameEnd gives the end of the name that begins at pos; pos itself where there is none.
func nameEnd(src []byte, pos int) int {
	if pos < len(src) && !nameStart(src[pos]) {
		return pos
	}
	for pos < len(src) && nameBytes[src[pos]] {
		pos++
	}
	return pos
}

func nameStart(c byte) bool {
	return c|0x20-'a' < 26 || c == '_' || c == ':' || c >= utf8.RuneSelf
}

var nameBytes = func() (t [256]bool) {
	for c := range t {
		t[c] = nameStart(byte(c)) || c == '-' || c == '.' || c >= '0' && c <= '9'
	}
	return t
}()

// localName is a name without its prefix.
func localName(name []byte) []byte {
	for i, c := range name {
		if c == ':' && i+1 < len(name) {
			return name[i+1:]
		}
	}
	return name
}
