package detect

import "bytes"

// shellText is what stands around a command: prose and documents mention commands, values do not.
type shellText struct {
	words    int // plain words before the first mark that could end a command
	lines    int
	query    bool // it reads k=v&k=v: & separates parameters
	early    bool // the first mark stands near the beginning: no text comes before what it begins
	document bool // it is a command line from its first word
	table    bool // it has three or more | or ; between plain words
	program  bool // it is a piece of a program
	ticks    bool // backquotes are in it
	sentence bool // its first byte is a letter, blanks left out
	length   int
}

func shellAround(v []byte) (t shellText) {
	t.length = len(v)
	first := skipSpace(v, 0)
	t.sentence = first < len(v) && isLetter(v[first])
	t.ticks = bytes.IndexByte(v, '`') >= 0
	in, before, bars := false, true, 0
	for i, b := range v {
		switch {
		case b == '\n':
			t.lines++
		case b == '&' && i > 0 && isIdent(v[i-1]), b == '=' && before:
			t.query = t.query || b == '=' && isIdent(v[max(i-1, 0)])
		case b == '|' && (i == 0 || v[i-1] != '|') && (i+1 >= len(v) || v[i+1] != '|'):
			bars++
		}
		word := isLetter(b) || b >= 0x80 || in && b == '\''
		if in && !word && before && (isSpace(b) || b == ',' || b == '.') {
			t.words++
		}
		in = word
		if before && (b == ';' || b == '|' || b == '&' || b == '`' || b == '$' || b == '\n') {
			before = b == '\n'
			t.early = t.early || i < 24 && t.words == 0
		}
	}
	t.table = bars >= 3 && (t.lines > 0 || tableRow(v))
	return t
}

// shellGrade weighs a command read behind the separator at i.
func shellGrade(v []byte, i int, sep byte, c *shellCall, t *shellText) grade {
	if c.n == 0 || c.joined {
		return none
	}
	points := c.points()
	if points < 0 {
		return none
	}
	if sep != '`' && c.rank == shellTool && !c.target && shellQuoted(v, i) {
		return none
	}
	if c.vars > 0 && !c.target && !c.pipesOn && !c.hidden { // no one who sends a command knows the variables of a script
		return none
	}
	if t.program && !c.target {
		return none
	}
	if t.table && t.lines == 0 && !c.target && !c.pipesOn && !c.hidden && c.args == 0 {
		return none
	}
	if t.document && !c.target && !c.pipesOn && !c.hidden {
		return none
	}
	points += shellSeparatorPoints(v, i, sep, c, t)
	switch {
	case t.early && t.words < 3:
	case t.lines > 2 || t.length > 2048:
		points -= 4
	case t.words > 7:
		points -= 3
	case t.words > 2:
		points -= 2
	}
	if t.table {
		points -= 2
	}
	switch {
	case points >= 6:
		return certain
	case points >= 4:
		return strong
	case points == 3:
		return likely
	case points == 2:
		return hint
	}
	return none
}

// points weighs a command by itself; negative: it is none.
func (c *shellCall) points() int {
	p := 0
	if c.capital {
		p = -2
	}
	switch {
	case c.path && c.rank == 0 && c.script(): // ./x.sh
		p += 2
	case c.path && c.rank != 0, c.hidden && (c.rank != 0 || c.path && c.wild()):
		p += 3
	case c.rank == shellTool && c.args+c.words == 0: // snap, go, brew
	case c.args+c.words == 0 && !c.hidden && c.needsArgument():
	case c.rank == shellSure, c.rank == shellTool:
		p += 2
	case c.rank == shellRuns:
		p++
		if c.args > 0 {
			p++
		}
	case c.rank == shellPlain:
	default:
		return -1
	}
	if c.args > 0 && c.words <= 2*c.args+1 {
		p++
	}
	if c.args > 0 && c.timed() {
		p++
	}
	if c.target {
		p += 2
	}
	if c.pipesOn {
		p += 2
	}
	if c.ends && c.words <= 1 || c.ends && c.args > 0 && c.words < 4 {
		p++
	}
	if c.words > 2 && c.args == 0 || c.rank == shellPlain && c.words > 0 && c.args == 0 && !c.echoes() {
		p -= 2
	}
	return p
}

// needsArgument tells the commands that do nothing alone.
func (c *shellCall) needsArgument() bool {
	switch string(c.word[:c.n]) {
	case "rm", "cp", "mv", "ln", "chmod", "chown", "chgrp", "mkdir", "rmdir", "grep", "egrep", "sed", "awk", "cut", "tr", "seq", "dd", "killall", "pkill", "ed", "ex", "sc", "wc", "nl", "cc", "comm", "yes", "expand", "fold", "column", "logger", "wall", "nice", "finger":
		return true
	}
	return false
}

// shellQuoted tells whether a backquote begins what stands behind the separator at i.
func shellQuoted(v []byte, i int) bool {
	i = skipSpace(v, i+1)
	return i < len(v) && v[i] == '`'
}

// script tells a name that ends as the files of programs do.
func (c *shellCall) script() bool {
	word := c.word[:c.n]
	return len(word) > 3 && (endsWith(word, ".sh") || endsWith(word, ".py") || endsWith(word, ".pl") || endsWith(word, ".rb") || endsWith(word, ".exe") || endsWith(word, ".bat") || endsWith(word, ".elf"))
}

// echoes tells the commands whose arguments are any words.
func (c *shellCall) echoes() bool {
	switch string(c.word[:c.n]) {
	case "echo", "expr", "printf", "net", "type", "dir", "eval":
		return true
	}
	return false
}

// wild tells a name with wildcards that still has letters: c?t, not a lone *.
func (c *shellCall) wild() bool {
	letters := 0
	for _, b := range c.word[:c.n] {
		if isLetter(b) {
			letters++
		}
	}
	return letters > 0
}

// shellSeparatorPoints weighs how the command is reached.
func shellSeparatorPoints(v []byte, i int, sep byte, c *shellCall, t *shellText) int {
	switch sep {
	case '$':
		if c.rank == shellPlain && t.words > 0 && c.args == 0 { // use $(date) in bash
			return -2
		}
		p := 1
		if c.to < len(v) && v[c.to] == ')' {
			p = 2
		}
		if c.rank == shellPlain && i > 0 && v[i-1] == '=' {
			p++
		}
		return p
	case '`':
		if c.rank == shellTool && !c.target && !c.hidden && !c.pipesOn {
			return -4
		}
		if i > 0 && isSpace(v[i-1]) && c.to+1 < len(v) && isSpace(v[c.to+1]) && c.args == 0 {
			return -2 // the `id` field
		}
		if indexByte(v, '`', i+1) < 0 || t.words > 2 || t.lines > 1 && !t.early {
			return -1 // code in Markdown
		}
		return 1
	case '\n', '\r':
		if v[i] == '\\' {
			return 1
		}
		if t.lines == 1 && c.alone(v) { // a line's end, env;
			return 2
		}
		if t.lines > 2 {
			return -1
		}
		return 0
	case '&':
		if t.query && i > 0 && isIdent(v[i-1]) && i+1 < len(v) && isIdent(v[i+1]) && c.args == 0 {
			return -2
		}
	}
	doubled := i+1 < len(v) && v[i+1] == sep && sep != ';'
	switch {
	case i == 0 && c.to+1 >= len(v) && c.words == 0 && c.args == 0: // ;env
		return 2
	case i == 0, doubled:
		return 1
	case isLetter(v[i-1]) && i+1 < len(v) && isLetter(v[i+1]) && c.args == 0 && (c.n < 4 || c.rank == shellPlain): // name;id
		return -1
	case v[i-1] == '\'' || v[i-1] == '"' || v[i-1] == ')' || v[i-1] == '%':
		return 1
	}
	if lead := shellLead(v[:i]); lead > 0 && c.alone(v) { // 1;env;
		return lead + 1
	}
	return shellLead(v[:i])
}

// alone tells a command without arguments that a semicolon ends, as the value's last byte.
func (c *shellCall) alone(v []byte) bool {
	return c.args+c.words == 0 && c.to == len(v)-1 && v[c.to] == ';'
}

// shellMentioned gives the index of the backquote that closes those at i, where they quote a command in a sentence, as Markdown and reStructuredText do: run `ls -la` to see files.
// What an attacker would run is not taken for that, whatever is written around it.
func shellMentioned(v []byte, i int, t *shellText) (end int, ok bool) {
	from, to, ok := ticked(v, i)
	if !ok {
		return 0, false
	}
	role := from-i > 1 || i > 1 && v[i-1] == ':' && isLetter(v[i-2]) // ``x``, :math:`x`
	switch {
	case i > 0 && isSpace(v[i-1]) && t.sentence, role && (t.sentence || said(v[to:])):
	case said(v[to:]) && listed(v[:i]):
	default:
		return 0, false
	}
	c := shellRead(v[:to], from, '`')
	return to + from - i - 1, !c.target && !c.pipesOn && (role || c.n > 0 && !c.hidden && !c.path)
}

// ticked gives what stands between the backquotes at i and as many that close them; false where they do not quote it: glued to what stands around, or never closed.
func ticked(v []byte, i int) (from, to int, ok bool) {
	if i > 0 && !isSpace(v[i-1]) && bytes.IndexByte([]byte("([*|:/\"'"), v[i-1]) < 0 {
		return 0, 0, false
	}
	for from = i; from < len(v) && from < i+3 && v[from] == '`'; from++ {
	}
	if to = bytes.Index(v[from:min(len(v), from+512)], v[i:from]); to < 1 {
		return 0, 0, false
	}
	to += from
	after := to + from - i
	return from, to, after >= len(v) || isSpace(v[after]) || bytes.IndexByte([]byte(".,;:!?)]|/*'\"-_s"), v[after]) >= 0
}

// quotedIn gives what the backquotes around i quote, as ticked does.
func quotedIn(v []byte, i int) (from, to int, ok bool) {
	start := max(0, i-512)
	if k := bytes.LastIndexByte(v[start:i], '\n'); k >= 0 {
		start += k + 1
	}
	for at := start; at < i; {
		k := bytes.IndexByte(v[at:i], '`')
		if k < 0 {
			break
		}
		at += k
		from, to, ok = ticked(v, at)
		switch {
		case ok && to > i:
			return from, to, from <= i
		case ok:
			at = to + from - at
		default:
			for at < i && v[at] == '`' {
				at++
			}
		}
	}
	return 0, 0, false
}

// said tells whether a text goes on with a word, a blank before it.
func said(v []byte) bool {
	v = v[:min(len(v), 64)]
	for i := 1; i+1 < len(v); i++ {
		if v[i-1] == ' ' && isLetter(v[i]) && isLetter(v[i+1]) {
			return true
		}
	}
	return false
}

// listed tells what a line of Markdown begins with: nothing, # * - > | or a number and a point.
func listed(v []byte) bool {
	for i, b := range v {
		if !isSpace(b) && bytes.IndexByte([]byte("#*->|`"), b) < 0 && (!isDigit(b) || i > 2) && b != '.' {
			return false
		}
	}
	return len(v) == 0 || isSpace(v[len(v)-1])
}

// tableRow tells a row of a Markdown table.
func tableRow(v []byte) bool {
	v = trim(v)
	return len(v) > 4 && v[0] == '|' && isSpace(v[1]) && v[len(v)-1] == '|' && bytes.Count(v, []byte("|")) > 3 && !bytes.ContainsAny(v, "$;&") && !bytes.Contains(v, []byte("||"))
}

// shellLead gives a point where only marks stand before the separator.
func shellLead(v []byte) int {
	for _, b := range v {
		if isLetter(b) || b >= 0x80 {
			return 0
		}
	}
	return 1
}

// shellProse tells a value whose first word is plain and no command, as nearly all are: then it is no command line from its first word.
func shellProse(v []byte) bool {
	end := 0
	for end < len(v) && (isAlnum(v[end]) || v[end] == '-' || v[end] == '_' || v[end] == '.') {
		end++
	}
	if end == 0 || !isLetter(v[0]) || end < len(v) && v[end] != ' ' && v[end] != ',' && v[end] != '@' && v[end] != ':' {
		return false
	}
	word := v[:end]
	return shellRankOf(word) == 0 && string(word) != "RUN" && !shellLeads(word) && (end >= len(v) || v[end] != ':' || end > 1)
}

// shellWhole weighs a value that is one command from its first word, with no separator needed: it is a document, unless it goes for what attackers want.
func shellWhole(v []byte, t *shellText) hit {
	if t.lines > 1 || len(v) > 512 || shellProse(v) {
		return hit{}
	}
	if _, to, ok := ticked(v, 0); ok && v[0] == '`' && said(v[to:]) { // ``Host``, and others
		return hit{}
	}
	c := shellRead(v, 0, 0)
	if c.n == 0 || c.joined || c.rank == 0 && !c.hidden || c.words > 3 {
		return hit{}
	}
	strongest := none
	switch {
	case c.target && (c.rank >= shellSure || c.path || c.args > 0), c.pipesOn && c.rank != 0, c.hidden && c.rank != 0 && (c.args > 0 || c.words > 0):
		strongest = strong
	}
	return hit{0, c.to, strongest}
}
