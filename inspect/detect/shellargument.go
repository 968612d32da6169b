package detect

// argument weighs one argument.
func (c *shellCall) argument(a []byte) {
	var buf [64]byte
	plain := plainArgument(buf[:0], a)
	for _, t := range shellTargets {
		if indexFold(plain, t) >= 0 {
			c.target = true
		}
	}
	if len(a) > 2 && (a[0] == '"' && a[1] == '$' && a[2] != '(' && a[2] != '{' || a[0] == '$' && (a[1] >= 'a' && a[1] <= 'z' || isDigit(a[1]))) {
		c.vars++
	}
	if c.takes(plain) {
		c.args++
		return
	}
	if a[0] == '%' && indexByte(a, '%', 2) > 0 || c.inline || c.rank == shellRuns && string(a) == "-i" {
		c.target = true // %SYSTEMROOT%\…, the code behind perl -e, a shell that talks
	}
	c.inline = c.rank == shellRuns && inlineCode(a)
	letters, other := 0, 0
	for _, b := range a {
		if isLetter(b) || b >= 0x80 {
			letters++
		} else if !isDigit(b) && b != '\'' && b != '"' && b != ',' && b != '.' && b != '!' && b != '?' {
			other++
		}
	}
	switch {
	case a[0] == '-' && len(a) > 1 && isWord(a[1]) || hasPrefix(a, "--"), a[0] == '.' && len(a) > 2 && (isLetter(a[1]) || a[1] == '/' || hasPrefix(a, "../")),
		a[0] == '/' && len(a) > 1, a[0] == '~', a[0] == '$' && len(a) > 1, a[0] == '>', a[0] == '<', a[0] == '\\',
		indexByte(a, '/', 0) > 0 && other > 1, len(a) > 2 && a[1] == ':' && a[2] == '\\', len(a) == 2 && a[1] == ':',
		hasPrefix(a, "2>"), hasPrefix(a, "1>"), dottedHost(a):
		c.args++
	case letters == 0 && len(a) > 0 && isDigit(a[0]) && c.timed():
		c.args++
	case a[0] == '\'' || a[0] == '"':
		if len(a) > 1 {
			c.args++
		}
	default:
		c.words++
	}
}

// takes tells the arguments that are words and belong to this one command: net user, for /f, export A=b, eval id.
func (c *shellCall) takes(a []byte) bool {
	switch string(c.word[:c.n]) {
	case "net":
		return equalFold(a, "user") || equalFold(a, "users") || equalFold(a, "localgroup") || equalFold(a, "view") || equalFold(a, "share") || equalFold(a, "use") || equalFold(a, "start") || equalFold(a, "accounts") || equalFold(a, "group")
	case "for":
		if equalFold(a, "/f") || equalFold(a, "/l") {
			c.target = true
		}
	case "export", "alias", "set", "env", "setx", "declare", "unset":
		return indexByte(a, '=', 0) > 0
	case "eval", "sudo", "nohup", "busybox", "xargs", "command", "doas", "setsid":
		return c.words == 0 && c.args == 0 && shellRankOf(a) > shellPlain
	}
	return false
}

// inlineCode tells the flags by which an interpreter is given its program as the next argument.
func inlineCode(a []byte) bool {
	var low [16]byte
	switch string(lowered(low[:0], a)) {
	case "-e", "-c", "-r", "-ne", "-pe", "-lc", "-ec", "-enc", "--eval", "-command", "-encodedcommand":
		return true
	}
	return false
}

// timed tells the commands that take a bare number.
func (c *shellCall) timed() bool {
	switch string(c.word[:c.n]) {
	case "sleep", "timeout", "kill", "seq", "usleep", "exit", "ping", "echo":
		return true
	}
	return false
}

// dottedHost tells whether a is an address or a host's name: dots within, no blank, letters or digits around.
func dottedHost(a []byte) bool {
	dots := 0
	for i, b := range a {
		switch {
		case b == '.':
			if i == 0 || i+1 == len(a) {
				return false
			}
			dots++
		case !isLetter(b) && !isDigit(b) && b != '-' && b != '_' && b != ':':
			return false
		}
	}
	return dots > 0
}

func hasPrefix(v []byte, p string) bool { return len(v) >= len(p) && string(v[:len(p)]) == p }
