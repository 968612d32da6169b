package detect

// programText tells a text of two lines or more that is a piece of a program, in whatever language: most of its lines end as statements do, open or close a block, assign, or begin with
// one of a language's words. What a grammar finds in such a text by its marks alone is how programs look, so that less is made of it (inProgram).
func programText(v []byte) bool {
	if len(v) == 0 || indexByte([]byte(";|&)'\"\n\r\\%"), v[0], 0) >= 0 {
		return false // a program does not begin by leaving something
	}
	lines, code, sure := 0, 0, 0
	for at := 0; at < len(v) && lines < 64; {
		end := indexByte(v, '\n', at)
		if end < 0 {
			end = len(v)
		}
		body := trim(v[at:end])
		at = end + 1
		if len(body) == 0 {
			continue
		}
		lines++
		statement, opener := codeLine(body)
		if !statement {
			statement, opener = scriptLine(body)
		}
		if statement {
			code++
		}
		if opener || hasPrefix(body, "// ") || indexFold(body, " := ") > 0 || statement && (body[0] == '}' || body[len(body)-1] == '{') {
			sure++
		}
	}
	return lines > 1 && sure > 0 && code*10 >= lines*6
}

// scriptWords begin lines of shell scripts, Perl, Ruby, Makefiles and Dockerfiles.
var scriptWords = []string{
	"if ", "fi", "then", "else", "elif ", "do", "done", "case ", "esac", "while ", "until ", "for ", "echo ", "exit", "local ", "export ", "my ", "our ", "sub ", "use ", "unless ", "elsif ", "foreach ", "die ", "print ", "printf ", "end", "begin", "rescue", "unset ", "shift", "trap ", "exec ",
	"set -", "test ", "[ ", "[[ ", "RUN ", "FROM ", "COPY ", "ENV ", "CMD ", "ENTRYPOINT ", "ifeq", "endif", "#!", "set(", "raise ", "assert ",
}

// scriptLine tells one line of such a text, without the blanks around it, and whether it begins with one of their words.
func scriptLine(body []byte) (statement, opener bool) {
	for _, w := range scriptWords {
		if hasPrefix(body, w) && (w[len(w)-1] == ' ' || len(body) == len(w) || !isIdent(body[len(w)]) || !isLetter(w[len(w)-1])) {
			return true, len(w) > 2
		}
	}
	last := body[len(body)-1]
	if last == '\\' || last == '|' || body[0] == '#' || endsWith(body, ";;") || endsWith(body, "&&") || endsWith(body, "||") || last == ')' && indexByte(body, ' ', 0) < 0 {
		return true, false
	}
	end := identEnd(body, 0)
	if end > 0 && end < len(body) {
		if body[end] == '=' || hasPrefix(body[end:], "+=") { // name=value
			return true, true
		}
		if hasPrefix(body[end:], "()") {
			return true, true
		}
	}
	return body[0] == '$' && indexByte(body, '=', 0) > 0, false
}

// inProgram gives the grade of a finding in a piece of a program of so many bytes. What is certain stays, and a call that runs what it is given in a program of little else.
func inProgram(class string, g grade, size int) grade {
	switch class {
	case "code-injection":
		if g == likely || g == strong && size > 100 {
			return hint
		}
	case "sqli", "nosqli", "mail", "ssti":
		if g < certain {
			return min(g, hint)
		}
	}
	return g
}
