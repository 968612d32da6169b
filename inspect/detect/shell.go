package detect

import "slices"

// shellCall is one command as a shell would read it from a place on.
type shellCall struct {
	word    [24]byte // its name without quotes, backslashes and folder, in lower case
	n       int
	rank    shellRank
	path    bool // named with its folder: /bin/ls
	hidden  bool // quotes, backslashes, wildcards or $IFS in it: c'a't, /b?n/l?, cat$IFS/x
	args    int  // arguments in the form that commands have: flags, paths, addresses, redirections
	words   int  // arguments that are plain words
	vars    int  // arguments that are variables of the script around it: "$1", $file
	target  bool // an argument names a file or device that attackers want, or is a program
	inline  bool // the argument read last says that the next is a program: perl -e
	ends    bool // it ends where a shell would end it
	joined  bool // its name is followed by what no shell takes as its end: =, :, ( …
	to      int
	group   bool // it stands in ( ) or { }
	capital bool // its name begins with a capital: a word of prose, or Windows
	pipesOn bool // its output goes into a shell: | sh
}

// findShell looks behind each mark that would end the host's command, and into substitutions, for a command that makes sense.
func findShell(v []byte, c *Context, s *summary) (best hit) {
	best = stronger(shellOption(v), sendmailOption(v, s))
	marked := s.hasAny(cSemicolon | cBar | cAmp | cLF | cCR | cBackquote | cDollar | cLess | cGreater | cBackslash)
	var around shellText
	if marked {
		around = shellAround(v)
		around.program = s.program || hasPrefix(v, "```") || shellCondition(v)
	}
	if c.Format != "yaml" { // where settings name the command of a container
		best = stronger(best, shellWhole(v, &around))
	}
	if !marked {
		return best
	}
	if s.has(cGreater | cSlash) {
		best = stronger(best, shellWritten(v))
	}
	if sep, _ := shellSeparator(v, 0); sep == 0 {
		around.document = findShellDocument(v, nil, s).grade != none
	}
	if s.has(cDollar|cEqual) && !around.document && around.lines < 2 {
		best = stronger(best, shellVariable(v))
	}
	if s.has(cOpen | cClose | cBrace | cBar) {
		best = stronger(best, shellBomb(v))
	}
	for i, row := 0, 0; i < len(v) && best.grade < certain; i++ {
		if !shellSeparates[v[i]] {
			continue
		}
		sep, skip := shellSeparator(v, i)
		if sep == 0 {
			continue
		}
		if sep == '`' {
			if end, ok := shellMentioned(v, i, &around); ok {
				i = end
				continue
			}
		}
		call := shellRead(v, i+skip, sep)
		g := shellGrade(v, i, sep, &call, &around)
		if call.rank >= shellSure && call.args > 0 && !call.joined && !around.document {
			if row++; row == 3 && around.lines < 2 { // a;wget …;chmod …;./x
				g = max(g, strong)
			}
		}
		best = stronger(best, hit{i, max(call.to, i), g})
		i += skip - 1
	}
	return best
}

// shellSeparates are the bytes for which shellSeparator may tell something.
var shellSeparates = [256]bool{';': true, '|': true, '&': true, '\n': true, '\r': true, '`': true, '$': true, '<': true, '>': true, '\\': true}

// shellSeparator tells what ends the host's command at i, if anything, and its length: ; | & a line's end, ` and $( which begin a substitution.
func shellSeparator(v []byte, i int) (sep byte, n int) {
	next := byte(0)
	if i+1 < len(v) {
		next = v[i+1]
	}
	switch b := v[i]; b {
	case ';':
		if entityEnds(v, i) || i > 0 && (v[i-1] == '<' || v[i-1] == '>') { // a redirection to nowhere: no shell runs such a line, and entities leave it that lost their ends: &lt%3Bid
			return 0, 0
		}
		return b, 1
	case '|', '&':
		if next == b {
			return b, 2
		}
		if b == '&' && i > 0 && (v[i-1] == '>' || v[i-1] == '<') {
			return 0, 0
		}
		return b, 1
	case '\n', '\r', '`':
		return b, 1
	case '$':
		if next == '(' && (i+2 >= len(v) || v[i+2] != '(') {
			return '$', 2
		}
	case '<', '>':
		if next == '(' {
			return '$', 2
		}
	case '\\': // a line's end written out, for a host that undoes it
		if (next == 'n' || next == 'r') && i < 4 {
			return '\n', 2
		}
	}
	return 0, 0
}

// entityEnds tells whether the semicolon at i ends an HTML entity.
func entityEnds(v []byte, i int) bool {
	for j := i - 1; j >= 0 && i-j < 10; j-- {
		switch b := v[j]; {
		case b == '&':
			return i-j > 2
		case b == ';' && j >= 4 && string(v[j-4:j]) == "&amp": // escaped twice: &amp;#34;
			return true
		case !isLetter(b) && !isDigit(b) && b != '#':
			return false
		}
	}
	return false
}

// shellBlank passes what separates words: blanks, $IFS in its forms, a form's plus.
func shellBlank(v []byte, i int) (to int, hidden bool) {
	for i < len(v) {
		switch b := v[i]; {
		case b == ' ' || b == '\t' || b == '+' && i > 0 && !isWord(v[i-1]):
			i++
		case b == '$' && hasPrefix(v[i:], "$IFS"):
			i, hidden = i+4, true
			if i+1 < len(v) && v[i] == '$' && isDigit(v[i+1]) {
				i += 2
			}
		case b == '$' && hasPrefix(v[i:], "${IFS"):
			end := indexByte(v, '}', i)
			if end < 0 {
				return i, hidden
			}
			i, hidden = end+1, true
		default:
			return i, hidden
		}
	}
	return i, hidden
}

// shellRead reads the command that begins at i, behind sep.
func shellRead(v []byte, i int, sep byte) (c shellCall) {
	const most = 512 // bytes of a command that are looked at
	v = v[:min(len(v), i+most)]
	for range 6 { // what may stand before a command
		i, _ = shellBlank(v, i)
		if n := shellUnset(v, i); sep != 0 && n > 0 {
			i, c.hidden = i+n, true
			continue
		}
		if i+1 < len(v) && (v[i] == '$' && (v[i+1] == '\'' || v[i+1] == '"') || v[i] == '.' && v[i+1] == ' ') { // $'cat', . /tmp/x
			i++
			continue
		}
		if i >= len(v) || v[i] != '(' && v[i] != '{' && v[i] != '!' && v[i] != '@' && v[i] != '\'' && v[i] != '"' && v[i] != '`' {
			break
		}
		if v[i] == '{' && i+1 < len(v) && v[i+1] != ' ' {
			break // {cat,/etc/passwd}
		}
		c.group = c.group || v[i] == '(' || v[i] == '{'
		i++
	}
	if n := shellStandIn(v, i); n > 0 && sep != 0 {
		c.hidden, c.n = true, copy(c.word[:], "sh")
		c.rank = shellRuns
		c.arguments(v, i+n, sep)
		return c
	}
	braced := i < len(v) && v[i] == '{'
	i = c.name(v, i)
	if c.n == 0 || braced && (i >= len(v) || v[i] != ',') {
		c.n = 0
		c.to = i
		return c
	}
	if i < len(v) && v[i] == ' ' && sep != 0 && shellLeads(c.word[:c.n]) {
		if next := shellRead(v, i+1, sep); next.rank >= shellSure || next.path && next.rank != 0 {
			next.group = next.group || c.group
			return next
		}
	}
	c.rank = shellRankOf(c.word[:c.n])
	if c.capital && slices.Contains(c.word[:c.n], '-') { // Invoke-WebRequest
		c.capital = false
	}
	if c.rank == 0 && !c.path && !c.hidden && (i >= len(v) || v[i] != '$') { // a word, as most are
		c.to = i
		return c
	}
	c.arguments(v, i, sep)
	return c
}

// shellCondition tells a line that begins as conditions and loops of scripts do.
func shellCondition(v []byte) bool {
	for _, w := range [...]string{"if [", "[ -", "[ \"$", "if test ", "while [", "elif [", "for f in ", "for i in ", "until ["} {
		if hasPrefix(v, w) {
			return true
		}
	}
	return false
}

// shellLeads tells the words of a shell that another command stands behind.
func shellLeads(word []byte) bool {
	switch string(word) {
	case "then", "do", "else", "elif", "if", "while", "until", "time", "coproc", "exec", "builtin", "command", "start", "call", "nohup", "env":
		return true
	}
	return false
}

// name reads a command's name: quotes, backslashes and carets within it vanish, of a path the last part counts.
func (c *shellCall) name(v []byte, i int) int {
	start := i
	if i < len(v) && v[i] == '{' {
		c.hidden = true
		i++
	}
	for ; i < len(v); i++ {
		switch b := v[i]; {
		case isLetter(b), isDigit(b), b == '_', b == '-' && c.n > 0, b == '.':
			if c.n == 0 {
				c.capital = b >= 'A' && b <= 'Z'
			}
			if c.n < len(c.word) {
				c.word[c.n] = b | 0x20
				if b == '.' || b == '_' || b == '-' || isDigit(b) {
					c.word[c.n] = b
				}
				c.n++
			}
		case b == '/':
			c.path = c.path || c.folder()
			c.n = 0
		case b == '\\' && c.escaped(v[i:]):
			i += 3
		case b == '\\' && i+1 < len(v) && isLetter(v[i+1]) && (i > start || i > 0):
			if (v[i+1] == 'n' || v[i+1] == 'r') && (i+2 >= len(v) || !isLetter(v[i+2])) {
				return i
			}
			c.hidden = true
		case (b == '\'' || b == '"') && !shellClosed(v, i), b == '^' && i == start:
			return i
		case (b == '\'' || b == '"' || b == '^') && i > start && v[start] != '{' && i+1 < len(v) && (isLetter(v[i+1]) || v[i+1] == b && i+2 < len(v) && isLetter(v[i+2])):
			c.hidden = true
			if v[i+1] == b {
				i++
			}
		case b == '?' || b == '*' || b == '[' || b == ']':
			if i == start || v[start] != '/' {
				return i
			}
			c.hidden = true
			if c.n < len(c.word) {
				c.word[c.n] = '?'
				c.n++
			}
		default:
			n, slash := shellExpansion(v, i)
			if n == 0 || i == start && !slash || hasPrefix(v[i:], "$IFS") || hasPrefix(v[i:], "${IFS") {
				return i
			}
			if c.hidden = true; slash {
				c.path, c.n = true, 0
			}
			i += n - 1
		}
	}
	return i
}

// escaped reads a byte written as \x69 or \151.
func (c *shellCall) escaped(v []byte) bool {
	b, n := shellEscape(v)
	if n == 0 || !isAlnum(b) {
		return false
	}
	c.hidden = true
	if c.n < len(c.word) {
		c.word[c.n] = b | 0x20
		c.n++
	}
	return true
}

// shellClosed tells whether the quote at i has its other one in the same word or before it: who's has not.
func shellClosed(v []byte, i int) bool {
	for j := i + 1; j < len(v) && j < i+24 && !isSpace(v[j]) && v[j] != ';' && v[j] != '|' && v[j] != '&'; j++ {
		if v[j] == v[i] {
			return true
		}
	}
	for j := i - 1; j >= 0 && j > i-24 && !isSpace(v[j]) && v[j] != ';' && v[j] != '|' && v[j] != '&'; j-- {
		if v[j] == v[i] {
			return true
		}
	}
	return false
}

// folder tells whether the part just read is one that commands lie in: bin, ., .. or a wildcard.
func (c *shellCall) folder() bool {
	switch string(c.word[:c.n]) {
	case "bin", "sbin", "tmp", ".", "..", "games":
		return true
	}
	return slices.Contains(c.word[:c.n], '?')
}

// arguments reads up to the command's end.
func (c *shellCall) arguments(v []byte, i int, sep byte) {
	if i < len(v) {
		b := v[i]
		brace := b == ',' && c.hidden
		if c.group && (b == ')' || b == '}') {
			c.ends, c.to = true, i
			return
		}
		member := (b == '"' || b == '\'') && i+1 < len(v) && (v[i+1] == ':' || v[i+1] == ',') // "mysql": {
		if member || !isSpace(b) && b != '+' && !brace && !shellEnds(b, sep) && b != '>' && b != '<' && b != '$' && b != '\\' && b != '#' && b != '\'' && b != '"' && b != '/' {
			c.joined = true
			c.to = i
			return
		}
		if b == '+' {
			i++ // a form's blank
		}
	}
	for i < len(v) {
		at, hidden := shellBlank(v, i)
		c.hidden = c.hidden || hidden
		if at >= len(v) {
			i = at
			break
		}
		if shellEnds(v[at], sep) || v[at] == '#' && at > i {
			i = at
			break
		}
		if hasPrefix(v[at:], "$(") {
			c.args++
			i = at
			break
		}
		if v[at] == '}' && !c.group && (sep == '\n' || sep == '\r') { // of a block in another language: a shell's ends behind a semicolon or on a line of its own
			c.joined, c.to = true, at
			return
		}
		to := at
		for to < len(v) && !isSpace(v[to]) && !shellEnds(v[to], sep) && (to == at || v[to] != '$') {
			to++
		}
		if to == at {
			to++
		}
		c.argument(v[at:to])
		i = to
	}
	c.ends, c.to = true, i
	c.pipesOn = shellPiped(v, i)
}

// shellEnds tells whether b ends a command that began behind sep.
func shellEnds(b, sep byte) bool {
	switch b {
	case ';', '|', '&', '\n', '\r', '`', 0:
		return true
	case ')':
		return sep == '$' || sep == '('
	}
	return false
}

// shellPiped tells whether what follows is | sh.
func shellPiped(v []byte, i int) bool {
	if i >= len(v) || v[i] != '|' || i+1 < len(v) && v[i+1] == '|' {
		return false
	}
	at, _ := shellBlank(v, i+1)
	var next shellCall
	next.name(v, at)
	return next.n > 0 && next.n <= 10 && shellRankOf(next.word[:next.n]) == shellRuns
}
