package decode

import "bytes"

// doctype reads <!DOCTYPE name SYSTEM "…" [ … ]> as an Object: each declaration of its internal subset is a member. Nothing is expanded or fetched.
func (x *xmlReader) doctype() (Fault, bool) {
	if x.full || !x.s.Open(x.src[x.pos+1:x.pos+len("<!DOCTYPE")], Object) {
		return Limit, false
	}
	x.note(DocumentType)
	x.pos += len("<!DOCTYPE")
	from := xmlSpace(x.src, x.pos)
	to := nameEnd(x.src, from)
	if to > from {
		x.leaf(word(x.s, "name"), x.src[from:to], to-from)
		x.pos = to
	}
	f := x.external()
	if f == OK {
		f = x.subset()
	}
	if f != OK {
		return f, false
	}
	x.s.Close()
	x.begin(false)
	return OK, true
}

// external reads SYSTEM "…" or PUBLIC "…" "…" where there is one.
func (x *xmlReader) external() Fault {
	x.pos = xmlSpace(x.src, x.pos)
	rest := x.src[x.pos:]
	ids := [2]string{"system", ""}
	switch {
	case bytes.HasPrefix(rest, []byte("SYSTEM")):
	case bytes.HasPrefix(rest, []byte("PUBLIC")):
		ids = [2]string{"public", "system"}
	default:
		return OK
	}
	x.pos += len("SYSTEM")
	for _, id := range ids {
		if id == "" || x.pos >= len(x.src) {
			break
		}
		if f, found := x.literal(id); f != OK || !found {
			return f
		}
	}
	return OK
}

// literal reads one quoted text as a leaf.
func (x *xmlReader) literal(name string) (f Fault, found bool) {
	x.pos = xmlSpace(x.src, x.pos)
	if x.pos >= len(x.src) {
		return Cut, false
	}
	quote := x.src[x.pos]
	if quote != '"' && quote != '\'' {
		return OK, false
	}
	end := bytes.IndexByte(x.src[x.pos+1:], quote)
	if end < 0 {
		return Cut, false
	}
	raw := x.src[x.pos+1 : x.pos+1+end]
	value, _ := x.value(raw, false)
	x.leaf(word(x.s, name), value, len(raw)+2)
	x.pos += end + 2
	return OK, true
}

// subset reads the declarations between "[" and "]", and the ">" that ends the document type.
func (x *xmlReader) subset() Fault {
	inside := false
	for x.pos < len(x.src) {
		if x.full {
			return Limit
		}
		rest := x.src[x.pos:]
		f := OK
		switch {
		case isSpace(rest[0]):
			x.pos++
		case rest[0] == '[' && !inside:
			inside = true
			x.pos++
		case rest[0] == ']' && inside:
			inside = false
			x.pos++
		case rest[0] == '>' && !inside:
			x.pos++
			return OK
		case !inside:
			return Syntax
		case bytes.HasPrefix(rest, []byte("<!--")):
			f, _ = x.comment()
		case bytes.HasPrefix(rest, []byte("<?")):
			f, _ = x.instruction()
		case bytes.HasPrefix(rest, []byte("<!ENTITY")):
			f = x.entity()
		case bytes.HasPrefix(rest, []byte("<!")):
			f = x.declaration()
		case rest[0] == '%':
			f = x.parameter()
		default:
			return Syntax
		}
		if f != OK {
			return f
		}
	}
	return Cut
}

// entity reads <!ENTITY name "value"> and its external and parameter forms (XML 1.0, 4.2).
func (x *xmlReader) entity() Fault {
	if x.full || !x.s.Open(x.src[x.pos+1:x.pos+len("<!ENTITY")], Object) {
		return Limit
	}
	x.pos = xmlSpace(x.src, x.pos+len("<!ENTITY"))
	if x.pos < len(x.src) && x.src[x.pos] == '%' {
		x.leaf(word(x.s, "parameter"), x.src[x.pos:x.pos+1], 1)
		x.pos = xmlSpace(x.src, x.pos+1)
	}
	to := nameEnd(x.src, x.pos)
	if to > x.pos {
		x.leaf(word(x.s, "name"), x.src[x.pos:to], to-x.pos)
		x.pos = to
	}
	x.note(EntityDeclared)
	f, found := x.literal("value")
	if f == OK && !found {
		f = x.external()
	}
	if f != OK {
		return f
	}
	end := bytes.IndexByte(x.src[x.pos:], '>')
	if end < 0 {
		return Cut
	}
	if rest := bytes.TrimSpace(x.src[x.pos : x.pos+end]); len(rest) > 0 {
		x.leaf(word(x.s, "data"), rest, len(rest))
	}
	x.pos += end + 1
	x.s.Close()
	return OK
}

// declaration reads an element, attribute list, notation or other declaration as one leaf: "!ELEMENT", "!ATTLIST" …
func (x *xmlReader) declaration() Fault {
	end := quotedEnd(x.src[x.pos:])
	if end < 0 {
		return Cut
	}
	to := nameEnd(x.src, x.pos+2)
	value := x.src[to : x.pos+end]
	x.leaf(x.src[x.pos+1:to], bytes.TrimSpace(value), end+1)
	x.pos += end + 1
	return OK
}

// quotedEnd gives the place of the first ">" outside quotes, or -1.
func quotedEnd(b []byte) int {
	quote := byte(0)
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return -1
}

// parameter reads the use of a parameter entity, %name;, whose replacement is never looked for.
func (x *xmlReader) parameter() Fault {
	end := nameEnd(x.src, x.pos+1)
	if end >= len(x.src) {
		return Cut
	}
	if x.src[end] != ';' {
		return Syntax
	}
	x.leaf(word(x.s, "%"), x.src[x.pos:end+1], end+1-x.pos)
	x.note(EntityUsed)
	x.pos = end + 1
	return OK
}
