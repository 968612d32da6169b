package detect

// sqlTrait is one thing that a stretch of SQL does.
type sqlTrait uint64

// The traits.
const (
	tLogic      sqlTrait = 1 << iota // and, or, xor, && with an operand behind
	tOr                              // of these, or
	tCompare                         // a comparison with both sides
	tConstant                        // of these, of two constants: its answer is known before
	tTautology                       // of these, of the same constants
	tComputed                        // a comparison with a routine, a variable or a subquery on a side
	tTruth                           // and/or with a lone constant behind: or 1, or true
	tUnion                           // union select
	tStacked                         // a second statement
	tSubquery                        // (select …
	tClause                          // order by, having, limit … after an operand
	tHaving                          //
	tWhere                           //
	tArith                           // an operand joined by an arithmetic operator or ||
	tActs                            // a routine that waits, reads, runs
	tTells                           // a table or routine that tells of the server
	tCodes                           // char(), substring() …
	tCall                            // any routine called
	tVariable                        // @@version, @a
	tFrom                            //
	tList                            // a comma
	tColumns                         // the columns of a select are numbers, nulls, strings, calls
	tComment                         // it ends in a comment
	tOpen                            // it ends in a string left open
	tLeaves                          // it closes parentheses it did not open
	tOpens                           // parentheses are left open
	tStatements                      // it began as a statement
	tCut                             // it ends where more must come
	tDone                            // it is grammatical to the end of the value
	tAssign                          // declare or set of a variable
	tCase                            //
	tLeads                           // a comparison of constants comes first, before any and/or: 5 < 7 and 9 > 3
	tProse                           // the string left open has blanks
	tJSON                            // an operator on JSON, or a cast to it
	tCast                            // a cast of a routine's answer, or of the one name there is, to an SQL type
	tGoesOn                          // and/or stands right behind the value's own number or string
	tEnded                           // a semicolon ends it
	tWordy                           // a comparison by words that only SQL has, or with a string
	tParens                          // parentheses of its own
	tNamed                           // an operand is a column's name
	tJoined                          // a query right behind an operand, with no operator between
)

func (t sqlTrait) has(all sqlTrait) bool   { return t&all == all }
func (t sqlTrait) hasAny(of sqlTrait) bool { return t&of != 0 }

// sqlState is what the grammar waits for.
type sqlState uint8

// The states.
const (
	sqlStart sqlState = iota // an operand, an operator or a statement: the host's SQL stands before
	sqlWant                  // an operand
	sqlHave                  // an operator
	sqlFree                  // the body of a statement whose grammar is not followed
	sqlVerb                  // a statement, behind ; or the first word of one
)

// sqlOperand is what the operand last read was.
type sqlOperand uint8

// The operands.
const (
	opNone     sqlOperand = iota
	opConstant            // a literal
	opName                // a column
	opComputed            // a call, a variable, a subquery
)

// sqlParser follows the grammar of expressions and queries across dialects, one token at a time and without going back.
type sqlParser struct {
	lex       sqlLexer
	state     sqlState
	traits    sqlTrait
	inQuery   bool // select was read: aliases may stand behind operands
	aliased   bool
	columns   bool   // in the columns of a select
	calls     uint64 // of the parentheses open, bit depth: which are a call's
	depth     int    // parentheses open; below 0 those of the host are closed
	tokens    int
	last      sqlOperand
	lastFrom  int // the operand's bytes
	lastTo    int
	left      sqlOperand // of a comparison
	leftFrom  int
	leftTo    int
	comparing bool
	inCase    bool       // case was read: when is to come
	sum       sqlOperand // what the operand to come is added to, multiplied with …
	apart     bool       // the operand to come is a path into JSON
	logical   bool       // the operand to come stands behind and/or
	prev      sqlToken
	now       sqlToken // the token being read; the last one where a rule reads several
}

// step reads t; false: it is not grammatical here.
func (p *sqlParser) step(t sqlToken) bool {
	ok := false
	p.now = t
	switch p.state {
	case sqlStart:
		ok = p.begin(t)
	case sqlWant:
		ok = p.operand(t)
	case sqlHave:
		ok = p.operator(t)
	case sqlVerb:
		ok = p.verb(t)
	case sqlFree:
		ok = p.free(t)
	}
	p.prev = p.now
	p.tokens++
	return ok
}

// begin reads the first token: what follows the host's SQL may go on with it or begin anew.
func (p *sqlParser) begin(t sqlToken) bool {
	switch {
	case t.kind == sqlKey && (t.key == sqlStatement || t.key == sqlSelect) && !p.lex.call() || t.kind == sqlSemicolon:
		return p.verb(t)
	case t.kind == sqlKey && t.key == sqlSelect:
		return p.verb(t)
	case t.kind == sqlName, t.kind == sqlNumber, t.kind == sqlString, t.kind == sqlVariable, t.kind == sqlParen, t.kind == sqlUnary,
		t.kind == sqlArith && !p.path(t), t.kind == sqlKey && (t.key == sqlNot || t.key == sqlConst || t.key == sqlCase), t.kind == sqlKey && p.lex.call() && t.key != sqlAnd && t.key != sqlUnion && t.key != sqlWordOp:
		return p.operand(t)
	}
	return p.operator(t)
}

// took ends an operand.
func (p *sqlParser) took(o sqlOperand, t sqlToken) bool {
	if p.apart { // a path into JSON is a string or a number; p->next is another language
		if p.apart = false; o == opConstant {
			p.traits |= tJSON
			o = opComputed
		}
	}
	if o == opConstant && p.sum > opConstant && p.prev.kind == sqlArith { // n%2 == 0 is known no more than n is
		o = p.sum
	}
	p.sum = opNone
	p.state, p.last, p.lastFrom, p.lastTo = sqlHave, o, t.from, t.to
	if o == opName {
		p.traits |= tNamed
	}
	if p.comparing {
		p.compared()
	} else if p.logical && o == opConstant && p.true(t) {
		p.traits |= tTruth
	}
	p.logical = false
	if p.columns && o != opName {
		p.traits |= tColumns
	}
	return true
}

// true tells whether a constant is a number or a keyword: as a condition a word in quotes is false or an error.
func (p *sqlParser) true(t sqlToken) bool {
	text := trimQuotes(p.lex.v[t.from:t.to])
	for _, b := range text {
		if !isDigit(b) && t.kind != sqlKey {
			return false
		}
	}
	return len(text) > 0
}

// compared weighs a comparison whose right side was read.
func (p *sqlParser) compared() {
	p.comparing = false
	p.traits |= tCompare
	v := p.lex.v
	switch {
	case p.left == opConstant && p.last == opConstant:
		if p.traits |= tConstant; !p.traits.has(tLogic) {
			p.traits |= tLeads
		}
		if b := v[p.lastFrom]; b == '\'' || b == '"' {
			p.traits |= tWordy
		}
		a, b := trimQuotes(v[p.leftFrom:p.leftTo]), trimQuotes(v[p.lastFrom:p.lastTo])
		if string(a) == string(b) {
			p.traits |= tTautology
		}
	case p.left == opComputed || p.last == opComputed:
		p.traits |= tComputed
	}
}

// trimQuotes drops the quotes around a constant, one that the host closes too.
func trimQuotes(v []byte) []byte {
	for len(v) > 0 && (v[0] == '\'' || v[0] == '"') {
		v = v[1:]
	}
	for len(v) > 0 && (v[len(v)-1] == '\'' || v[len(v)-1] == '"') {
		v = v[:len(v)-1]
	}
	return v
}

// operand reads t where an operand is wanted.
func (p *sqlParser) operand(t sqlToken) bool {
	switch t.kind {
	case sqlNumber, sqlString:
		if t.kind == sqlString && p.tokens < 2 {
			p.blanks(t)
		}
		return p.took(opConstant, t)
	case sqlOpen:
		p.opens(t)
		return p.took(opConstant, t)
	case sqlVariable:
		p.traits |= tVariable
		if hasPrefix(p.lex.v[t.from:], "@@") {
			p.traits |= tTells
		}
		return p.took(opComputed, t)
	case sqlName:
		return p.named(t)
	case sqlParen:
		p.opened(p.prev.kind == sqlName || p.prev.kind == sqlKey && p.last == opComputed)
		return true
	case sqlParenEnd: // f(), or (,)
		p.depth--
		ok := p.prev.kind == sqlParen
		p.state = sqlHave
		return ok
	case sqlStar:
		ok := p.prev.kind == sqlParen || p.prev.kind == sqlComma || p.prev.kind == sqlKey && (p.prev.key == sqlSelect || p.prev.key == sqlAll)
		p.state, p.last = sqlHave, opName
		return ok
	case sqlArith, sqlUnary:
		p.state = sqlWant
		return t.kind == sqlUnary || p.lex.v[t.from] == '-' || p.lex.v[t.from] == '+'
	case sqlCompare: // = any, = =: MySQL and SQLite read = = as one
		return p.prev.kind == sqlCompare
	case sqlKey:
		return p.keyOperand(t)
	}
	return false
}

// opens notes a string the value does not close; one with blanks is more likely prose than the text the host's quote is to close.
func (p *sqlParser) opens(t sqlToken) {
	p.traits |= tOpen
	p.blanks(t)
}

func (p *sqlParser) blanks(t sqlToken) {
	for _, b := range p.lex.v[t.from:t.to] {
		if isSpace(b) {
			p.traits |= tProse
		}
	}
}

// opened goes into a parenthesis.
func (p *sqlParser) opened(call bool) {
	p.depth++
	p.traits |= tParens
	p.state = sqlWant
	bit := uint64(1) << (p.depth & 63)
	p.calls &^= bit
	if call {
		p.calls |= bit
	}
}

// named reads a name: a column, a table or a routine that is called.
func (p *sqlParser) named(t sqlToken) bool {
	name := p.lex.v[t.from:t.to]
	call := p.lex.call()
	risk := sqlRiskOf(name)
	switch risk {
	case sqlRuns:
		p.traits |= tActs
	case sqlActs:
		if call && p.lex.acts(name) { // sleep is a word, too
			p.traits |= tActs
		}
	case sqlTells:
		if call && !p.lex.remarked() || p.inQuery && !p.table(name) || containsFold(name, "information_schema") { // user_name is a member's name, too
			p.traits |= tTells
		}
	case sqlCodes:
		if call && p.lex.risky(name) {
			p.traits |= tCodes
		}
	}
	switch {
	case !call, risk == 0 && method(name): // x.f() is a program's
		return p.took(opName, t)
	}
	p.traits |= tCall
	return p.took(opComputed, t)
}

// table tells the name of an ordinary table behind from: select … from user.
func (p *sqlParser) table(name []byte) bool {
	return p.prev.kind == sqlKey && p.prev.key == sqlFrom && (equalFold(name, "user") || equalFold(name, "domain") || equalFold(name, "version") || equalFold(name, "banner") || equalFold(name, "master"))
}

// method tells the dotted name of a program's object from a schema's routine: the schemas of SQL Server and Oracle have fixed names.
func method(name []byte) bool {
	return indexByte(name, '.', 0) > 0 && !hasPrefixFold(name, "dbo.") && !hasPrefixFold(name, "sys") && !hasPrefixFold(name, "dbms_") && !hasPrefixFold(name, "utl_") && !hasPrefixFold(name, "master.")
}

// keyOperand reads a keyword where an operand is wanted.
func (p *sqlParser) keyOperand(t sqlToken) bool {
	if p.lex.call() && t.key != sqlSelect && t.key != sqlNot && t.key != sqlAnd && t.key != sqlUnion && t.key != sqlFrom && t.key != sqlWhere && t.key != sqlAll && t.key != sqlCase && t.key != sqlWhen {
		return p.named(t) // left(…), replace(…), char(…)
	}
	switch t.key {
	case sqlNot, sqlAll:
		return true
	case sqlConst:
		return p.took(opConstant, t)
	case sqlSelect:
		if p.prev.kind != sqlParen {
			p.traits |= tJoined
		}
		return p.query()
	case sqlCase:
		p.inCase = true
		return true
	case sqlWhen:
		if p.inCase {
			p.traits |= tCase
		}
		return p.traits.hasAny(tCase | tLeaves)
	case sqlIs, sqlWordOp: // not like, is not in, (glob …
		return p.prev.kind == sqlKey && p.prev.key == sqlNot || p.prev.kind == sqlParen
	case sqlFrom:
		return p.lex.call() && p.named(t)
	case sqlStatement:
		if equalFold(p.lex.v[t.from:t.to], "waitfor") && p.object(t) { // or waitfor delay '…': pasted where no statement fits
			p.state = sqlFree
			return true
		}
		return p.named(t)
	case sqlObject, sqlFinish, sqlLimit: // words that are names elsewhere
		return p.named(t)
	}
	return false
}

// query reads select behind a parenthesis, an operator or union.
func (p *sqlParser) query() bool {
	p.traits |= tSubquery
	return p.selects()
}

func (p *sqlParser) selects() bool {
	p.inQuery, p.columns, p.aliased, p.comparing, p.logical = true, true, false, false, false
	p.state = sqlWant
	for {
		mark := p.lex
		t := p.lex.next()
		word := p.lex.v[t.from:t.to]
		switch {
		case t.kind == sqlKey && t.key == sqlAll:
		case t.kind == sqlName && (equalFold(word, "top") || equalFold(word, "first") || equalFold(word, "skip")):
			if n := p.lex.next(); n.kind != sqlNumber {
				p.lex = mark
				return true
			}
			p.traits |= tColumns
		default:
			p.lex = mark
			return true
		}
		p.now = t
	}
}
