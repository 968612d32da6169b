package detect

// findXPath reads what follows a quote or bracket that ends the host's: an operator, and then what only XPath has (XPath 1.0: axes, node tests, //, its functions).
func findXPath(v []byte, _ *Context, s *summary) (best hit) {
	for _, q := range [...]struct {
		kind chars
		b    byte
	}{{cSingle, '\''}, {cDouble, '"'}} {
		if s.hasAny(q.kind) {
			at := indexByte(v, q.b, 0)
			best = stronger(best, xpathFrom(v, at+1, true))
		}
	}
	if i := indexByte(v, ']', 0); i >= 0 && indexByte(v[:i], '[', 0) < 0 {
		best = stronger(best, xpathFrom(v, i, true))
	}
	return stronger(best, xpathFrom(v, 0, false))
}

// xpathFrom reads on from i, where the host's string (out) or number has ended.
func xpathFrom(v []byte, i int, out bool) hit {
	start := i
	closed := false
	for i < len(v) && (isSpace(v[i]) || v[i] == ')' || v[i] == ']') {
		closed = closed || v[i] == ']'
		i++
	}
	if !out {
		for i < len(v) && (isDigit(v[i]) || isSpace(v[i])) {
			i++
		}
	}
	op := xpathOperator(v, i)
	if op == 0 && out && closed && i < len(v) && v[i] == '/' { // ']/text()
		op = 1
	}
	if op == 0 {
		return hit{}
	}
	if !out && i > start && (v[i]|0x20 == 'o' || v[i]|0x20 == 'a') && xpathTruth(trim(v[i+op:])) {
		return hit{start, len(v), likely}
	}
	marks := xpathMarks(v[i+op : min(len(v), i+op+512)])
	switch {
	case marks >= 2 && (out || closed):
		return hit{start, len(v), certain}
	case marks == 1 && (out || closed):
		return hit{start, len(v), strong}
	case marks >= 2:
		return hit{start, len(v), strong}
	case out && closed && v[i] == '|' && xpathPath(v, i+1):
		return hit{start, len(v), strong}
	case out && (v[i]|0x20 == 'o' || v[i]|0x20 == 'a') && xpathPath(v, i+op) && hasPrefix(v[skipSpace(v, i+op):], "//"):
		return hit{start, len(v), likely}
	case marks == 1 && v[i] == '|':
		return hit{start, len(v), likely}
	}
	return hit{}
}

// xpathTruth tells the constants of XPath, which it writes as calls.
func xpathTruth(v []byte) bool {
	return hasPrefix(v, "true()") || hasPrefix(v, "not(false())")
}

// xpathPath tells a path from the root at i: //password, /foo[…
func xpathPath(v []byte, i int) bool {
	i = skipSpace(v, i)
	if i >= len(v) || v[i] != '/' {
		return false
	}
	for i < len(v) && v[i] == '/' {
		i++
	}
	return i < len(v) && (isLetter(v[i]) || v[i] == '*' || v[i] == '@')
}

// xpathOperator gives the length of and, or, |, = or a path that goes on at i.
func xpathOperator(v []byte, i int) int {
	rest := v[min(i, len(v)):]
	switch {
	case hasPrefix(rest, "|") && !hasPrefix(rest, "||"), hasPrefix(rest, "="), hasPrefix(rest, "["):
		return 1
	case hasPrefix(rest, "!="), hasPrefix(rest, "/*"), hasPrefix(rest, "//"):
		return min(len(rest), 2)
	case len(rest) > 3 && hasPrefixFold(rest, "and") && !isIdent(rest[3]):
		return 3
	case len(rest) > 2 && hasPrefixFold(rest, "or") && !isIdent(rest[2]):
		return 2
	}
	return 0
}

// xpathOnly are functions, axes and node tests that no other language here has.
var xpathOnly = []string{
	"string-length(", "starts-with(", "name()", "name(/", "name(.", "name(*", "local-name(", "namespace-uri(", "position()", "last()", "count(/", "count(*", "count(.", "count(@", "text()", "node()", "comment()",
	"processing-instruction(", "normalize-space(", "substring-before(", "substring-after(", "substring(/", "substring(name(", "doc(", "doc-available(", "unparsed-text(", "collection(", "translate(", "string-to-codepoints(", "codepoints-to-string(",
	"ancestor::", "parent::", "child::", "descendant::", "following::", "following-sibling::", "preceding::", "self::", "attribute::", "//*", "/*[", "]//", "//user", "//@", "../*", "::*",
}

func xpathMarks(v []byte) (n int) {
	for _, w := range xpathOnly {
		if containsFold(v, w) {
			n++
		}
	}
	return n
}
