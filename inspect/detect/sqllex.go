package detect

// sqlKind is what a token of SQL is to the grammar.
type sqlKind uint8

// The kinds of tokens. Dialects differ; where they do, a token is read as the dialect that makes sense of it.
const (
	sqlEnd       sqlKind = iota
	sqlName              // identifier, dotted name, quoted identifier
	sqlKey               // keyword; token.key says which
	sqlNumber            // 1, 1.5, 0x31, 1e9
	sqlString            // '…', "…", N'…', x'…', $$…$$
	sqlOpen              // a string the value does not close: the host's own quote does
	sqlVariable          // @a, @@version, :a
	sqlArith             // + - / % ^ | & << …
	sqlStar              // * is an operator and every column
	sqlConcat            // ||, which is OR in MySQL
	sqlCompare           // = <> < >= <=> := …
	sqlLogic             // &&
	sqlUnary             // ! ~
	sqlParen             // (
	sqlParenEnd          // )
	sqlComma             //
	sqlSemicolon         //
	sqlComment           // a comment that takes the rest of the value
	sqlOther             // nothing an SQL server reads
)

// sqlToken is one token: value[from:to]. It is two structs so that it stays in registers, which one of five fields does not: to store it byte by byte and load it whole is slow.
type sqlToken struct {
	sqlReading
	from, to int
}

// sqlReading is what a token is read as.
type sqlReading struct {
	kind sqlKind
	key  sqlKeyword
	plus bool // a + that may be a form's blank stood before it
}

// sqlLexer reads tokens one by one, without storing them.
type sqlLexer struct {
	v         []byte
	at        int
	plusBlank bool // + is a blank: a form's encoding left undone
	arrays    int  // array[…] that are open
	glued     int  // comments that stand where a blank would: select/**/a
	inline    int  // comments between tokens, /**/ and /*!…*/: how keywords are hidden
	exec      int  // of these, MySQL's executable ones
}

// blank tells what separates tokens. 0xA0 is a blank in MySQL's Latin-1, every control byte one in SQL Server; NUL ends or separates.
func (l *sqlLexer) blank(b byte) bool { return b <= ' ' || b == 0xA0 }

// skip passes blanks and comments that end within the value. It tells whether a plus was passed, and whether a comment takes the rest.
func (l *sqlLexer) skip() (plus, rest bool) {
	for l.at < len(l.v) {
		b := l.v[l.at]
		switch {
		case l.blank(b) && !l.isHigh(b):
			l.at++
		case b == 0xC2 && l.peek(1) == 0xA0: // the no-break space in UTF-8
			l.at += 2
		case b == '+' && l.plusBlank:
			plus = true
			l.at++
		case b == '/' && l.peek(1) == '*':
			if !l.comment() {
				return plus, true
			}
		case b == '*' && l.peek(1) == '/' && l.exec > 0:
			l.at += 2
		case b == '-' && l.peek(1) == '-', b == '#' && !l.hashOperator(), b == 0xE2 && l.dash():
			end := indexByte(l.v, '\n', l.at)
			if end < 0 {
				return plus, true
			}
			l.inline++
			l.at = end + 1
		default:
			return plus, false
		}
	}
	return plus, false
}

// isHigh tells whether a byte that may be Latin-1's no-break space is part of a UTF-8 sequence instead.
func (l *sqlLexer) isHigh(b byte) bool {
	return b == 0xA0 && l.at > 0 && l.v[l.at-1] >= 0xC3
}

// dash tells whether an en or em dash stands here: word processors make them of "--".
func (l *sqlLexer) dash() bool {
	return l.peek(1) == 0x80 && (l.peek(2) == 0x93 || l.peek(2) == 0x94)
}

// comment passes /*…*/, of /*!…*/ only its opening; false if it does not end.
func (l *sqlLexer) comment() bool {
	if l.peek(2) == '!' || l.peek(2) == 'M' && l.peek(3) == '!' {
		l.inline++
		l.exec++
		l.at += 3
		version := l.at
		for version < len(l.v) && (isDigit(l.v[version]) || l.v[version] == '!') {
			version++
		}
		if version-l.at >= 5 || version < len(l.v) && isLetter(l.v[version]) { // else the digits are what is executed
			l.at = version
		}
		return true
	}
	for i := l.at + 2; i+1 < len(l.v); i++ {
		if l.v[i] == '*' && l.v[i+1] == '/' {
			l.inline++
			if i+2 < len(l.v) && l.at > 0 && isNameByte(l.v[l.at-1]) && (isNameByte(l.v[i+2]) || l.v[i+2] == '(') {
				l.glued++
			}
			l.at = i + 2
			return true
		}
	}
	return false
}

func (l *sqlLexer) peek(n int) byte {
	if l.at+n < len(l.v) {
		return l.v[l.at+n]
	}
	return 0
}

// next reads one token.
func (l *sqlLexer) next() (t sqlToken) {
	plus, rest := l.skip()
	t.plus, t.from = plus, l.at
	switch {
	case rest:
		t.kind = sqlComment
		l.at = len(l.v)
	case l.at >= len(l.v):
		t.kind = sqlEnd
	default:
		t.kind, t.key = l.read(l.v[l.at])
	}
	t.to = l.at
	return t
}

func (l *sqlLexer) read(b byte) (sqlKind, sqlKeyword) {
	switch {
	case isDigit(b), b == '.' && isDigit(l.peek(1)):
		l.number()
		return sqlNumber, 0
	case b == '\'' || b == '"' || b == '`':
		return l.quoted(b), 0
	case l.prefixed(b):
		l.at++
		return l.quoted('\''), 0
	case b|0x20 == 'u' && l.peek(1) == '&' && l.peek(2) == '\'':
		l.at += 2
		return l.quoted('\''), 0
	case isLetter(b) || b == '_' || b >= 0x80 || b == '[' && l.bracketed():
		return l.name()
	case l.jsonCompare(b):
		return sqlCompare, 0
	case b == '-' && l.peek(1) == '>': // -> and ->> take JSON apart in PostgreSQL, MySQL and SQLite
		if l.at += 2; l.peek(0) == '>' {
			l.at++
		}
		return sqlArith, 0
	case b == '[' && l.array():
		l.at++
		l.arrays++
		return sqlParen, 0
	case b == ']' && l.arrays > 0:
		l.at++
		l.arrays--
		return sqlParenEnd, 0
	case b == '@' && (isNameByte(l.peek(1)) || l.peek(1) == '@' || l.peek(1) == '`'), b == ':' && isWord(l.peek(1)):
		for l.at++; l.at < len(l.v) && (isNameByte(l.v[l.at]) || l.v[l.at] == '@' || l.v[l.at] == '.' || l.v[l.at] == '`'); l.at++ {
		}
		return sqlVariable, 0
	case b == '\\' && l.peek(1)|0x20 == 'n': // \N is MySQL's null
		l.at += 2
		return sqlKey, sqlConst
	case b == '$' && l.dollar():
		return sqlString, 0
	}
	return l.operator(b), 0
}

// array tells whether [ begins the elements of an array, or leads to one of them: array[1], f([1,2]), f(x)[1].
func (l *sqlLexer) array() bool {
	if l.at >= len("array") && equalFold(l.v[l.at-len("array"):l.at], "array") {
		return true
	}
	before := l.at
	for before > 0 && l.blank(l.v[before-1]) {
		before--
	}
	if before == 0 {
		return false
	}
	switch next := l.peek(1); l.v[before-1] {
	case '(', ',':
		return isDigit(next) || next == '\''
	case ')':
		return before == l.at && (isDigit(next) || isLetter(next))
	}
	return false
}

// prefixed tells whether a string with a letter before it begins: N'…', X'…', B'…', E'…'.
func (l *sqlLexer) prefixed(b byte) bool {
	if l.peek(1) != '\'' {
		return false
	}
	switch b | 0x20 {
	case 'n', 'x', 'b', 'e':
		return true
	}
	return false
}

func (l *sqlLexer) number() {
	v := l.v
	if v[l.at] == '0' && l.peek(1)|0x20 == 'x' {
		for l.at += 2; l.at < len(v) && isHex(v[l.at]); l.at++ {
		}
		return
	}
	for ; l.at < len(v) && (isDigit(v[l.at]) || v[l.at] == '.' && l.peek(1) != '.'); l.at++ {
	}
	if l.at+1 < len(v) && v[l.at]|0x20 == 'e' && (isDigit(v[l.at+1]) || (v[l.at+1] == '-' || v[l.at+1] == '+') && isDigit(l.peek(2))) {
		for l.at += 2; l.at < len(v) && isDigit(v[l.at]); l.at++ {
		}
	}
	if end := identEnd(v, l.at); end == l.at+6 && equalFold(v[l.at+1:end], "union") { // 1FUNION: a number's type to some servers
		l.at++
	}
}

// quoted passes a string: doubled quotes and escaped ones belong to it.
func (l *sqlLexer) quoted(q byte) sqlKind {
	v := l.v
	for i := l.at + 1; i < len(v); i++ {
		switch {
		case v[i] == '\\' && i+1 < len(v) && q != '`':
			i++
		case v[i] != q:
		case i+1 < len(v) && v[i+1] == q:
			i++
		default:
			l.at = i + 1
			if q == '`' {
				return sqlName
			}
			return sqlString
		}
	}
	l.at = len(v)
	return sqlOpen
}

// dollar passes PostgreSQL's $tag$…$tag$.
func (l *sqlLexer) dollar() bool {
	end := l.at + 1
	for end < len(l.v) && isWord(l.v[end]) {
		end++
	}
	if end >= len(l.v) || l.v[end] != '$' {
		return false
	}
	tag := l.v[l.at : end+1]
	for i := end + 1; i+len(tag) <= len(l.v); i++ {
		if l.v[i] == '$' && string(l.v[i:i+len(tag)]) == string(tag) {
			l.at = i + len(tag)
			return true
		}
	}
	l.at = len(l.v)
	return true
}

// bracketed tells whether [name] stands here.
func (l *sqlLexer) bracketed() bool {
	for i := 1; i < 64; i++ {
		switch b := l.peek(i); {
		case b == ']':
			return i > 1
		case !isNameByte(b) && b != ' ':
			return false
		}
	}
	return false
}

// name passes a name or keyword: parts joined by dots are one name.
func (l *sqlLexer) name() (sqlKind, sqlKeyword) {
	start, dotted := l.at, false
	for l.at < len(l.v) {
		b := l.v[l.at]
		switch {
		case isNameByte(b) && (b != 0xE2 || !l.dash()) && (b != 0xC2 || l.peek(1) != 0xA0) && (b != 0xA0 || l.at > 0 && l.v[l.at-1] >= 0x80):
			l.at++
		case b == '.' && isDigit(l.peek(1)) && equalFold(l.v[start:l.at], "select"): // select.1
			return l.keyword(start, dotted)
		case b == '.' && (isNameByte(l.peek(1)) || l.peek(1) == '.' && isWord(l.peek(2)) || l.peek(1) == '['):
			dotted = true
			l.at++
		case b == '[' && (l.at == start || l.v[l.at-1] == '.') && l.bracketed():
			l.at = indexByte(l.v, ']', l.at) + 1
		default:
			return l.keyword(start, dotted)
		}
		if l.at == start { // not reached: each case above advances
			l.at++
		}
	}
	return l.keyword(start, dotted)
}

// keyword looks up the word that was read from start on. One that empty comments cut in pieces (DR/**/OP) is meant for a host that takes comments out.
func (l *sqlLexer) keyword(start int, dotted bool) (sqlKind, sqlKeyword) {
	if dotted {
		return sqlName, 0
	}
	if k := sqlKeywordOf(l.v[start:l.at]); k != 0 {
		return sqlKey, k
	}
	const cut = "/**/"
	var buf [16]byte
	whole := append(buf[:0], l.v[start:min(l.at, start+len(buf))]...)
	for end := l.at; hasPrefix(l.v[end:], cut) && end+len(cut) < len(l.v) && isLetter(l.v[end+len(cut)]); {
		from := end + len(cut)
		for end = from; end < len(l.v) && isLetter(l.v[end]) && end < from+16; end++ {
		}
		if len(whole)+end-from > cap(whole) {
			break
		}
		whole = append(whole, l.v[from:end]...)
		if k := sqlKeywordOf(whole); k != 0 && !hasPrefix(l.v[end:], cut) || k == sqlSelect || k == sqlUnion {
			l.at = end
			l.inline++
			l.glued++
			return sqlKey, k
		}
	}
	return sqlName, 0
}

func isNameByte(b byte) bool { return isWord(b) || isDigit(b) || b == '$' || b >= 0x80 }
func isHex(b byte) bool      { return isDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'f' }

func indexByte(v []byte, b byte, from int) int {
	for i := from; i < len(v); i++ {
		if v[i] == b {
			return i
		}
	}
	return -1
}
