package detect

import "bytes"

// script reads a value as JavaScript: as the rest of a string or expression it breaks out of, or as a script of its own. Only what does
// something in a page counts: a dialog (how attacks are proved), evaluation of text, navigation, reading cookies, writing markup. Text about
// it ("call alert(1) to test") has words around it.
func script(v []byte, s *summary) hit {
	var best hit
	prose := -1
	for i := 0; i < len(v) && best.grade < certain; i++ {
		if !isLetter(v[i]) && v[i] != '\\' && v[i] != '$' || i > 0 && isIdent(v[i-1]) && v[i-1] != '\\' {
			continue
		}
		to, use := jsSink(v, i)
		if use == none {
			i = max(i, identEnd(v, i)-1)
			continue
		}
		if prose < 0 {
			prose = proseWords(v)
		}
		if s.hasAny(cBackquote) && jsQuoted(v, i, to, use) {
			i = to - 1
			continue
		}
		g := sinkGrade(v, i, use, prose)
		if s.program && !jsLeadingBreak(v) {
			g = min(g, hint)
		}
		best = best.or(hit{i, to, g})
		i = to - 1
	}
	if best.grade < strong && s.hasAny(cBracket) {
		best = best.or(jsObfuscated(v))
	}
	return best
}

// sinkGrade weighs a use of a sink at i by what stands before it.
func sinkGrade(v []byte, i int, use grade, prose int) grade {
	switch out := jsBreaksOut(v[:i]); {
	case out && prose < 8:
		return use
	case out && jsLeadingBreak(v):
		return use
	case prose >= 6:
		return hint
	case len(v) > 400 || bytes.Count(v, []byte("\n")) > 4: // a program of its own: code is not an attack by itself
		return hint
	case use >= strong && jsStarts(v, i):
		return strong
	case use == certain:
		return likely
	}
	return hint
}

// jsStarts tells whether a statement or expression may begin at i, and nothing but code stands before it.
func jsStarts(v []byte, i int) bool {
	j := i
	for j > 0 && isSpace(v[j-1]) {
		j--
	}
	return j == 0 || v[j-1] >= 0x80 || bytes.HasSuffix(v[:j], []byte("new")) || bytes.IndexByte([]byte(";(,={}[!+-*/%&|^~?:>\n)\\.\"'`"), v[j-1]) >= 0
}

// jsBreaksOut tells whether the text leaves a string: a quote that closes none of its own, and then only what JavaScript allows between the
// end of a string and the next operand.
func jsBreaksOut(before []byte) bool {
	for i := len(before) - 1; i >= 0 && i >= len(before)-64; i-- {
		switch c := before[i]; c {
		case '\'', '"', '`':
			if bytes.Count(before[max(0, i-4096):i], before[i:i+1])%2 == 0 && jsGlue(before[i+1:]) {
				return true
			}
		}
	}
	return jsLeadingBreak(before)
}

// jsLeadingBreak tells whether the value begins by leaving: at most one word, then a quote or a closing mark.
func jsLeadingBreak(v []byte) bool {
	i := 0
	for i < len(v) && i < 32 && (isAlnum(v[i]) || v[i] == '\\' || isSpace(v[i])) {
		i++
	}
	if i >= len(v) {
		return false
	}
	switch v[i] {
	case '\'', '"', '`', ')', '}', ']', ';':
		j := skipSpace(v, i+1)
		return j < len(v) && bytes.IndexByte([]byte("'\"`;,+-*/|&^%?:=)}]<>!\\({["), v[j]) >= 0
	case '*':
		return i+1 < len(v) && v[i+1] == '/'
	}
	return false
}

// jsGlue tells whether text is only operators, closing marks and short operands, as between the end of a string and the next call.
func jsGlue(v []byte) bool {
	letters := 0
	for _, c := range v {
		switch {
		case isAlnum(c):
			if letters++; letters > 12 {
				return false
			}
		case bytes.IndexByte([]byte(" \t\r\n;,+-*/|&^%?:=)}]<>!~\\({[.$_"), c) < 0:
			return false
		}
	}
	return len(v) > 0
}

// jsSink reads the identifier at i (\uHHHH escapes undone) and grades what it does there: certain for a dialog or evaluation that is called,
// strong for what is only consequential in a page.
func jsSink(v []byte, i int) (to int, g grade) {
	var buf [24]byte
	name, to := jsIdent(v, i, buf[:0])
	if len(name) < 3 {
		return to, none
	}
	next := skipSpace(v, to)
	call := next+1 < len(v) && (v[next] == '(' || v[next] == '`') || jsOptionalCall(v, next)
	tight := next == to
	switch string(name) {
	case "alert", "confirm", "prompt":
		if call && tight && !plural(v, next) && plausibleArgument(v, next) && (v[next+1] != ')' || !hasPrefix(v[next+1:], ") ") || next+3 >= len(v) || !isLetter(v[next+3])) {
			return next + 1, certain
		}
		return to, handedOver(v, i, to)
	case "eval":
		if call && tight && !plural(v, next) {
			return next + 1, strong
		}
		return to, handedOver(v, i, to)
	case "settimeout", "setinterval":
		if arg := skipSpace(v, min(next+1, len(v))); call && tight && !hasPrefix(v[arg:], "(") && !hasPrefix(v[arg:], ")") && !hasPrefix(v[arg:], "function") && !hasPrefix(v[arg:], "async") {
			return next + 1, strong
		}
	case "execscript", "importscripts", "function", "setimmediate":
		if string(name) == "function" && call && jsNamed(v, next+1) {
			return to, none
		}
		if call && tight && len(name) != len("function") && v[next+1] != ')' || string(name) == "function" && v[i] == 'F' && call && tight {
			return next + 1, strong
		}
	case "document", "window", "self", "top", "parent", "frames", "globalthis", "opener", "this":
		return jsObject(v, to, string(name) == "document")
	case "location":
		if next+1 < len(v) && (v[next] == '=' && v[next+1] != '=' && !option(v, i) || v[next] == '.' && containsAny(v[next:min(len(v), next+12)], ".href", ".hash", ".assign", ".replace", ".search")) {
			return next + 1, strong
		}
	case "fromcharcode":
		if call && next+1 < len(v) && (isDigit(v[next+1]) || v[next] == '`') {
			return next + 1, strong
		}
		return to, likely
	case "innerhtml", "outerhtml", "insertadjacenthtml", "createcontextualfragment", "localstorage", "sessionstorage", "xmlhttprequest", "activexobject", "sendbeacon":
		return to, likely
	case "fetch", "import", "atob", "unescape":
		if call && tight && (string(name) == "fetch" && sendsAway(v, next+1) || string(name) == "import" && containsAny(v[next:min(len(v), next+16)], "'//", "\"//", "`//", "://", "data:")) {
			return next + 1, strong
		}
		if call && tight {
			return next + 1, likely
		}
	case "$eval", "constructor", "getscript", "globaleval":
		if call && v[next] == '`' {
			return next, strong
		}
		if call || next < len(v) && v[next] == '.' && (next+1 < len(v) && isIdent(v[next+1]) || i > 0 && v[i-1] == '.') {
			return next, likely
		}
	}
	return to, none
}

// jsObject grades a use of a page's global object: document.cookie, window['al'+'ert'](1), top.alert(1), parent.location=….
func jsObject(v []byte, i int, document bool) (to int, g grade) {
	from := i
	i = jsBlank(v, i)
	comment := i > from
	if i < len(v) && v[i] == ')' && bytes.IndexByte(v[max(0, i-16):i], '(') >= 0 {
		i = jsBlank(v, i+1)
	}
	if i >= len(v) {
		return i, none
	}
	if v[i] == '[' {
		if document && containsAny(v[i:min(len(v), i+16)], "cookie", "domain", "location", "write") {
			return i + 1, strong
		}
		if escapedMember(v[i:min(len(v), i+48)]) || containsAny(v[i:min(len(v), i+12)], "document", "location", "cookie", "alert", "eval") {
			return i + 1, strong
		}
		if inside := v[i:min(len(v), i+48)]; (bytes.ContainsAny(inside, "`/\\+(") || bytes.Contains(inside, []byte("]("))) && bytes.ContainsAny(v[i:min(len(v), i+256)], "(`=") {
			return i + 1, strong
		}
		return i, none
	}
	var buf [24]byte
	if v[i] == '?' && i+1 < len(v) {
		i++
	}
	if v[i] != '.' {
		return i, none
	}
	at := jsBlank(v, i+1)
	if comment {
		at = skipSpace(v, at)
	}
	name, to := jsIdent(v, at, buf[:0])
	next := skipSpace(v, to)
	used := next < len(v) && bytes.IndexByte([]byte("=.([`;,+)-"), v[next]) >= 0
	switch string(name) {
	case "cookie", "domain", "url", "documenturi", "referrer", "baseuri":
		if document {
			return to, strong
		}
	case "getelementbyid", "queryselector", "body", "createelement", "documentelement":
		if used && containsAny(v[next:min(len(v), next+96)], "innerhtml", "outerhtml", "script", "iframe", "img", "src", ".action", ".href", "cookie", "insert", "write", "onload", "onerror", "background", "eval", "alert", "location") {
			return to, strong
		}
	case "write", "writeln", "location", "defaultview", "forms", "scripts", "implementation", "open", "vulnerable":
		if used && !hasPrefixFold(v[next:], ".reload(") {
			return to, strong
		}
	case "alert", "confirm", "prompt", "eval", "onerror", "print", "name", "status", "settimeout", "setinterval", "function", "document", "postmessage", "self", "top", "window", "parent", "frames", "opener":
		if used && !document {
			return to, strong
		}
	}
	return i, none
}

// jsBlank passes the comments between tokens, and blanks where a comment is among them: prose has blanks alone.
func jsBlank(v []byte, i int) int {
	comment := false
	j := i
	for j < len(v) && j < i+128 {
		switch {
		case isSpace(v[j]):
			j++
			continue
		case v[j] == '/' && j+1 < len(v) && v[j+1] == '*':
			k := bytes.Index(v[j+2:min(len(v), j+128)], []byte("*/"))
			if k < 0 {
				return i
			}
			j += k + 4
			comment = true
			continue
		}
		break
	}
	if comment {
		return j
	}
	return i
}

// handedOver sees a function that is handed over instead of called: onerror=alert;throw 1, [1].find(alert), {valueOf:alert}, alert.call(…).
func handedOver(v []byte, from, to int) grade {
	rest := trim(v[to:min(len(v), to+16)])
	if containsAny(rest[:min(len(rest), 8)], ".call", ".apply", ".bind", "?.(") {
		return certain
	}
	if from > 1 && len(rest) > 0 && v[from-1] == '[' && rest[0] == ']' && (len(rest) == 1 || rest[1] != '(') && (isLetter(v[from-2]) || v[from-2] == '=' || v[from-2] == '(') && bytes.ContainsAny(v[to:min(len(v), to+64)], "(`") {
		return strong // for(x of[alert])x(1)
	}
	if from == 0 || len(rest) == 0 || bytes.IndexByte([]byte("=:,("), v[from-1]) < 0 || bytes.IndexByte([]byte(";,)}]/"), rest[0]) < 0 {
		return none
	}
	if v[from-1] == '(' && (rest[0] == ')' || rest[0] == ',') && (from == 1 || isSpace(v[from-2])) && (len(rest) == 1 || rest[1] != '(' && rest[1] != '`') {
		return none // (alert), (alert, confirm): words in parentheses
	}
	if bytes.ContainsAny(v[max(0, from-256):min(len(v), to+256)], "({`") || containsFold(rest, "throw") {
		return strong
	}
	return hint
}

func jsOptionalCall(v []byte, i int) bool { return i+2 < len(v) && string(v[i:i+3]) == "?.(" }

// escapedMember tells a member's name that is written in escapes: self["\x24"].
func escapedMember(v []byte) bool {
	return len(v) > 4 && (v[1] == '"' || v[1] == '\'' || v[1] == '`') && v[2] == '\\' && (v[3] == 'x' || v[3] == 'u' || isDigit(v[3]))
}

// plausibleArgument tells alert(1), alert("x"), alert(document.cookie), alert`1` from confirm(yes please).
func plausibleArgument(v []byte, open int) bool {
	i := skipSpace(v, open+1)
	if v[open] == '`' || i >= len(v) || hasPrefix(v[i:], "new ") {
		return true
	}
	end := i
	words := 0
	for end < len(v) && end-i < 64 && bytes.IndexByte([]byte("()'\"`[{"), v[end]) < 0 {
		if v[end] == ' ' && end+1 < len(v) && isLetter(v[end+1]) && isLetter(v[end-1]) {
			words++
		}
		end++
	}
	return isDigit(v[i]) || bytes.IndexByte([]byte("'\"`/\\)[{!~+-&<>$_("), v[i]) >= 0 || v[i] >= 0x80 || words == 0
}

// jsIdent reads an identifier in lower case into buf, its \u escapes undone, and gives the index after it.
func jsIdent(v []byte, i int, buf []byte) ([]byte, int) {
	for i < len(v) {
		c, n := v[i], 1
		if c == '\\' {
			if c, n = escape(v[i:]); n == 1 {
				break
			}
		}
		if !isIdent(c) {
			break
		}
		if len(buf) < cap(buf) {
			buf = append(buf, lower(c))
		}
		i += n
	}
	return buf, i
}

// jsExploit tells whether code does what attacks do: it shows a dialog, reads cookies, evaluates text, navigates to a script.
func jsExploit(v []byte) bool {
	v = v[:min(len(v), 4096)]
	for i := 0; i < len(v); i++ {
		c := v[i]
		if !isLetter(c) && c != '\\' && c != '&' && c != '$' || i > 0 && isIdent(v[i-1]) {
			continue
		}
		if c == '&' { // entities: al&#101;rt
			return squeezedContains(v, "alert(", "confirm(", "prompt(", "eval(", "alert`", "document.cookie", "document.write", "location=", "javascript:", "fromcharcode(")
		}
		to, g := jsSink(v, i)
		if g >= strong {
			return true
		}
		i = max(i, to-1)
	}
	return false
}

// jsCall tells whether v begins with a call or an assignment: name(, a.b(, a=.
func jsCall(v []byte) bool {
	i := skipSpace(v, 0)
	for i < len(v) && i < 64 && (v[i] == '"' || v[i] == '\'') {
		i++
	}
	from := i
	for i < len(v) && i < 96 && (isIdent(v[i]) || v[i] == '.') {
		i++
	}
	return i > from && i < len(v) && (v[i] == '(' || v[i] == '`' || v[i] == '=')
}

// jsObfuscated finds code written without letters (JSFuck: []()!+ only), or with members named by concatenated pieces.
func jsObfuscated(v []byte) hit {
	from, marks := -1, 0
	var seen struct{ open, plus, bracket bool }
	for i, c := range v {
		if bytes.IndexByte([]byte("[]()!+{}$_~/\\'\".=,;:-"), c) >= 0 {
			if from < 0 {
				from = i
			}
			if c == '[' || c == '(' || c == '!' || c == '+' {
				marks++
			}
			seen.open = seen.open || c == '('
			seen.plus = seen.plus || c == '+'
			seen.bracket = seen.bracket || c == '['
			if i-from >= 40 && marks*3 > i-from && seen.open && seen.plus && seen.bracket {
				return hit{from, i + 1, strong}
			}
			continue
		}
		from, marks = -1, 0
		seen.open, seen.plus, seen.bracket = false, false, false
	}
	return hit{}
}
