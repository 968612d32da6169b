package detect

import "bytes"

// htmlLexer reads the tags of a text the way the tokenizer of the HTML standard does (13.2.5), and as forgivingly: a tag needs no end, an
// attribute no quotes, and what stands between attributes is ignored. It reads each byte at most twice and allocates nothing.
//
// With quotes set, what stands between quotes belongs to the attribute; without, quotes are separators and tags inside them are seen too
// (an attribute's text may be taken out of it again by the page: mutation XSS, srcdoc). findXSS makes both passes.
type htmlLexer struct {
	v      []byte
	pos    int
	quotes bool
	last   [2]int // last " and ' of v: beyond them a quote is never closed
	tag    htmlTag
}

// htmlTag is one tag; its name is in lower case without NULs and cut at len(buf), without a namespace prefix (svg:script is script).
type htmlTag struct {
	buf      [16]byte
	n        int
	from, to int // with < and, where it has one, >
	attrs    int // where its attributes begin
	end      bool
	closed   bool
}

// htmlAttr is one attribute: a name in lower case, and its value still escaped.
type htmlAttr struct {
	buf      [24]byte
	n        int
	value    []byte
	from, to int // the whole attribute
}

func (t *htmlTag) name() []byte  { return t.buf[:t.n] }
func (a *htmlAttr) name() []byte { return a.buf[:a.n] }

func newHTMLLexer(v []byte, quotes bool) htmlLexer {
	return htmlLexer{v: v, quotes: quotes, last: [2]int{bytes.LastIndexByte(v, '"'), bytes.LastIndexByte(v, '\'')}}
}

// next moves to the next tag. A < that no name follows is text.
func (l *htmlLexer) next() bool {
	for l.pos < len(l.v) {
		i := bytes.IndexByte(l.v[l.pos:], '<')
		if i < 0 {
			break
		}
		l.pos += i
		if l.open(l.pos) {
			return true
		}
		l.pos++
	}
	l.pos = len(l.v)
	return false
}

// open reads the name of the tag at i, and leaves pos where its attributes begin.
func (l *htmlLexer) open(i int) bool {
	t := &l.tag
	*t = htmlTag{from: i}
	i++
	if i < len(l.v) && l.v[i] == '/' {
		t.end = true
		i++
	}
	if i >= len(l.v) || !isLetter(l.v[i]) {
		return false
	}
	for ; i < len(l.v); i++ {
		c := l.v[i]
		switch {
		case c == 0: // ignored by old parsers and by filters behind us
			continue
		case c == '\\' && i+1 < len(l.v) && l.v[i+1] == '0': // the same, as lists write it
			i++
			continue
		case c == ':':
			t.n = 0
			continue
		case !isAlnum(c) && c != '-' && c != '_':
			t.attrs, t.to, l.pos = i, i, i
			return true
		}
		if t.n < len(t.buf) {
			t.buf[t.n] = lower(c)
			t.n++
		}
	}
	t.attrs, t.to, l.pos = i, i, i
	return true
}

// attr reads the next attribute that has a value; false at the tag's end. Names without value are of no interest to us.
func (l *htmlLexer) attr(a *htmlAttr) bool {
	nameFrom, nameTo := -1, -1
	for l.pos < len(l.v) {
		c := l.v[l.pos]
		switch {
		case c == '>':
			l.pos++
			l.tag.to, l.tag.closed = l.pos, true
			return false
		case c == '<' && !l.quotes:
			l.tag.to = l.pos
			return false
		case c == '=' && nameTo > nameFrom:
			l.value(a, nameFrom, nameTo)
			return true
		case isAlnum(c) || c == '-' || c == '_' || c == ':':
			if nameTo != l.pos {
				nameFrom = l.pos
			}
			l.pos++
			nameTo = l.pos
			continue
		case (c == '"' || c == '\'') && l.quotes:
			l.pos = l.closing(l.pos+1, c) // a stray quoted piece, as in <script "a='>'" src=…>
		}
		l.pos++
	}
	l.tag.to = l.pos
	return false
}

// closing gives the index of quote q at or after i, or i-1 where it is never closed: then the quote is an ordinary byte.
func (l *htmlLexer) closing(i int, q byte) int {
	last := l.last[0]
	if q == '\'' {
		last = l.last[1]
	}
	if i > last {
		return i - 1
	}
	return i + bytes.IndexByte(l.v[i:], q)
}

// value reads the value after the = at pos.
func (l *htmlLexer) value(a *htmlAttr, from, to int) {
	a.n, a.from = 0, from
	if k := bytes.LastIndexByte(l.v[from:to], ':'); k > 0 { // xlink:href is href
		from += k + 1
	}
	for _, c := range l.v[from:to] {
		if a.n < len(a.buf) {
			a.buf[a.n] = lower(c)
			a.n++
		}
	}
	i := l.pos + 1
	for i < len(l.v) && isSpace(l.v[i]) {
		i++
	}
	start := i
	if l.quotes && i < len(l.v) && (l.v[i] == '"' || l.v[i] == '\'') {
		if k := l.closing(i+1, l.v[i]); k > i {
			a.value, a.to, l.pos = l.v[i+1:k], k+1, k+1
			return
		}
		start = i + 1
		i = start
	} else if !l.quotes {
		for i < len(l.v) && (l.v[i] == '"' || l.v[i] == '\'' || l.v[i] == '`') {
			i++
		}
		start = i
	}
	for i < len(l.v) && l.v[i] != '>' && !isSpace(l.v[i]) && (l.quotes || l.v[i] != '<') {
		i++
	}
	a.value, a.to, l.pos = l.v[start:i], i, i
}

// text gives what follows the tag up to the next <.
func (l *htmlLexer) text() []byte {
	text, _, _ := bytes.Cut(l.v[l.tag.to:], []byte("<"))
	return text
}

// squeezed reads a text as a URL or style parser does after HTML: entities and backslash escapes undone, letters in lower case, white space,
// controls and /* comments */ left out. next gives one byte, or false at the end.
type squeezed struct {
	v    []byte
	pos  int
	bare bool // no comment ends behind pos
}

func (s *squeezed) next() (byte, bool) {
	for s.pos < len(s.v) {
		c := s.v[s.pos]
		n := 1
		switch {
		case c == '&':
			c, n = entity(s.v[s.pos:])
		case c == '\\':
			c, n = escape(s.v[s.pos:])
		case c == '/' && !s.bare && s.pos+1 < len(s.v) && s.v[s.pos+1] == '*':
			c = ' '
			if n = bytes.Index(s.v[s.pos+2:], []byte("*/")) + 4; n < 4 {
				c, n, s.bare = '/', 1, true
			}
		}
		s.pos += n
		if c > ' ' && c < 0x7f {
			return lower(c), true
		}
	}
	return 0, false
}

// entity undoes the character reference v begins with: decimal, hex (both without ; too) and the names that stand for ASCII marks. What it
// stands for above ASCII comes as 0x80, and an & that begins no reference as itself.
func entity(v []byte) (c byte, n int) {
	if len(v) > 2 && v[1] == '#' {
		return numericEntity(v)
	}
	for _, e := range &namedEntities {
		if hasPrefixFold(v[1:], e.name) {
			n = 1 + len(e.name)
			if n < len(v) && v[n] == ';' {
				n++
			}
			return e.c, n
		}
	}
	return '&', 1
}

func numericEntity(v []byte) (c byte, n int) {
	base, i := 10, 2
	if v[2]|0x20 == 'x' {
		base, i = 16, 3
	}
	x, from := 0, i
	for ; i < len(v) && i < from+12; i++ {
		d := hexDigit(v[i])
		if d < 0 || d >= base {
			break
		}
		x = min(x*base+d, 1<<20)
	}
	if i == from {
		return '&', 1
	}
	if i < len(v) && v[i] == ';' {
		i++
	}
	if x > 0x7f {
		x = 0x80
	}
	return byte(x), i //nolint:gosec // at most 0x80
}

// escape undoes the backslash escape v begins with: \xHH, \uHHHH, the hex escape of CSS, or the byte itself.
func escape(v []byte) (c byte, n int) {
	if len(v) < 2 {
		return ' ', 1
	}
	i, most := 1, 6
	switch v[1] | 0x20 {
	case 'x':
		i, most = 2, 2
	case 'u':
		i, most = 2, 4
	}
	x, from := 0, i
	for ; i < len(v) && i < from+most; i++ {
		d := hexDigit(v[i])
		if d < 0 {
			break
		}
		x = x<<4 | d
	}
	switch {
	case i-from >= 2 && x < 0x80:
		return byte(x), i
	case i-from >= 2 && x >= 0x80:
		return 0x80, i
	}
	return ' ', 1
}

var namedEntities = [...]struct {
	name string
	c    byte
}{
	{"tab", '\t'},
	{"newline", '\n'},
	{"colon", ':'},
	{"lpar", '('},
	{"rpar", ')'},
	{"sol", '/'},
	{"bsol", '\\'},
	{"quot", '"'},
	{"apos", '\''},
	{"lt", '<'},
	{"gt", '>'},
	{"amp", '&'},
	{"equals", '='},
	{"grave", '`'},
	{"nbsp", ' '},
	{"comma", ','},
	{"semi", ';'},
	{"period", '.'},
}

// scheme tells which scripting scheme the URL v begins with as a browser reads it: "javascript", "vbscript", "data" or "". Marks before it
// (quotes, url(, 0;url=) do not hide it, for the lists of filters' holes are full of them.
func scheme(v []byte) string {
	var buf [40]byte
	n := 0
	s := squeezed{v: v}
	for n < len(buf) {
		c, ok := s.next()
		if !ok {
			return ""
		}
		buf[n] = c
		n++
		if c != ':' {
			continue
		}
		for _, name := range [...]string{"javascript", "vbscript", "livescript", "data"} {
			if endsWith(buf[:n-1], name) {
				return name
			}
		}
	}
	return ""
}

// contains tells whether the squeezed text of v has one of the needles in it.
func squeezedContains(v []byte, needles ...string) bool {
	var buf [128]byte
	n := 0
	s := squeezed{v: v}
	for {
		c, ok := s.next()
		if ok {
			buf[n] = c
			n++
		}
		if n == len(buf) || !ok {
			for _, needle := range needles {
				if bytes.Contains(buf[:n], []byte(needle)) {
					return true
				}
			}
			if !ok {
				return false
			}
			n = copy(buf[:], buf[n-32:n])
		}
	}
}
