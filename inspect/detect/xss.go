package detect

import "bytes"

// xss reads a value as a browser would after it was put into a page: as markup (tags that run script), as the rest of an attribute or of a
// script it breaks out of, as a URL that is followed. Markup that runs nothing (<b>, <a href="https://…">, <img src=…>) is ordinary.
func findXSS(v []byte, _ *Context, s *summary) hit {
	var best hit
	if s.hasAny(cLess) {
		p := page{whole: htmlDocument(v)}
		first := skipSpace(v, 0)
		p.said = first+1 < len(v) && isLetter(v[first]) && isLetter(v[first+1])
		p.prose = !p.whole && proseWords(v) >= 12
		p.ticked = p.prose && s.hasAny(cBackquote)
		if best = markup(v, s, p); p.whole {
			return best
		}
	}
	if best.grade < strong && s.hasAny(cEqual) && !s.program {
		best = best.or(handlerBreakout(v, s))
	}
	// A scheme or a name that is none of the words is split or escaped.
	split := s.hasAny(cBackslash|cTab|cLF|cCR|cNUL|cControl) || s.has(cAmp|cHash) || s.has(cAmp|cSemicolon)
	if best.grade < strong && s.hasAny(cColon|cAmp|cBackslash) && (split || s.words&wScheme != 0) {
		best = best.or(scriptURL(v, s))
	}
	if best.grade < strong && s.hasAny(cOpen|cBackquote|cEqual|cDot|cBrace|cBracket) && (s.words&wScript != 0 || s.hasAny(cBackslash) || s.has(cBracket|cOpen|cPlus)) {
		best = best.or(script(v, s))
	}
	if best.grade < likely && s.has(cColon|cOpen|cDash) && containsFold(v[:min(len(v), 4096)], "-moz-binding") && squeezedContains(v[:min(len(v), 4096)], "-moz-binding:url(") {
		best = best.or(hit{0, len(v), likely})
	}
	if best.grade < strong && s.has(cSlash) && s.hasAny(cSingle|cDouble) {
		best = best.or(commentedOut(v))
	}
	if best.grade < strong && s.has(cPlus) && s.hasAny(cSingle|cDouble|cSlash) {
		best = best.or(jsJoined(v))
	}
	if best.grade < strong && s.has(cBackslash|cOpen) || s.has(cStar|cSlash|cOpen) {
		if squeezedContains(v[:min(len(v), 4096)], "expression(") && !containsFold(v, "expression(") && !containsFold(v, "expression (") {
			best = best.or(hit{0, len(v), strong})
		}
	}
	return best
}

// or gives the stronger of two hits.
func (h hit) or(o hit) hit {
	if o.grade > h.grade {
		return o
	}
	return h
}

// page is what a text is as a whole; it decides how much a single piece of active markup says.
type page struct {
	whole  bool // a page of its own: scripts, frames and handlers belong there, so only what exploits speaks
	prose  bool // text about markup
	ticked bool // … with backquotes in it: what stands between them is quoted, not meant
	said   bool // it begins with a word
}

func markup(v []byte, s *summary, p page) hit {
	best := scanTags(v, true, p).or(tagBreakout(v)).or(instruction(v, p)).or(dangling(v))
	if best.grade < strong && !p.whole && s.hasAny(cDouble|cSingle) {
		best = best.or(scanTags(v, false, p)) // tags in quoted text are tags once a page takes them out of it
	}
	return best
}

func scanTags(v []byte, quotes bool, p page) hit {
	var best hit
	var a htmlAttr
	inScript, fenced, read := false, false, 0
	l := newHTMLLexer(v, quotes)
	for best.grade < certain && l.next() {
		t := l.tag
		if p.ticked {
			fenced = fenced != (bytes.Count(v[read:max(read, t.from)], []byte("```"))%2 == 1)
			read = max(read, t.from)
			if fenced || mentioned(v, t.from) {
				continue
			}
		}
		g, src, remote := none, false, false
		if !t.end {
			g = tagAlone(t.name())
		}
		for l.attr(&a) {
			g = max(g, attrGrade(&t, &a, p))
			if equalFold(a.name(), "src") || equalFold(a.name(), "href") {
				src, remote = true, remote || leadsAway(a.value)
			}
		}
		if !t.end && string(t.name()) == "script" {
			if text := l.text(); src || !p.said || !talkedOf(v, t.from, text) {
				g = max(g, scriptTag(text, src, p))
			}
			if src && !remote && g == strong && len(trim(l.text())) == 0 { // a page's own: <script src="js/app.js">
				g = hint
			}
		}
		if string(t.name()) == "link" && g == likely && src && !remote {
			g = hint
		}
		if t.end && !inScript && !p.prose && string(t.name()) == "script" {
			g = likely // ends a script that began in the page
		}
		inScript = inScript || !t.end && string(t.name()) == "script"
		if !t.end && string(t.name()) == "style" {
			g = max(g, styleGrade(l.text(), p))
		}
		if (p.whole || p.prose) && g == likely {
			g = hint // a film or a form among text
		}
		best = best.or(hit{t.from, max(l.tag.to, t.from), g})
	}
	return best
}

// tagAlone grades an element that loads or runs something without any attribute of ours to judge.
func tagAlone(name []byte) grade {
	switch string(name) {
	case "iframe", "object", "embed", "applet", "frameset", "frame", "isindex", "bgsound", "base", "marquee", "foreignobject", "handler", "layer", "ilayer", "xss":
		return likely
	}
	return none
}

// leadsAway tells a URL that leads to another host or scheme, or hides where it leads, from a page's own relative one.
func leadsAway(url []byte) bool {
	return bytes.Contains(url, []byte("//")) || bytes.ContainsAny(url, ":\\&%<>\x00\t\n") || len(url) == 0
}

// talkedOf tells a sentence about the element from the element: words before it, words behind it, and nothing of a program in them.
func talkedOf(v []byte, from int, text []byte) bool {
	if from == 0 || v[from-1] != ' ' || len(text) < 2 || text[0] != ' ' && bytes.IndexByte([]byte(".,;:!?)"), text[0]) < 0 {
		return false
	}
	return !bytes.ContainsAny(text, "(=[{`\\/<") && bytes.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz")
}

// scriptTag grades a script element by what it holds.
func scriptTag(text []byte, src bool, p page) grade {
	exploit := jsExploit(text)
	if len(text) > 200 && bytes.Count(text, []byte("\n")) > 2 && !containsAny(text, "alert(", "prompt(", "confirm(", "cookie", "eval(", "localstorage", "fromcharcode", "atob(") {
		return hint // a page's own program
	}
	switch {
	case exploit && (!p.whole || len(text) < 200):
		return certain
	case p.whole:
		return hint
	case src || len(trim(text)) > 0:
		return strong
	}
	return likely
}

// attrGrade grades one attribute: an event handler, a URL that is a script, a style that runs one.
func attrGrade(t *htmlTag, a *htmlAttr, p page) grade {
	name := a.name()
	switch {
	case len(name) > 4 && name[0] == 'o' && name[1] == 'n':
		return handlerGrade(name, a.value, p)
	case string(name) == "srcdoc":
		return strong
	case string(name) == "style":
		if squeezedContains(a.value, "javascript:", "expression(", "binding:url(", "behavior:url", "behaviour:url", "vbscript:") {
			return certain
		}
		return none
	case string(name) == "dataformatas", string(name) == "datasrc", string(name) == "allowscriptaccess":
		return strong // data islands and plug-ins
	case string(name) == "http-equiv":
		if squeezedContains(a.value, "refresh", "set-cookie", "link") && !p.whole {
			return strong
		}
		return none
	case string(name) == "attributename":
		if squeezedContains(a.value, "href", "on", "innerhtml", "src") {
			return strong
		}
		return none
	case bytes.IndexByte(a.value, ':') < 0 && bytes.IndexByte(a.value, '&') < 0 && bytes.IndexByte(a.value, '\\') < 0:
		return loads(t, name, a.value, p)
	}
	switch scheme(a.value) {
	case "javascript", "vbscript", "livescript":
		if p.whole && !jsExploit(a.value) {
			return hint // javascript:void(0) is how old pages write a link
		}
		if emptyScript(a.value) {
			return hint
		}
		return certain
	case "data":
		if squeezedContains(a.value, "text/html", "svg+xml", "text/xml", "application/xml", "javascript") && string(t.name()) != "img" {
			return strong
		}
	}
	return loads(t, name, a.value, p)
}

// loads grades an element that brings foreign active content with a plain URL.
func loads(t *htmlTag, name, value []byte, p page) grade {
	if len(value) == 0 || p.whole {
		return none
	}
	if string(name) == "formaction" && bytes.IndexByte(value, '/') >= 0 {
		return likely
	}
	if (string(name) == "href" || string(name) == "src") && disguised(value) {
		return strong
	}
	switch string(t.name()) {
	case "form":
		if string(name) == "action" && bytes.Contains(value, []byte("//")) {
			return likely
		}
	case "script":
		if string(name) == "src" || string(name) == "href" {
			return strong
		}
	case "embed", "iframe", "frame":
		if string(name) == "src" {
			return likely
		}
	case "link":
		if string(name) == "type" && squeezedContains(value, "javascript") {
			return strong
		}
		if string(name) == "rel" && squeezedContains(value, "stylesheet", "import") {
			return likely
		}
	}
	return none
}

// disguised tells a URL whose host is hidden from the reader: in an odd notation, escaped, or with blanks inside.
func disguised(url []byte) bool {
	i := bytes.IndexByte(url, ':') + 1
	if i > 12 || i+2 >= len(url) || url[i] != '/' && url[i] != '\\' {
		return false
	}
	a, ok := readAuthority(url, 0, i)
	return ok && (a.odd || a.control || bytes.IndexByte(a.host, '%') >= 0 && leftOver(a.host))
}

// handlerGrade grades an on… attribute. <item online="1"> is data; <b onclick={go}> is a program's source.
func handlerGrade(name, value []byte, p page) grade {
	known := eventName(name)
	exploit := jsExploit(value)
	switch {
	case known && exploit:
		return certain
	case p.whole:
		return hint
	case len(value) > 0 && value[0] == '{':
		return hint
	case known:
		return strong
	case exploit, bytes.ContainsAny(value, "(`="):
		return strong
	}
	return none
}

// scriptURL finds a value that is itself a script URL, or a Markdown link to one.
func scriptURL(v []byte, s *summary) hit {
	head := trim(v)
	if len(head) > 64 {
		head = head[:64]
	}
	switch scheme(head) {
	case "javascript", "vbscript", "livescript":
		if i := bytes.IndexByte(v, ':'); i < 0 || len(trim(v[i+1:])) > 0 && !proseAfter(v[i+1:]) {
			return hit{0, len(v), scriptURLGrade(v)}
		}
	case "data":
		if s.hasAny(cComma) && squeezedContains(v[:min(len(v), 64)], "data:text/html", "data:text/xml", "data:application/xml", "data:application/xhtml") {
			return hit{0, len(v), likely}
		}
	}
	var best hit
	for i := range v {
		if !beforeURL[v[i]] {
			continue
		}
		rest := v[i+1 : min(len(v), i+1+48)]
		if len(rest) < 11 || c0(rest) == 0 {
			continue
		}
		if startsScheme(rest) && !emptyScript(rest) {
			g := likely
			if v[i] == '(' || jsExploit(v[i+1:min(len(v), i+257)]) {
				g = strong
			}
			best = best.or(hit{i + 1, len(v), g})
			if g == strong {
				break
			}
		}
	}
	return best
}

// c0 gives the first byte of a URL that may be a script's, else 0: it keeps scheme from being tried at every mark of a text.
func c0(v []byte) byte {
	s := squeezed{v: v}
	switch c, _ := s.next(); c {
	case 'j', 'v', 'l', '\\', 0x01:
		return c
	}
	return 0
}

// beforeURL are the bytes that a URL may begin behind.
var beforeURL = [256]bool{'(': true, '=': true, '"': true, '\'': true, '<': true, ';': true, '/': true, ']': true}

// startsScheme tells whether the squeezed text begins with the scheme itself.
func startsScheme(v []byte) bool {
	var buf [11]byte
	s := squeezed{v: v}
	for i := range buf {
		c, ok := s.next()
		if !ok {
			return false
		}
		if buf[i] = c; i == 2 && string(buf[:3]) != "jav" && string(buf[:3]) != "vbs" && string(buf[:3]) != "liv" {
			return false
		}
	}
	return string(buf[:]) == "javascript:" || string(buf[:9]) == "vbscript:" || string(buf[:11]) == "livescript:"
}

func scriptURLGrade(v []byte) grade {
	i := bytes.IndexByte(v, ':')
	rest := v[i+1:]
	switch {
	case jsExploit(rest):
		return certain
	case emptyScript(v):
		return hint
	case jsCall(rest) || bytes.ContainsAny(rest, "=+`&%\\<"):
		return strong
	}
	return likely
}

// proseAfter tells "JavaScript: a language for …" from a URL: a blank and then words.
func proseAfter(rest []byte) bool {
	return len(rest) > 0 && rest[0] == ' ' && !bytes.ContainsAny(rest, "(=`")
}

// proseWords counts words that follow another word after one blank, up to 16: text for people has many, code and payloads few.
func proseWords(v []byte) int {
	n, run := 0, 0
	for i := 0; i < len(v) && n < 16; i++ {
		switch {
		case isLetter(v[i]) || v[i] >= 0x80:
			run++
		case v[i] == ' ' && run > 0 && i+1 < len(v) && (isLetter(v[i+1]) || v[i+1] >= 0x80):
			n++
			run = 0
		default:
			run = 0
		}
	}
	return n
}

// htmlDocument tells whether v is a page as a whole: it begins as one, and has the text and the tags of one.
func htmlDocument(v []byte) bool {
	head := trim(v)
	if hasPrefixFold(head, "<?xml") {
		if i := bytes.Index(head, []byte("?>")); i > 0 && i < 128 {
			head = trim(head[i+2:])
		}
	}
	for hasPrefixFold(head, "<!--") {
		i := bytes.Index(head, []byte("-->"))
		if i < 0 {
			return false
		}
		head = trim(head[i+3:])
	}
	if !hasPrefixFold(head, "<!doctype html") && !hasPrefixFold(head, "<html") && !hasPrefixFold(head, "<head") && !hasPrefixFold(head, "<svg") {
		return false
	}
	return len(v) >= 200 && bytes.Count(v[:min(len(v), 1<<16)], []byte("</")) >= 3
}
