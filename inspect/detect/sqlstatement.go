package detect

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
	glued := p.lex.glued > 0
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
	case is(verb, "copy"):
		return next.kind == sqlParen || is(next, "into") || next.kind == sqlName && (is(after, "from", "to") || after.kind == sqlParen)
	case is(verb, "update"):
		return next.kind == sqlName && is(after, "set")
	case is(verb, "exec", "execute", "call", "do"):
		if next.kind == sqlName || next.kind == sqlParen || next.kind == sqlVariable {
			return next.kind != sqlName || sqlRiskOf(v[next.from:next.to]) >= sqlActs || next.to-next.from > 3 && after.kind != sqlName && after.kind != sqlKey && (after.kind != sqlParen || is(verb, "call", "do"))
		}
		return next.kind == sqlString || next.kind == sqlKey && next.key == sqlAs
	case is(verb, "print") && (next.kind == sqlString || next.kind == sqlOpen):
		return true
	case is(verb, "declare", "set", "print"):
		if next.kind == sqlVariable {
			p.traits |= tAssign
			return true
		}
		return is(verb, "declare") && next.kind == sqlName && (after.kind == sqlName || after.kind == sqlKey) || is(verb, "set") && (is(after, "=", "to") || next.kind == sqlKey && next.key == sqlObject)
	case is(verb, "drop", "create", "alter", "truncate"):
		return next.kind == sqlName && (glued || is(verb, "drop", "truncate") && after.kind == sqlSemicolon) || next.kind == sqlKey && (next.key == sqlObject || next.key == sqlAnd || next.key == sqlFrom) || is(next, "procedure", "temporary", "unique", "schema", "sequence", "package", "extension", "policy", "column", "external", "alias", "materialized", "live", "system")
	case is(verb, "begin"):
		return next.kind == sqlName || next.kind == sqlKey || next.kind == sqlSemicolon || next.kind == sqlEnd
	case is(verb, "if", "while"):
		return next.kind == sqlParen || next.kind == sqlKey && next.key == sqlNot || is(next, "exists") || after.kind == sqlCompare
	case is(verb, "with"):
		return next.kind == sqlName && is(after, "as", "(") || is(next, "recursive")
	case is(verb, "use"):
		return next.kind == sqlName && (after.kind == sqlEnd || after.kind == sqlComment || after.kind == sqlSemicolon || after.kind == sqlKey && after.key != sqlAs && after.key != sqlCase && after.key != sqlFrom)
	case is(verb, "kill"):
		return next.kind == sqlNumber || next.kind == sqlVariable || is(next, "query", "connection", "user", "job", "soft", "hard")
	case is(verb, "load", "bulk", "backup", "restore", "grant", "revoke", "deny", "attach", "explain", "pragma", "handler", "rename", "dbcc", "raiserror", "values", "show", "describe", "desc", "vacuum", "savepoint", "replace"):
		return next.kind == sqlName || next.kind == sqlKey || next.kind == sqlParen || next.kind == sqlNumber
	}
	return false
}

// variableCalled tells whether exec carries out what a variable holds: exec (@q).
func (p *sqlParser) variableCalled() bool {
	mark := p.lex
	open, t := p.lex.next(), p.lex.next()
	p.lex = mark
	return open.kind == sqlParen && t.kind == sqlVariable
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
		name := p.lex.v[t.from:t.to]
		switch sqlRiskOf(name) {
		case sqlRuns:
			p.traits |= tActs
		case sqlActs:
			if !p.lex.call() || p.lex.acts(name) {
				p.traits |= tActs
			}
		case sqlTells:
			p.traits |= tTells
		}
	case sqlKey:
		if t.key == sqlSelect {
			return p.query()
		}
		if word := p.lex.v[t.from:t.to]; (equalFold(word, "exec") || equalFold(word, "execute")) && p.variableCalled() {
			p.traits |= tActs
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
