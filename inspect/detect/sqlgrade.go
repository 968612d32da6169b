package detect

// grade weighs a stretch: can it leave its place, does it go on, does it do something?
func (r *sqlStretch) grade() (g grade) {
	t := r.traits
	switch {
	case r.tokens == 0 && !t.has(tComment):
		return none
	case r.entry == sqlQuoted:
		g = r.quotedGrade()
	case r.document || t.has(tStatements):
		g = r.statementGrade()
	default:
		g = r.bareGrade()
	}
	if r.hidden && g >= likely && g < certain && !r.document {
		g++
	}
	if !t.has(tDone) && g > none {
		g--
	}
	if r.entry == sqlBare && !r.document && g > none { // SQL in other text
		switch {
		case r.before > 8:
			g -= min(g, 2)
		case r.before > 2:
			g--
		}
	}
	return g
}

// quotedGrade weighs what stands behind a quote that ends the host's string.
func (r *sqlStretch) quotedGrade() grade {
	t := r.traits
	cut := t.has(tComment) && !r.prose
	closed := t.has(tOpen) && !t.has(tProse) || t.has(tLeaves) || cut || t.has(tEnded|tLogic)
	switch {
	case t.has(tJoined) && r.prose:
		return hint
	case t.has(tJoined):
		if t.hasAny(tActs | tTells | tAssign | tColumns | tCodes | tConstant) {
			return strong
		}
		if t.has(tLogic | tSubquery) {
			return likely
		}
		return hint
	case t.hasAny(tUnion | tStacked), t.has(tActs):
		return certain
	case r.speech && !t.hasAny(tConstant|tComputed|tSubquery|tCall|tVariable):
		return none
	case t.has(tSubquery), t.has(tTells) && t.hasAny(tCall|tVariable):
		return certain
	case t.has(tLogic|tCall) && closed && !t.has(tCompare):
		return strong // and f(x)
	case t.has(tLogic) && t.hasAny(tConstant|tComputed):
		if closed {
			return certain
		}
		return strong
	case t.has(tLogic | tTruth | tDone):
		return strong
	case t.has(tLogic|tCompare) && closed:
		return strong
	case t.has(tLogic | tCompare):
		return likely
	case t.hasAny(tHaving|tClause) && (closed || t.has(tCompare) || !t.has(tProse)), t.has(tWhere|tCompare) && closed:
		return strong
	}
	return r.probeGrade(closed, cut)
}

// probeGrade weighs the short ones: '=' '-' admin'--. They are all of the value there is, or they are punctuation in a text.
func (r *sqlStretch) probeGrade(closed, cut bool) grade {
	t := r.traits
	switch {
	case t.has(tArith) && t.hasAny(tCall|tVariable) && closed:
		return strong
	case r.prose, t.has(tProse), t.has(tWordy|tCut) && r.tokens == 1 && r.from > 0: // Cantu' in
		return none
	case t.has(tCompare) && (closed || t.hasAny(tConstant|tComputed|tCut)), t.has(tLogic) && closed:
		return likely
	case t.has(tArith) && closed:
		return likely
	case t.has(tComment) && cut && !t.has(tArith):
		return likely
	case t.has(tEnded|tDone) && r.tokens == 1 && r.single && r.from > 0, t == tLeaves|tDone && r.tokens > 1 && r.from < 4: // admin'; 1'))
		return likely
	case t.hasAny(tArith | tLogic):
		return hint
	}
	return none
}

// statementGrade weighs whole statements: a text of SQL is a document, unless it does what only attackers want.
func (r *sqlStretch) statementGrade() grade {
	t := r.traits
	torn := t.hasAny(tOpen|tLeaves|tOpens) || t.has(tComment) && !r.prose
	switch {
	case t.has(tAssign) && r.tokens < 3 && r.single, t.hasAny(tFrom|tCall|tLeads) && r.exec && r.single, t.has(tDone|tEnded|tComment) && r.single && r.rest < 5:
		return likely
	case r.glued > 1 && r.single && t.has(tDone):
		return strong
	case r.glued > 0 && r.single && t.has(tDone):
		return likely
	case t.has(tConstant|tCodes) && !t.has(tFrom) && r.single: // select iif(1>1, …
		return likely
	case t.has(tOr | tTautology), t.has(tActs) && (torn || t.hasAny(tUnion|tAssign|tCut)):
		return strong
	case torn && (r.line || !r.document) && t.hasAny(tConstant|tTells|tComputed) && t.has(tDone):
		return strong
	case t.has(tActs):
		return likely
	case t.has(tUnion|tColumns) && t.hasAny(tTells|tComment):
		return likely
	case t.has(tCase|tConstant) && !r.document, t.has(tOr | tConstant):
		return likely
	case t.has(tAssign|tSubquery) && (r.line || !r.document), t.has(tTells|tFrom|tDone) && r.line && r.before == 0:
		return likely
	case t.hasAny(tTells | tUnion):
		return hint
	}
	return none
}

// bareGrade weighs what stands where a number or name is expected.
func (r *sqlStretch) bareGrade() grade {
	t := r.traits
	exact := r.first != opName || t.hasAny(tLeaves|tColumns) || t.has(tComment) && !r.prose
	switch {
	case t.has(tUnion):
		if t.hasAny(tColumns|tFrom|tComment) || r.hidden {
			return certain
		}
		if r.first == opName {
			return hint // the union select committee
		}
		return likely
	case t.has(tStacked):
		return r.stackedGrade()
	case t.has(tActs) && t.hasAny(tLogic|tCompare|tSubquery|tClause|tArith|tComment):
		return certain
	case t.has(tActs):
		return likely
	case t.has(tJoined|tSubquery) && !t.hasAny(tTells|tColumns|tStacked) && !r.hidden:
		return hint // a prompt: => select …
	case t.has(tLogic|tConstant|tLeads) && !t.hasAny(tTautology|tComment|tSubquery) && (!t.has(tCall) || r.from > 0 && !t.has(tTells)):
		return hint // behind other text == "x" and f(y) > 1 goes on with a language of filters
	case t.has(tLogic|tConstant) && r.from > 0 && r.first == opName && !t.hasAny(tTautology|tComment):
		return hint // where 'x' is a number and 'y' > 0
	case t.has(tLogic|tConstant) && r.before < 2:
		return strong
	case t.has(tLogic | tConstant):
		return likely
	case t.has(tSubquery):
		if t.hasAny(tLogic | tConstant | tColumns | tTells) {
			return strong
		}
		return likely
	case t.has(tLogic|tComputed) && r.from > 0 && r.first == opComputed && !t.hasAny(tComment|tLeaves|tTells|tColumns): // if len(a) < 8 or len(b) > 9
		return hint
	case t.has(tLogic|tComputed) && exact, t.has(tLogic|tTruth|tComment) && !r.prose:
		return strong
	case t.hasAny(tHaving) && t.has(tConstant), t.has(tClause|tComment) && exact && !t.has(tCut): // but not limit #3
		return strong
	case t.has(tLeaves | tWhere | tConstant | tDone):
		return strong
	case t.has(tLeaves|tClause|tDone) && !t.has(tCut) && r.first != opName && r.last == opConstant && r.before == 0: // 1) order by 4
		return likely
	case t.has(tGoesOn|tCompare|tDone) && r.before == 0, t.has(tDone|tClause|tTells|tCall) && r.before == 0, t.has(tJSON|tDone) && t.hasAny(tCompare|tArith) && (r.first != opName || t.has(tConstant|tCompare) || t.has(tComputed)) && r.before == 0:
		return likely
	case t.has(tCast|tDone) && r.before == 0 && r.first != opConstant:
		return likely
	case t.has(tTells) && t.hasAny(tCompare|tArith|tCodes), t.has(tCall | tConstant), t.has(tCase | tConstant):
		return likely
	case r.fragment(), r.mute && t.has(tTells) && t.hasAny(tCall|tVariable):
		return likely
	case t.has(tLogic) && t.hasAny(tTruth|tComputed), t.has(tClause) && r.first == opConstant:
		return hint
	case t.has(tConstant) && t.has(tComment):
		return hint
	}
	return none
}

// stackedGrade weighs a second statement behind a semicolon. In a longer text it is a text of SQL.
func (r *sqlStretch) stackedGrade() grade {
	t := r.traits
	switch {
	case t.has(tActs):
		return certain
	case r.before > 0:
		return hint
	case t.hasAny(tAssign|tColumns) || t.has(tComment) && !r.prose:
		return certain
	}
	return strong
}

// remark tells the comment of a program's line, print(x) # debug, from one that cuts a statement off.
func (r *sqlStretch) remark() bool {
	return r.rest > 3 && r.first == opComputed && !r.traits.hasAny(tLogic|tTells|tCodes|tActs)
}

// fragment tells short values that are pieces of an injection and hardly anything else: (f(x)) --, 1!=11, ) as c from, or 'a' <, having count(x) > 5, substring(.
func (r *sqlStretch) fragment() bool {
	t := r.traits
	if r.before > 0 || r.from > 2 || r.glob || !t.has(tDone) {
		return false
	}
	switch {
	case t.has(tComment) && !r.prose && !r.remark() && (t.has(tCall) || t.has(tLogic) && !t.hasAny(tNamed|tCut) || t.has(tVariable|tParens)) && !t.has(tOpens),
		r.mute && !t.has(tNamed) && t.hasAny(tArith|tParens) && !t.has(tOpens),
		r.first == opNone && t.has(tCompare|tConstant|tArith|tParens) && !t.hasAny(tNamed|tOpens),
		r.first == opConstant && t.has(tArith|tCodes) && !t.has(tOpens),
		t.has(tLogic|tCodes) && !t.hasAny(tNamed|tOpens),
		t.has(tLeads|tWordy) && !t.has(tArith) && r.first == opConstant && r.tokens < 6,
		r.first == opNone && t.has(tList|tCodes|tCall),
		r.first == opNone && t.has(tLogic|tArith|tOpen) && r.tokens < 6,
		t.has(tLeaves) && t.hasAny(tFrom|tCase),
		r.first == opNone && t.has(tLogic|tCompare|tConstant),
		r.first == opNone && t.has(tHaving|tCompare|tComputed),
		t.has(tCodes|tCut|tOpens) && r.tokens <= 3,
		t.has(tTells) && !t.has(tStatements) && r.tokens <= 2:
		return true
	}
	return false
}
