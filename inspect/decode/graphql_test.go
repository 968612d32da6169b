package decode

import "testing"

func TestGraphQL(t *testing.T) {
	for name, c := range map[string]struct {
		src, want string
		fault     Fault
		note      Ambiguity
	}{
		"operation": {
			`query Find($t: [String!]! = ["a"] @d, $n: Int) @live { me: user(id: 5, q: "a\n\"b\u0041\uD83D\uDE00", f: {x: [1.5, true, null, RED, $t]}) { name ...F ... on Admin @include(if: $n) { level } } }`,
			"query object\n  #name string \"Find\"\n  $t object\n    type string \"[String!]!\"\n    default array\n      [] string \"a\"\n    @d object\n  $n object\n    type string \"Int\"\n  @live object\n  user object\n    #alias string \"me\"\n    id number \"5\"\n" +
				"    q string \"a\\n\\\"bA😀\"\n    f object\n      x array\n        [] number \"1.5\"\n        [] bool \"true\"\n        [] null \"\"\n        [] string \"RED\"\n        [] string \"$t\"\n    name object\n    ... object\n      #on string \"F\"\n    ... object\n      #on string \"Admin\"\n      @include object\n        if string \"$n\"\n      level object\n", OK, 0,
		},
		"short":    {"{ a { b } } # c", "query object\n  a object\n    b object\n", OK, 0},
		"fragment": {"fragment F on User { id }", "fragment object\n  #name string \"F\"\n  #on string \"User\"\n  id object\n", OK, 0},
		"block":    {"{ a(t: \"\"\"\n    one\n      two \\\"\"\"\n  \"\"\") }", "query object\n  a object\n    t string \"one\\n  two \\\"\\\"\\\"\"\n", OK, 0},
		"twice":    {"query A { a } query A { b }", "query object\n  #name string \"A\"\n  a object\nquery object\n  #name string \"A\"\n  b object\n", OK, OperationTwice},
		"argument": {"{ a(x: 1, x: 2) }", "query object\n  a object\n    x number \"1\"\n    x number \"2\"\n", OK, ArgumentTwice},
		"cut":      {"{ a { b", "query object\n  a object\n    b object\n", Cut, 0},
		"empty":    {"{ }", "query object\n", Syntax, 0},
	} {
		t.Run(name, func(t *testing.T) { expect(t, GraphQL, c.src, c.want, c.fault, c.note) })
	}
	for src, want := range map[string]bool{
		"{ a { b } }": true, "query { a }": true, "mutation M($x: Int!) { f(x: $x) }": true, "{a(b:1)}": true,
		"{name}": false, "{{name}}": false, "query the database": false, "query": false, "mutation of a gene": false, "{a b}": false, "{color: red}": false,
		"subscription": false, "fragment": false, "{\"a\":{}}": false, "{ foo: function() { return 1; } }": false,
	} {
		if got := sniffGraphQL([]byte(src)); got != want {
			t.Errorf("%q: %v", src, got)
		}
	}
}

func FuzzGraphQL(f *testing.F) {
	f.Add([]byte(`query Find($t: [String!]! = ["a"] @d) { me: user(id: 5, q: "a\n\u0041", f: {x: [1.5]}) { ...F ... on A { b } } }`))
	f.Add([]byte("{ a(t: \"\"\"\n    one\n      two \\\"\"\"\n  \"\"\") }"))
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, GraphQL, src)
		sniffGraphQL(src)
	})
}
