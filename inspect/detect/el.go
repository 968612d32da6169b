package detect

import "bytes"

// findEL reads the expressions of a value as Java's evaluators do: JNDI lookups of loggers however they are put together, and OGNL, SpEL and
// unified EL that reach for classes, the runtime or the evaluator's own context. ${VAR} and ${user.name} are ordinary.
func findEL(v []byte, _ *Context, s *summary) hit {
	var best hit
	if s.has(cBrace | cDollar) {
		best = lookups(v)
	}
	if best.grade == certain {
		return best
	}
	if s.hasAny(cHash | cAt | cOpen | cDot | cBrace) {
		best = best.or(javaReach(v, s))
	}
	return best
}

// lookups resolves the ${…} of a value as log4j does, innermost first, and grades what comes out.
func lookups(v []byte) hit {
	var best hit
	for i := 0; i+3 < len(v) && best.grade < certain; i++ {
		k := bytes.Index(v[i:], []byte("${"))
		if k < 0 {
			break
		}
		i += k
		l := lookup{v: v}
		to := l.resolve(i+2, 0)
		best = best.or(hit{i, to, l.grade()})
		if l.nested == 0 {
			i++
		} else {
			i = max(i, to-1) // inner lookups were resolved with it
		}
	}
	return best
}

// lookup is the resolution of one ${…}.
type lookup struct {
	v      []byte
	buf    [48]byte // the first bytes of the text it resolves to, in lower case
	n      int
	nested int
	jndi   bool // a nested lookup is one of JNDI
	names  int  // nested lookups that only stand for letters: ${lower:j}, ${::-j}
}

// resolve reads from i (behind ${) to the closing brace, appends the text to buf and gives the index behind the brace.
func (l *lookup) resolve(i, depth int) int {
	start := l.n
	for i < len(l.v) {
		switch c := l.v[i]; {
		case c == '}':
			if depth > 0 {
				l.value(start)
			}
			return i + 1
		case c == '$' && i+1 < len(l.v) && l.v[i+1] == '{' && depth < 12:
			l.nested++
			i = l.resolve(i+2, depth+1)
			continue
		case l.n < len(l.buf):
			l.buf[l.n] = lower(c)
			l.n++
		case depth == 0 && l.nested == 0 && l.n == len(l.buf):
			return i // long enough to tell
		}
		i++
	}
	return i
}

// value replaces the inner text from start by what the lookup gives for it: its default, or the argument of lower and upper.
func (l *lookup) value(start int) {
	text := l.buf[start:l.n]
	l.jndi = l.jndi || bytes.HasPrefix(text, []byte("jndi:"))
	from := len(text)
	if k := bytes.LastIndex(text, []byte(":-")); k >= 0 {
		from = k + 2
		l.names++
	} else if bytes.HasPrefix(text, []byte("lower:")) || bytes.HasPrefix(text, []byte("upper:")) {
		from = 6
		l.names++
	} else if bytes.HasPrefix(text, []byte("date:")) || bytes.HasPrefix(text, []byte("base64:")) {
		from = bytes.IndexByte(text, ':') + 1
		l.names++
	}
	n := 0
	for _, c := range text[from:] {
		if c != '\'' {
			l.buf[start+n] = c
			n++
		}
	}
	l.n = start + n
}

func (l *lookup) grade() grade {
	text := l.buf[:l.n]
	switch {
	case l.jndi, bytes.HasPrefix(text, []byte("jndi:")), bytes.HasPrefix(text, []byte("jndi${")):
		return certain
	case bytes.HasPrefix(text, []byte("script:")), bytes.HasPrefix(text, []byte("dns:")), bytes.HasPrefix(text, []byte("url:")), bytes.HasPrefix(text, []byte("xml:")), bytes.HasPrefix(text, []byte("properties:")):
		return strong
	case bytes.HasPrefix(text, []byte("file:")) && l.nested == 0, bytes.HasPrefix(text, []byte("java:")), bytes.HasPrefix(text, []byte("main:")), bytes.HasPrefix(text, []byte("bundle:")):
		return likely
	case bytes.HasPrefix(text, []byte("env:")), bytes.HasPrefix(text, []byte("ctx:")), bytes.HasPrefix(text, []byte("sys:")):
		return hint
	case l.names >= 3: // letters one by one, for something that is no lookup we know
		return strong
	}
	return none
}

// reaching is one piece of text that reaches from an expression into the machine.
type reaching struct {
	text  string
	grade grade
	bare  bool // needs no ${…} around it
}

// reachByFirst has the pieces of reach by their first byte, so that a text is compared with few of them.
var reachByFirst = func() (t [128][]reaching) {
	for _, r := range reach {
		t[r.text[0]] = append(t[r.text[0]], r)
	}
	return t
}()

// reach is what reaches from an expression into the machine, in lower case.
var reach = [...]reaching{
	{"#_memberaccess", certain, true},
	{"@ognl.", certain, true},
	{"ognl.ognlcontext", certain, true},
	{"@java.", certain, true},
	{"com.opensymphony.xwork2", certain, true},
	{"org.apache.struts2", certain, true},
	{"#context[", strong, true},
	{"#context.get", strong, true},
	{"getruntime(", certain, true},
	{"java.lang.runtime", certain, true},
	{"java.lang.processbuilder", certain, true},
	{"t(java.", certain, true},
	{"t(org.", strong, true},
	{"t(javax.", certain, true},
	{"t(com.", strong, true},
	{"processbuilder(", strong, true},
	{"javax.script.scriptengine", certain, true},
	{"scriptenginemanager", certain, true},
	{".getclass()", strong, false},
	{".getclass().getclassloader", strong, true},
	{".getclass().forname", certain, true},
	{"class.getresource(", strong, false},
	{".class.forname", certain, false},
	{".forname(", strong, false},
	{"class.classloader", certain, true},
	{"class.module.classloader", certain, true},
	{"classloader.resources", certain, true},
	{"getclassloader(", strong, false},
	{"javax.naming", strong, true},
	{"initialcontext", likely, false},
	{"java.lang.", likely, false},
	{"java.util.scanner", strong, true},
	{"java.io.", likely, false},
	{"java.net.", likely, false},
	{"org.springframework.", likely, false},
	{"org.apache.commons.io", strong, false},
	{"pagecontext", strong, false},
	{"facescontext", strong, false},
	{"applicationscope", likely, false},
	{"sessionscope", likely, false},
	{"requestscope", likely, false},
	{"servletcontext", strong, false},
	{"request.getparameter", strong, false},
	{"request.setattribute", strong, false},
	{"request.getattribute", strong, false},
	{".getsession()", strong, false},
	{"groovy.lang", certain, false},
	{"org.codehaus.groovy", certain, false},
	{".execute()", strong, false},
	{".tourl()", strong, false},
	{"new file(", strong, false},
	{"new java", strong, true},
	{".exec(", strong, false},
	{"addheader(", likely, false},
	{"#request", likely, false},
	{"#session", likely, false},
	{"#parameters", strong, false},
	{"#response", likely, false},
	{"methodclosure", certain, false},
	{"systemproperties", likely, false},
	{"getproperty(", likely, false},
	{"systemenvironment", likely, false},
}

// javaReach looks for what reaches out of an expression. In code, which has the same words in it, they stand on many lines.
func javaReach(v []byte, s *summary) hit {
	delimited := s.has(cBrace) && delimits(v)
	if !delimited && s.words&wJava == 0 {
		return hit{}
	}
	program := len(v) > 300 && bytes.Count(v, []byte("\n")) > 5 || proseWords(v) >= 8
	trace := bytes.Contains(v, []byte("\n\tat ")) || bytes.Contains(v, []byte(".java:"))
	var best hit
	for i := 0; i < len(v) && best.grade < certain; i++ {
		for _, r := range reachByFirst[lower(v[i])&0x7f] {
			if !hasPrefixFold(v[i:], r.text) || (isLetter(r.text[0]) || r.text[0] == '@') && i > 0 && isIdent(v[i-1]) {
				continue
			}
			g := r.grade
			if !delimited && !r.bare {
				continue
			}
			if program && !delimited || program && g < certain || !delimited && (trace || !reachesBare(v, i)) {
				g = hint
			}
			best = best.or(hit{i, i + len(r.text), g})
		}
	}
	return best
}

// delimits tells whether a brace of v opens an expression: ${ #{ %{ *{ @{ {{ [[.
func delimits(v []byte) bool {
	for i := 1; i < len(v); i++ {
		k := bytes.IndexByte(v[i:], '{')
		if k < 0 {
			return false
		}
		i += k
		if bytes.IndexByte([]byte("$#%*@{"), v[i-1]) >= 0 {
			return true
		}
	}
	return false
}

// reachesBare tells an expression without delimiters from a mention or a stack trace: it is called or assigned, in a text without blanks around.
func reachesBare(v []byte, i int) bool {
	if hasPrefixFold(v[i:], "class.") || v[i] == '#' || v[i] == '@' {
		return i == 0 || !isSpace(v[i-1])
	}
	rest := v[i:min(len(v), i+256)]
	open := bytes.IndexByte(rest, '(')
	return open >= 0 && !(hasPrefix(rest[open:], "() ") && open+3 < len(rest) && isLetter(rest[open+3]) && proseWords(rest[open+3:]) > 0) // getRuntime() is a singleton
}
