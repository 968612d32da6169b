// Package detect finds attacks in one value by reading it as its target would: an SQL server, a shell, a browser, an LDAP directory.
//
// How to read it: detect.go has Run and the table of detectors; summary.go the one pass that lets ordinary values by; calibration.go turns evidence into a likelihood.
// Then one class a file (sql.go, shell.go, …), each with its cases beside it in testdata/<class>.txt: "+" attack, "-" ordinary.
//
// A detector asks three questions: can this text leave the place it was put into (a quoted string, a number, an argument, a tag)? Is what follows grammatical in the
// target's language? Does it do something (a tautology, a second statement, a command)? Text that only mentions a language does not pass all three.
// A text that is the language from its first byte to its last is a document of it (document:sql, document:shell, document:code, document:html …): an ordinary thing in
// some fields, so it is a feature for the profile to learn, never an attack by itself.
//
// # The classes of markup, paths, addresses and structures
//
//	xss                   tags that run script, handlers, script URLs; leaving an attribute, an element, a string (html.go and js.go read them)
//	traversal             climbing by .. in whatever encoding is left, arriving at files that tell secrets, php:// and its like (traversal.go undoes, pathwalk.go follows)
//	rfi                   a URL of a script without a host's name, or cut off by ? or NUL
//	ssrf, open-redirect   one reader of authorities (url.go) for decimal, octal, hex, mapped and look-alike hosts; metadata, the callee itself, userinfo and slashes that mislead
//	xxe, xml-bomb         external and parameter entities, XInclude; entities made of entities. Members that the XML decoder gives of a DTD count too
//	yaml-bomb             anchors made of aliases
//	ssti                  arithmetic on literals, an engine's insides and what reaches the machine, inside a tag of a known engine
//	el                    lookups resolved as log4j does (jndi in pieces), OGNL, SpEL and EL that reach for classes
//	crlf                  a line break and a header's line where people write no lines
//	deserialization       object streams of Java, .NET, PHP, Python, Ruby, node; tags and type members that name gadgets
//	prototype-pollution   __proto__ and constructor.prototype as names, paths and JSON in text
//	jwt                   alg none, keys chosen by the token, key ids that are paths or queries
//	graphql               depth, one field under many aliases, directives in heaps, fragments in circles; a batch is for the profile to see
//	csv-formula           formulas that start programs (DDE) or send cells away
//	document:html, :xml, :markdown   a value that is such a text as a whole
//
// # Invariants
//
//  1. Run is pure: no clock, randomness, lock or package-level variable that changes.
//  2. The summary never hides: whatever a detector finds in a value, its row in the table says so by bytes and words (FuzzReject).
//  3. The summary allocates nothing; a value that nothing wakes costs one pass over its bytes, and each other only the detectors it wakes.
//  4. Work is linear in the value's length, whatever it holds (TestHostileLength).
//  5. A span lies within the value: 0 <= From <= To <= len(value).
//
// # Decisions
//
// 2026-11-23: lexers and small grammars, no list of signatures and no regexp. Refused: CRS-like patterns, which block half of the SQL and shell texts people write; a trained
// model, which nobody can read. The price: a new language is a new lexer.
//
// 2026-11-23: evidence is graded in four steps and each class has a table of likelihoods for them, counted on labelled data. Refused: a formula of weights, whose numbers no one
// could check against the data. The price: scores are coarse.
//
// 2026-11-28: a sentence that quotes a command, an element or a call (run `ls -la`, the <script> element, alert(s), print("hello")) is not one, unless what it quotes is what attackers
// run; one test file, ordinary.txt, has such sentences of every kind. Refused: weighing a mark alone, which blocks tickets and commit messages. The price: a lone `npm install` passes.
//
// 2026-11-28: what a shell replaces by nothing ($u, $@, ${x}, $()) is nothing in a command's name and arguments, and a comment in place of a blank is a way to hide; both are read,
// not counted as marks. Refused: undoing them in a copy before the lexers, which every text would pay for. The price: expansions within expansions are not followed.
//
// 2026-11-28: each row of the table says which bytes and words wake its detector, and what must stand beside them; the detectors read on only where those are. Refused: one automaton over all
// texts that detectors compare values with, which is faster still and would tear the words from the rules that use them. The price: whoever adds a rule must wake it, which
// TestRejectHidesNoMutant and FuzzReject hold them to.
//
// 2026-11-28: a template whose block has no end, or an end without its block, is an attack on the template around it; a placeholder is none in any engine. Refused: any tag in a field that had none,
// which is the profile's question. The price: fragments of templates that are kept one by one are flagged.
//
// 2026-11-23: in a mesh a URL of another service is ordinary. Plain private addresses and cluster names are no more than a hint, the callee's own host speaks only outside of
// settings (JSON, YAML), and the metadata service and every notation that hides an address speak always. Refused: any URL in a field that had none, which is the profile's question.
// The price: SSRF to a neighbour by its plain name is left to the profile.
//
// 2026-11-23: a page as a whole (document:html) may have scripts, frames and handlers; in it only what attacks do (dialogs, cookies, evaluation of text) speaks as xss. Refused: a rich
// text that may hold no tag, which blocks every mail template. The price: a plain <script src> in a whole page is a hint.
//
// 2026-11-23: what reaches out of templates and Java's expressions, files that tell secrets and gadget classes are tables of names, read only where the grammar puts a name: in a
// tag, at the end of a path, as a type. There is nothing else to tell them by. The price: a new gadget is a new row.
package detect
