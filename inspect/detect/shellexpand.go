package detect

import "bytes"

// shellExpansion reads what a shell replaces within a word by nothing, or by one known thing, which is how names of commands are taken apart: $u, $@, $_, ${x}, $(), $'…', ${PATH:0:1}.
// It gives the index behind it and whether it stands for a slash; n is 0 where nothing of the kind stands at i.
func shellExpansion(v []byte, i int) (n int, slash bool) {
	if v[i] == '`' && i+1 < len(v) && v[i+1] == '`' {
		return 2, false
	}
	if v[i] != '$' || i+1 >= len(v) {
		return 0, false
	}
	switch next := v[i+1]; {
	case next == '{':
		end := bytes.IndexByte(v[i:min(len(v), i+32)], '}')
		if end < 3 {
			return 0, false
		}
		return end + 1, indexByte(v[i:i+end], ':', 0) > 0
	case next == '(':
		if i+2 < len(v) && v[i+2] == ')' {
			return 3, false
		}
	case next == '_', next == '@', next == '*', next == '?', next == '!', next == '#', isDigit(next):
		return 2, false
	case isLetter(next):
		end := i + 1
		for end < len(v) && isWord(v[end]) {
			end++
		}
		return end - i, false
	}
	return 0, false
}

// shellUnset gives the length of a variable that stands before a command and is nothing: $a cat.
func shellUnset(v []byte, i int) int {
	if i >= len(v) {
		return 0
	}
	n, _ := shellExpansion(v, i)
	if i+n >= len(v) || v[i+n] != ' ' || shellStandIn(v, i) > 0 {
		return 0
	}
	return n
}

// shellEscape reads \x69 and \151, as $'…' and printf do.
func shellEscape(v []byte) (b byte, n int) {
	if len(v) < 4 || v[0] != '\\' {
		return 0, 0
	}
	if v[1] == 'x' && hexDigit(v[2]) >= 0 && hexDigit(v[3]) >= 0 {
		return byte(hexDigit(v[2])<<4 | hexDigit(v[3])), 4 //nolint:gosec // two hex digits
	}
	for n = 1; n < 4; n++ {
		if v[n] < '0' || v[n] > '7' {
			return 0, 0
		}
		b = b<<3 | (v[n] - '0')
	}
	return b, n
}

// shellStandIn reads a variable that holds a shell, where a command is named: $0, $SHELL, ${BASH}, %COMSPEC%, %x:~0,1%.
func shellStandIn(v []byte, i int) (n int) {
	if i >= len(v) {
		return 0
	}
	if v[i] == '%' {
		end := bytes.IndexByte(v[i+1:min(len(v), i+40)], '%')
		if end < 0 {
			return 0
		}
		if name := v[i+1 : i+1+end]; equalFold(name, "comspec") {
			return end + 2
		} else if bytes.Contains(name, []byte(":~")) { // letters cut out of a variable: the word goes on
			n = end + 2
			for i+n < len(v) && !isSpace(v[i+n]) {
				n++
			}
		}
		return n
	}
	for _, name := range [...]string{"$0", "$shell", "${shell}", "$bash", "${bash}", "${0}"} {
		if hasPrefixFold(v[i:], name) && (i+len(name) >= len(v) || !isIdent(v[i+len(name)])) {
			return len(name)
		}
	}
	return 0
}

// plainArgument writes an argument as its command gets it, quotes, backslashes and empty expansions left out, as far as buf has room.
func plainArgument(buf, a []byte) []byte {
	for i := 0; i < len(a) && len(buf) < cap(buf); {
		if n, slash := shellExpansion(a, i); n > 0 {
			if slash {
				buf = append(buf, '/')
			}
			i += n
			continue
		}
		if b := a[i]; b != '\'' && b != '"' && b != '^' && (b != '\\' || i+1 < len(a) && a[i+1] == '\\') {
			buf = append(buf, b)
		}
		i++
	}
	return buf
}

// shellVariable finds a variable that is set and then called as a command: a=nc&&$a -l, x=id;$x. It looks at the first 512 bytes.
func shellVariable(v []byte) hit {
	v = v[:min(len(v), 512)]
	for i := 1; i+1 < len(v); i++ {
		if v[i] != '$' {
			continue
		}
		from := i + 1
		if v[from] == '{' {
			from++
		}
		to := from
		for to < len(v) && isWord(v[to]) {
			to++
		}
		before := i
		for before > 0 && v[before-1] == ' ' {
			before--
		}
		if to == from || before == 0 || v[before-1] != ';' && v[before-1] != '&' && v[before-1] != '|' && v[before-1] != '\n' {
			continue
		}
		if at := shellAssigned(v[:before], v[from:to]); at >= 0 {
			return hit{at, to, strong}
		}
	}
	return hit{}
}

// shellAssigned gives the index of name=… where a command may begin in v, or -1.
func shellAssigned(v, name []byte) int {
	for from := 0; ; {
		at := bytes.Index(v[from:], name)
		if at < 0 {
			return -1
		}
		at += from
		from = at + 1
		if end := at + len(name); end+1 >= len(v) || v[end] != '=' || !isAlnum(v[end+1]) && v[end+1] != '/' {
			continue
		}
		if at == 0 || v[at-1] == ';' || v[at-1] == '&' || v[at-1] == '|' || v[at-1] == ' ' || v[at-1] == '\n' {
			return at
		}
	}
}

// shellOptions are options by which a program is told to run another one, each with the mark behind which that one stands: a value that begins with one is an argument its host did
// not mean to pass (CWE-88).
var shellOptions = [...]string{
	"--checkpoint-action=", "--to-command=", "--use-compress-program=", "--rsh-command=", "--unzip-command=", "--upload-pack=", "--upload-pack ", "--receive-pack=", "--use-askpass=", "--open-files-in-pager=", "--pre-invoke=",
	"-oproxycommand=", "-oproxycommand ", "-o proxycommand=", "-o proxycommand ", "-olocalcommand=", "-olocalcommand ", "-o localcommand=", "-o localcommand ", "--config=core.sshcommand=", "-c core.sshcommand=",
	"--gpu-launcher=", "--utility-cmd-prefix=", "--renderer-cmd-prefix=", "ext::",
}

func shellOption(v []byte) hit {
	if len(v) < 5 || v[0] != '-' && v[0]|0x20 != 'e' {
		return hit{}
	}
	for _, o := range shellOptions {
		if hasPrefixFold(v, o) && len(v) > len(o) {
			return hit{0, len(v), strong}
		}
	}
	return hit{}
}

// sendmailOption finds the options of sendmail behind a sender's address that make it write its log, and with it the mail, where a server runs it (CVE-2016-10033).
func sendmailOption(v []byte, s *summary) hit {
	if s.words&wCommand == 0 || !s.has(cDash|cAt) {
		return hit{}
	}
	for _, option := range [...]string{"-oqueuedirectory=", "-oq/"} {
		if at := indexFold(v, option); at > 0 && isSpace(v[at-1]) {
			return hit{at, len(v), strong}
		}
	}
	return hit{}
}

// shellBomb finds a function that calls itself twice at once: :(){ :|:& };:
func shellBomb(v []byte) hit {
	at := bytes.Index(v, []byte("(){"))
	if at < 1 || at > 64 {
		return hit{}
	}
	from := at
	for from > 0 && !isSpace(v[from-1]) && v[from-1] != ';' && v[from-1] != '&' && v[from-1] != '|' {
		from--
	}
	name, body := v[from:at], trim(v[at+3:])
	if len(name) > 0 && bytes.HasPrefix(body, name) {
		if rest := trim(body[len(name):]); len(rest) > 0 && rest[0] == '|' && bytes.HasPrefix(trim(rest[1:]), name) {
			return hit{from, len(v), certain}
		}
	}
	return hit{}
}

// shellWritten tells a value that is nothing but a redirection into a folder anyone may write to: >/tmp/x.
func shellWritten(v []byte) hit {
	to := bytes.TrimLeft(v, ">")
	if len(to) == len(v) || bytes.IndexByte(to, ' ') >= 0 {
		return hit{}
	}
	for _, folder := range [...]string{"/tmp/", "/dev/shm/", "/var/tmp/", "/var/www/", "/etc/"} {
		if hasPrefix(to, folder) {
			return hit{0, len(v), likely}
		}
	}
	return hit{}
}
