package detect

import "bytes"

// findPrototypePollution finds the member names by which a recursive merge, a path setter or a parser of a[b]=c writes into the prototype that all
// objects share (JavaScript: __proto__, constructor.prototype) or into a class (Python: __class__.__init__.__globals__).
func findPrototypePollution(v []byte, c *Context, s *summary) hit {
	var best hit
	if c.Key && equalFold(v, "prototype") && equalFold(c.Name, "constructor") {
		return hit{0, len(v), certain}
	}
	if !(s.hasAny(cUnderscore) && bytes.Contains(v, []byte("__"))) && !(s.hasAny(cDot|cBracket|cBrace|cSlash) && s.words&wObject != 0) {
		return best
	}
	if at := bytes.Index(v, []byte("__pro__proto__to__")); at >= 0 { // for a host that takes __proto__ out once
		return hit{at, at + 18, strong}
	}
	for i := 0; i < len(v) && best.grade < certain; i++ {
		switch {
		case v[i] == '_' && (hasPrefixFold(v[i:], "__proto__") || hasPrefixFold(v[i:], "__class__") || hasPrefixFold(v[i:], "__globals__")):
			best = best.or(hit{i, i + 9, protoGrade(v, i, i+9, c, v[i+2]|0x20 == 'p')})
			i += 8
		case v[i]|0x20 == 'c' && hasPrefixFold(v[i:], "constructor") && (i == 0 || !isWord(v[i-1])):
			rest := v[i+11:]
			j := 0
			for j < len(rest) && j < 4 && bytes.IndexByte([]byte(".[]'\"/"), rest[j]) >= 0 {
				j++
			}
			if j > 0 && hasPrefixFold(rest[j:], "prototype") {
				best = best.or(hit{i, i + 11 + j + 9, constructorGrade(v, rest[j+9:], c)})
			} else if to := constructorMember(v, i); to > 0 {
				best = best.or(hit{i, to, strong})
			}
			i += 10
		}
	}
	return best
}

// protoGrade grades a special name at from..to by what stands around it.
func protoGrade(v []byte, from, to int, c *Context, proto bool) grade {
	after := byte(0)
	if to < len(v) {
		after = v[to]
	}
	switch {
	case c.Key && from == 0 && to == len(v):
		return pick(proto, certain, likely)
	case c.Key:
		return certain
	case !proto:
		return hint
	case from == 0 && to == len(v): // the word alone, as text has it
		return hint
	case from > 1 && string(v[from-2:from]) == `["` && hasPrefix(v[to:], `"][`):
		return strong
	case (after == '[' || after == '.' || after == ']') && pathLike(v), after == '/' && v[0] == '/' && from == 1 && pathLike(v): // RFC 6901
		return strong
	case after == '"' && from > 0 && v[from-1] == '"' && bytes.IndexByte(v[to:min(len(v), to+4)], ':') > 0: // JSON in a text
		return strong
	}
	return hint
}

// constructorGrade grades constructor.prototype by what follows it.
func constructorGrade(v, rest []byte, c *Context) grade {
	switch {
	case c.Key, pathLike(v):
		return certain
	case len(v) < 128 && len(rest) > 1 && rest[0] == '.' && bytes.IndexByte(v, '\n') < 0: // x.constructor.prototype.y = 1
		return likely
	}
	return hint
}

// constructorMember gives the end of "constructor":{"prototype", JSON in a text, whose first name begins at i, or 0.
func constructorMember(v []byte, i int) int {
	at := i + len("constructor")
	for _, mark := range [...]byte{'"', ':', '{', '"'} {
		if at = skipSpace(v, at); at >= len(v) || v[at] != mark {
			return 0
		}
		at++
	}
	if i == 0 || v[i-1] != '"' || !hasPrefix(v[at:], `prototype"`) {
		return 0
	}
	return at + len(`prototype"`)
}

// pathLike tells a member path or a parameter from a piece of a program: no blanks, no calls, no lines.
func pathLike(v []byte) bool {
	return len(v) < 512 && !bytes.ContainsAny(v, " \n\t;(")
}
