package decode

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

const bomUTF8 = "\ufeff"

// xmlCharset is the declared encoding as far as it changes how bytes are read. UTF-16 and UTF-32 are undone before, as wrappings.
type xmlCharset uint8

const (
	xmlUTF8 xmlCharset = iota
	xmlLatin1
	xmlWindows1252
)

// attributes reads up to the ">" or "/>" of a start tag and leaves x.pos there.
func (x *xmlReader) attributes() (Fault, bool) {
	count := 0
	var seen [xmlAttributes]span
	for {
		x.pos = xmlSpace(x.src, x.pos)
		rest := x.src[x.pos:]
		switch {
		case len(rest) == 0 || len(rest) == 1 && rest[0] == '/':
			return Cut, false
		case rest[0] == '>' || rest[0] == '/' && rest[1] == '>':
			return OK, true
		}
		from, to := x.pos, nameEnd(x.src, x.pos)
		if to == from {
			return Syntax, false
		}
		raw, size, f := x.quoted(to)
		if f != OK {
			return f, false
		}
		value, marked := x.value(raw, false)
		x.leaf(x.attribute(x.src[from:to]), value, size+to-from)
		if marked {
			x.refer(raw)
		}
		for _, other := range seen[:min(count, xmlAttributes)] {
			if bytes.Equal(x.src[other.from:other.to], x.src[from:to]) {
				x.note(DuplicateAttribute)
			}
		}
		if count < xmlAttributes {
			seen[count] = span{from, to}
		}
		count++
		if x.pos = to + size; x.full {
			return Limit, false
		}
	}
}

// quoted reads ="value" at pos. size counts from pos.
func (x *xmlReader) quoted(pos int) (value []byte, size int, f Fault) {
	at := xmlSpace(x.src, pos)
	if at < len(x.src) && x.src[at] != '=' {
		return nil, 0, Syntax
	}
	if at = xmlSpace(x.src, min(at+1, len(x.src))); at >= len(x.src) {
		return nil, 0, Cut
	}
	quote := x.src[at]
	if quote != '"' && quote != '\'' {
		return nil, 0, Syntax
	}
	end := bytes.IndexByte(x.src[at+1:], quote)
	if end < 0 {
		return nil, 0, Cut
	}
	return x.src[at+1 : at+1+end], at + 1 + end + 1 - pos, OK
}

// attribute is "@" and the local name; every namespace declaration is "@xmlns", whatever prefix it binds.
func (x *xmlReader) attribute(name []byte) []byte {
	if bytes.HasPrefix(name, []byte("xmlns:")) {
		return word(x.s, "@xmlns")
	}
	name = localName(name)
	out := x.s.Grow(1 + len(name))
	if out == nil {
		return name
	}
	out[0] = '@'
	copy(out[1:], name)
	return out
}

// value undoes the references, and (joined) the CDATA sections, comments and instructions of a text, and its declared single-byte charset.
// Where the limit of unfolded bytes is reached it stays as it was written. marked: there was something to undo.
func (x *xmlReader) value(raw []byte, joined bool) (value []byte, marked bool) {
	wide := x.charset != xmlUTF8 && !ascii(raw)
	if !joined && !wide && !xmlMarked(raw) {
		return raw, false
	}
	size := len(raw)
	if wide {
		size *= utf8.UTFMax - 1
	}
	out := x.s.Grow(size)
	if out == nil {
		return raw, true
	}
	out = out[:0]
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '\r':
			n := lineBreak(raw[i:])
			out = append(out, '\n')
			i += n
		case c == '&':
			r, n := reference(raw[i:])
			if n == 0 {
				out = append(out, c)
				i++
				continue
			}
			out = utf8.AppendRune(out, r)
			i += n
		case c == '<' && joined:
			from, to, n := inside(raw[i:])
			out = x.lines(out, raw[i+from:i+to])
			i += n
		default:
			out = x.append(out, raw[i:i+1])
			i++
		}
	}
	return out, true
}

// xmlMarked says whether there are references or carriage returns in raw.
func xmlMarked(raw []byte) bool {
	i := 0
	for ; i <= len(raw)-8; i += 8 {
		if w := binary.LittleEndian.Uint64(raw[i : i+8]); zeroByte(w^'&'*ones)|zeroByte(w^'\r'*ones) != 0 {
			return true
		}
	}
	for _, c := range raw[i:] {
		if c == '&' || c == '\r' {
			return true
		}
	}
	return false
}

// lines adds text in which nothing is escaped: a line end, of whatever kind, is one line feed (XML 1.0 §2.11).
func (x *xmlReader) lines(out, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\r')
		if i < 0 {
			return x.append(out, raw)
		}
		out = append(x.append(out, raw[:i]), '\n')
		raw = raw[i+lineBreak(raw[i:]):]
	}
}

// lineBreak is the length of the line end that raw begins with, a carriage return.
func lineBreak(raw []byte) int {
	if len(raw) > 1 && raw[1] == '\n' {
		return 2
	}
	return 1
}

// append adds bytes in the declared charset as UTF-8.
func (x *xmlReader) append(out, raw []byte) []byte {
	switch x.charset {
	case xmlLatin1:
		for _, c := range raw {
			out = utf8.AppendRune(out, rune(c))
		}
		return out
	case xmlWindows1252:
		for _, c := range raw {
			out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(c))
		}
		return out
	default:
		return append(out, raw...)
	}
}

// recode gives text in which nothing is escaped, from the declared charset.
func (x *xmlReader) recode(raw []byte) []byte {
	if x.charset == xmlUTF8 || ascii(raw) {
		return raw
	}
	out := x.s.Grow(len(raw) * (utf8.UTFMax - 1))
	if out == nil {
		return raw
	}
	return x.append(out[:0], raw)
}

// inside gives the text of the CDATA section at the beginning of raw; of a comment or instruction it is empty. n is the length of the whole.
func inside(raw []byte) (from, to, n int) {
	open, end := "<![CDATA[", "]]>"
	switch {
	case bytes.HasPrefix(raw, []byte("<!--")):
		open, end = "<!--", "-->"
	case raw[1] == '?':
		open, end = "<?", "?>"
	}
	i := bytes.Index(raw[len(open):], []byte(end))
	if i < 0 { // the lexer has found it before: only for safety
		return 0, len(raw), len(raw)
	}
	n = len(open) + i + len(end)
	if open != "<![CDATA[" {
		return 0, 0, n
	}
	return len(open), len(open) + i, n
}

// refer notes a use of an entity that only a document type can declare.
func (x *xmlReader) refer(raw []byte) {
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			return
		}
		raw = raw[i:]
		if _, n := reference(raw); n == 0 {
			if end := nameEnd(raw, 1); end > 1 && end < len(raw) && raw[end] == ';' {
				x.note(EntityUsed)
				return
			}
		}
		raw = raw[1:]
	}
}

// reference reads one of the five predefined entities or a character reference (XML 1.0, 4.1 and 4.6) at the beginning of b; n is 0 where there is none.
func reference(b []byte) (r rune, n int) {
	const longest = len("&#x0000000010FFFF;")
	end := bytes.IndexByte(b[:min(len(b), longest)], ';')
	if end < 0 {
		return 0, 0
	}
	switch name := string(b[1:end]); name {
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "amp":
		return '&', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	}
	if end < 3 || b[1] != '#' {
		return 0, 0
	}
	base, digits := rune(10), b[2:end]
	if digits[0] == 'x' || digits[0] == 'X' {
		base, digits = 16, digits[1:]
	}
	for _, c := range digits {
		d := hexValue[c]
		if d < 0 || rune(d) >= base {
			return 0, 0
		}
		if r = r*base + rune(d); r > utf8.MaxRune {
			return 0, 0
		}
	}
	if len(digits) == 0 || !utf8.ValidRune(r) {
		return 0, 0
	}
	return r, end + 1
}

// declared reads the encoding of <?xml version="1.0" encoding="…"?>. What follows in a charset that hides even "<" goes on as one text, to be unfolded like any other.
func (x *xmlReader) declared(value []byte) (Fault, bool) {
	i := bytes.Index(value, []byte("encoding"))
	if i < 0 {
		return OK, true
	}
	value = value[xmlSpace(value, i+len("encoding")):]
	value = bytes.Trim(value, "= \t\r\n")
	if len(value) < 2 {
		return OK, true
	}
	end := bytes.IndexByte(value[1:], value[0])
	if end < 0 {
		return OK, true
	}
	name := value[1 : 1+end]
	switch {
	case anyFold(name, "utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be", "utf-32", "ucs-2"):
	case anyFold(name, "iso-8859-1", "latin1", "iso_8859-1", "l1"):
		x.charset = xmlLatin1
	case anyFold(name, "windows-1252", "cp1252", "iso-8859-15"):
		x.charset = xmlWindows1252
	case anyFold(name, "utf-7", "unicode-1-1-utf-7", "csunicode11utf7"):
		x.note(CharsetUnusual)
		x.leaf(word(x.s, "#document"), x.src[x.pos:], len(x.src)-x.pos)
		x.pos = len(x.src)
		x.roots++
		return OK, false
	default:
		x.note(CharsetUnusual)
	}
	return OK, true
}

func anyFold(name []byte, names ...string) bool {
	for _, other := range names {
		if bytes.EqualFold(name, []byte(other)) {
			return true
		}
	}
	return false
}

// ebcdicXML tells whether a document begins with "<?xml" in EBCDIC (XML 1.0, appendix F).
func ebcdicXML(src []byte) bool { return bytes.HasPrefix(src, []byte("\x4c\x6f\xa7\x94\x93")) }

// ebcdic gives the document, out of code page 037, as one text, to be opened in turn.
func (x *xmlReader) ebcdic() (n int, f Fault) {
	out := x.s.Grow(2 * len(x.src))
	if out == nil {
		return 0, Limit
	}
	out = out[:0]
	for _, c := range x.src {
		out = utf8.AppendRune(out, charmap.CodePage037.DecodeByte(c))
	}
	x.leaf(word(x.s, "#document"), out, len(x.src))
	x.note(CharsetUnusual)
	return len(x.src), OK
}
