package detect

// operator reads t where an operand has been read, or the host's has.
func (p *sqlParser) operator(t sqlToken) bool {
	switch t.kind {
	case sqlArith, sqlConcat, sqlStar:
		if t.kind == sqlConcat {
			p.traits |= tLogic // it is OR in MySQL
		}
		if t.kind == sqlArith && p.lex.v[t.from] == ':' {
			return p.cast()
		}
		if p.path(t) {
			p.apart = p.last != opNone && p.prev.kind != sqlNumber && !p.spaced(t) // 1->2 is an arrow
		}
		p.traits |= tArith
		p.state, p.aliased, p.sum = sqlWant, false, p.last
		return true
	case sqlLogic:
		return p.logic(t)
	case sqlCompare:
		p.asksJSON(t)
		return !p.tag(t) && p.compare()
	case sqlUnary: // != is a comparison; of a lone ! or ~ only ! all (…) is an operator
		return p.allFollows() && p.compare()
	case sqlParenEnd:
		if p.depth--; p.depth < 0 {
			p.traits |= tLeaves
		} else if p.last == opComputed || p.calls&(1<<((p.depth+1)&63)) != 0 {
			p.last = opComputed // else (1) is a constant still, and (a) a name
		}
		p.state, p.aliased = sqlHave, false
		return true
	case sqlParen:
		return p.paren(t)
	case sqlComma:
		p.traits |= tList
		p.state, p.aliased, p.comparing = sqlWant, false, false
		return true
	case sqlSemicolon:
		p.state = sqlVerb
		return true
	case sqlString, sqlOpen, sqlName, sqlNumber, sqlVariable:
		return p.adjacent(t)
	case sqlKey:
		return p.keyOperator(t)
	}
	return false
}

func (p *sqlParser) logic(t sqlToken) bool {
	if p.last == opConstant && !p.traits.hasAny(tCompare|tLogic|tCall|tList) {
		p.traits |= tGoesOn
	}
	p.traits |= tLogic
	if b := p.lex.v[t.from]; b|0x20 == 'o' || b == '|' {
		p.traits |= tOr
	}
	p.state, p.logical, p.comparing, p.aliased = sqlWant, true, false, false
	return true
}

func (p *sqlParser) compare() bool {
	p.left, p.leftFrom, p.leftTo = p.last, p.lastFrom, p.lastTo
	if p.left == opNone {
		p.left = opConstant // the host's string or number
	}
	p.comparing, p.state = true, sqlWant
	p.traits &^= tTruth
	return true
}

// paren reads ( behind an operand: a call's arguments, in (…), values (…), over (…).
func (p *sqlParser) paren(t sqlToken) bool {
	called := p.prev.kind == sqlName || p.prev.kind == sqlKey || p.lex.v[t.from] == '['
	if !called && p.selectFollows() {
		p.traits |= tJoined
		called = true
	}
	if !called && t.plus { // '+++(select: one of the pluses was an operator
		p.traits |= tArith
		called = true
	}
	p.opened(called)
	return called
}

// selectFollows tells whether the next word is select: what is pasted behind a quote may not fit, and is meant all the same.
func (p *sqlParser) selectFollows() bool {
	mark := p.lex
	t := p.lex.next()
	for t.kind == sqlParen {
		t = p.lex.next()
	}
	p.lex = mark
	return t.kind == sqlKey && t.key == sqlSelect
}

// adjacent reads an operand right behind another: an alias, strings that are joined, or no SQL.
func (p *sqlParser) adjacent(t sqlToken) bool {
	switch {
	case t.plus && (t.kind != sqlName || p.lex.call()):
		p.traits |= tArith
		p.state = sqlWant
		return p.operand(t)
	case t.kind == sqlString && p.prev.kind == sqlString, t.kind == sqlOpen && p.prev.kind == sqlString:
		if t.kind == sqlOpen {
			p.opens(t)
		}
		return true
	case p.prev.kind == sqlName && p.lex.v[p.prev.from] == '@':
		return true
	case p.inQuery && !p.aliased && t.kind != sqlNumber:
		p.aliased = true
		if t.kind == sqlOpen {
			p.opens(t)
		}
		return true
	case equalFold(p.lex.v[t.from:t.to], "for") && p.depth > 0: // substring(a from 1 for 2)
		p.state = sqlWant
		return true
	case t.kind == sqlName && p.tokens == 0 && p.lex.call() && sqlRiskOf(p.lex.v[t.from:t.to]) >= sqlActs:
		p.traits |= tJoined
		return p.named(t)
	}
	return false
}

// keyOperator reads a keyword behind an operand.
func (p *sqlParser) keyOperator(t sqlToken) bool {
	p.aliased = p.aliased && t.key == sqlFinish
	switch t.key {
	case sqlAnd:
		return p.logic(t)
	case sqlWordOp, sqlIs:
		return p.wordOperator(t)
	case sqlPostfix:
		p.traits |= tCompare | tWordy
		return true
	case sqlNot: // not in, not like
		return true
	case sqlConst:
		return false
	case sqlUnion:
		return p.union()
	case sqlFrom, sqlJoin:
		p.traits |= tFrom
		p.columns = false
		if t.key == sqlFrom {
			p.state, p.comparing, p.logical = sqlWant, false, false
		}
		return p.inQuery || p.depth > 0 || p.tokens == 0 && t.key == sqlFrom // substring(a from 1), trim(both from …)
	case sqlWhere, sqlHaving:
		p.traits |= tWhere
		if t.key == sqlHaving {
			p.traits |= tHaving | tClause
		}
		p.columns = false
		p.state, p.comparing, p.logical = sqlWant, false, false
		return true
	case sqlLimit:
		p.traits |= tClause
		p.state = sqlWant
		return true
	case sqlOrder:
		return p.by()
	case sqlInto:
		return p.into()
	case sqlAs:
		return p.as()
	case sqlWhen:
		p.state = sqlWant
		p.traits |= tCase
		return true
	case sqlFinish:
		return p.traits.hasAny(tCase | tClause)
	case sqlSelect:
		if p.prev.kind == sqlParenEnd && p.traits.has(tConstant|tCodes) { // if (1=1) select …
			p.traits |= tStacked
			return p.query()
		}
		p.traits |= tJoined
		return p.tokens == 0 && p.query()
	}
	return p.rareOperator(t)
}

// tag tells what markup and the names in a chat are in: <b>, <ann>.
func (p *sqlParser) tag(t sqlToken) bool {
	end := identEnd(p.lex.v, t.to)
	return t.to-t.from == 1 && p.lex.v[t.from] == '<' && end > t.to && isLetter(p.lex.v[t.to]) && end < len(p.lex.v) && p.lex.v[end] == '>'
}

// booleanMode passes the rest of MySQL's match … against ('…' in boolean mode).
func (p *sqlParser) booleanMode() bool {
	mark := p.lex
	t := p.lex.next()
	if t.kind == sqlName && equalFold(p.lex.v[t.from:t.to], "boolean") {
		p.now = p.lex.next()
		return true
	}
	p.lex = mark
	return false
}

// following is the next token, which stays where it is.
func (p *sqlParser) following() sqlToken {
	mark := p.lex
	t := p.lex.next()
	p.lex = mark
	return t
}

// pass goes past the next token if it is a word.
func (p *sqlParser) pass(word string) {
	mark := p.lex
	if t := p.lex.next(); !equalFold(p.lex.v[t.from:t.to], word) {
		p.lex = mark
	}
}

// wordOperator reads is, in, like and their kind, where what follows makes SQL of them.
func (p *sqlParser) wordOperator(t sqlToken) bool {
	word := p.lex.v[t.from:t.to]
	in := equalFold(word, "in")
	switch {
	case in && p.depth > 0 && p.calls&(1<<(p.depth&63)) != 0: // position(a in b)
		p.state = sqlWant
		return true
	case t.key == sqlIs && !p.isFollows(), in && !p.inFollows():
		return false
	case p.booleanMode():
		return true
	}
	if equalFold(word, "similar") {
		p.pass("to")
	}
	p.traits |= tWordy
	return p.compare()
}

// isFollows tells what SQL asks of is (null, true, a number, another value's text) from what prose and programs do: x is y.
func (p *sqlParser) isFollows() bool {
	mark := p.lex
	t := p.lex.next()
	if t.kind == sqlKey && t.key == sqlNot || equalFold(p.lex.v[t.from:t.to], "not") {
		t = p.lex.next()
	}
	p.lex = mark
	switch t.kind {
	case sqlName:
		word := p.lex.v[t.from:t.to]
		return equalFold(word, "json") || equalFold(word, "document") || equalFold(word, "normalized")
	case sqlKey:
		return t.key == sqlConst || t.key == sqlNot || t.key == sqlAll && !equalFold(p.lex.v[t.from:t.to], "all")
	}
	return true
}

// inFollows tells the in of a list, of boolean mode and of position('a' in b) from the one of prose.
func (p *sqlParser) inFollows() bool {
	t := p.following()
	return p.depth > 0 || t.kind != sqlName && t.kind != sqlKey && t.kind != sqlNumber || equalFold(p.lex.v[t.from:t.to], "boolean") || equalFold(p.lex.v[t.from:t.to], "natural")
}

// rareOperator reads words that are keywords in few places: for update, in boolean mode, a with or case that is an alias.
func (p *sqlParser) rareOperator(t sqlToken) bool {
	word := p.lex.v[t.from:t.to]
	switch {
	case equalFold(word, "with"):
		return p.inQuery
	case t.key == sqlStatement && p.unseparated(word) && (p.tokens == 0 || p.tokens == 1 && p.last == opConstant && p.lex.v[p.prev.to-1] != '.' || equalFold(word, "waitfor")) && p.object(t): // 2. Grant of rights: an item of a list
		p.traits |= tJoined | tStacked
		p.state = sqlFree
		return true
	case t.key == sqlObject || t.key == sqlStatement:
		if p.inQuery && !p.aliased {
			p.aliased = true
			return true
		}
	}
	return false
}

// unseparated tells the statements of SQL Server, which needs no semicolon before them, without those that are words of prose: 2 use cases, 3 kill bills.
func (p *sqlParser) unseparated(word []byte) bool {
	for _, w := range [...]string{"exec", "execute", "declare", "waitfor", "shutdown", "drop", "create", "alter", "truncate", "insert", "update", "delete", "merge", "set", "dbcc", "raiserror", "reconfigure"} {
		if equalFold(word, w) {
			return true
		}
	}
	return (equalFold(word, "if") || equalFold(word, "while")) && (p.lex.call() || p.existsFollows())
}

// existsFollows tells whether the next word is exists, with or without not before it.
func (p *sqlParser) existsFollows() bool {
	mark := p.lex
	t := p.lex.next()
	if equalFold(p.lex.v[t.from:t.to], "not") {
		t = p.lex.next()
	}
	call := p.lex.call()
	p.lex = mark
	return call && equalFold(p.lex.v[t.from:t.to], "exists")
}

// union reads what follows union: [all] [(] select.
func (p *sqlParser) union() bool {
	for range 8 {
		t := p.lex.next()
		p.now = t
		switch {
		case t.kind == sqlKey && t.key == sqlAll:
		case t.kind == sqlParen:
			p.depth++
		case t.kind == sqlKey && t.key == sqlSelect, equalFold(p.lex.v[t.from:t.to], "values"), equalFold(p.lex.v[t.from:t.to], "table"):
			p.traits |= tUnion
			p.traits &^= tColumns
			return p.selects()
		case t.kind == sqlEnd, t.kind == sqlComment:
			p.traits |= tCut
			return false
		default:
			return false
		}
	}
	return false
}

// by reads what follows order or group.
func (p *sqlParser) by() bool {
	p.now = p.lex.next()
	if p.now.kind != sqlKey || p.now.key != sqlBy {
		return false
	}
	p.traits |= tClause
	p.columns = false
	p.state, p.comparing, p.logical = sqlWant, false, false
	return true
}

// into reads what follows into: a file, a variable or a table.
func (p *sqlParser) into() bool {
	p.state = sqlWant
	p.now = p.lex.next()
	switch {
	case p.now.kind == sqlKey && p.now.key == sqlObject:
		p.traits |= tActs // outfile, dumpfile
		return true
	case p.now.kind == sqlVariable, p.now.kind == sqlName:
		p.state = sqlHave
		return p.inQuery
	}
	return false
}

// as reads the alias behind as, or the type of a cast.
func (p *sqlParser) as() bool {
	t := p.lex.next()
	p.now = t
	if !p.inQuery && p.depth <= 0 {
		p.inQuery = p.traits.has(tLeaves) // ') as x where …: the host's subquery goes on
		return p.inQuery && (t.kind == sqlName || t.kind == sqlString || t.kind == sqlKey && t.key == sqlObject)
	}
	return t.kind == sqlName || t.kind == sqlString || t.kind == sqlKey
}
