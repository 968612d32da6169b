package detect

import (
	"bytes"
	"slices"
)

// sqlEntry is the place in the host's statement that a value is tried in.
type sqlEntry uint8

// The places.
const (
	sqlBare   sqlEntry = iota // where a number or a name stands
	sqlQuoted                 // within quotes: it begins behind the first one in the value
)

// sqlStretch is what was read from one place on, as long as it was grammatical.
type sqlStretch struct {
	entry    sqlEntry
	traits   sqlTrait
	from, to int
	tokens   int
	rest     int // bytes of the comment that ends it, blanks at its end left out
	before   int // words before it that no SQL server reads there
	prose    bool
	mute     bool // the comment that ends it has no words
	hidden   bool // comments between its words, or MySQL's executable ones
	glued    int  // comments where a blank would stand
	glob     bool // /* right behind a letter: src/*
	exec     bool // MySQL's executable comments
	document bool // the value is a text of SQL
	line     bool // the value is one line without a semicolon: no one's document
	single   bool // the value is one line; what ends it may be a semicolon with no more than an empty comment behind
	speech   bool // the quote before it ends or begins what somebody said: it stands behind a full stop, or between a blank and a letter
	first    sqlOperand
	last     sqlOperand
}

// findSQL tries the places a value may stand in: as it is, and behind the first quote of each kind, which would end the host's string.
func findSQL(v []byte, _ *Context, s *summary) hit {
	if !sqlPossible(v, s) {
		return hit{}
	}
	plus := s.has(cPlus) && !s.hasAny(cBlank)
	best := sqlTry(v, s, plus)
	if best.grade < strong && !plus && s.has(cPlus) && formPluses(v) {
		best = stronger(best, sqlTry(v, s, true))
	}
	if best.grade == likely && sheetFormula(v) {
		best.grade = hint
	}
	if best.grade < strong && s.has(cHigh) && s.words&wConnective != 0 {
		if plain, ok := plainQuotes(v); ok {
			like := summarise(plain)
			if h := sqlTry(plain, &like, plus); h.grade > likely {
				best = hit{0, len(v), h.grade}
			}
		}
	}
	return best
}

// sheetFormula tells a formula of a spreadsheet, =IF(A1>5,"y","n"), which reads as a comparison with a call.
func sheetFormula(v []byte) bool {
	end := identEnd(v, min(1, len(v)))
	return end > 2 && end < len(v) && v[0] == '=' && v[end] == '(' && v[len(v)-1] == ')'
}

// plainQuotes gives a copy of v with typographic quotes as the ' that some databases and word processors make of them; false if there are none.
func plainQuotes(v []byte) (plain []byte, ok bool) {
	for i := 0; i < len(v); i++ {
		if n := quoteLike(v[i:]); n > 0 {
			if plain == nil {
				plain = append(make([]byte, 0, len(v)), v[:i]...)
			}
			plain = append(plain, '\'')
			i += n - 1
		} else if plain != nil {
			plain = append(plain, v[i])
		}
	}
	return plain, plain != nil
}

// quoteLike gives the length of a character that is taken for ': U+2018, U+2019, U+2032, U+02BC, U+FF07.
func quoteLike(v []byte) int {
	switch {
	case hasPrefix(v, "\u2018"), hasPrefix(v, "\u2019"), hasPrefix(v, "\u2032"), hasPrefix(v, "\uff07"):
		return 3
	case hasPrefix(v, "\u02bc"):
		return 2
	}
	return 0
}

func sqlTry(v []byte, s *summary, plus bool) hit {
	best := sqlBareHit(v, plus)
	for _, q := range [...]struct {
		mark chars
		b    byte
	}{{cSingle, '\''}, {cDouble, '"'}, {cBackquote, '`'}} {
		if !s.hasAny(q.mark) || best.grade == certain {
			continue
		}
		at := indexByte(v, q.b, 0)
		if quotedItem(v, q.b, at) {
			continue
		}
		h := sqlQuotedHit(v, at+1, plus)
		if single := lastOfRun(v, q.b, at); single != at {
			h = stronger(h, sqlQuotedHit(v, single+1, plus))
		}
		escaped := at > 0 && v[at-1] == '\\'
		if escaped && at+1 < len(v) && v[at+1] == q.b { // \'': the host knows the one, the server the other
			h = stronger(h, sqlQuotedHit(v, at+2, plus))
		}
		if q.b != '`' || h.grade >= strong || escaped && at < 2 {
			best = stronger(best, h)
		}
	}
	if at := dollarQuote(v, s); at > 0 && best.grade < strong {
		if h := sqlQuotedHit(v, at, plus); h.grade >= strong {
			best = h
		}
	}
	return best
}

// quotedItem tells the one string of an item of a program, "xor", or put('|'), or of a selector, {job="in"}.
func quotedItem(v []byte, q byte, at int) bool {
	end := indexByte(v, q, at+1)
	if end < 0 || end+1 >= len(v) || indexByte(v, q, end+1) >= 0 {
		return false
	}
	for _, b := range v[end+1:] {
		if b != ',' && b != ')' && b != ']' && b != '}' {
			return false
		}
	}
	for _, b := range v[:at] {
		if !isIdent(b) && b != '.' && b != '(' && b != '[' && b != '{' && b != '=' {
			return false
		}
	}
	return at == 0 && v[end+1] == ',' && end+2 == len(v) || at > 0 && (v[at-1] == '(' || v[at-1] == '[' || v[at-1] == '=' && v[end+1] == '}')
}

// dollarQuote gives the index behind the $$ that would end PostgreSQL's other kind of string, or 0.
func dollarQuote(v []byte, s *summary) int {
	if !s.has(cDollar) {
		return 0
	}
	for at := indexByte(v, '$', 0); at >= 0 && at+1 < len(v); at = indexByte(v, '$', at+1) {
		if v[at+1] == '$' {
			return at + 2
		}
	}
	return 0
}

// formPluses tells whether pluses stand between words: a form's blanks that were left as they are.
func formPluses(v []byte) bool {
	between := 0
	for i := 1; i+1 < len(v); i++ {
		if v[i] == '+' && (isLetter(v[i-1]) || v[i-1] == '\'' || v[i-1] == ')') && (isWord(v[i+1]) || v[i+1] == '@' || v[i+1] == '(' || v[i+1] == '\'') {
			between++
		}
	}
	return between > 0
}

// lastOfRun gives the first place where a quote is not doubled, which a host that knows ” ends its string at.
func lastOfRun(v []byte, q byte, at int) int {
	for i := at; i < len(v); i++ {
		if v[i] != q {
			continue
		}
		if i+1 >= len(v) || v[i+1] != q {
			return i
		}
		i++
	}
	return at
}

func stronger(a, b hit) hit {
	if b.grade > a.grade {
		return b
	}
	return a
}

func sqlQuotedHit(v []byte, from int, plus bool) hit {
	p := sqlParser{lex: sqlLexer{v: v, at: from, plusBlank: plus}, state: sqlHave, last: opConstant}
	r := p.stretch()
	r.entry, r.from = sqlQuoted, from-1
	_, r.single = oneLine(v)
	lead := from - 1
	for i, b := range v[:from-1] {
		blank := isSpace(b) || b == '+' && plus
		if !blank {
			lead = min(lead, i)
		}
		r.prose = r.prose || blank && i > lead
	}
	if from > 2 && from < len(v) {
		before, after := v[from-2], v[from]
		r.speech = (before == '.' || before == ',' || before == '!' || before == '?') && isLetter(v[from-3]) || r.prose && isSpace(before) && isLetter(after)
	}
	return hit{r.from, r.to, r.grade()}
}

// sqlBareHit reads the value as it is; where it is no SQL it begins anew, so that SQL within other text is found.
func sqlBareHit(v []byte, plus bool) (best hit) {
	lex := sqlLexer{v: v, plusBlank: plus}
	document := sqlBegins(v)
	line, single := oneLine(v)
	restarts := 0
	for before := 0; lex.at < len(v); {
		p := sqlParser{lex: lex}
		r := p.stretch()
		r.before, r.document, r.line, r.single = before, document, line, single
		best = stronger(best, hit{r.from, r.to, r.grade()})
		if best.grade == certain {
			break
		}
		switch {
		case r.traits.has(tDone|tComment) && r.rest > 16 && r.to-r.rest > lex.at && restarts < 8: // a comment to one server, code to another
			restarts++
			for lex.at = r.to - r.rest + 1; lex.at < len(v) && (v[lex.at] == '"' || v[lex.at] == '\''); lex.at++ {
			}
			continue
		case r.traits.has(tDone):
			return best
		case isLetter(v[r.to]):
			before++
		}
		lex.at = p.lex.at
		if r.tokens > 1 {
			lex.at = r.to // the token that failed may begin something
		}
		lex.inline, lex.exec = 0, p.lex.exec
	}
	return best
}

// oneLine tells a value of one line without a semicolon, and one of a single statement that a semicolon and an empty comment may end.
func oneLine(v []byte) (line, single bool) {
	v = trim(v)
	semicolon := indexByte(v, ';', 0)
	one := indexByte(v, '\n', 0) < 0
	return one && semicolon < 0, one && (semicolon < 0 || len(trim(v[semicolon+1:])) <= 3)
}

// stretch reads as far as the grammar goes.
func (p *sqlParser) stretch() (r sqlStretch) {
	inline := p.lex.inline
	p.lex.skip()
	r.from = p.lex.at
	for {
		t := p.lex.next()
		if t.kind == sqlEnd || t.kind == sqlComment || t.kind == sqlOther && p.dots(t) {
			r.to = t.to
			p.finish(t, &r)
			break
		}
		if !p.step(t) {
			r.to = t.from
			break
		}
		if p.tokens == 1 {
			r.first = p.last
		}
	}
	r.from = min(r.from, r.to)
	r.traits, r.tokens, r.last = p.traits, p.tokens, p.last
	r.hidden, r.glued, r.exec = p.lex.inline > inline, p.lex.glued, p.lex.exec > 0
	if p.depth > 0 {
		r.traits |= tOpens
	}
	return r
}

// dots tells whether the value ends in an ellipsis, as payloads cut by their list do.
func (p *sqlParser) dots(t sqlToken) bool {
	for _, b := range p.lex.v[t.from:] {
		if b != '.' && !isSpace(b) {
			return false
		}
	}
	return p.lex.v[t.from] == '.'
}

func (p *sqlParser) finish(t sqlToken, r *sqlStretch) {
	p.traits |= tDone
	if t.kind == sqlComment && (t.to-t.from < 8 || len(bytes.Trim(p.lex.v[t.from:t.to], "-")) > 0) { // not a line of dashes
		p.traits |= tComment
		r.rest = t.to - t.from
		r.prose = p.proseComment(p.lex.v[t.from:t.to])
		r.mute = !slices.ContainsFunc(p.lex.v[t.from:t.to], func(b byte) bool { return isLetter(b) || b >= 0x80 })
		r.glob = p.lex.v[t.from] == '/' && t.from > 0 && isLetter(p.lex.v[t.from-1])
	}
	if p.prev.kind == sqlSemicolon {
		p.traits |= tEnded
	}
	if p.state == sqlWant {
		p.traits |= tCut
		if p.comparing && t.kind != sqlComment { // the host's own string or number follows
			p.traits |= tCompare
			if p.left == opConstant {
				p.traits |= tConstant
			}
		}
	}
}

// proseComment tells a dash with words behind it, or with the name of who said it, from a comment that only cuts the host's statement off: -- - # /* --+ -- xyz.
func (p *sqlParser) proseComment(v []byte) bool {
	if len(v) > 5 && hasPrefix(v, "-- ") && (v[3] >= 'A' && v[3] <= 'Z' && v[4] >= 'a' && v[4] <= 'z' || v[3] >= 0x80) {
		return true
	}
	switch {
	case len(v) > 3 && hasPrefix(v, "--") && isLetter(v[2]) && v[2]|0x20 == v[2] && isLetter(v[3]) && p.state == sqlWant: // -h or --help
		return true
	case len(v) > 1 && v[0] == '#' && isDigit(v[1]): // the number of an issue
		return true
	}
	words, in := 0, false
	for _, b := range v {
		if b == '"' || b == '\n' {
			return true
		}
		word := isWord(b) || isDigit(b) || b >= 0x80
		if word && !in {
			words++
		}
		in = word
	}
	return words > 1 || len(v) > 24
}
