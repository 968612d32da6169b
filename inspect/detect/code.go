package detect

import (
	"bytes"
	"strings"
)

// findCode asks whether a value leaves a string or statement of a program and goes on with a call that does something, or brings a program's tag with it.
func findCode(v []byte, _ *Context, s *summary) (best hit) {
	if s.hasAny(cLess | cBrace | cBracket) {
		best = codeTag(v)
	}
	if s.hasAny(cOpen|cBrace|cPercent) || s.words&wRun != 0 || s.hasAny(cDot) && s.words&wProgram != 0 {
		best = codeCalled(v, best)
	}
	if best.grade < certain && s.has(cOpen) && s.hasAny(cSingle|cDouble|cClose) {
		best = stronger(best, codeCallable(v))
	}
	if best.grade < strong && s.has(cDollar|cOpen|cEqual) {
		best = stronger(best, codeAssigned(v))
	}
	if best.grade == none && s.has(cDollar) {
		best = codeVariable(v)
	}
	return best
}

// codeCalled weighs every call of a value that codeCalls has.
func codeCalled(v []byte, best hit) hit {
	var around shellText
	for i := 0; i < len(v) && best.grade < certain; i++ {
		if !isIdent(v[i]) && v[i] != '%' {
			continue
		}
		if i > 0 && isIdent(v[i-1]) && v[i-1] != '$' && v[i] != '%' {
			i = identEnd(v, i) - 1
			continue
		}
		call, ok := codeCallAt(v, i)
		if !ok || call.word && len(v) == len(call.name) { // a module's name
			continue
		}
		if around.length == 0 {
			around = shellAround(v)
		}
		if long := around.lines > 2 || len(v) > 2048; call.grade == certain || i < 24 || !long { // deep in a long text the others weigh nothing
			best = stronger(best, codeWeigh(v, i, &call, &around))
		}
	}
	return best
}

// codeCallAt looks a call up; blanks and comments may stand before its parenthesis, as PHP allows.
func codeCallAt(v []byte, i int) (found codeCall, ok bool) {
	if i+1 >= len(v) {
		return found, false
	}
	for k := range codeLexicon[codePair(v[i], v[i+1])] {
		c := &codeLexicon[codePair(v[i], v[i+1])][k]
		name := c.name
		if hasPrefixFold(v[i:], name) {
			if at := i + len(name); c.grade > found.grade && (!c.word || at >= len(v) || !isWord(v[at])) {
				found, ok = *c, true
			}
			continue
		}
		if n := len(name) - 1; name[n] == '(' && hasPrefixFold(v[i:], name[:n]) {
			at := codeBlank(v, i+n)
			if at > i+n && at < len(v) && v[at] == '(' && c.grade > found.grade {
				found, ok = *c, true
			}
		}
	}
	return found, ok
}

// codeBlank passes blanks and comments, at most 256 bytes.
func codeBlank(v []byte, i int) int {
	most := min(len(v), i+256)
	for i < most {
		switch {
		case isSpace(v[i]):
			i++
		case v[i] == '/' && i+1 < most && v[i+1] == '*':
			end := i + 2
			for end+1 < most && (v[end] != '*' || v[end+1] != '/') {
				end++
			}
			i = end + 2
		case (v[i] == '#' || v[i] == '/' && i+1 < most && v[i+1] == '/') && indexByte(v[:most], '\n', i) > 0:
			i = indexByte(v[:most], '\n', i) + 1
		default:
			return i
		}
	}
	return min(i, most)
}

// codeWeigh weighs a call at i: by itself, by how it is reached, by what it is given, by what stands around.
func codeWeigh(v []byte, i int, c *codeCall, t *shellText) hit {
	points := int(c.grade) - 1 // likely 1, strong 2, certain 3
	if t.ticks && quotedCall(v, i, i+len(c.name)) || strings.HasPrefix(c.name, "function(") && jsNamed(v, i+len("function(")) {
		return hit{}
	}
	glue := codeGlue(v, i)
	points += glue
	open := i + len(c.name)
	if name := open - 1; c.name[len(c.name)-1] == '(' && v[name] != '(' {
		open = codeBlank(v, name) + 1
		if points += codeApart(v[name:open-1], v[min(open, len(v)):]); c.grade < strong {
			points-- // sleep (8 hours)
		}
	}
	args := v[min(len(v), open):min(len(v), open+256)]
	points += codeArguments(args)
	if glue == 0 && i > 0 {
		points--
	}
	if c.name[len(c.name)-1] == '(' && plural(v, open-1) { // system(s)
		points -= 3
	}
	if c.grade < strong && codeDeclares(v[:i]) {
		points -= 2
	}
	if glue < 2 && c.name[len(c.name)-1] == '(' {
		if c.grade < strong && codeLiteral(v, open) || codeTalkedOf(v, open-1) {
			points -= 3
		}
	}
	if end := trim(v); glue > 0 && len(end) > 0 && i < 40 && (c.grade > likely || glue > 1 || codeArguments(args) > 0) {
		switch end[len(end)-1] {
		case ';', ')', '\'', '"', '}', '/', '#', '>':
			points++
		}
	}
	switch {
	case i < 24 && t.words == 0:
	case t.lines > 2 || t.length > 2048:
		points -= 4
	case t.words > 4 || t.lines > 0:
		points -= 2
	}
	return hit{i, min(len(v), i+64), codeGrade(points)}
}

// quotedCall tells a name or a call that a text quotes in backquotes from one that is made: it is given nothing that runs.
func quotedCall(v []byte, i, open int) bool {
	from, to, ok := quotedIn(v, i)
	return ok && isLetter(v[from]) && (bytes.HasSuffix(v[from:to], []byte("()")) || from == i && hasPrefix(v[i:], "require('") && v[to-1] == ')' && bytes.IndexByte(v[i:to], ')') == to-1-i || codeArguments(v[min(open, to):to]) < 2)
}

// codeDeclares tells the beginning of a declaration, const fs = …: a statement of a program, of which nothing was left.
func codeDeclares(head []byte) bool {
	for _, word := range [...]string{"const ", "let ", "var ", "import ", "from ", "my ", "our ", "local ", "final "} {
		if hasPrefix(head, word) {
			return bytes.IndexByte(head, '=') > 0 && !bytes.ContainsAny(head, ";'\"`")
		}
	}
	return false
}

func codeGrade(points int) grade {
	switch {
	case points >= 5:
		return certain
	case points == 4:
		return strong
	case points == 3:
		return likely
	case points == 2:
		return hint
	}
	return none
}

// codeGlue weighs what a call is reached by: the start of the value, a quote or statement that is ended, a tag, ${ or {$.
func codeGlue(v []byte, i int) int {
	if i > 0 && v[i-1] == '\n' {
		return 1
	}
	for i > 0 && (isSpace(v[i-1]) || v[i-1] == '@' || v[i-1] == '\\' || v[i-1] == '!') {
		i--
	}
	if i == 0 {
		return 1
	}
	if i > 1 && v[i-1] == '.' && (isLetter(v[i-2]) || v[i-2] == '_') { // a method of a program's object: fs.readFile(
		return 0
	}
	head := v[:i]
	letters := max(0, i-64)
	for _, b := range head[:min(i, 64)] {
		if isLetter(b) || b >= 0x80 {
			letters++
		}
	}
	broken := 0
	if letters <= 8 && (indexByte(head, '\'', 0) >= 0 || indexByte(head, '"', 0) >= 0) {
		broken = 1
	}
	switch v[i-1] {
	case ';', '.', '+', '|', '&', '{', '}', '\'', '"', ',', '(', ')', '?', '=', ':', '-', '*', '`':
		if letters == 0 || broken > 0 {
			return 2
		}
		return min(1, 1+broken-min(letters/24, 1))
	}
	if endsWith(head, "<?php") || endsWith(head, "<?=") || endsWith(head, "<?") || endsWith(head, "<%") || endsWith(head, "<%=") || endsWith(head, "return") || endsWith(head, "echo") || endsWith(head, "print") {
		return 2
	}
	return 0
}

// codeSources are where an injected program takes its orders from, and what it goes for.
var codeSources = []string{"$_get", "$_post", "$_request", "$_server", "$_cookie", "$_files", "base64_decode", "chr(", "/etc/", "php://", "getenv", "process.", "`", "__import__", "child_process", "md5(", "request(", "params[", "system(", "exec(", "cat ", "whoami", "ls ", "wget ", "curl ", "ping ", "sleep ", "echo ", "cmd", "|\"", "|'"}

// codeArguments weighs what a call is given: a command, the request's own data, a file.
func codeArguments(a []byte) int {
	a = trim(a)
	if len(a) == 0 {
		return 0
	}
	for _, w := range codeSources {
		if containsFold(a, w) {
			return 2
		}
	}
	for i := 0; i < len(a); i++ { // a callback by its name: array_filter($a, 'system')
		if a[i] == '\'' || a[i] == '"' {
			end := identEnd(a, i+1)
			if end < len(a) && a[end] == a[i] && codeNamed(a[i+1:end]) {
				return 2
			}
			i = max(i, end-1)
		}
	}
	if a[0] == '\'' || a[0] == '"' {
		i := 1
		for i < len(a) && isAlnum(a[i]) {
			i++
		}
		if shellRankOf(a[1:i]) != 0 {
			return 2
		}
	}
	if isDigit(a[0]) || a[0] == '\'' || a[0] == '"' || a[0] == '$' || a[0] == ')' {
		return 1
	}
	return 0
}

// codeTag reads the tags that begin a program within a page: <?php <?= <% {php} [php].
func codeTag(v []byte) (best hit) {
	for i, b := range v {
		if b != '<' && b != '{' && b != '[' || best.grade >= strong {
			continue
		}
		best = stronger(best, hit{i, min(len(v), i+64), codeTagGrade(v, i)})
	}
	return best
}

func codeTagGrade(v []byte, i int) grade {
	rest := v[i+1:]
	switch {
	case v[i] != '<':
		if hasPrefixFold(rest, "php}") || hasPrefixFold(rest, "php]") || hasPrefixFold(rest, "/php}") || hasPrefixFold(rest, "/php]") || hasPrefixFold(rest, "\\php]") {
			return strong
		}
		return none
	case hasPrefixFold(rest, "?xml") && len(rest) > 4 && (isSpace(rest[4]) || rest[4] == '+') && !containsAny(instructionHead(rest), ";", ":echo", ":fput"):
		return none
	case hasPrefixFold(rest, "?") && !plainText(rest[1:min(len(rest), 13)]):
		return none // compressed bytes
	case hasPrefixFold(rest, "?"):
		return codePHP(trim(rest[1:]), len(v))
	case hasPrefix(rest, "%") && !hasPrefix(rest, "%--"):
		if containsAny(rest[:min(len(rest), 256)], "eval", "request", "response.", "runtime", "system(", "exec", "`", "file.", "process", "createobject", "io.") {
			return strong
		}
		return hint
	case hasPrefixFold(rest, "script") && containsAny(rest[:min(len(rest), 64)], "language=\"php\"", "language='php'", "language=php", "runat=\"server\"", "runat=server"):
		return strong
	}
	return none
}

// instructionHead gives the beginning of a processing instruction, at most 40 bytes of it.
func instructionHead(v []byte) []byte {
	v = v[:min(len(v), 40)]
	if end := bytes.Index(v, []byte("?>")); end >= 0 {
		return v[:end]
	}
	return v
}

// plainText tells whether v is printable ASCII and blanks.
func plainText(v []byte) bool {
	for _, b := range v {
		if b >= 0x7f || b < ' ' && !isSpace(b) {
			return false
		}
	}
	return true
}

// codePHP grades what stands behind <?: a page of PHP is a document where it is long.
func codePHP(rest []byte, length int) grade {
	named := hasPrefixFold(rest, "php") || hasPrefix(rest, "=")
	calls := hasPrefix(rest, "=") || containsAny(rest[:min(len(rest), 256)], "(", "echo", "$", "print", ":", "`", "include", "require", ";")
	switch {
	case !calls, hasPrefixFold(rest, "import"), hasPrefixFold(rest, "mso"):
		return hint
	case length > 1024:
		return hint
	case named || containsAny(rest[:min(len(rest), 256)], "$", "echo", "=1", "=\"", "= \"", "exec", "system", "eval", "print"):
		return strong
	}
	return hint
}

// codeVariables are PHP's arrays of the request and its interpolations that call: ${@f()}, {$a->b()}, $_GET[1]($_GET[2]).
var codeVariables = []string{"$_get[", "$_post[", "$_request[", "$_server[", "$_cookie[", "$_session[", "$_files[", "$_env[", "$globals[", "@{[", "${@", "{${", "${'_'", "$http_raw_post_data", "$_get{", "$_request{", "$http_get_vars", "$http_post_vars", "$http_server_vars"}

func codeVariable(v []byte) hit {
	for _, name := range codeVariables {
		at := indexFold(v, name)
		if at < 0 {
			continue
		}
		if len(v) < 256 {
			return hit{at, min(len(v), at+64), likely}
		}
		return hit{at, min(len(v), at+64), hint}
	}
	return hit{}
}
