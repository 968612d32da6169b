package decode

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCSV(t *testing.T) {
	for name, c := range map[string]struct {
		src, want string
		note      Ambiguity
	}{
		"names":    {"id,name\n1,\"a \"\"b\"\"\nc\"\r\n2,\n", "[] array\n  [] object\n    id string \"1\"\n    name string \"a \\\"b\\\"\\nc\"\n  [] object\n    id string \"2\"\n    name string \"\"\n", 0},
		"no names": {"1;2\n3;4", "[] array\n  [] array\n    [] string \"1\"\n    [] string \"2\"\n  [] array\n    [] string \"3\"\n    [] string \"4\"\n", 0},
		"uneven":   {"a,b\n1,2,3\n", "[] array\n  [] object\n    a string \"1\"\n    b string \"2\"\n    #more string \"3\"\n", RowUneven},
		"stray":    {"a,b\n1,x\"y\n", "[] array\n  [] object\n    a string \"1\"\n    b string \"x\\\"y\"\n", QuoteStray},
		"open":     {"a,b\n1,\"x\n", "[] array\n  [] object\n    a string \"1\"\n    b string \"\\\"x\\n\"\n", QuoteStray},
	} {
		t.Run(name, func(t *testing.T) { expect(t, CSV, c.src, c.want, OK, c.note) })
	}
	for src, want := range map[string]bool{
		"id,name,remark\n1,alpha,beta\n":                     true,
		"a;b\n1;2\n3;4\n5;6\n":                               true,
		"a,b\n1,2\n":                                         false,
		"One, two\nthree, four\nfive, six\nseven, eight\n":   false,
		"Hello, dear friend of mine,\nhow are you, today,\n": false,
		"a,b,c":                       false,
		"red,green,blue\nred,green\n": false,
	} {
		if got := sniffCSV([]byte(src)); got != want {
			t.Errorf("%q: %v", src, got)
		}
	}
}

func TestCSVGenerated(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for range 2000 {
		columns := 3 + r.IntN(4)
		rows := [][]string{nil}
		for i := range columns {
			rows[0] = append(rows[0], fmt.Sprintf("col_%d", i))
		}
		var want []string
		for range 1 + r.IntN(4) {
			var row []string
			for range columns {
				v := strings.ReplaceAll(yamlTexts[r.IntN(len(yamlTexts))], "\r\n", "\n") // encoding/csv writes it so
				row = append(row, v)
				want = append(want, v)
			}
			rows = append(rows, row)
		}
		var b bytes.Buffer
		if err := csv.NewWriter(&b).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		e, n, f := decode(t, CSV, b.Bytes())
		var got []string
		for _, v := range e.values {
			got = append(got, string(v))
		}
		if f != OK || n != b.Len() || strings.Join(got, "\x00") != strings.Join(want, "\x00") {
			t.Fatalf("fault %d\n%s\ngot  %q\nwant %q", f, b.Bytes(), got, want)
		}
		if !sniffCSV(b.Bytes()) {
			t.Fatalf("not seen: %s", b.Bytes())
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("id,name\n1,\"a \"\"b\"\"\nc\"\r\n2,\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, CSV, src)
		sniffCSV(src)
	})
}
