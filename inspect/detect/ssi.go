package detect

// ssiDirectives are the elements of server-side includes (Apache mod_include, nginx ngx_http_ssi), each with the attribute it needs; "" needs none.
var ssiDirectives = []struct{ name, attribute string }{
	{"exec", "cmd"},
	{"exec", "cgi"},
	{"include", "virtual"},
	{"include", "file"},
	{"echo", "var"},
	{"printenv", ""},
	{"config", "timefmt"},
	{"config", "errmsg"},
	{"config", "sizefmt"},
	{"flastmod", "virtual"},
	{"flastmod", "file"},
	{"fsize", "file"},
	{"fsize", "virtual"},
	{"set", "var"},
	{"if", "expr"},
}

// findSSI reads <!--#directive attribute="…" --> and ESI's <esi:include src="…">, which a server carries out when it sends a page.
func findSSI(v []byte, _ *Context, _ *summary) hit {
	for i := indexByte(v, '<', 0); i >= 0; i = indexByte(v, '<', i+1) {
		rest := v[i+1:]
		if hasPrefixFold(rest, "esi:") && containsAny(rest[4:min(len(rest), 16)], "include", "vars", "inline", "eval", "assign", "remove", "try") {
			return hit{i, len(v), strong}
		}
		if !hasPrefix(rest, "!--") {
			continue
		}
		at := skipSpace(rest, 3)
		if at >= len(rest) || rest[at] != '#' {
			continue
		}
		if g := ssiDirective(rest[at+1:]); g != none {
			return hit{i, len(v), g}
		}
	}
	return hit{}
}

func ssiDirective(v []byte) grade {
	for _, d := range ssiDirectives {
		if !hasPrefixFold(v, d.name) || len(v) > len(d.name) && isIdent(v[len(d.name)]) {
			continue
		}
		head := v[len(d.name):min(len(v), 96)]
		switch {
		case d.attribute == "" || containsFold(head, d.attribute) && indexByte(head, '=', 0) > 0:
			if d.name == "exec" {
				return certain
			}
			return strong
		}
	}
	return none
}
