package detect

import "bytes"

// instruction finds what is no tag and yet makes old browsers load or run something: <?import …>, <?xml-stylesheet …>.
func instruction(v []byte, p page) hit {
	if p.whole || p.prose || len(v) > 1024 {
		return hit{}
	}
	for i := 0; i+8 < len(v); i++ {
		k := bytes.IndexByte(v[i:], '<')
		if k < 0 {
			break
		}
		i += k
		rest := v[i+1:]
		switch {
		case hasPrefixFold(rest, "?import "):
			return hit{i, i + 8, likely}
		case hasPrefixFold(rest, "?xml-stylesheet"):
			if containsAny(rest, "javascript:", "data:", "expression(", "href=\"http", "href='http", "href=\"//") {
				return hit{i, i + 8, likely}
			}
		}
	}
	return hit{}
}

// tagBreakout tells whether the value begins by leaving an attribute, a comment or an element, and goes on with a tag: "><h1>, --><b>, </title><p>.
// What the tag is does not matter: the page's structure is no longer its author's.
func tagBreakout(v []byte) hit {
	i := 0
	for i < len(v) && i < 64 && (isAlnum(v[i]) || isSpace(v[i]) || bytes.IndexByte([]byte("\\-/.=&_?:"), v[i]) >= 0) {
		i++
	}
	from := i
	for i < len(v) && i < from+16 && (v[i] == '"' || v[i] == '\'' || v[i] == '`' || v[i] == '\\' || v[i] == '/' || v[i] == ']' || v[i] == ')' || v[i] == '-' || v[i] == ';' || isSpace(v[i])) {
		i++
	}
	quoted := bytes.ContainsAny(v[from:i], "\"'`") || bytes.HasSuffix(v[:i], []byte("--")) || i == 0
	l := newHTMLLexer(v[:min(len(v), i+128)], false)
	switch {
	case i < len(v) && v[i] == '>' && quoted && (i > 0 || len(v) > 1 && v[1] == '<'):
		for l.pos = i; l.next(); {
			if !l.tag.end || i > 0 {
				return hit{from, l.tag.to, strong}
			}
		}
	case i == 0 && len(v) > 2 && v[0] == '<' && v[1] == '/' && l.next():
		for l.next() {
			if !l.tag.end {
				return hit{0, l.tag.to, strong}
			}
		}
		return hit{0, 2, hint}
	}
	return hit{}
}

// handlerBreakout finds an event handler outside any tag: the value leaves an attribute and adds another (" onfocus=alert(1) x=").
func handlerBreakout(v []byte, _ *summary) hit {
	var best hit
	for eq := 0; eq < len(v); eq++ {
		k := bytes.IndexByte(v[eq:], '=')
		if k < 0 {
			break
		}
		eq += k
		to := eq
		for to > 0 && eq-to < 4 && v[to-1] <= ' ' { // what parsers and filters let stand between a name and its =
			to--
		}
		from := to
		for from > 0 && to-from < 32 && isLetter(v[from-1]) {
			from--
		}
		if to-from <= 4 || to-from >= 32 || !eventName(v[from:to]) || from > 0 && (isIdent(v[from-1]) || v[from-1] == '.' || v[from-1] == '-') {
			continue
		}
		best = best.or(hit{from, eq + 1, breakoutGrade(v[:from], v[skipSpace(v, eq+1):])})
	}
	return best
}

// handedCode tells a handler that is given a dialog or eval as it is: onerror=alert.
func handedCode(code []byte) bool {
	for _, name := range [...]string{"alert", "confirm", "prompt", "eval"} {
		if hasPrefix(code, name) {
			rest := code[len(name):]
			return len(rest) == 0 || bytes.IndexByte([]byte(";,)}]/\"'<>&"), rest[0]) >= 0
		}
	}
	return false
}

// leavesAttribute tells a value that ends the attribute it is put into and begins the text of a handler by the same quote: x" onerror="y.
func leavesAttribute(before, code []byte) bool {
	i := 0
	for i < len(before) && isAlnum(before[i]) {
		i++
	}
	if i >= len(before)-1 || len(code) == 0 || before[i] != '"' && before[i] != '\'' || code[0] != before[i] {
		return false
	}
	return len(trim(before[i+1:])) == 0 && bytes.IndexByte(code[1:], code[0]) < 0
}

// commentedOut finds code that leaves a string and comments the rest of its line out: ";f();//
func commentedOut(v []byte) hit {
	end := trim(v)
	if len(v) > 1024 || len(end) < 6 || !hasPrefix(end[len(end)-2:], "//") || v[0] != '\'' && v[0] != '"' {
		return hit{}
	}
	if next := skipSpace(v, 1); next < len(v) && bytes.IndexByte([]byte(";)}]"), v[next]) >= 0 && bytes.ContainsAny(v[next:], "(=`") {
		return hit{0, len(v), strong}
	}
	return hit{}
}

// dangling finds a tag at the value's end whose URL leads away and is left open, so that it takes the page's text up to the next quote along: <img src="https://x/?
func dangling(v []byte) hit {
	end := trim(v)
	if len(end) < 12 || end[len(end)-1] != '=' && end[len(end)-1] != '?' {
		return hit{}
	}
	open := bytes.LastIndexByte(end[max(0, len(end)-512):], '<') + max(0, len(end)-512)
	tag := end[open:]
	if len(tag) < 12 || tag[0] != '<' || !isLetter(tag[1]) {
		return hit{}
	}
	q := bytes.LastIndexAny(tag, "\"'`")
	if q < 2 || tag[q-1] != '=' || bytes.Count(tag, tag[q:q+1])%2 == 0 || !bytes.Contains(tag[q:], []byte("//")) {
		return hit{}
	}
	return hit{open, len(v), strong}
}

// breakoutGrade grades a handler by the text before it and its code.
func breakoutGrade(before, code []byte) grade {
	code = code[:min(len(code), 512)]
	before = before[max(0, len(before)-512):]
	quoted := bytes.ContainsAny(before, "\"'>")
	switch {
	case jsExploit(code):
		return certain
	case quoted && bytes.ContainsAny(code, "(`="):
		return strong
	case handedCode(code), leavesAttribute(before, code):
		return likely
	case quoted:
		return hint
	case jsCall(code):
		return likely
	}
	return none
}

// mentioned tells whether the tag at i is talked of rather than used: it stands between an odd backquote and the next on the same line, as
// Markdown quotes code. scanTags sees to fenced blocks.
func mentioned(v []byte, i int) bool {
	line := v[max(0, i-2048):i]
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	return bytes.Count(line, []byte("`"))%2 == 1
}

// emptyScript tells how pages write a link that goes nowhere: javascript:; and javascript:void(0).
func emptyScript(v []byte) bool {
	i := bytes.IndexByte(v, ':')
	rest := trim(v[i+1:])
	for _, empty := range [...]string{"void(0)", "void 0", "void(null)"} {
		if hasPrefixFold(rest, empty) {
			rest = rest[len(empty):]
		}
	}
	return len(rest) == 0 || rest[0] == ';' && (len(rest) == 1 || !isLetter(rest[1])) || bytes.IndexByte([]byte("\"'&>)"), rest[0]) >= 0
}

// styleGrade grades a style element: rules that run script or bring others, and those that tell another host what is written in a field.
func styleGrade(text []byte, p page) grade {
	switch {
	case squeezedContains(text, "javascript:", "expression(", "-moz-binding", "@import", "behavior:"),
		!p.whole && squeezedContains(text, "url(") && squeezedContains(text, "[value^=", "[value$=", "[value*=", "[value="):
		return strong
	}
	return none
}
