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
// # Invariants
//
//  1. Run is pure: no clock, randomness, lock or package-level variable that changes.
//  2. The summary never hides: whatever a detector finds in a value, its chars or words say so (FuzzReject).
//  3. The summary allocates nothing; a value that nothing wakes costs one pass over its bytes.
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
package detect
