package detect

import "bytes"

// sqlMarks wake the detector.
const sqlMarks = sqlQuotes | cSemicolon | cOpen | cClose | cStar | cBar | cAmp | cEqual | cLess | cGreater | cHash

// sqlQuotes would end the host's string.
const sqlQuotes = cSingle | cDouble | cBackquote

// sqlCompares begin a comparison, or (#) a comment or a path into JSON.
const sqlCompares = cEqual | cLess | cGreater | cBang | cHash

// sqlOperators go on behind a string that was ended.
const sqlOperators = sqlCompares | cTilde | cPlus | cDash | cStar | cSlash | cPercent | cCaret | cBar | cAmp | cColon | cAt | cQuestion | cDollar | cHigh

// sqlPossible tells from the summary whether a value has what every grade of SQL needs, so that the parser is spared names (O'Neil), sentences and URLs: a word that goes on or begins a
// statement; an operator behind a quote; with neither, a call that is compared or commented off, || and &&, or from the first byte on a comparison or a commented product of constants.
func sqlPossible(v []byte, s *summary) bool {
	switch {
	case s.words&(wConnective|wStatement|wRoutine) != 0, s.words&(wVerb|wClause) != 0 && s.hasAny(sqlMarks), s.words&wType != 0 && s.hasAny(cColon):
		return true
	case s.hasAny(cOpen) && (s.hasAny(sqlCompares) || s.words&wRisk != 0 || sqlComments(v, s) || s.hasAny(cColon) && bytes.Contains(v, []byte("::"))):
		return true
	case s.hasAny(sqlQuotes):
		return s.hasAny(sqlOperators|cSemicolon) || s.hasAny(cClose) && !s.hasAny(cOpen)
	case s.hasAny(cBar) && bytes.Contains(v, []byte("||")), s.hasAny(cAmp) && bytes.Contains(v, []byte("&&")):
		return true
	}
	return s.hasAny(sqlCompares) && (s.hasAny(cAt) || sqlConstantFirst(v)) || s.hasAny(cStar) && sqlConstantFirst(v) && sqlComments(v, s)
}

// sqlComments tells whether a comment may begin in v. Word processors make a dash of --.
func sqlComments(v []byte, s *summary) bool {
	return s.hasAny(cDash) && bytes.Contains(v, []byte("--")) || s.has(cSlash|cStar) && bytes.Contains(v, []byte("/*")) || s.hasAny(cHigh)
}

// sqlConstantFirst tells a value that begins with a number or \N, a blank or two before it.
func sqlConstantFirst(v []byte) bool {
	for _, b := range v[:min(len(v), 3)] {
		if isDigit(b) || b == '\\' {
			return true
		}
	}
	return false
}
