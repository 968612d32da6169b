package detect

import "bytes"

// findGraphQL reads a query document (GraphQL, October 2021, section 2) and asks whether it is made to cost: fields nested beyond any schema's use,
// one field under many aliases (a batch of guesses), directives in heaps, fragments that spread each other. Introspection is no attack by itself.
// A batch, an array of queries, is several values: the profile sees its length.
func findGraphQL(v []byte, c *Context, s *summary) hit {
	if !s.has(cBrace|cBraceEnd) || c.Key || !graphHead(v) {
		return hit{}
	}
	q := graphQuery{v: v}
	q.read()
	g := none
	switch {
	case q.deepest >= 40, q.aliases >= 100, q.directives >= 50, q.repeats >= 200, q.introspection >= 8:
		g = certain
	case q.deepest >= 18, q.aliases >= 25, q.directives >= 20, q.repeats >= 60, q.introspection >= 5:
		g = strong
	case q.deepest >= 14, q.aliases >= 10, q.directives >= 10, q.repeats >= 40:
		g = likely
	}
	if g < strong && q.cyclic() {
		g = strong
	}
	return hit{0, len(v), g}
}

// graphHead tells whether v may begin as a query document.
func graphHead(v []byte) bool {
	v = v[skipSpace(v, 0):]
	for _, word := range [...]string{"query", "mutation", "subscription", "fragment"} {
		if hasPrefixFold(v, word) && len(v) > len(word) && !isIdent(v[len(word)]) {
			return true
		}
	}
	if len(v) < 3 || v[0] != '{' {
		return false
	}
	i := skipSpace(v, 1)
	return i < len(v) && (isLetter(v[i]) || v[i] == '_' || v[i] == '.' || v[i] == '#')
}

// graphQuery counts while it reads.
type graphQuery struct {
	v              []byte
	depth, deepest int
	aliases        int // of the field most often renamed, where one field is most of the renamed ones
	aliased        bool
	renamed        []byte
	majority       int
	directives     int // in a row
	repeats        int // the same field in a row
	introspection  int // fields { type { … nested
	last           []byte
	same           int
	fragments      [16][]byte // names by index
	spreads        [16]uint16 // which fragments each spreads
	nFragments     int
	current        int // the fragment being read, -1 outside
}

// read passes over the document once; strings and comments count for nothing.
func (q *graphQuery) read() {
	q.current = -1
	parens, heap, nest := 0, 0, 0
	for i := 0; i < len(q.v); i++ {
		switch c := q.v[i]; {
		case c == '"':
			i = graphString(q.v, i)
		case c == '#':
			for i < len(q.v) && q.v[i] != '\n' {
				i++
			}
		case c == '(' || c == '[':
			parens++
		case c == ')' || c == ']':
			parens--
		case c == '{' && parens <= 0:
			q.depth++
			q.deepest = max(q.deepest, q.depth)
			if q.last != nil && (string(q.last) == "fields" || string(q.last) == "type" || string(q.last) == "ofType" || string(q.last) == "types") {
				nest++
				q.introspection = max(q.introspection, nest-4)
			}
		case c == '}' && parens <= 0:
			q.depth--
			if nest > 0 {
				nest--
			}
			if q.depth <= 0 {
				q.current = -1
			}
		case c == '@':
			heap++
			q.directives = max(q.directives, heap)
			i = identEnd(q.v, i+1) - 1
		case c == '.' && i+3 < len(q.v) && q.v[i+1] == '.':
			i = q.spread(i)
		case isLetter(c) || c == '_':
			to := identEnd(q.v, i)
			if parens <= 0 {
				heap = 0
				to = q.name(i, to)
			}
			i = to - 1
		}
	}
}

// name takes the name at from..to, of a field, an alias or a definition, and gives the index behind what it took.
func (q *graphQuery) name(from, to int) int {
	name := q.v[from:to]
	if k := skipSpace(q.v, to); k < len(q.v) && q.v[k] == ':' && q.depth > 0 {
		q.aliased = true
		return k + 1
	}
	if q.depth == 0 {
		q.define(name, to)
	}
	if bytes.Equal(name, q.last) {
		q.same++
		q.repeats = max(q.repeats, q.same)
	} else {
		q.same = 0
	}
	if q.aliased {
		q.alias(name)
	}
	q.aliased, q.last = false, name
	return to
}

// alias counts a renamed field: a running majority, so that no table is needed.
func (q *graphQuery) alias(name []byte) {
	switch {
	case bytes.Equal(name, q.renamed):
		q.majority++
		q.aliases = max(q.aliases, q.majority)
	case q.majority > 0:
		q.majority--
	default:
		q.renamed, q.majority = name, 1
	}
}

// graphString gives the index of the quote that ends the string at i.
func graphString(v []byte, i int) int {
	if bytes.HasPrefix(v[i:], []byte(`"""`)) {
		if k := bytes.Index(v[i+3:], []byte(`"""`)); k >= 0 {
			return i + 3 + k + 2
		}
		return len(v)
	}
	for i++; i < len(v) && v[i] != '"'; i++ {
		if v[i] == '\\' {
			i++
		}
	}
	return i
}

// define notes the fragment whose definition begins.
func (q *graphQuery) define(keyword []byte, to int) {
	if !equalFold(keyword, "fragment") {
		return
	}
	from := skipSpace(q.v, to)
	q.current = q.fragment(q.v[from:identEnd(q.v, from)])
}

// spread notes ...name at i.
func (q *graphQuery) spread(i int) int {
	from := skipSpace(q.v, i+3)
	if from >= len(q.v) {
		return len(q.v) - 1
	}
	to := identEnd(q.v, from)
	if name := q.v[from:to]; len(name) > 0 && !equalFold(name, "on") {
		if k := q.fragment(name); k >= 0 && q.current >= 0 {
			q.spreads[q.current] |= 1 << k
		}
	}
	return max(from, to) - 1
}

// fragment gives the index of a fragment's name, -1 when there are too many.
func (q *graphQuery) fragment(name []byte) int {
	for k := range q.nFragments {
		if bytes.Equal(q.fragments[k], name) {
			return k
		}
	}
	if q.nFragments == len(q.fragments) {
		return -1
	}
	q.fragments[q.nFragments] = name
	q.nFragments++
	return q.nFragments - 1
}

// cyclic tells whether a fragment spreads itself, by others too (forbidden by 5.5.2.2, and fatal to servers that do not check).
func (q *graphQuery) cyclic() bool {
	reached := q.spreads
	for range q.nFragments {
		for k := range q.nFragments {
			for m := range q.nFragments {
				if reached[k]&(1<<m) != 0 {
					reached[k] |= q.spreads[m]
				}
			}
		}
	}
	for k := range q.nFragments {
		if reached[k]&(1<<k) != 0 {
			return true
		}
	}
	return false
}
