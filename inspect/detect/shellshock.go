package detect

// findShellshock tells an environment value that old shells import as a function, "() {", and what follows it (CVE-2014-6271): they ran that on start.
func findShellshock(v []byte, _ *Context, _ *summary) hit {
	for i := indexByte(v, '(', 0); i >= 0; i = indexByte(v, '(', i+1) {
		at := skipSpace(v, i+1)
		if at >= len(v) || v[at] != ')' {
			continue
		}
		if at = skipSpace(v, at+1); at >= len(v) || v[at] != '{' || !shellshockPlace(v, i) {
			continue
		}
		body := v[at+1:]
		end := indexByte(body, '}', 0)
		switch {
		case end >= 0 && len(trim(body[end+1:])) > 1 && (body[end+1] == ';' || body[end+1] == ' ' && indexByte(body, '>', end) > 0):
			return hit{i, len(v), certain}
		case hasPrefix(trim(body), ":;"), hasPrefix(trim(body), "_;"), hasPrefix(trim(body), "(a)=>"), hasPrefix(v[:i], "BASH_FUNC_"): // CVE-2014-7169, and the name that later shells export functions by
			return hit{i, len(v), strong}
		}
		return hit{i, len(v), hint}
	}
	return hit{}
}

// shellshockPlace tells where an environment's value begins: at the start, or behind = and a quote. A function in a script has a name before it.
func shellshockPlace(v []byte, i int) bool {
	for i > 0 && (isSpace(v[i-1]) || v[i-1] == '\'' || v[i-1] == '"') {
		i--
	}
	return i == 0 || v[i-1] == '=' && (i < 2 || v[i-2] != '=' && !isSpace(v[i-2]))
}
