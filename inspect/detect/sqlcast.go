package detect

// spaced tells an arrow with blanks around it, as texts write them: 'a' -> 'b'.
func (p *sqlParser) spaced(t sqlToken) bool {
	return t.from > 0 && isSpace(p.lex.v[t.from-1]) && t.to < len(p.lex.v) && isSpace(p.lex.v[t.to])
}

// path tells -> and ->>.
func (p *sqlParser) path(t sqlToken) bool {
	return t.to-t.from >= 2 && p.lex.v[t.from] == '-' && p.lex.v[t.from+1] == '>'
}

// asksJSON notes the comparisons that only JSON has: @> #>> ?| @@.
func (p *sqlParser) asksJSON(t sqlToken) {
	if p.prev.kind != sqlString && p.last != opComputed {
		return
	}
	if b := p.lex.v[t.from]; b == '@' || b == '#' || b == '?' || b == '<' && t.to-t.from == 2 && p.lex.v[t.from+1] == '@' {
		p.traits |= tJSON
	}
}

// allFollows tells ! all, ! any, ! some: an odd way to write <> all.
func (p *sqlParser) allFollows() bool {
	t := p.following()
	word := p.lex.v[t.from:t.to]
	return equalFold(word, "all") || equalFold(word, "any") || equalFold(word, "some")
}

// cast reads the type behind ::, which is no operand.
func (p *sqlParser) cast() bool {
	p.traits |= tArith
	p.state, p.aliased = sqlHave, false
	p.now = p.lex.next()
	word := p.lex.v[p.now.from:p.now.to]
	if equalFold(word, "double") {
		p.pass("precision")
	}
	switch {
	case !sqlType(word):
	case equalFold(word, "json"), equalFold(word, "jsonb"):
		p.traits |= tJSON
	case p.last == opComputed || p.last == opName && p.tokens == 1 && (containsFold(word, "int") || equalFold(word, "numeric") || equalFold(word, "regclass")):
		p.traits |= tCast
	}
	return p.now.kind == sqlName || p.now.kind == sqlKey
}

// sqlType tells the types that casts are made to. Those that are names of other languages' types too (char, string) are left out.
func sqlType(word []byte) bool {
	var low [12]byte
	switch string(lowered(low[:0], word)) {
	case "int", "integer", "bigint", "smallint", "numeric", "decimal", "text", "varchar", "json", "jsonb", "bytea", "regclass", "regproc", "boolean", "double", "real", "date", "timestamp", "timestamptz", "uuid", "xml", "inet", "oid":
		return true
	}
	return false
}
