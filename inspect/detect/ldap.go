package detect

// findLDAP reads search filters (RFC 4515) from the inside: a value that closes a parenthesis it did not open and goes on with a component of a filter.
func findLDAP(v []byte, _ *Context, s *summary) hit {
	if !s.hasAny(cOpen|cClose) && !s.has(cColon|cEqual) {
		return hit{}
	}
	depth, wild := 0, indexByte(v, '*', 0) >= 0
	for i, b := range v {
		switch b {
		case '(':
			depth++
		case ')':
			depth--
		default:
			continue
		}
		if b == '(' && depth == 1 && i > 0 && v[i-1] == '*' && ldapComponent(v[i+1:]) > ldapNothing {
			return hit{i - 1, len(v), strong} // *(|(mail=*))
		}
		if depth >= 0 {
			continue
		}
		at := i + 1 // what stands behind the parenthesis of the host
		for at < len(v) && (v[at] == ')' || isSpace(v[at])) {
			at++
		}
		if at >= len(v) || v[at] == 0 || v[at] == '%' && hasPrefix(v[at:], "%00") {
			if at < len(v) && i > 0 && v[i-1] == '*' || wild && at-i > 1 && i < 32 && v[max(i-1, 0)] == '*' {
				return hit{i, len(v), likely}
			}
			return hit{}
		}
		if (v[at] == '|' || v[at] == '&' || v[at] == '!') && at+1 < len(v) && v[at+1] == '(' {
			at++ // the host's operator is replaced
		}
		if v[at] != '(' {
			return hit{}
		}
		if at+1 < len(v) && v[at+1] == '(' {
			at++
		}
		return hit{i, len(v), ldapGrade(ldapComponent(v[at+1:]), wild)}
	}
	return ldapPairs(v)
}

// ldapPart is how much of a filter's component stands somewhere.
type ldapPart uint8

const (
	ldapNothing   ldapPart = iota
	ldapCompares           // attribute=
	ldapOperates           // & | !
	ldapDirectory          // an attribute that directories have
)

func ldapGrade(p ldapPart, wild bool) grade {
	switch {
	case p == ldapDirectory && wild, p == ldapOperates:
		return certain
	case p == ldapDirectory, p == ldapCompares && wild:
		return strong
	case p == ldapCompares:
		return likely
	}
	return none
}

// ldapAttributes are attributes of people, groups and machines in directories (RFC 4519, Active Directory).
var ldapAttributes = []string{"objectclass", "cn", "uid", "sn", "ou", "dc", "mail", "userpassword", "password", "memberof", "samaccountname", "userprincipalname", "givenname", "department", "user", "username", "pwd", "pass", "admincount", "serviceprincipalname", "description", "telephonenumber", "name", "homedirectory", "gidnumber", "uidnumber"}

// ldapComponent reads what follows an opening parenthesis: & | ! or attribute = ~= >= <= :=.
func ldapComponent(v []byte) ldapPart {
	i := skipSpace(v, 0)
	if i >= len(v) {
		return ldapNothing
	}
	if v[i] == '&' || v[i] == '|' || v[i] == '!' {
		if i+1 >= len(v) || v[i+1] == '(' || v[i+1] == ' ' || v[i+1] == ')' || ldapComponent(v[i+1:]) == ldapDirectory {
			return ldapOperates
		}
		return ldapNothing
	}
	end := i
	for end < len(v) && (isAlnum(v[end]) || v[end] == '-' || v[end] == ';' || v[end] == '.' || v[end] == ':') {
		end++
	}
	op := end
	for op < len(v) && (v[op] == '~' || v[op] == '>' || v[op] == '<') {
		op++
	}
	if end == i || op >= len(v) || v[op] != '=' {
		return ldapNothing
	}
	for _, a := range ldapAttributes {
		if equalFold(v[i:end], a) {
			return ldapDirectory
		}
	}
	return ldapCompares
}

// ldapPairs looks for what only a filter holds: (|( or (&( with a component not closed, or an empty (&) that is always true.
func ldapPairs(v []byte) hit {
	for i := 0; i+2 < len(v); i++ {
		if v[i] != '(' || v[i+1] != '&' && v[i+1] != '|' {
			continue
		}
		if v[i+2] == ')' && (i == 0 || v[i-1] == ')' || v[i-1] == '(' || proseWords(v) < 3) {
			return hit{i, len(v), strong} // (&): true in every directory
		}
	}
	if at := ldapTwice(v); at >= 0 {
		return hit{at, len(v), likely}
	}
	for i := indexByte(v, '=', 0); i > 0; i = indexByte(v, '=', i+1) {
		if ldapAbsurd(v, i) {
			return hit{max(0, i-16), min(len(v), i+16), strong}
		}
	}
	return hit{}
}

// ldapTwice gives the index of an (attribute=*) that stands twice in a row, as a filter does that was filled in by two wildcards, or -1.
func ldapTwice(v []byte) int {
	for i := indexByte(v, '(', 0); i >= 0; i = indexByte(v, '(', i+1) {
		end := i + 1
		for end < len(v) && isAlnum(v[end]) {
			end++
		}
		if one := end + len("=*)"); end > i+1 && one+one-i <= len(v) && string(v[end:one]) == "=*)" && string(v[i:one]) == string(v[one:one+one-i]) {
			return i
		}
	}
	return -1
}

// ldapAbsurd tells components that no client builds: (1=0), whose answer is known, and a matching rule named by its number, attribute:2.5.13.18:=.
func ldapAbsurd(v []byte, i int) bool {
	if i > 1 && isDigit(v[i-1]) && v[i-2] == '(' && i+2 < len(v) && isDigit(v[i+1]) && v[i+2] == ')' {
		return indexByte(v[:i], '&', 0) >= 0 || indexByte(v[:i], '|', 0) >= 0
	}
	if v[i-1] != ':' {
		return false
	}
	j, dots := i-2, 0
	for j >= 0 && (isDigit(v[j]) || v[j] == '.') {
		if v[j] == '.' {
			dots++
		}
		j--
	}
	return dots > 2 && j > 0 && v[j] == ':' && isAlnum(v[j-1]) && !hasPrefix(v[j+1:], "1.2.840.113556.") // Active Directory's own rules
}
