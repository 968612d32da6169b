package detect

import "bytes"

// findCSVFormula reads a value as a spreadsheet reads a cell: as a formula when it begins with = + - or @. Numbers, phone numbers, handles and sums over
// cells are ordinary; a formula that starts a program (DDE) or sends cells away is not.
func findCSVFormula(v []byte, c *Context, s *summary) hit {
	if c.Key || !s.hasAny(cEqual|cPlus|cDash|cAt) {
		return hit{}
	}
	i := 0
	for i < len(v) && i < 8 && (isSpace(v[i]) || v[i] == '"' || v[i] == '\'' || v[i] == ',' || v[i] == ';') {
		i++
	}
	if i >= len(v) || bytes.IndexByte([]byte("=+-@"), v[i]) < 0 {
		return hit{}
	}
	formula := v[i:min(len(v), i+1024)]
	if k := bytes.IndexByte(formula, '\n'); k >= 0 {
		formula = formula[:k]
	}
	h := hit{i, i + len(formula), none}
	switch {
	case dde(formula):
		h.grade = certain
	case reachesOut(formula):
		h.grade = strong
	case v[i] == '=' && arithmetic(formula[1:]) && len(formula) < 16: // the probe, and what anyone types into a cell
		h.grade = hint
	}
	return h
}

// dde tells application|'topic'!item (cmd|' /C calc'!A0), which starts a program.
func dde(f []byte) bool {
	bar := bytes.IndexByte(f, '|')
	if bar < 2 || !isAlnum(f[bar-1]) {
		return containsFold(f, "dde(")
	}
	rest := f[bar+1:]
	q := bytes.IndexByte(rest, '!')
	return q > 0 && q+1 < len(rest) && (isAlnum(rest[q+1]) || rest[q+1] == '_' || rest[q+1] == '\'') && (rest[0] == '\'' || rest[0] == '"' || isAlnum(rest[0]) || rest[0] == ' ')
}

// reachesOut tells a call of a function that fetches, sends, or runs.
func reachesOut(f []byte) bool {
	for i := range f {
		if f[i] != '(' {
			continue
		}
		from := i
		for from > 0 && (isAlnum(f[from-1]) || f[from-1] == '.' || f[from-1] == '_') {
			from--
		}
		for _, name := range [...]string{"hyperlink", "webservice", "importxml", "importhtml", "importdata", "importfeed", "importrange", "image", "filterxml", "exec", "call", "register.id", "rtd", "msexcel", "shell", "urlmon"} {
			if equalFold(f[from:i], name) {
				return true
			}
		}
	}
	return false
}
