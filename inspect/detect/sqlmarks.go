package detect

import "bytes"

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

// acts tells whether a routine that acts when it is called is called so, and not talked of.
func (l *sqlLexer) acts(name []byte) bool { return l.argument() && !l.remarked() && l.risky(name) }

// argument tells a routine that is given something from how texts name it: sleep().
func (l *sqlLexer) argument() bool {
	next := skipSpace(l.v, indexByte(l.v, '(', l.at)+1)
	return next >= len(l.v) || l.v[next] != ')'
}

// remarked tells a word with a remark behind it, the benchmark (Robert Smith), from a routine that is called.
func (l *sqlLexer) remarked() bool {
	open := indexByte(l.v, '(', l.at)
	next := skipSpace(l.v, open+1)
	if open == l.at || l.v[open-1] == '/' || next >= len(l.v) || !isLetter(l.v[next]) {
		return next < len(l.v) && l.v[next] == '#' && open > l.at
	}
	word := identEnd(l.v, next)
	return !equalFold(l.v[next:word], "select") && (word >= len(l.v) || l.v[word] == ')' || l.v[word] == ' ')
}

// risky tells whether a routine that is harmless in most calls is called as attacks do: geometry and exponents err, and tell, of a subquery or of ~0.
func (l *sqlLexer) risky(name []byte) bool {
	switch {
	case equalFold(name, "polygon"), equalFold(name, "linestring"), equalFold(name, "exp"):
		open := indexByte(l.v, '(', l.at)
		inside := l.v[open:min(len(l.v), open+64)]
		return bytes.IndexByte(inside, '~') >= 0 || containsFold(inside, "select")
	}
	return true
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
