package detect

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// testCase is one line of testdata/<class>.txt: a sign, a blank and the value. "+" is an attack of the class, "-" must give no attack at all (in document-*.txt: not this document). ordinary.txt has values of no class.
// A value that begins with a double quote and closes it is Go-quoted; behind it context may stand: where=header name=referer format=json key whole.
type testCase struct {
	class  string
	attack bool
	value  []byte
	c      Context
	line   string // file:line
}

func readCases(tb testing.TB) (all []testCase) {
	tb.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			tb.Fatal(err)
		}
		class := strings.Replace(strings.TrimSuffix(filepath.Base(name), ".txt"), "document-", "document:", 1)
		lines := bufio.NewScanner(file)
		for n := 1; lines.Scan(); n++ {
			text := lines.Text()
			if text == "" || text[0] == '#' {
				continue
			}
			tc, err := parseCase(text)
			if err != nil {
				tb.Fatalf("%s:%d: %v", name, n, err)
			}
			tc.class, tc.line = class, fmt.Sprintf("%s:%d", name, n)
			all = append(all, tc)
		}
		file.Close() //nolint:errcheck // read only
	}
	return all
}

func parseCase(text string) (tc testCase, err error) {
	if len(text) < 2 || text[0] != '+' && text[0] != '-' || text[1] != ' ' {
		return tc, fmt.Errorf("not a case: %q", text)
	}
	tc.attack = text[0] == '+'
	text = text[2:]
	tc.value = []byte(text)
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil || text[0] != '"' {
		return tc, nil //nolint:nilerr // said otherwise
	}
	rest := text[len(quoted):]
	if rest != "" && rest[0] != ' ' {
		return tc, nil // a payload that happens to begin with a quote
	}
	c, err := parseContext(rest)
	if err != nil {
		return tc, nil //nolint:nilerr // an unquoted value stands for itself
	}
	value, err := strconv.Unquote(quoted)
	tc.value, tc.c = []byte(value), c
	return tc, err
}

func parseContext(text string) (c Context, err error) {
	for f := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(f, "=")
		switch key {
		case "where":
			where, ok := map[string]Where{"body": Body, "path": Path, "query": Query, "header": Header, "cookie": Cookie}[value]
			if !ok {
				return c, fmt.Errorf("no such place: %s", value)
			}
			c.Where = where
		case "name":
			c.Name = []byte(value)
		case "format":
			c.Format = value
		case "key":
			c.Key = true
		case "whole":
			c.Whole = true
		default:
			return c, fmt.Errorf("no such context: %s", f)
		}
	}
	return c, nil
}

func TestCases(t *testing.T) {
	for _, tc := range readCases(t) {
		found := Run(nil, tc.value, &tc.c)
		hit := false
		for _, f := range found {
			switch {
			case tc.attack, !Attack(tc.class):
				hit = hit || f.Class == tc.class && f.Score >= DefaultScore
			default:
				hit = hit || Attack(f.Class) && f.Score >= DefaultScore
			}
		}
		if hit != tc.attack {
			t.Errorf("%s: %s: attack is %v, found %+v in %q", tc.line, tc.class, tc.attack, found, tc.value)
		}
	}
}

// Each detector has cases of both signs: a class without its ordinary twin is not tested.
func TestEveryClassHasCases(t *testing.T) {
	signs := map[string][2]int{}
	for _, tc := range readCases(t) {
		n := signs[tc.class]
		if tc.attack {
			n[0]++
		} else {
			n[1]++
		}
		signs[tc.class] = n
	}
	for _, d := range detectors {
		if n := signs[d.class]; n[0] == 0 || n[1] == 0 {
			t.Errorf("%s has %d attacks and %d ordinary values in testdata", d.class, n[0], n[1])
		}
		delete(signs, d.class)
	}
	delete(signs, "ordinary")
	for class := range signs {
		t.Errorf("testdata has cases of %s, which no detector finds", class)
	}
}

// FuzzReject holds invariants 1, 2 and 5: the summary never hides what a detector finds, spans lie within the value, and the answer is the same each time.
func FuzzReject(f *testing.F) {
	for _, tc := range readCases(f) {
		f.Add(tc.value, uint8(tc.c.Where), tc.c.Name, tc.c.Format, tc.c.Key, tc.c.Whole)
	}
	f.Fuzz(func(t *testing.T, v []byte, where uint8, name []byte, format string, key, whole bool) {
		c := Context{Where: Where(where % 5), Name: name, Format: format, Key: key, Whole: whole}
		s := summarise(v)
		for i := range detectors {
			d := &detectors[i]
			h := d.find(v, &c, &s)
			if h.from < 0 || h.to < h.from || h.to > len(v) {
				t.Errorf("%s: span %d:%d of %d bytes", d.class, h.from, h.to, len(v))
			}
			if h.grade != none && (s.awake()>>i&1 == 0 || !d.joined(&s)) {
				t.Errorf("%s is hidden in %q", d.class, v)
			}
			if again := d.find(v, &c, &s); again != h {
				t.Errorf("%s: %+v, then %+v", d.class, h, again)
			}
		}
	})
}

func TestSummaryAllocatesNothing(t *testing.T) {
	values := [][]byte{[]byte("Anna Maria O'Neil"), []byte("3f2504e0-4f89-11d3-9a0c-0305e82c3301"), []byte("please select a colour and a size, or leave it")}
	var s summary
	if n := testing.AllocsPerRun(100, func() {
		for _, v := range values {
			s = summarise(v)
		}
	}); n != 0 {
		t.Errorf("%v allocations, the last summary %v", n, s)
	}
}
