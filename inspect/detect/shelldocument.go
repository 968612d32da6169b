package detect

import "bytes"

// findShellDocument tells a command line or a script: each line is a command, a comment or a keyword of the shell.
func findShellDocument(v []byte, _ *Context, _ *summary) hit {
	if len(v) > 0 && isDigit(v[0]) || shellProse(v) { // a date, a number, a word: no command begins so
		return hit{}
	}
	lines, commands, args, first := 0, 0, 0, true
	for at := 0; at < len(v) && lines < 64; {
		end := indexByte(v, '\n', at)
		if end < 0 {
			end = len(v)
		}
		line := v[at:end]
		at = end + 1
		if shellComment(line) {
			if first && hasPrefix(line, "#!") && indexFold(line, "sh") > 0 {
				return hit{0, len(v), certain}
			}
			continue
		}
		lines++
		if n, ok := shellLine(line); ok {
			commands++
			args += n
		} else if first {
			return hit{}
		}
		first = false
	}
	switch {
	case args == 0 || commands*2 < lines:
		return hit{}
	case lines > 1:
		return hit{0, len(v), certain}
	}
	return hit{0, len(v), strong}
}

// shellComment tells empty lines and comments.
func shellComment(line []byte) bool {
	i, _ := shellBlank(line, 0)
	return i >= len(line) || line[i] == '#' && (i+1 >= len(line) || line[i+1] != ' ' || i == 0)
}

// shellLine tells a line that is a command, or some joined by pipes, with arguments as commands have them, and how many.
func shellLine(line []byte) (args int, ok bool) {
	for _, prompt := range [...]string{"$ ", "> ", "# ", "RUN "} {
		line = bytes.TrimPrefix(line, []byte(prompt))
	}
	for at := 0; at < len(line); {
		c := shellRead(line, at, 0)
		if c.n == 0 || c.joined || c.rank == 0 && (!c.path || c.args <= 0) {
			return 0, false
		}
		if at == 0 {
			ok = c.points() >= 2 || c.rank >= shellTool && c.words < 3
		}
		args += c.args
		for at = max(c.to, at+1); at < len(line) && (line[at] == '|' || line[at] == '&' || line[at] == ';'); at++ {
			args++
		}
	}
	return args, ok
}
