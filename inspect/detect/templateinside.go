package detect

import "bytes"

// sum reads a tag of whatever engine that holds nothing but an operation on two literals.
func (t *template) sum(i int, open, end string) hit {
	if !bytes.HasPrefix(t.v[i:], []byte(open)) {
		return hit{}
	}
	inside, to := t.closing(i+len(open), end)
	return hit{i, to, pick(arithmetic(inside), strong, none)}
}

// pieced tells a special name put together from strings: ”['__cl'+'ass__'], ['__cl'~'ass__'].
func pieced(e []byte) bool {
	if !bytes.Contains(e, []byte("__")) {
		return false
	}
	for _, glue := range [...]string{"'+'", "\"+\"", "'~'", "\"~\"", "' + '", "' ~ '", "\" + \"", "\" ~ \"", "'.join", ")|join"} {
		if bytes.Contains(e, []byte(glue)) {
			return true
		}
	}
	return false
}

// goMethod tells a method of Go's dot that is called with a literal ({{ .Execute "id" }}) and the dot as a whole printed to see what it is ({{ printf "%s" . }}).
// Helm's .Files.Get "x" goes by way of a field.
func goMethod(e []byte) bool {
	e = trim(bytes.Trim(trim(e), "{}-"))
	if rest, ok := bytes.CutPrefix(e, []byte("printf \"%")); ok {
		return bytes.HasSuffix(rest, []byte("\" .")) && len(rest) < 8
	}
	if len(e) < 4 || e[0] != '.' || e[1] < 'A' || e[1] > 'Z' {
		return false
	}
	end := identEnd(e, 1)
	return end+1 < len(e) && e[end] == ' ' && (e[skipSpace(e, end)] == '"' || e[skipSpace(e, end)] == '`')
}

// smartyTag tells the tags of Smarty that read a file or work something out: {fetch file="/etc/passwd"}, {math equation="7*7"}.
func smartyTag(word, inside []byte) bool {
	switch {
	case equalFold(word, "fetch"), equalFold(word, "include"), equalFold(word, "include_php"), equalFold(word, "config_load"):
		return containsAny(inside, "file=\"/", "file='/", "file=\"..", "file='..", "://", "php:")
	case equalFold(word, "math"):
		return containsFold(inside, "equation=")
	case equalFold(word, "eval"):
		return containsFold(inside, "var=")
	}
	return false
}

// freemarkerSpecial tells Freemarker's special variables, which begin with a dot: ${.now}, ${.data_model}. No other engine with ${ } has names that do.
func freemarkerSpecial(e []byte) bool {
	e = trim(e)
	return len(e) > 2 && e[0] == '.' && isLetter(e[1])
}

// computed tells an operation on literals where only an expression that someone injects has it: assigned (set x=7*7), all that a function is given (str(7*7)), or done by a filter
// (7|add:7).
func computed(e []byte) bool {
	e = trim(bytes.Trim(e, "{}-%"))
	if rest, ok := bytes.CutPrefix(e, []byte("set ")); ok {
		_, value, assigned := bytes.Cut(rest, []byte("="))
		return assigned && arithmetic(value)
	}
	if end := identEnd(e, 0); end > 0 && isLetter(e[0]) && end < len(e) && e[end] == '(' && e[len(e)-1] == ')' {
		return arithmetic(e[end+1 : len(e)-1])
	}
	to, kind := literal(e, 0)
	if to = skipSpace(e, to); kind != '0' || to >= len(e) || e[to] != '|' {
		return false
	}
	from := skipSpace(e, to+1)
	switch string(e[from:identEnd(e, from)]) {
	case "add", "plus", "minus", "times", "multiply", "divided_by", "modulo":
		return true
	}
	return false
}

// rubyWhole tells ERB that prints the whole environment.
func rubyWhole(e []byte) bool {
	e = trim(bytes.Trim(e, "=-"))
	return string(e) == "ENV" || bytes.HasPrefix(e, []byte("ENV.inspect")) || bytes.HasPrefix(e, []byte("ENV.to_")) || bytes.HasPrefix(e, []byte("self.methods")) || bytes.HasPrefix(e, []byte("self.class"))
}
