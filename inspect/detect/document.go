package detect

import "bytes"

// findHTMLDocument tells a value that is a page, or a piece of rich text, as a whole.
func findHTMLDocument(v []byte, _ *Context, s *summary) hit {
	if !s.has(cLess | cGreater | cSlash) {
		return hit{}
	}
	t := trim(v)
	if len(t) < 16 || t[len(t)-1] != '>' && t[0] != '<' {
		return hit{}
	}
	if htmlDocument(v) {
		return hit{0, len(v), certain}
	}
	if t[0] != '<' {
		return hit{}
	}
	open, closed, unknown := 0, 0, 0
	l := newHTMLLexer(v, true)
	var a htmlAttr
	for l.next() && open < 64 {
		for l.attr(&a) {
		}
		switch {
		case !l.tag.closed || !textElement(l.tag.name()):
			unknown++
		case l.tag.end:
			closed++
		default:
			open++
		}
	}
	switch {
	case unknown*4 > open, open == 0:
		return hit{}
	case open >= 3 && closed*2 >= open:
		return hit{0, len(v), strong}
	case closed >= 1 && t[len(t)-1] == '>':
		return hit{0, len(v), likely}
	}
	return hit{}
}

// textElement tells the elements that rich text is made of.
func textElement(name []byte) bool {
	switch string(name) {
	case "a", "abbr", "article", "aside", "b", "blockquote", "body", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer",
		"h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "i", "img", "ins", "kbd", "li", "link", "main", "mark", "meta", "nav", "ol", "p", "pre", "q", "s", "section", "small", "span", "strike", "strong", "style", "sub", "summary", "sup",
		"table", "tbody", "td", "tfoot", "th", "thead", "time", "title", "tr", "tt", "u", "ul", "var", "video", "source", "picture", "svg", "path":
		return true
	}
	return false
}

// textElementFold is textElement for a name in any case.
func textElementFold(name []byte) bool {
	var small [16]byte // none is longer
	if len(name) > len(small) {
		return false
	}
	for i, b := range name {
		small[i] = lower(b)
	}
	return textElement(small[:len(name)])
}

// findXMLDocument tells a value that is one XML element from its first byte to its last.
func findXMLDocument(v []byte, _ *Context, s *summary) hit {
	if !s.has(cLess | cGreater) {
		return hit{}
	}
	t := trim(v)
	if len(t) < 4 || t[0] != '<' || t[len(t)-1] != '>' {
		return hit{}
	}
	g := strong
	if hasPrefixFold(t, "<?xml") {
		g = certain
	}
	for hasPrefixFold(t, "<?") || hasPrefixFold(t, "<!") {
		k := bytes.IndexByte(t, '>')
		t = trim(t[k+1:])
		if len(t) < 4 {
			return hit{}
		}
	}
	end := 1
	for end < len(t) && (isAlnum(t[end]) || bytes.IndexByte([]byte("_-:."), t[end]) >= 0) {
		end++
	}
	name := t[1:min(end, len(t))]
	if len(name) == 0 || t[0] != '<' || end >= len(t) {
		return hit{}
	}
	if bytes.HasSuffix(t, []byte("/>")) && bytes.IndexByte(t, '>') == len(t)-1 {
		return hit{0, len(v), g}
	}
	tail := t[:len(t)-1]
	if bytes.HasSuffix(tail, name) && bytes.HasSuffix(tail[:len(tail)-len(name)], []byte("</")) && !textElementFold(name) {
		return hit{0, len(v), g}
	}
	return hit{}
}

// findMarkdown tells a text of several lines with the marks of Markdown: headings, lists, fences, links, emphasis, tables.
func findMarkdown(v []byte, _ *Context, s *summary) hit {
	if !s.hasAny(cHash|cStar|cDash|cBackquote|cBracket|cBar|cGreater) || !s.has(cLF|cLetter) {
		return hit{}
	}
	heads, items, fences, tables, lines := 0, 0, 0, 0, 0
	for rest := v; len(rest) > 0 && lines < 200; lines++ {
		line := rest
		if k := bytes.IndexByte(rest, '\n'); k >= 0 {
			line, rest = rest[:k], rest[k+1:]
		} else {
			rest = nil
		}
		indent := len(line)
		line = bytes.TrimLeft(line, " ")
		indent -= len(line)
		switch {
		case len(line) < 2:
		case line[0] == '#' && indent < 4 && headingLine(line):
			heads++
		case (line[0] == '-' || line[0] == '*' || line[0] == '+') && line[1] == ' ', line[0] == '>' && line[1] == ' ', len(line) > 3 && isDigit(line[0]) && line[1] == '.' && line[2] == ' ':
			items++
		case bytes.HasPrefix(line, []byte("```")), bytes.HasPrefix(line, []byte("~~~")):
			fences++
		case line[0] == '|' && bytes.Count(line, []byte("|")) >= 3:
			tables++
		}
	}
	links := 0
	if s.has(cBracket | cBracketEnd | cOpen) {
		links = min(bytes.Count(v, []byte("](")), 8)
	}
	kinds := min(heads, 2) + min(items, 2)/2 + min(fences/2, 2)*2 + min(tables/2, 2) + min(links, 2)
	switch {
	case kinds >= 4:
		return hit{0, len(v), certain}
	case kinds >= 3 || fences >= 2:
		return hit{0, len(v), strong}
	case kinds >= 2:
		return hit{0, len(v), likely}
	}
	return hit{}
}

// headingLine tells an ATX heading: one to six # and a blank.
func headingLine(line []byte) bool {
	n := 0
	for n < len(line) && line[n] == '#' {
		n++
	}
	return n <= 6 && n < len(line) && line[n] == ' '
}
