package detect

import "bytes"

// findSSTI reads the template tags of a value as an engine would that was given the value as a template: Jinja, Twig, Django, Handlebars, Angular
// ({{ }} {% %}), Freemarker, Velocity, Mako, Thymeleaf, Groovy (${ } #{ } *{ } #set), ERB, EJS, EEx, JSP (<% %>), Smarty ({ }), Razor (@( )). A tag that
// only names a variable, formats it or loops is what templates are made of; arithmetic on literals, names of the engine's insides and calls that reach
// the machine are not.
func findSSTI(v []byte, _ *Context, s *summary) hit {
	var best hit
	if s.has(cUnderscore|cDot) && bytes.Contains(v, []byte("__")) {
		best = bareChain(v)
	}
	if !s.hasAny(cBrace | cLess | cHash | cAt | cBracket | cDollar) {
		return best
	}
	best = best.or(openBlock(v, s))
	t := template{v: v, prose: -1}
	for i := 0; i < len(v) && best.grade < certain; i++ {
		var h hit
		switch v[i] {
		case '$':
			if h = t.brace(i); h.grade == none && hasPrefixFold(v[i:], "$class.") {
				h = hit{i, min(len(v), i+64), strong} // Velocity's class tool
			}
		case '{', '*', '~', '[':
			h = t.brace(i)
		case '<':
			h = t.percent(i)
		case '#':
			h = t.hash(i)
		case '%':
			h = t.sum(i, "%{", "}")
		case '@':
			h = t.razor(i)
		default:
			continue
		}
		best = best.or(h)
		if h.to-i > 64 || h.grade != none { // what is nested in a long tag was read with it
			i = max(i, h.to-1)
		}
	}
	return best
}

// bareChain finds a walk through Python's special names without a tag around it, as it is put behind one that the host wrote. Programs that
// look at themselves use one of the names, not the way from an object to all classes or globals.
func bareChain(v []byte) hit {
	for _, s := range [...]string{".__subclasses__", ".__globals__", ".__builtins__", ".__mro__", "['__globals__']", "['__builtins__']"} {
		if k := bytes.Index(v, []byte(s)); k >= 0 && bytes.Count(v[max(0, k-256):min(len(v), k+256)], []byte("__")) >= 4 && len(v) < 2048 {
			return hit{k, k + len(s), pick(bytes.Count(v, []byte("\n")) > 6, hint, strong)}
		}
	}
	return hit{}
}

// template is a value read as a template.
type template struct {
	v     []byte
	prose int // words in a row, counted when first needed
}

// long tells a text with tags from a value that is little but tags: there only what reaches the machine speaks.
func (t *template) long(tag int) bool {
	if len(t.v) < 64 || tag*2 > len(t.v) {
		return false
	}
	if t.prose < 0 {
		t.prose = proseWords(t.v)
	}
	return t.prose >= 6 || len(t.v) > 400
}

const maxTag = 4096 // bytes of a tag that are read

// closing finds the end of a tag whose inside begins at i; a tag that is never closed ends with the value.
func (t *template) closing(i int, end string) (inside []byte, to int) {
	last := min(len(t.v), i+maxTag)
	if k := bytes.Index(t.v[i:last], []byte(end)); k >= 0 {
		return t.v[i : i+k], i + k + len(end)
	}
	return t.v[i:last], last
}

// brace reads {{ }}, {% %}, ${ }, *{ }, ~{ }, {php}, {system('id')}, [[${ }]] at i.
func (t *template) brace(i int) hit {
	v := t.v
	if i+2 >= len(v) {
		return hit{}
	}
	if v[i] != '{' {
		switch {
		case v[i] == '[':
			if v[i+1] == '=' { // Freemarker's other tags
				inside, to := t.closing(i+2, "]")
				return hit{i, to, pick(templateReach(inside) == certain, certain, none)}
			}
			return t.sum(i, "[[", "]]").or(t.sum(i, "[(", ")]"))
		case v[i] == '$' && v[i+1] == '!':
			return t.sum(i, "$!{", "}")
		case v[i+1] != '{':
			return hit{}
		}
		inside, to := t.closing(i+2, "}")
		return hit{i, to, t.expression(inside, to-i, v[i])}
	}
	if i > 0 && (v[i-1] == '^' || v[i-1] == '_') && v[i+1] != '{' { // TeX: A^{1/2}
		return hit{}
	}
	if i > 0 && bytes.IndexByte([]byte("$#*~@{"), v[i-1]) >= 0 {
		if v[i-1] == '{' || v[i+1] != '{' {
			return hit{}
		}
	}
	switch v[i+1] {
	case '{':
		inside, to := t.closing(i+2, "}}")
		return hit{i, to, t.expression(inside, to-i, '{')}
	case '%':
		inside, to := t.closing(i+2, "%}")
		g := t.expression(inside, to-i, '%')
		if printed := trim(bytes.TrimPrefix(trim(bytes.Trim(inside, "-")), []byte("print"))); arithmetic(printed) {
			g = max(g, strong)
		}
		if word := trim(bytes.Trim(inside, "-+ ")); equalFold(word, "debug") || hasPrefixFold(word, "import os") || hasPrefixFold(word, "get_admin_log") || hasPrefixFold(word, "include") && bytes.IndexByte(word, '[') >= 0 {
			g = max(g, strong)
		}
		return hit{i, to, g}
	case '$', '=':
		inside, to := t.closing(i+2, "}")
		if g := arithmetic(inside); g || hasPrefixFold(inside, "smarty.") {
			return hit{i, to, strong}
		}
		return hit{}
	}
	return t.single(i)
}

// single reads Smarty's {php} and {function(…)}, and the attribute chains that format strings of Python follow: {0.__class__}.
func (t *template) single(i int) hit {
	end := min(len(t.v), i+256)
	k := bytes.IndexByte(t.v[i:end], '}')
	if k < 0 {
		return hit{}
	}
	inside := t.v[i+1 : i+k]
	word := inside[:identEnd(inside, 0)]
	call := len(word) < len(inside) && inside[len(word)] == '('
	switch {
	case arithmetic(inside) && k < 16:
		return hit{i, i + k + 1, likely}
	case equalFold(word, "php") && len(word) == len(inside):
		return hit{i, i + k + 1, certain}
	case smartyTag(word, inside):
		return hit{i, i + k + 1, strong}
	case call && phpReach(word):
		return hit{i, i + k + 1, certain}
	case bytes.Contains(inside, []byte("Smarty_Internal")), bytes.Contains(inside, []byte(".__")) && bytes.Contains(inside, []byte("__")) && dunder(inside):
		return hit{i, i + k + 1, certain}
	}
	return hit{}
}

// percent reads <% %>, <%= %> and Freemarker's <#assign …> at i.
func (t *template) percent(i int) hit {
	v := t.v
	switch {
	case i+2 < len(v) && v[i+1] == '%':
		j := i + 2
		for j < len(v) && bytes.IndexByte([]byte("=-#@!"), v[j]) >= 0 {
			j++
		}
		inside, to := t.closing(j, "%>")
		g := t.expression(inside, to-i, '<')
		if rubyReach(inside) {
			g = certain
		}
		return hit{i, to, g}
	case i+8 < len(v) && v[i+1] == '#' && (hasPrefixFold(v[i+2:], "assign") || hasPrefixFold(v[i+2:], "include") || hasPrefixFold(v[i+2:], "import") || hasPrefixFold(v[i+2:], "list")):
		inside, to := t.closing(i+2, ">")
		return hit{i, to, t.expression(inside, to-i, '$')}
	}
	return hit{}
}

// hash reads #{ } and Velocity's directives at i.
func (t *template) hash(i int) hit {
	v := t.v
	rest := v[i+1:]
	switch {
	case len(rest) > 2 && rest[0] == '{':
		inside, to := t.closing(i+2, "}")
		g := t.expression(inside, to-i, '#')
		if rubyReach(inside) {
			g = certain
		}
		return hit{i, to, g}
	case hasPrefixFold(rest, "set("), hasPrefixFold(rest, "set ("), hasPrefixFold(rest, "foreach("), hasPrefixFold(rest, "include("), hasPrefixFold(rest, "parse("), hasPrefixFold(rest, "evaluate("):
		to := min(len(v), i+512)
		if k := bytes.IndexByte(v[i:to], '\n'); k >= 0 {
			to = i + k
		}
		g := t.expression(v[i:to], to-i, '$')
		if eq := bytes.IndexByte(v[i:to], '='); eq > 0 && arithmetic(bytes.TrimRight(v[i+eq+1:to], "$abcdefghijklmnopqrstuvwxyz \r")) {
			g = max(g, strong)
		}
		if g < strong && containsAny(v[i:to], "class.inspect", ".class.", "$class", "getclass") {
			g = strong
		}
		return hit{i, to, g}
	}
	return hit{}
}

// razor reads @( ) and @{ } at i.
func (t *template) razor(i int) hit {
	v := t.v
	if i+2 >= len(v) || i > 0 && isAlnum(v[i-1]) {
		return hit{}
	}
	switch v[i+1] {
	case '(':
		inside, to := t.closing(i+2, ")")
		if arithmetic(inside) {
			return hit{i, to, strong}
		}
	case '{':
		inside, to := t.closing(i+2, "}")
		return hit{i, to, t.expression(inside, to-i, '@')}
	}
	if hasPrefixFold(v[i:], "@system.diagnostics") || hasPrefixFold(v[i:], "@html.raw(") || hasPrefixFold(v[i:], "@system.io") || hasPrefixFold(v[i:], "@model.gettype(") || bytes.HasPrefix(v[i:], []byte("@System.")) {
		return hit{i, i + 8, strong}
	}
	return hit{}
}

// expression grades the inside of a tag.
func (t *template) expression(inside []byte, size int, mark byte) grade {
	if len(inside) == 0 {
		return none
	}
	g := templateReach(inside)
	if dunder(inside) {
		g = certain
	}
	if g >= certain {
		return g
	}
	short := !t.long(size)
	switch {
	case arithmetic(inside) && short:
		return strong
	case arithmetic(inside):
		return hint
	case g == strong && !short && len(t.v) < 400:
		return likely
	case g != none && !short:
		return hint
	case g != none:
		return g
	case short && (pieced(inside) || computed(inside)):
		return strong
	case short && (mark == '{' && goMethod(inside) || mark == '$' && freemarkerSpecial(inside) || mark == '<' && rubyWhole(inside)):
		return likely
	case mark == '{' && short && insides(trim(bytes.Trim(inside, "{}="))):
		return likely
	case short && literalMethod(inside):
		return likely
	case bytes.HasPrefix(inside, []byte("<%[%'\"")), bytes.HasPrefix(inside, []byte("{<%[%'\"")): // the probe that is wrong in every engine
		return strong
	}
	return none
}

// insides tells a tag that prints what the engine keeps for itself, as a whole.
func insides(name []byte) bool {
	for _, s := range [...]string{"config", "request", "self", "_self", "settings", "app", "_context", "config.items()", "self.__dict__", "g", "session", "settings.secret_key", "request.environ", "request.application", "dump(app)", "config.secret_key", "cycler", "joiner", "lipsum", "app.request.server.all|join(',')", "_self.env"} {
		if equalFold(name, s) {
			return s != "g" && s != "app" && s != "session" && s != "settings"
		}
	}
	return false
}

// arithmetic tells whether the expression is an operation on two literals, which a template has no reason to hold: 7*7, 7*'7', 'a'*3, 42*42.
func arithmetic(e []byte) bool {
	e = trim(bytes.Trim(trim(e), "{}()=%-"))
	if len(e) < 3 || len(e) > 40 {
		return false
	}
	i, kind := literal(e, 0)
	if kind == 0 {
		return false
	}
	i = skipSpace(e, converted(e, i))
	if i >= len(e) || bytes.IndexByte([]byte("*+/%-~"), e[i]) < 0 {
		return false
	}
	op := e[i]
	if i++; i < len(e) && e[i] == '*' {
		i++
	}
	to, other := literal(e, skipSpace(e, i))
	if other == 0 || kind == 's' && other == 's' || op == '-' && kind == '0' && !bytes.Contains(e, []byte(" ")) {
		return false
	}
	rest := skipSpace(e, to)
	return rest >= len(e) || bytes.IndexByte([]byte("*+/%-|)."), e[rest]) >= 0
}

// converted passes the filter that makes a number of the literal before i: 7|int*7|int.
func converted(e []byte, i int) int {
	if i >= len(e) || e[i] != '|' {
		return i
	}
	to := identEnd(e, i+1)
	switch string(e[i+1 : to]) {
	case "int", "float", "abs", "round", "string":
		return to
	}
	return i
}

// literal reads a number ('0') or string ('s') at i.
func literal(e []byte, i int) (to int, kind byte) {
	if i >= len(e) {
		return i, 0
	}
	if q := e[i]; q == '\'' || q == '"' {
		k := bytes.IndexByte(e[i+1:], q)
		if k < 0 {
			return i, 0
		}
		return i + k + 2, 's'
	}
	for to = i; to < len(e) && (isDigit(e[to]) || e[to] == '.'); to++ {
	}
	if to == i {
		return i, 0
	}
	return to, '0'
}

// literalMethod tells a method called on a literal: 'a'.toUpperCase(), "x".join(…), [].class, (1).TYPE.
func literalMethod(e []byte) bool {
	e = trim(e)
	if len(e) < 4 {
		return false
	}
	i, kind := literal(e, 0)
	switch {
	case kind == 's' && i < len(e) && (e[i] == '.' || e[i] == '?'): // ? is Freemarker's
		return i+1 < len(e) && isLetter(e[i+1])
	case bytes.HasPrefix(e, []byte("[].")), bytes.HasPrefix(e, []byte("().")), bytes.HasPrefix(e, []byte("{}.")), bytes.Contains(e, []byte("(1).")):
		return true
	}
	return false
}

// dunder tells an attribute chain through Python's special names: .__class__, ['__globals__'], |attr('__init__').
func dunder(e []byte) bool {
	for i := 0; i+5 < len(e); i++ {
		k := bytes.Index(e[i:], []byte("__"))
		if k < 0 {
			return false
		}
		i += k + 2
		j := i
		for j < len(e) && (isLetter(e[j]) || e[j] == '_' && (j+1 >= len(e) || e[j+1] != '_')) {
			j++
		}
		for _, name := range [...]string{"class", "mro", "base", "bases", "subclasses", "globals", "builtins", "init", "import", "dict", "getattribute", "getitem", "reduce", "code", "self", "call", "name", "doc", "module"} {
			if string(e[i:j]) == name && j+1 < len(e) && e[j] == '_' && e[j+1] == '_' {
				return true
			}
		}
	}
	return false
}
