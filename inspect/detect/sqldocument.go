package detect

// sqlBegins tells whether a value begins as a text of SQL does: with a statement, comments left out.
func sqlBegins(v []byte) bool {
	lex := sqlLexer{v: v}
	t := lex.next()
	if t.kind == sqlParen && indexByte(v, '\n', 0) < 0 && indexByte(v, ';', 0) < 0 {
		return false // (select …) alone is pasted into a query
	}
	for t.kind == sqlParen || t.kind == sqlSemicolon && t.from > 0 {
		t = lex.next()
	}
	if t.kind != sqlKey || lex.call() && t.key != sqlSelect && indexByte(v, '\n', 0) < 0 {
		return false
	}
	p := sqlParser{lex: lex}
	return t.key == sqlSelect || t.key == sqlStatement && p.object(t)
}

// findSQLDocument tells a text of SQL, one statement or many, from text that only has words of SQL in it.
func findSQLDocument(v []byte, _ *Context, s *summary) hit {
	if s.words&(wStatement|wVerb) == 0 || !sqlBegins(v) {
		return hit{}
	}
	lex := sqlLexer{v: v}
	names, keys, marks := 0, 0, 0
	for {
		t := lex.next()
		switch t.kind {
		case sqlEnd, sqlComment:
			return hit{0, len(v), sqlDocumentGrade(names, keys, marks)}
		case sqlKey:
			keys++
		case sqlName:
			names++
		default:
			marks++
		}
	}
}

// sqlDocumentGrade asks that keywords and marks are as many as SQL has them: prose that begins with "select" has neither.
func sqlDocumentGrade(names, keys, marks int) grade {
	switch {
	case keys+marks < 2:
		return none
	case names > 2*(keys+marks):
		return hint
	case marks > 0 && keys > 1:
		return certain
	}
	return strong
}
