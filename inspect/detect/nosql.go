package detect

// nosqlOperators are MongoDB's operators that change what a query asks, by rank: those that run code, and those that compare. What OData and JSON Schema name with a dollar ($filter, $ref) is none.
var nosqlOperators = map[string]grade{
	"$where": certain, "$function": certain, "$accumulator": certain, "$expr": strong, "$ne": strong, "$gt": strong, "$gte": strong, "$lt": strong, "$lte": strong, "$in": strong, "$nin": strong,
	"$regex": strong, "$exists": strong, "$or": strong, "$and": strong, "$nor": strong, "$not": strong, "$eq": strong, "$elemmatch": strong, "$all": likely, "$mod": likely, "$size": likely, "$type": hint, // many mappers name a class so

	"$jsonschema": likely, "$lookup": likely, "$unionwith": likely, "$comment": hint, "$text": hint, "$options": hint,
}

// findNoSQL reads operators where a plain value is expected: as a member's name ({"$ne": 1}, a[$ne]), in text that would be parsed as an object, and JavaScript put into $where.
func findNoSQL(v []byte, c *Context, s *summary) hit {
	if c.Key {
		return nosqlKey(v)
	}
	best := hit{}
	if s.has(cDollar) {
		best = nosqlText(v)
	}
	if s.hasAny(cSingle | cDouble | cSemicolon | cBar | cAmp) {
		best = stronger(best, nosqlScript(v))
	}
	if s.has(cOpen | cDot) {
		best = stronger(best, mongoShell(v))
	}
	if s.hasAny(cLF) || s.has(cOpen|cDot) && hasPrefix(v, "EVAL ") {
		best = stronger(best, redisLine(v))
	}
	return best
}

// nosqlKey reads a member's name: the operator alone, or the last bracket or dot of a form's name.
func nosqlKey(v []byte) hit {
	at := indexByte(v, '$', 0)
	if at < 0 || at > 0 && v[at-1] != '[' && v[at-1] != '.' {
		return hit{}
	}
	return hit{at, len(v), nosqlOperator(v[at:])}
}

// nosqlOperator grades the operator at the start of v.
func nosqlOperator(v []byte) grade {
	var low [16]byte
	end := 1
	for end < len(v) && isLetter(v[end]) {
		end++
	}
	return nosqlOperators[string(lowered(low[:0], v[:end]))]
}

// nosqlText looks for operators in object position: {"$gt": …}, {$ne:1}, [$regex]=.
func nosqlText(v []byte) (best hit) {
	for i := indexByte(v, '$', 0); i >= 0; i = indexByte(v, '$', i+1) {
		g := nosqlOperator(v[i:])
		if hasPrefixFold(v[i:], "$type") && bsonType(v[i:]) {
			g = likely
		}
		if g < likely {
			continue
		}
		before := i - 1
		for before >= 0 && (isSpace(v[before]) || v[before] == '"' || v[before] == '\'') {
			before--
		}
		end := i + 1
		for end < len(v) && (isLetter(v[end]) || v[end] == '"' || v[end] == '\'' || isSpace(v[end])) {
			end++
		}
		if end >= len(v) {
			continue
		}
		switch open := before < 0 || v[before] == '{' || v[before] == ','; {
		case open && v[end] == ':', before >= 0 && v[before] == '[' && v[end] == ']':
			best = stronger(best, hit{i, end + 1, g})
		}
	}
	return best
}

// bsonType tells {"$type": 2} and {"$type": "string"}, which ask for a type of BSON, from the class that mappers of .NET write there.
func bsonType(v []byte) bool {
	at := indexByte(v, ':', 0) + 1
	for at > 0 && at < len(v) && (isSpace(v[at]) || v[at] == '"' || v[at] == '\'' || v[at] == '[') {
		at++
	}
	if at == 0 || at >= len(v) {
		return false
	}
	switch string(v[at:identEnd(v, at)]) {
	case "double", "string", "object", "array", "binData", "objectId", "bool", "date", "null", "regex", "int", "long", "timestamp", "decimal", "minKey", "maxKey", "number":
		return true
	}
	return isDigit(v[at]) || v[at] == '-'
}

// nosqlScript reads JavaScript behind a quote that ends the host's string: this., db., return, || of constants.
func nosqlScript(v []byte) hit {
	at := 0
	for at < len(v) && at < 64 && v[at] != '\'' && v[at] != '"' && v[at] != ';' && v[at] != '|' && v[at] != '&' {
		at++
	}
	if at >= len(v) || at >= 64 {
		return hit{}
	}
	i := at
	for i < len(v) && (isSpace(v[i]) || v[i] == '\'' || v[i] == '"' || v[i] == ';' || v[i] == ')' || v[i] == '}' || v[i] == ']' || v[i] == '|' || v[i] == '&' || v[i] == '+' || v[i] == ',' || v[i] == '!' || v[i] == '(') {
		i++
	}
	if i-at < 2 {
		return hit{}
	}
	rest := v[i:]
	switch {
	case busyLoop(rest), hasPrefix(rest, "this.") && v[at] == '|':
		return hit{at, len(v), strong}
	case hasPrefixFold(rest, "this.") && containsAny(rest, "==", "match(", "length", "!=", "constructor", ".test("),
		hasPrefix(rest, "db.") && indexByte(rest, '(', 0) > 0,
		hasPrefix(rest, "return") && len(rest) > 6 && !isIdent(rest[6]) && rest[6] != '-' && !talks(rest[6:]) && containsAny(rest, "true", "db.", "this", "==", "sleep", "1;", "1}"),
		hasPrefix(rest, "$") && nosqlOperator(rest) != none, hasPrefix(rest, "it="), hasPrefix(rest, "while(") && containsAny(rest[:min(len(rest), 16)], "1)", "true)"),
		hasPrefix(rest, "do{"), hasPrefix(rest, "var ") && containsAny(rest, "new date"):
		return hit{at, len(v), strong}
	case nosqlTruth(rest) && (hasPrefix(v[at+1:], "||") || hasPrefix(v[at+1:], " ||") || hasPrefix(v[at+1:], "&&") || hasPrefix(v[at+1:], " &&") || v[at] == '|' || v[at] == '&'):
		return hit{at, len(v), strong}
	}
	return hit{}
}

// talks tells two words with nothing but a blank between them, as sentences have and expressions have not.
func talks(v []byte) bool {
	i := skipSpace(v, 0)
	end := identEnd(v, i)
	return end > i && isLetter(v[i]) && end+1 < len(v) && v[end] == ' ' && isLetter(v[end+1]) && !hasPrefix(v[i:], "new ") && !hasPrefix(v[i:], "typeof ")
}

// nosqlTruth tells 1==1, 'a'=='a', 1===1, true//, 'a'.match(/a/).
func nosqlTruth(v []byte) bool {
	if hasPrefix(v, "true") && len(v) > 4 && (hasPrefix(trim(v[4:]), "//") || hasPrefix(trim(v[4:]), "||") || v[4] == ';') {
		return true
	}
	if at := indexFold(v, ".match(/"); at > 0 && at < 16 {
		return true
	}
	eq := indexFold(v, "==")
	if eq < 1 || eq > 16 {
		return false
	}
	left := trimQuotes(trim(v[:eq]))
	right := v[eq+2:]
	if hasPrefix(right, "=") {
		right = right[1:]
	}
	right = trim(right)
	for len(right) > 0 && (right[0] == '\'' || right[0] == '"') {
		right = right[1:]
	}
	return len(left) > 0 && len(right) >= len(left) && string(right[:len(left)]) == string(left)
}
