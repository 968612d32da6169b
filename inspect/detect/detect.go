package detect

import "math/bits"

// Where is the part of a message that a value stands in.
type Where uint8

// The roots of a message.
const (
	Body Where = iota
	Path
	Query
	Header
	Cookie
)

// Context is what is known of the place of a value.
type Context struct {
	Where  Where
	Name   []byte // of the member or header that holds it, nil for an element; of a name, that of the member it stands in
	Format string // the format around it ("json", "xml", "form", …), "" at a root
	Key    bool   // the value is itself a member's name: operators ($ne), prototypes (__proto__)
	Whole  bool   // the value is the whole of its root or layer, not a member of it

	seen summary // of the value that Run is at: it lies here because detectors are called through pointers, and the caller's Context is reused
}

// Finding is one attack in a value.
type Finding struct {
	Class    string  // an attack class or document:<language>; a constant
	Score    float32 // in [0,1], the likelihood of an attack (calibration.go)
	From, To int     // the span in the value
}

// DefaultScore is the likelihood from which a finding counts as an attack unless the operator says otherwise (POSTERN_ATTACK_SCORE). It lies in the widest gap of the table of thresholds
// in `make quality SECTION=detect`: below it are hints alone, which ordinary values have too.
const DefaultScore = 0.5

// detector reads values as one target would.
type detector struct {
	class string // what it finds
	doc   string // one line: the language it reads and what it asks
	chars chars  // it is woken by any of these bytes …
	words words  // … or any of these words …
	with  chars  // … if the value has any of these too (0: whatever it has); find may rely on nothing else
	find  func(v []byte, c *Context, s *summary) hit
}

// hit is what a detector found: the zero hit is nothing.
type hit struct {
	from, to int
	grade    grade
}

// grade is the strength of the evidence. What likelihood it means is the class's row in calibration.go.
type grade uint8

// The grades.
const (
	none    grade = iota
	hint          // a trait that ordinary text has too
	likely        // breaks out or is consequential, not plainly both
	strong        // breaks out and goes on in the target's language
	certain       // and does something that no ordinary value does
	grades
)

// shellJoins are what may stand between a command and its first argument, or end the one of the host.
const shellJoins = cSpace | cTab | cLF | cCR | cPlus | cComma | cDollar | cLess | cGreater | cBrace | cBackslash | cSlash | cSingle | cDouble | cHash | cSemicolon | cBar | cAmp | cBackquote

// detectors is every detector, in the order their findings are given.
var detectors = []detector{
	// Injections into a language.
	{"sqli", "SQL: text that leaves a string, a number or a name and goes on as SQL", sqlMarks, wConnective | wStatement | wRoutine | wType, 0, findSQL},
	{"cmdi", "shells of Unix and Windows: a command behind a mark that ends the host's, or in a substitution", cSemicolon | cBar | cAmp | cLF | cCR | cBackquote | cDollar | cLess | cGreater | cSlash | cBackslash | cSingle | cDouble | cCaret | cPercent | cDot | cQuestion | cStar | cBrace | cAt, wCommand, shellJoins | cEqual | cColon, findShell},
	{"code-injection", "PHP, Node, Python, Ruby and others: does the value leave a string or statement and call what runs, or bring a program's tag?", cOpen | cLess | cBrace | cBracket | cDollar | cDot | cPercent, wRun, 0, findCode},
	{"shellshock", "bash's environment: does the value import as a function with a command behind it?", cBrace, 0, 0, findShellshock},
	{"nosqli", "MongoDB's queries: operators where a plain value is expected, JavaScript put into $where or a shell; Redis and memcached: commands on lines of their own", cDollar | cSingle | cDouble | cSemicolon | cBar | cAmp | cOpen | cLF, 0, 0, findNoSQL},
	{"ldap", "search filters of directories: does the value close the host's parenthesis and go on with a component?", cOpen | cClose | cEqual, 0, cStar | cAmp | cBar | cBang | cEqual, findLDAP},
	{"xpath", "XPath: does the value leave the host's string or predicate and go on with what only XPath has?", cSlash | cOpen | cColon | cStar, 0, 0, findXPath},
	{"xslt", "stylesheets: does it reach outside its document?", 0, wSheet, cColon | cOpen | cSlash | cLess, findXSLT},
	{"ssi", "server-side includes: directives that a server carries out when it sends a page", cLess, 0, cBang | cColon, findSSI},
	{"mail", "mail headers and SMTP: does a line of its own follow a value for one header?", cLF | cCR, 0, 0, findMail},
	{"format-string", "printf: directives that read or write the stack", cPercent, 0, 0, findFormat},

	// Markup, paths, addresses, structures.
	{"xss", "a browser: does the value run script in a page it is put into?", cLess | cOpen | cBackquote | cEqual | cPlus | cColon | cDot | cAmp | cBackslash | cBrace | cBracket, 0, 0, findXSS},
	{"traversal", "a file system: does the path climb out of its folder, or arrive at a file that tells secrets?", pathChars, 0, 0, findTraversal},
	{"xxe", "an XML parser: does a DTD make it fetch or read something?", cLess | cColon | cPercent | cSlash | cBackslash | cDot, 0, 0, findXXE},
	{"xml-bomb", "an XML parser: do entities multiply?", cLess, 0, cBang, findXMLBomb},
	{"yaml-bomb", "a YAML parser: do aliases multiply?", cAmp, 0, cStar, findYAMLBomb},
	{"el", "evaluators of Java: does an expression look something up by name or reach for classes?", cBrace, wJava, 0, findEL},
	{"ssti", "template engines: does a tag compute, or reach into the engine or the machine?", cBrace | cLess | cHash | cAt | cUnderscore | cBracket | cDollar, 0, cBrace | cOpen | cDot | cPercent | cBracket | cLess, findSSTI},
	{"crlf", "a header's writer: does the value end the line and begin another field?", cLF | cCR | cHigh | cPercent | cBackslash, 0, 0, findCRLF},
	{"deserialization", "object readers: does the value build objects?", cLong | cColon | cBang | cControl | cHigh | cNUL | cLF, wGadget, 0, findDeserialization},
	{"prototype-pollution", "merging code: does a name reach the prototype all objects share?", cUnderscore, wObject, 0, findPrototypePollution},
	{"rfi", "include: does the URL bring a script from elsewhere?", cSlash, 0, cColon, findRFI},
	{"ssrf", "a fetching client: does the URL lead to the metadata service, the callee itself, or to a hidden address?", cColon | cDot, 0, 0, findSSRF},
	{"open-redirect", "a browser at a Location: does the value lead to another host than it seems to?", cSlash | cBackslash | cColon, 0, 0, findOpenRedirect},
	{"jwt", "a careless token library: does the token choose its own key, or none?", cDot | cSlash | cSingle | cBar | cSemicolon | cBackquote, wNone, 0, findJWT},
	{"graphql", "a GraphQL server: is the query made to cost?", cBrace, 0, 0, findGraphQL},
	{"csv-formula", "a spreadsheet: does the cell start a program or send cells away?", cEqual | cPlus | cDash | cAt, 0, cBar | cOpen | cEqual, findCSVFormula},

	// Documents: values that are a language as a whole.
	{"document:html", "a page or rich text from the first tag to the last", cLess, 0, cSlash, findHTMLDocument},
	{"document:xml", "one XML element from its first byte to its last", cLess, 0, cGreater, findXMLDocument},
	{"document:markdown", "lines of Markdown: headings, lists, fences, links", cLF, 0, 0, findMarkdown},
	{"document:sql", "SQL from the first word to the last", 0, wStatement | wVerb, 0, findSQLDocument},
	{"document:code", "the text of a program, of three lines or more", cLF, 0, 0, findCodeDocument},
	{"document:shell", "a command line or a script of commands", cSlash | cBackslash | cSemicolon | cDash | cDollar | cBar | cAmp | cLF | cDot | cColon | cGreater | cLess | cTilde | cCaret | cSingle | cDouble | cHash, wCommand, shellJoins, findShellDocument},
}

// Classes names all that can be found, attacks and documents.
func Classes() []string {
	names := make([]string, len(detectors))
	for i := range detectors {
		names[i] = detectors[i].class
	}
	return names
}

// detectorSet is a set of detectors by their index.
type detectorSet uint64

// wakes has the detectors that each kind of byte and each group of words wakes.
var wakes = func() (w struct{ chars, words [64]detectorSet }) {
	if len(detectors) > 64 {
		panic("detect: more detectors than a set holds")
	}
	for i := range detectors {
		for bit := range 64 {
			w.chars[bit] |= detectorSet(detectors[i].chars>>bit&1) << i
			w.words[bit] |= detectorSet(detectors[i].words>>bit&1) << i
		}
	}
	return w
}()

// awake gives the detectors that a value with this summary may interest.
func (s *summary) awake() (set detectorSet) {
	for c := s.chars; c != 0; c &= c - 1 {
		set |= wakes.chars[bits.TrailingZeros64(uint64(c))]
	}
	for w := s.words; w != 0; w &= w - 1 {
		set |= wakes.words[bits.TrailingZeros64(uint64(w))]
	}
	return set
}

// joined tells whether the value has what must stand beside the bytes and words that woke the detector.
func (d *detector) joined(s *summary) bool { return d.with == 0 || s.chars&d.with != 0 }

// quiet are the kinds of bytes of wordless values that wake no detector by themselves.
var quiet = func() chars {
	for i := range detectors {
		if d := &detectors[i]; d.chars&wordless != 0 && (d.with == 0 || d.with&wordless != 0) {
			return 0
		}
	}
	return wordless
}()

// Quiet tells of a short value, by a look at its bytes, that Run finds nothing in it: a number, a date, a key such as A1234-56. It is for who would have to look up whether it is known.
func Quiet(value []byte) bool {
	if len(value) >= longFrom {
		return false
	}
	var has chars
	for _, b := range value {
		has |= kinds[b]
	}
	return has&^quiet == 0 && has != cLetter
}

// Run appends to dst what is found in value, a leaf's value or (c.Key) a member's name, at most one finding a class. It keeps nothing of value; c is lent to it and may be used again.
func Run(dst []Finding, value []byte, c *Context) []Finding {
	s := summarise(value)
	set := s.awake()
	if set == 0 {
		return dst
	}
	s.program = s.chars&cLF != 0 && programText(value)
	c.seen = s
	for ; set != 0; set &= set - 1 {
		d := &detectors[bits.TrailingZeros64(uint64(set))]
		if !d.joined(&c.seen) {
			continue
		}
		h := d.find(value, c, &c.seen)
		if s.program {
			h.grade = inProgram(d.class, h.grade, len(value))
		}
		if h.grade != none {
			dst = append(dst, Finding{Class: d.class, Score: likelihood(d.class, h.grade), From: h.from, To: h.to})
		}
	}
	return dst
}

// Attack tells whether a finding's class is an attack class, not a document or an ambiguity: those are features that never deny alone.
func Attack(class string) bool {
	for i := range len(class) {
		if class[i] == ':' {
			return false
		}
	}
	return true
}
