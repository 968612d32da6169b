package detect

// codeCallable finds a routine that is called by a string or a name in parentheses: ("system")("id"), 'system'('id'), (system)(id). PHP allows it, and no host writes it.
func codeCallable(v []byte) hit {
	for i := 1; i < len(v); i++ {
		if v[i] != '(' {
			continue
		}
		end := i
		for end > 0 && (isSpace(v[end-1]) || v[end-1] == ')' || v[end-1] == '"' || v[end-1] == '\'' || v[end-1] == ']') {
			end--
		}
		if end == i || i-end > 8 || end == 0 || !isIdent(v[end-1]) {
			continue
		}
		from := end
		for from > 0 && isIdent(v[from-1]) && end-from < 24 {
			from--
		}
		if from == 0 || v[from-1] != '"' && v[from-1] != '\'' && v[from-1] != '(' || v[from-1] == '(' && (from < 2 || isIdent(v[from-2])) && from != 1 {
			continue
		}
		if isSpace(v[i-1]) && i+1 < len(v) && isLetter(v[i+1]) { // the "system" (noun)
			continue
		}
		if codeNamed(v[from:end]) {
			return hit{from - 1, min(len(v), i+64), certain}
		}
	}
	return hit{}
}

// codeNamed tells the name of a routine that runs what it is given.
func codeNamed(name []byte) bool {
	if len(name) < 3 {
		return false
	}
	for _, c := range codeLexicon[codePair(name[0], name[1])] {
		if n := len(c.name) - 1; c.grade >= strong && c.name[n] == '(' && equalFold(name, c.name[:n]) {
			return true
		}
	}
	return false
}

// codeAssigned finds a variable that is given a string and then called: $a='system';$a('id').
func codeAssigned(v []byte) hit {
	v = v[:min(len(v), 256)]
	for i := 1; i < len(v); i++ {
		if v[i] != '$' {
			continue
		}
		to := identEnd(v, i+1)
		if to == i+1 || to >= len(v) || v[to] != '(' {
			continue
		}
		for at := indexByte(v, '$', 0); at >= 0 && at < i; at = indexByte(v, '$', at+1) {
			end := at + to - i
			if end >= i || string(v[at:end]) != string(v[i:to]) {
				continue
			}
			if eq := skipSpace(v, end); v[eq] == '=' && eq+1 < i && v[eq+1] != '=' {
				return hit{at, to, strong}
			}
		}
	}
	return hit{}
}

// codeLiteral tells a call that is the whole value and is given plain strings and names or nothing: print("hello"), require('x'). That is how people quote code; it says nothing by itself.
func codeLiteral(v []byte, open int) bool {
	i := skipSpace(v, open)
	if hasPrefix(v[min(i, len(v)):], "()") || hasPrefix(v[min(i, len(v)):], "function") { // a function of the program's own
		return true
	}
	for said := false; i < len(v); i++ {
		switch b := v[i]; {
		case b == '"' || b == '\'' || b == '`':
			end := indexByte(v, b, i+1)
			if end < 0 || codeReaches(v[i+1:end]) {
				return false
			}
			i, said = end, true
		case isLetter(b):
			end := identEnd(v, i)
			if word := v[i:end]; equalFold(word, "process") || equalFold(word, "env") || equalFold(word, "environ") || codeNamed(word) {
				return false
			}
			i, said = end-1, true
		case b == ')':
			rest := trim(v[i+1:])
			return (said || i == open) && (len(rest) == 0 || len(rest) == 1 && (rest[0] == ';' || rest[0] == ','))
		case b != ',' && b != ' ' && b != '+' && (!said || !isDigit(b) && b != '%' && b != '.' && b != '[' && b != ']' && b != '_'):
			return false
		}
	}
	return false
}

// codeReaches tells a string that leads out of a program: a module that runs others, a path, a command.
func codeReaches(word []byte) bool {
	switch string(word) {
	case "fs", "vm", "net", "os", "http", "https", "cluster", "dgram", "repl", "process", "open3", "socket", "child_process", "worker_threads", "inspector", "v8", "module":
		return true
	}
	if len(word) > 0 && (word[0] == '/' || word[0] == '|' || word[len(word)-1] == '|') || hasPrefix(word, "node:") || hasPrefix(word, "../") || containsAny(word, "://", "php:", ":\\", "`", "$_") {
		return true
	}
	end := 0
	for end < len(word) && isAlnum(word[end]) {
		end++
	}
	return shellRankOf(word[:end]) > shellPlain
}

// codeApart weighs what stands between a call's name and its parenthesis: a comment or a line's end hides it, a lone blank before words is prose (exec (summary)).
func codeApart(between, args []byte) int {
	if len(between) == 0 {
		return 0
	}
	for _, b := range between {
		if b == '/' || b == '#' || b == '\n' || b == '\r' {
			return 3
		}
	}
	a := trim(args)
	if len(a) == 0 {
		return -2
	}
	letters := false
	for _, b := range a {
		if b == ')' {
			break
		}
		if !isAlnum(b) && b != ' ' && b != ',' {
			return 0
		}
		letters = letters || isLetter(b)
	}
	if letters && string(between) == " " {
		return -3
	}
	return 0
}

// codeTalkedOf tells whether words of a sentence follow a call: phpinfo() shows the settings.
func codeTalkedOf(v []byte, from int) bool {
	depth := 0
	for i := from; i < len(v) && i < from+256; i++ {
		switch v[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth <= 0 {
				rest := v[i+1:]
				return len(rest) > 4 && rest[0] == ' ' && isLetter(rest[1]) && proseWords(rest) >= 1
			}
		}
	}
	return false
}
