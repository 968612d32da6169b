package detect

// hashOperator tells #> #>> and #- '…', PostgreSQL's paths into JSON, from a comment.
func (l *sqlLexer) hashOperator() bool {
	if l.peek(1) == '-' {
		at := skipSpace(l.v, l.at+2)
		return at < len(l.v) && l.v[at] == '\''
	}
	return l.peek(1) == '>'
}

// jsonCompare passes the operators that ask about JSON: @> <@ @? @@ ?| ?& #>> #-.
func (l *sqlLexer) jsonCompare(b byte) bool {
	n, apart := l.peek(1), isSpace(l.peek(2)) || l.peek(2) == '\''
	switch {
	case b == '@' && (n == '>' || (n == '?' || n == '@') && apart),
		b == '<' && n == '@' && !isWord(l.peek(2)),
		b == '?' && (n == '|' || n == '&'),
		b == '#' && (n == '>' || n == '-'):
		l.at += 2
	case (b == '?' || b == '@') && l.at > 0 && n == ' ':
		l.at++
	default:
		return false
	}
	return true
}

// operator passes one operator or mark.
func (l *sqlLexer) operator(b byte) sqlKind {
	n := l.peek(1)
	l.at++
	switch b {
	case '(':
		return sqlParen
	case ')':
		return sqlParenEnd
	case ',':
		return sqlComma
	case ';':
		return sqlSemicolon
	case '*':
		return sqlStar
	case '+', '-', '/', '%', '^':
		return sqlArith
	case '|', '&':
		if n != b {
			return sqlArith
		}
		l.at++
		if b == '|' {
			return sqlConcat
		}
		return sqlLogic
	case '=', '<', '>', '!', ':':
		return l.comparison(b, n)
	case '~':
		return sqlUnary
	}
	return sqlOther
}

// comparison passes = == != <> <= >= <=> := << and a lone !.
func (l *sqlLexer) comparison(b, n byte) sqlKind {
	two := n == '=' || b == '<' && (n == '>' || n == '<' || n == '@') || b == '>' && n == '>' || b == '!' && (n == '<' || n == '>')
	switch {
	case b == ':' && n != '=':
		if n == ':' { // PostgreSQL's cast
			l.at++
			return sqlArith
		}
		return sqlOther
	case b == '!' && !two:
		return sqlUnary
	case two && n == '@':
		return sqlCompare // the variable follows
	case two:
		l.at++
		if b == '<' && n == '=' && l.peek(0) == '>' {
			l.at++
		}
	}
	return sqlCompare
}

// call tells whether a parenthesis follows, so that the word before it is a function's name.
func (l *sqlLexer) call() bool {
	for i := l.at; i < len(l.v); i++ {
		b := l.v[i]
		switch {
		case b == '(':
			return true
		case isSpace(b), b == '+' && l.plusBlank:
		case b == '/' && i+1 < len(l.v) && l.v[i+1] == '*':
			end := i + 2
			for end+1 < len(l.v) && end < i+64 && (l.v[end] != '*' || l.v[end+1] != '/') {
				end++
			}
			i = end + 1
		default:
			return false
		}
		if i > l.at+256 { // bounds the look-ahead
			return false
		}
	}
	return false
}
