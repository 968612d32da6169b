package detect

import "bytes"

// findXXE reads the document type declarations of a value as an XML parser does (XML 1.0, 2.8 and 4.2) and asks whether they make it fetch or
// read something: external entities, parameter entities, an external subset, XInclude. A DTD that only names the markup (XHTML, SVG) is ordinary.
func findXXE(v []byte, c *Context, _ *summary) hit {
	if c.Format == "xml" && !c.Key {
		if h := dtdMember(v, c.Name); h.grade != none {
			return h
		}
	}
	best := schemaElsewhere(v)
	svg := false
	for i := 0; i < len(v) && best.grade < certain; i++ {
		k := bytes.IndexByte(v[i:], '<')
		if k < 0 {
			break
		}
		i += k
		rest := v[i+1:]
		switch {
		case hasPrefixFold(rest, "!doctype"):
			h := doctype(v, i)
			svg = svg || containsFold(rest[:min(len(rest), 16)], " svg")
			best = best.or(h)
		case hasPrefixFold(rest, "!entity"):
			h := entityDeclaration(v, i)
			if svg && h.grade == likely {
				h.grade = hint // drawing programs name their namespaces with entities
			}
			best = best.or(h)
		case len(rest) > 8 && rest[0]|0x20 < 0x80:
			best = best.or(xinclude(v, i))
		}
	}
	return best
}

// dtdMember grades what the XML decoder gives of a DTD: system identifiers, the text of an entity, the use of a parameter entity.
func dtdMember(v, name []byte) hit {
	h := hit{0, len(v), none}
	switch string(name) {
	case "system":
		h.grade = systemGrade(v)
	case "%":
		h.grade = pick(len(v) > 0 && v[0] == '%', strong, none)
	}
	return h
}

// dtdReader reads the tokens of a declaration: names, literals, marks.
type dtdReader struct {
	v   []byte
	pos int
}

// word reads a name or keyword.
func (r *dtdReader) word() []byte {
	r.pos = skipSpace(r.v, r.pos)
	from := r.pos
	for r.pos < len(r.v) && !isSpace(r.v[r.pos]) && bytes.IndexByte([]byte("\"'<>[]%"), r.v[r.pos]) < 0 {
		r.pos++
	}
	return r.v[from:r.pos]
}

// literal reads a quoted literal; one that is never closed goes to the end, at most 4 KiB.
func (r *dtdReader) literal() (text []byte, ok bool) {
	r.pos = skipSpace(r.v, r.pos)
	if r.pos >= len(r.v) || r.v[r.pos] != '"' && r.v[r.pos] != '\'' {
		return nil, false
	}
	from := r.pos + 1
	end := min(len(r.v), from+4096)
	if k := bytes.IndexByte(r.v[from:end], r.v[r.pos]); k >= 0 {
		r.pos = from + k + 1
		return r.v[from : from+k], true
	}
	r.pos = end
	return r.v[from:end], true
}

// doctype grades <!DOCTYPE name (SYSTEM "…" | PUBLIC "…" "…")? [ … ]>. The entities inside are graded on their own.
func doctype(v []byte, i int) hit {
	r := dtdReader{v: v, pos: i + len("<!doctype")}
	name := r.word()
	if len(name) == 0 || equalFold(name, "html") {
		return hit{}
	}
	keyword := r.word()
	h := hit{i, r.pos, none}
	switch {
	case equalFold(keyword, "system"):
		if id, ok := r.literal(); ok {
			h = hit{i, r.pos, systemGrade(id)}
		}
	case equalFold(keyword, "public"):
		if id, ok := r.literal(); ok && !bytes.HasPrefix(id, []byte("-//")) && !bytes.HasPrefix(id, []byte("+//")) {
			if sys, ok := r.literal(); ok {
				h = hit{i, r.pos, systemGrade(sys)}
			}
		}
	}
	r.pos = skipSpace(v, r.pos)
	if r.pos < len(v) && v[r.pos] == '[' && len(v)-i < 256 && bytes.IndexByte(v[r.pos:], ']') < 0 {
		h = h.or(hit{i, r.pos + 1, likely}) // a subset that is never closed: a piece of something
	}
	return h
}

// systemGrade grades the system identifier of an external subset.
func systemGrade(id []byte) grade {
	switch {
	case bytes.IndexByte(id, ':') < 0:
		if bytes.Contains(id, []byte("..")) || len(id) > 0 && (id[0] == '/' || id[0] == '\\') {
			return strong
		}
		return pick(bytes.IndexByte(id, '.') > 0, hint, none)
	case containsAny(id, "http://www.w3.org/", "java.sun.com/", "xmlns.jcp.org/", "www.apple.com/dtds/", "jakarta.apache.org/", "hibernate.sourceforge.net", "mybatis.org/", "oasis-open.org/"):
		return none
	case hasPrefixFold(id, "http"):
		return likely
	case hasPrefixFold(id, "urn:"): // a name, which catalogues know
		return hint
	}
	return certain
}

// entityDeclaration grades <!ENTITY (% )?name (SYSTEM "…" | PUBLIC "…" "…" | "…")>.
func entityDeclaration(v []byte, i int) hit {
	r := dtdReader{v: v, pos: i + len("<!entity")}
	r.pos = skipSpace(v, r.pos)
	parameter := r.pos < len(v) && (v[r.pos] == '%' || hasPrefixFold(v[r.pos:], "&#"))
	if parameter {
		if r.pos++; r.v[r.pos-1] == '&' {
			r.word()
		}
	}
	if len(r.word()) == 0 {
		return hit{}
	}
	if text, ok := r.literal(); ok {
		g := hint // text of its own reads nothing: partners' systems declare a name or a sign so
		if references(text) > 0 {
			g = likely // entities within entities, as bombs are made
		}
		if parameter || containsAny(text, "<!entity", "system", "&#x25;", "&#37;") {
			g = strong
		}
		return hit{i, r.pos, g}
	}
	keyword := r.word()
	switch {
	case equalFold(keyword, "system"):
		if _, ok := r.literal(); ok {
			return hit{i, r.pos, certain}
		}
	case equalFold(keyword, "public"):
		if _, ok := r.literal(); !ok {
			break
		}
		if _, ok := r.literal(); ok {
			return hit{i, r.pos, certain}
		}
	}
	return hit{}
}

// xinclude grades <xi:include href="…"/>, whatever its prefix.
func xinclude(v []byte, i int) hit {
	j := i + 1
	for j < len(v) && j < i+24 && (isAlnum(v[j]) || v[j] == ':' || v[j] == '-') {
		j++
	}
	name := v[i+1 : j]
	k := bytes.IndexByte(name, ':')
	if !endsWithFold(name, "include") || k < 0 && !containsFold(v[i:min(len(v), i+1024)], "/2001/xinclude") || len(name)-k != 8 {
		return hit{}
	}
	l := newHTMLLexer(v[:min(len(v), i+2048)], true)
	l.pos = i
	var a htmlAttr
	for l.next(); l.attr(&a); {
		if string(a.name()) != "href" {
			continue
		}
		if c := bytes.IndexByte(a.value, ':'); c > 0 || bytes.HasPrefix(a.value, []byte("/")) || bytes.Contains(a.value, []byte("..")) {
			return hit{i, l.pos, certain}
		}
		return hit{i, l.pos, strong}
	}
	return hit{}
}

// findXMLBomb finds entities that are made of several others (a billion laughs), and one long entity that is used over and over.
func findXMLBomb(v []byte, _ *Context, _ *summary) hit {
	var best hit
	levels := 0
	for i := 0; i < len(v) && best.grade < certain; i++ {
		k := indexFold(v[i:], "<!entity")
		if k < 0 {
			break
		}
		i += k
		r := dtdReader{v: v, pos: i + len("<!entity")}
		parameter := false
		if r.pos = skipSpace(v, r.pos); r.pos < len(v) && v[r.pos] == '%' {
			parameter = true
			r.pos++
		}
		name := r.word()
		text, ok := r.literal()
		if len(name) == 0 || !ok {
			continue
		}
		n := references(text)
		if n >= 2 {
			levels++
		}
		switch {
		case n >= 4:
			best = best.or(hit{i, r.pos, certain})
		case n >= 2 && (levels > 1 || parameter):
			best = best.or(hit{i, r.pos, strong})
		case n >= 2:
			best = best.or(hit{i, r.pos, hint}) // a firm's name and form, in one
		case len(text) >= 1000 && bytes.Count(v[r.pos:], append([]byte("&"), name...)) >= 50:
			best = best.or(hit{i, r.pos, strong})
		}
	}
	return best
}

// references counts the entity references of a text that are not of characters or of the five predefined entities.
func references(text []byte) int {
	n := 0
	for i := range text {
		if c := text[i]; c != '&' && c != '%' {
			continue
		}
		j := i + 1
		for j < len(text) && (isAlnum(text[j]) || text[j] == '_' || text[j] == '-' || text[j] == '.') {
			j++
		}
		name := text[i+1 : j]
		if len(name) == 0 || j >= len(text) || text[j] != ';' {
			continue
		}
		switch string(name) {
		case "lt", "gt", "amp", "quot", "apos", "nbsp":
		default:
			n++
		}
	}
	return n
}

// findYAMLBomb finds anchors whose content is aliases of others, several times over: &b [*a, *a, *a].
func findYAMLBomb(v []byte, _ *Context, s *summary) hit {
	if !s.has(cAmp | cStar) {
		return hit{}
	}
	levels, first := 0, 0
	for i := 0; i < len(v); i++ {
		k := bytes.IndexByte(v[i:], '&')
		if k < 0 {
			break
		}
		i += k
		end := identEnd(v, i+1)
		j := skipSpace(v, end)
		if j == i+1 {
			continue
		}
		n, to := aliases(v, j)
		if n > 0 && bytes.Contains(v[j:to], append([]byte("*"), v[i+1:end]...)) && identEnd(v, to) == to { // &x [*x]: made of itself, without end
			return hit{i, to, strong}
		}
		if n >= 3 {
			if levels++; levels == 1 {
				first = i
			}
			if levels >= 3 || n >= 8 && levels >= 2 {
				return hit{first, to, certain}
			}
		}
	}
	return hit{}
}

// aliases counts the aliases of the list at i, in flow form or as items of a block.
func aliases(v []byte, i int) (n, to int) {
	for i < len(v) && bytes.IndexByte([]byte("[, \t\r\n-*"), v[i]) >= 0 {
		if v[i] != '*' {
			i++
			continue
		}
		end := identEnd(v, i+1)
		if end == i+1 {
			break
		}
		n++
		i = end
	}
	return n, i
}
