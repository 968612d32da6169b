package detect

// operator reads t where an operand has been read, or the host's has.
func (p *sqlParser) operator(t sqlToken) bool {
	switch t.kind {
	case sqlArith, sqlConcat, sqlStar:
		if t.kind == sqlConcat {
			p.traits |= tLogic // it is OR in MySQL
		}
		p.traits |= tArith
		p.state, p.aliased = sqlWant, false
		if t.kind == sqlArith && p.lex.v[t.from] == ':' { // a cast: the type is no operand
			p.state = sqlHave
			p.now = p.lex.next()
		}
		return true
	case sqlLogic:
		return p.logic(t)
	case sqlCompare:
		return p.compare()
	case sqlUnary: // != is a comparison; a lone ! or ~ is no operator
		return false
	case sqlParenEnd:
		if p.depth--; p.depth < 0 {
			p.traits |= tLeaves
		} else if p.last != opConstant || p.calls&(1<<((p.depth+1)&63)) != 0 {
			p.last = opComputed // else (1) is a constant still
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
	called := p.prev.kind == sqlName || p.prev.kind == sqlKey
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
	case t.kind == sqlName && p.tokens == 0 && p.lex.call() && sqlRiskOf(p.lex.v[t.from:t.to]) == sqlActs:
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
		if p.booleanMode() {
			return true
		}
		return p.compare()
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
		return p.inQuery || p.depth > 0 // substring(a from 1), trim(both from …)
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
		p.traits |= tJoined
		return p.tokens == 0 && p.query()
	}
	return p.rareOperator(t)
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

// rareOperator reads words that are keywords in few places: for update, in boolean mode, a with or case that is an alias.
func (p *sqlParser) rareOperator(t sqlToken) bool {
	word := p.lex.v[t.from:t.to]
	switch {
	case equalFold(word, "with"):
		return p.inQuery
	case t.key == sqlStatement && (p.tokens == 0 || p.tokens == 1 && p.last == opConstant || equalFold(word, "waitfor")) && p.object(t):
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

// union reads what follows union: [all] [(] select.
func (p *sqlParser) union() bool {
	for range 8 {
		t := p.lex.next()
		p.now = t
		switch {
		case t.kind == sqlKey && t.key == sqlAll:
		case t.kind == sqlParen:
			p.depth++
		case t.kind == sqlKey && t.key == sqlSelect, t.kind == sqlName && equalFold(p.lex.v[t.from:t.to], "values"):
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
		return p.inQuery && (t.kind == sqlName || t.kind == sqlString)
	}
	return t.kind == sqlName || t.kind == sqlString || t.kind == sqlKey
}

// verb reads a statement's first word.
func (p *sqlParser) verb(t sqlToken) bool {
	stacked := p.state == sqlVerb || p.prev.kind == sqlSemicolon
	p.state = sqlVerb
	switch {
	case t.kind == sqlSemicolon, t.kind == sqlParen:
		return true
	case t.kind == sqlOpen: // the host's own quote
		p.traits |= tOpen
		return true
	case t.kind == sqlKey && t.key == sqlSelect:
	case t.kind == sqlKey && t.key == sqlStatement && p.object(t):
	case t.kind == sqlKey && t.key == sqlCase, t.kind == sqlName && p.lex.call():
		p.state = sqlWant
		return p.operand(t)
	default:
		return false
	}
	if stacked {
		p.traits |= tStacked
	} else {
		p.traits |= tStatements
	}
	if t.key == sqlSelect {
		return p.selects()
	}
	p.state = sqlFree
	return true
}

// object looks at what follows a statement's first word: update a set, exec xp_…, declare @a, waitfor delay '…'. It tells whether the two make sense together.
func (p *sqlParser) object(verb sqlToken) bool {
	mark := p.lex
	next := p.lex.next()
	after := p.lex.next()
	p.lex = mark
	v := p.lex.v
	is := func(t sqlToken, words ...string) bool {
		for _, w := range words {
			if equalFold(v[t.from:t.to], w) {
				return true
			}
		}
		return false
	}
	switch {
	case is(verb, "waitfor"):
		if is(next, "delay", "time") {
			p.traits |= tActs
			return true
		}
		return false
	case is(verb, "shutdown", "reconfigure", "commit", "rollback", "go", "return"):
		return next.kind == sqlEnd || next.kind == sqlComment || next.kind == sqlSemicolon || is(next, "with")
	case is(verb, "insert", "merge"):
		return is(next, "into", "overwrite")
	case is(verb, "delete"):
		return is(next, "from")
	case is(verb, "update"):
		return next.kind == sqlName && is(after, "set")
	case is(verb, "exec", "execute", "call", "do"):
		if next.kind == sqlName || next.kind == sqlParen || next.kind == sqlVariable {
			return next.kind != sqlName || sqlRiskOf(v[next.from:next.to]) == sqlActs || next.to-next.from > 3 && after.kind != sqlName && after.kind != sqlKey
		}
		return next.kind == sqlString || next.kind == sqlKey && next.key == sqlAs
	case is(verb, "declare", "set", "print"):
		if next.kind == sqlVariable {
			p.traits |= tAssign
			return true
		}
		return is(verb, "declare") && next.kind == sqlName && after.kind != sqlEnd || is(verb, "set") && (is(after, "=", "to") || next.kind == sqlKey && next.key == sqlObject)
	case is(verb, "drop", "create", "alter", "truncate"):
		return next.kind == sqlKey && (next.key == sqlObject || next.key == sqlAnd || next.key == sqlFrom) || is(next, "procedure", "temporary", "unique", "schema", "sequence", "package", "extension", "policy", "column", "external", "alias", "materialized", "live", "system")
	case is(verb, "begin"):
		return next.kind == sqlName || next.kind == sqlKey || next.kind == sqlSemicolon || next.kind == sqlEnd
	case is(verb, "if", "while"):
		return next.kind == sqlParen || next.kind == sqlKey && next.key == sqlNot || is(next, "exists") || after.kind == sqlCompare
	case is(verb, "with"):
		return next.kind == sqlName && is(after, "as", "(") || is(next, "recursive")
	case is(verb, "copy", "load", "bulk", "backup", "restore", "grant", "revoke", "deny", "attach", "explain", "pragma", "handler", "rename", "dbcc", "raiserror", "kill", "values", "use", "show", "describe", "desc", "vacuum", "savepoint", "replace"):
		return next.kind == sqlName || next.kind == sqlKey || next.kind == sqlParen || next.kind == sqlNumber
	}
	return false
}

// free reads the body of a statement whose grammar is not followed: only what acts is noted, and where the next query begins.
func (p *sqlParser) free(t sqlToken) bool {
	switch t.kind {
	case sqlSemicolon:
		p.state = sqlVerb
	case sqlParen:
		p.depth++
	case sqlParenEnd:
		p.depth--
	case sqlName:
		switch sqlRiskOf(p.lex.v[t.from:t.to]) {
		case sqlActs:
			p.traits |= tActs
		case sqlTells:
			p.traits |= tTells
		}
	case sqlKey:
		if t.key == sqlSelect {
			return p.query()
		}
		if t.key == sqlWhere && !p.lex.call() {
			p.traits |= tWhere
			p.inQuery, p.state, p.comparing, p.logical = true, sqlWant, false, false
		}
	case sqlOpen:
		p.traits |= tOpen
	case sqlVariable:
		p.traits |= tVariable
	}
	return true
}
