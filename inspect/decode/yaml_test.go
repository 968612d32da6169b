package decode

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestYAML(t *testing.T) {
	for name, c := range map[string]struct {
		src, want string
		fault     Fault
		note      Ambiguity
	}{
		"mapping":   {"a: 1\nb:\n  c: x y # z\n  \"d e\": 'it''s'\nf:\n- 1\n- g: 2\n  h: ~\n- - i\n", "[] object\n  a number \"1\"\n  b object\n    c string \"x y\"\n    d e string \"it's\"\n  f array\n    [] number \"1\"\n    [] object\n      g number \"2\"\n      h null \"\"\n    [] array\n      [] string \"i\"\n", OK, 0},
		"empty":     {"a:\nb: \n", "[] object\n  a null \"\"\n  b null \"\"\n", OK, 0},
		"literal":   {"a: |\n  one\n   two\n\n  three\n\nb: 1\n", "[] object\n  a string \"one\\n two\\n\\nthree\\n\"\n  b number \"1\"\n", OK, 0},
		"strip":     {"a: |-\n  one\n  two\n", "[] object\n  a string \"one\\ntwo\"\n", OK, 0},
		"keep":      {"a: |+\n  one\n\nb: 1\n", "[] object\n  a string \"one\\n\\n\"\n  b number \"1\"\n", OK, 0},
		"folded":    {"a: >\n  one\n  two\n\n  three\n", "[] object\n  a string \"one two\\nthree\\n\"\n", OK, 0},
		"double":    {"a: \"x\\n\\u0041\\x42\\\n  y\n  z\"\n", "[] object\n  a string \"x\\nABy z\"\n", OK, 0},
		"plain":     {"a: one\n  two\n\n  three\nb: http://x/y#z\n", "[] object\n  a string \"one two\\nthree\"\n  b string \"http://x/y#z\"\n", OK, 0},
		"flow":      {"a: [1, \"b\", {c: d, e}, [f], g: h]\n", "[] object\n  a array\n    [] number \"1\"\n    [] string \"b\"\n    [] object\n      c string \"d\"\n      e null \"\"\n    [] array\n      [] string \"f\"\n    [] object\n      g string \"h\"\n", OK, 0},
		"tag":       {"a: !!python/object/apply:os.system [ls]\n", "[] object\n  a array\n    [] string \"ls\"\n", OK, YAMLTag},
		"alias":     {"a: &x 1\nb: *x\n", "[] object\n  a number \"1\"\n  b string \"*x\"\n", OK, YAMLAnchor},
		"merge":     {"a:\n  <<: *b\n", "[] object\n  a object\n    << string \"*b\"\n", OK, YAMLMerge},
		"documents": {"--- 1\n--- 2\n", "[] number \"1\"\n#document number \"2\"\n", OK, YAMLDocuments},
		"tab":       {"a:\n\tb\n", "[] object\n  a string \"b\"\n", OK, YAMLTab},
		"directive": {"%YAML 1.2\n---\na: 1\n...\n", "[] object\n  a number \"1\"\n", OK, 0},
		"cut":       {"a: \"x", "[] object\n", Cut, 0},
		"list":      {"- a\n- b: c\n", "[] array\n  [] string \"a\"\n  [] object\n    b string \"c\"\n", OK, 0},
	} {
		t.Run(name, func(t *testing.T) { expect(t, YAML, c.src, c.want, c.fault, c.note) })
	}
}

func TestSniffYAML(t *testing.T) {
	for src, want := range map[string]bool{
		"name: alpha\nreplicas: 3\nnotes: hello there my friend\n":                                                   true,
		"apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n":                                                          true,
		"services:\n  web:\n    image: nginx\n    ports:\n    - \"80:80\"\n":                                         true,
		"Q:  How many are there?\nA:  Three of them, as far as I know.\n":                                            false,
		"pessimist:\n\tA man who spends all his time worrying.\n\noptimist:\n\tA man who refuses to see the wolf.\n": false,
		"Linus:\tHi!  I thought it was you.\n\tI've been watching you.\nSnoopy:\tThat's nice to know.\n":             false,
		"name: alpha\nreplicas: 3\nnotes: &#34;a\\nb&#34;\n":                                                         false,
		"Note: this is text\nand more of it\n":                                                                       false,
		"- Log all agent decisions\n- Implement detection: for this\n":                                               false,
		"Dear Sir:\n\nI write to you: yes.\n":                                                                        false,
		"# am\n\n> Android activity manager.\n> More information: <https://x>\n":                                     false,
		"key: value":                           false,
		"http://a\nhttp://b\n":                 false,
		"{\n  \"a\": 1\n}\n":                   false,
		"SELECT a\nFROM b\nWHERE c = 'x: y'\n": false,
	} {
		if got := sniffYAML([]byte(src)); got != want {
			t.Errorf("%q: %v", src, got)
		}
	}
}

var yamlTexts = []string{
	"plain words", "it's", "a: b", "# no comment", "- dash", "two\nlines", "line\n\nblank\n", "trailing \n", " lead", "'; DROP TABLE x; --", "\"quoted\"", "tab\there", "{x}", "[y]", "*a", "&b", "!c", "%d", "@e", "`f`",
	"null", "true", "12", "1.5", "", "~", "é€😀", "\\x41", "a\rb", "x\r\ny", "<script>alert(1)</script>", "|", ">", "-", "a #b", "a:b", "key: |\n  x", "\x1b[0m", "  two\n leading", "\n", "end\n\n\n",
}

// yamlValue writes a value that both readers know.
func yamlValue(r *rand.Rand, depth int) any {
	switch k := r.IntN(8); {
	case k < 2 && depth > 0:
		m := yaml.MapSlice{}
		for i := range 1 + r.IntN(4) {
			m = append(m, yaml.MapItem{Key: fmt.Sprintf("k%d", i), Value: yamlValue(r, depth-1)})
		}
		return m
	case k < 4 && depth > 0:
		a := []any{}
		for range 1 + r.IntN(4) {
			a = append(a, yamlValue(r, depth-1))
		}
		return a
	case k == 4:
		return r.IntN(1000)
	}
	return yamlTexts[r.IntN(len(yamlTexts))]
}

func TestYAMLGenerated(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	compared := 0
	for i := range 4000 {
		options := []yaml.EncodeOption{yaml.UseSingleQuote(i%2 == 0), yaml.UseLiteralStyleIfMultiline(i%3 == 0), yaml.Flow(i%5 == 0), yaml.IndentSequence(i%7 == 0)}
		written := yaml.MapSlice{{Key: "name", Value: "x"}, {Key: "list", Value: yamlValue(r, 4)}}
		src, err := yaml.MarshalWithOptions(written, options...)
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := yaml.Unmarshal(src, &v); err != nil {
			continue // it does not read all it writes
		}
		var before, after []string
		leaves(written, &before)
		leaves(v, &after)
		sort.Strings(before)
		sort.Strings(after)
		if strings.Join(before, "\x00") != strings.Join(after, "\x00") {
			continue // nor as it wrote it
		}
		compareYAML(t, src, v)
		compared++
	}
	if t.Logf("%d compared", compared); compared < 1000 {
		t.Errorf("only %d documents compared", compared)
	}
}

func compareYAML(t *testing.T, src []byte, v any) {
	t.Helper()
	var want, got []string
	leaves(v, &want)
	e, n, f := decode(t, YAML, src)
	for i, b := range e.values {
		if strings.HasSuffix(e.paths[i], ".x.y") {
			continue
		}
		got = append(got, string(b))
	}
	sort.Strings(got)
	sort.Strings(want)
	if f != OK || n != len(src) || strings.Join(got, "\x00") != strings.Join(want, "\x00") {
		t.Fatalf("fault %d after %d of %d\n%s\ngot  %q\nwant %q", f, n, len(src), src, got, want)
	}
}

func FuzzYAML(f *testing.F) {
	for _, s := range []string{"a: 1\nb:\n  c: x y # z\n", "a: |\n  one\n   two\n", "a: [1, \"b\", {c: d}]\n", "a: &x 1\nb: *x\n", "- - - a\n", "a: >+\n\n  b\n\n", "\"a\\\n b\": 'c'"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, YAML, src)
		sniffYAML(src)
	})
}
