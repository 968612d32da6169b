package detect

import "bytes"

// findDeserialization finds values that build objects when they are read: the streams of Java, .NET, PHP, Python, Ruby and node-serialize, YAML tags
// that name classes, and the class names by which JSON and XML mappers are made to build gadgets. Plain data in the same formats is ordinary.
func findDeserialization(v []byte, c *Context, s *summary) hit {
	if len(v) > 5 && (len(v) >= longFrom || s.hasAny(cNUL|cControl|cHigh)) && bytes.IndexByte([]byte("\xac\x00\x80\x04rRaAYgBH/"), v[0]) >= 0 {
		if h := streamHead(v, s); h.grade != none {
			return h
		}
	}
	var best hit
	if s.has(cColon|cDouble|cBrace) || s.has(cColon|cBraceEnd) {
		best = phpObject(v)
	}
	if best.grade < certain && s.hasAny(cLF) && s.hasAny(cOpen) {
		best = best.or(pickleText(v))
	}
	if best.grade < certain && s.has(cBang) {
		best = best.or(yamlTag(v))
	}
	if best.grade < certain && s.hasAny(cDot|cUnderscore|cColon|cBackslash) && s.words&wGadget != 0 {
		best = best.or(gadgetClass(v, c, s))
	}
	return best
}

// streamHead tells the first bytes of object streams, as bytes and in the base64 or hex they travel in.
func streamHead(v []byte, s *summary) hit {
	whole := func(g grade) hit { return hit{0, len(v), g} }
	switch {
	case bytes.HasPrefix(v, []byte("\xac\xed\x00\x05")), bytes.HasPrefix(v, []byte("rO0AB")), hasPrefixFold(v, "aced0005"):
		return whole(strong)
	case bytes.HasPrefix(v, []byte("\x00\x01\x00\x00\x00\xff\xff\xff\xff")), bytes.HasPrefix(v, []byte("AAEAAAD/////")):
		return whole(strong)
	case v[0] == 0x80 && v[1] >= 2 && v[1] <= 5:
		if bytes.IndexByte(v, 'R') > 0 && v[len(v)-1] == '.' {
			if containsAny(v, "system", "posix", "subprocess", "builtin", "eval", "popen", "exec") {
				return whole(certain)
			}
			return whole(likely)
		}
	case bytes.HasPrefix(v, []byte("gASV")) && len(v) >= 24 && !s.hasAny(cSpace|cDot), bytes.HasPrefix(v, []byte("Y29zCnN5c3RlbQ")), bytes.HasPrefix(v, []byte("Y3Bvc2l4CnN5c3RlbQ")), bytes.HasPrefix(v, []byte("gAN")) && len(v) >= 24 && len(v)%4 == 0 && !s.hasAny(cSpace|cDot|cDash):
		return whole(likely)
	case v[0] == 4 && v[1] == 8 && bytes.IndexByte([]byte("ocC"), v[2]) >= 0, bytes.HasPrefix(v, []byte("BAhvO")), bytes.HasPrefix(v, []byte("BAhbC")), bytes.HasPrefix(v, []byte("BAhVO")), bytes.HasPrefix(v, []byte("BAhv")) && len(v) > 24:
		return whole(strong)
	case bytes.HasPrefix(v, []byte("H4sIA")) || !bytes.HasPrefix(v, []byte("/w")):
	case bytes.HasPrefix(v, []byte("/wEy")) && (bytes.Contains(v, []byte("AAEAAAD/////")) || bytes.Contains(v, []byte("AAQAAAP////8")) || bytes.Contains(v, []byte("ABAAAA/////w"))): // the head of .NET's stream, at each of the three alignments
		return whole(strong)
	}
	return hit{}
}

// phpObject finds O:4:"Name":1:{ and C:4:"Name":1:{ (the grammar of PHP's serialize; arrays and strings alone build nothing).
func phpObject(v []byte) hit {
	for i := 0; i+8 < len(v); i++ {
		if v[i] != 'O' && v[i] != 'C' || v[i+1] != ':' || i > 0 && isAlnum(v[i-1]) {
			continue
		}
		j := i + 2
		if v[j] == '+' { // O:+4: walks past simple checks
			j++
		}
		from := j
		for j < len(v) && isDigit(v[j]) {
			j++
		}
		if j == from || j+2 >= len(v) || v[j] != ':' || v[j+1] != '"' && v[j+1] != '\\' {
			continue
		}
		k := bytes.IndexByte(v[j+2:min(len(v), j+130)], '"')
		if k < 1 {
			continue
		}
		j += 2 + k + 1
		if j+2 < len(v) && v[j] == ':' && isDigit(v[j+1]) && bytes.IndexByte(v[j:min(len(v), j+10)], '{') > 0 {
			if containsAny(v, "GuzzleHttp", "guzzlehttp", "monolog", "symfony", "swift_", "illuminate", "system", "phpinfo", "eval", "exec") {
				return hit{i, j, certain}
			}
			return hit{i, j, strong}
		}
	}
	return hit{}
}

// pickleText finds a call in the text protocol of pickle: c, module and name on lines of their own, then a tuple and R.
func pickleText(v []byte) hit {
	reduce := bytes.LastIndexByte(v, 'R')
	for nl := 0; nl < len(v); nl++ {
		k := bytes.IndexByte(v[nl:], '\n')
		if k < 0 {
			break
		}
		nl += k
		i := nl
		for i > 0 && nl-i < 64 && (isIdent(v[i-1]) || v[i-1] == '.') {
			i--
		}
		if v[i] != 'c' {
			continue
		}
		j := i + 1
		for j < len(v) && (isIdent(v[j]) || v[j] == '.') {
			j++
		}
		if j == i+1 || j >= len(v) || v[j] != '\n' {
			continue
		}
		k = identEnd(v, j+1)
		if k > j+1 && k+1 < len(v) && v[k] == '\n' && bytes.IndexByte([]byte("(p)q"), v[k+1]) >= 0 && reduce > k {
			return hit{i, k, certain}
		}
	}
	return hit{}
}

// yamlTag finds tags that make a loader build an object or call a function.
func yamlTag(v []byte) hit {
	for i := 0; i+4 < len(v); i++ {
		k := bytes.IndexByte(v[i:], '!')
		if k < 0 {
			break
		}
		i += k
		rest := v[i+1:]
		double := len(rest) > 0 && rest[0] == '!'
		if double {
			rest = rest[1:]
		}
		if len(rest) > 0 && rest[0] == '<' {
			rest = rest[1:]
			if hasPrefixFold(rest, "tag:yaml.org,2002:") {
				rest, double = rest[len("tag:yaml.org,2002:"):], true
			}
		}
		switch {
		case hasPrefixFold(rest, "python/object"), hasPrefixFold(rest, "python/name"), hasPrefixFold(rest, "python/module"), hasPrefixFold(rest, "ruby/object"), hasPrefixFold(rest, "ruby/hash:"), hasPrefixFold(rest, "ruby/struct"), hasPrefixFold(rest, "php/object"), hasPrefixFold(rest, "js/function"), hasPrefixFold(rest, "js/undefined"):
			return hit{i, len(v), certain}
		case double && javaTag(rest):
			return hit{i, len(v), certain}
		case hasPrefixFold(rest, "python/tuple"), hasPrefixFold(rest, "ruby/"), hasPrefixFold(rest, "js/regexp"):
			return hit{i, len(v), likely}
		}
		i++
	}
	return hit{}
}

// javaTag tells a class name of Java used as a tag: lower-case packages, then a capital, then an argument.
func javaTag(v []byte) bool {
	dots := 0
	for i, c := range v {
		switch {
		case c == '.':
			dots++
		case c == ' ' || c == '[' || c == '{' || c == '\n':
			return dots >= 2 && i > 8
		case !isIdent(c):
			return false
		}
	}
	return false
}

// gadgets are the classes, or their packages, that deserializers are made to build, in lower case. They are no part of any ordinary message.
var gadgets = [...]string{
	"com.sun.rowset.jdbcrowsetimpl", "com.sun.org.apache.xalan", "com.sun.org.apache.bcel", "org.apache.commons.collections", "org.apache.commons.beanutils", "org.apache.xalan", "org.apache.xbean", "org.codehaus.groovy.runtime",
	"com.mchange.v2.c3p0", "ch.qos.logback.core.db", "org.springframework.context.support", "org.springframework.beans.factory", "org.springframework.aop", "org.hibernate.jmx", "javax.management.badattribute", "java.beans.eventhandler", "java.lang.processbuilder", "java.lang.runtime",
	"javax.script.scriptengine", "java.net.urlclassloader", "java.rmi.server", "sun.rmi", "org.apache.ibatis.datasource", "org.apache.tomcat.dbcp", "org.apache.commons.dbcp", "oracle.jdbc.rowset", "com.zaxxer.hikari", "org.apache.shiro", "org.apache.openjpa", "javax.swing.jeditorpane", "java.lang.autocloseable", "java.net.inetsocketaddress", "java.net.inet4address",
	"system.windows.data.objectdataprovider", "objectdataprovider", "system.diagnostics.process", "system.configuration.install", "system.security.principal.windowsidentity", "microsoft.visualstudio.text", "system.management.automation", "system.windows.forms.axhost", "system.activities.presentation", "system.data.services.internal", "system.security.claims.claimsidentity", "system.io.fileinfo",
	"_$$nd_func$$_", "__js_function", "guzzlehttp\\", "gem::requirement", "gem::installer", "activesupport::deprecation", "actioncontroller::routing", "jdk.nashorn.internal", "java.beans.xmldecoder", "com.sun.jndi", "com.caucho", "org.mozilla.javascript", "com.rometools.rome", "net.bytebuddy", "dynamic-proxy",
}

// gadgetCalls are functions that readers of Python's objects are made to call. Programs name them too, so that they count only where a type is read.
var gadgetCalls = [...]string{"os.system", "subprocess.popen", "posix.system", "nt.system", "builtins.eval", "builtins.exec"}

var gadgetsByFirst = func() (t [128][]string) {
	for _, g := range gadgets {
		t[g[0]] = append(t[g[0]], g)
	}
	return t
}()

// gadgetClass finds a gadget's name where a mapper would read a class: the value as a whole, a type member, or inside a serialized text.
func gadgetClass(v []byte, c *Context, s *summary) hit {
	typed := typeMember(c.Name) || c.Key
	if typed {
		for _, call := range gadgetCalls {
			if equalFold(v, call) {
				return hit{0, len(v), certain}
			}
		}
	}
	for i := range v {
		if i > 0 && isIdent(v[i-1]) && v[i] != '_' {
			continue
		}
		for _, g := range gadgetsByFirst[lower(v[i])&0x7f] {
			if !hasPrefixFold(v[i:], g) {
				continue
			}
			h := hit{i, i + len(g), strong}
			switch {
			case typed, g[0] == '_':
				h.grade = certain
			case i > 2 && s.hasAny(cBracket|cLess|cBrace) && len(v) < 8192:
			case i > 2 && (s.hasAny(cSpace|cLF) || len(v) > 512): // a stack trace, a log line, a text
				h.grade = hint
			}
			if bytes.Contains(v, []byte("\tat ")) || bytes.Contains(v, []byte(".java:")) || proseWords(v) > 5 {
				h.grade = hint
			}
			return h
		}
	}
	return hit{}
}

// typeMember tells the members by which mappers carry a class.
func typeMember(name []byte) bool {
	for _, s := range [...]string{"@type", "$type", "@class", "_class", "class", "__type", "json_class", "!type", "type", "py/object", "py/type", "py/function", "py/reduce"} {
		if equalFold(name, s) {
			return true
		}
	}
	return false
}
