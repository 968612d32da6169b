package decode

import "bytes"

// sniffXML tells an XML document from a text that begins with "<": it has a declaration, a document type or a namespace, or it is one element from its first byte to its last.
// An element of HTML alone is a page's, not a message's.
func sniffXML(src []byte) bool {
	if ebcdicXML(src) {
		return true
	}
	pos := xmlProlog(src)
	rest := src[pos:]
	switch {
	case len(rest) < 4 || rest[0] != '<':
		return false
	case bytes.HasPrefix(rest, []byte("<?xml")):
		return isSpace(rest[5%len(rest)])
	case bytes.HasPrefix(rest, []byte("<!DOCTYPE")):
		name := xmlSpace(rest, len("<!DOCTYPE"))
		end := nameEnd(rest, name)
		after := xmlSpace(rest, end)
		return end > name && !bytes.EqualFold(rest[name:end], []byte("html")) &&
			after < len(rest) && (rest[after] == '[' || rest[after] == 'S' || rest[after] == 'P' || rest[after] == '>')
	}
	to := nameEnd(rest, 1)
	if to == 1 {
		return false
	}
	name := rest[1:to]
	end, empty, members, space := firstTag(rest, to)
	switch {
	case end < 0:
		return false
	case space: // xmlns
		return true
	case htmlElement(name):
		return false
	case empty:
		return members && blank(rest[end:])
	}
	tail := bytes.TrimRight(rest, " \t\r\n")
	tail = bytes.TrimRight(bytes.TrimSuffix(tail, []byte(">")), " \t\r\n")
	return bytes.HasSuffix(tail, name) && bytes.HasSuffix(tail[:len(tail)-len(name)], []byte("</")) && len(tail)-len(name)-2 >= end
}

// xmlProlog skips a byte order mark, spaces, and comments before the first tag.
func xmlProlog(src []byte) int {
	pos := 0
	if bytes.HasPrefix(src, []byte(bomUTF8)) {
		pos = len(bomUTF8)
	}
	for {
		pos = xmlSpace(src, pos)
		if !bytes.HasPrefix(src[pos:], []byte("<!--")) {
			return pos
		}
		end := bytes.Index(src[pos:], []byte("-->"))
		if end < 0 {
			return pos
		}
		pos += end + len("-->")
	}
}

// firstTag reads the attributes of a start tag strictly, from the end of its name. end is the place behind the tag, -1 where it is none.
func firstTag(src []byte, pos int) (end int, empty, members, space bool) {
	x := xmlReader{src: src}
	for {
		next := xmlSpace(src, pos)
		if next >= len(src) {
			return -1, false, false, false
		}
		switch {
		case src[next] == '>':
			return next + 1, false, members, space
		case src[next] == '/' && next+1 < len(src) && src[next+1] == '>':
			return next + 2, true, members, space
		case next == pos: // no space before the attribute
			return -1, false, false, false
		}
		to := nameEnd(src, next)
		_, size, f := x.quoted(to)
		if to == next || f != OK {
			return -1, false, false, false
		}
		members = true
		space = space || bytes.HasPrefix(src[next:to], []byte("xmlns"))
		pos = to + size
	}
}

// htmlElement tells whether a name is one of HTML's that messages do not use for their own.
func htmlElement(name []byte) bool {
	var low [10]byte
	if len(name) > len(low) {
		return false
	}
	for i, c := range name {
		if c-'A' < 26 {
			c |= 0x20
		}
		low[i] = c
	}
	switch string(low[:len(name)]) {
	case "html", "head", "body", "script", "style", "meta", "base", "noscript", "template", "iframe", "frame", "frameset", "applet", "embed", "svg", "math",
		"div", "span", "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "code", "kbd", "samp", "var", "tt", "blockquote", "center", "font", "marquee", "blink",
		"a", "b", "i", "u", "s", "em", "strong", "small", "big", "sub", "sup", "del", "ins", "strike", "mark", "q", "cite", "abbr", "acronym", "dfn", "bdo", "ruby",
		"ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "img", "picture", "audio", "video", "canvas", "area",
		"input", "button", "textarea", "select", "option", "fieldset", "details", "dialog", "xmp", "isindex", "keygen", "image", "bgsound", "layer", "ilayer":
		return true
	}
	return false
}
