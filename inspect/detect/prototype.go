package detect

import "bytes"

// findPrototypePollution finds the member names by which a recursive merge, a path setter or a parser of a[b]=c writes into the prototype that all
// objects share (JavaScript: __proto__, constructor.prototype) or into a class (Python: __class__.__init__.__globals__).
func findPrototypePollution(v []byte, c *Context, _ *summary) hit {
	var best hit
	if !bytes.Contains(v, []byte("__")) && !bytes.Contains(v, []byte("onstructor")) {
		return best
	}
	for i := 0; i < len(v) && best.grade < certain; i++ {
		switch {
		case v[i] == '_' && (hasPrefixFold(v[i:], "__proto__") || hasPrefixFold(v[i:], "__class__") || hasPrefixFold(v[i:], "__globals__")):
			best = best.or(hit{i, i + 9, protoGrade(v, i, i+9, c, v[i+2]|0x20 == 'p')})
			i += 8
		case v[i]|0x20 == 'c' && hasPrefixFold(v[i:], "constructor"):
			rest := v[i+11:]
			j := 0
			for j < len(rest) && j < 4 && bytes.IndexByte([]byte(".[]'\"/"), rest[j]) >= 0 {
				j++
			}
			if j > 0 && hasPrefixFold(rest[j:], "prototype") {
				best = best.or(hit{i, i + 11 + j + 9, pick(c.Key || pathLike(v), certain, hint)})
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
	case from == 0 && to == len(v):
		return likely
	case (after == '[' || after == '.' || after == ']') && pathLike(v):
		return strong
	case after == '"' && from > 0 && v[from-1] == '"' && bytes.IndexByte(v[to:min(len(v), to+4)], ':') > 0: // JSON in a text
		return strong
	}
	return hint
}

// pathLike tells a member path or a parameter from a piece of a program: no blanks, no calls, no lines.
func pathLike(v []byte) bool {
	return len(v) < 512 && !bytes.ContainsAny(v, " \n\t;(")
}
