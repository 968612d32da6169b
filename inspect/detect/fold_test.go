package detect

import (
	"bytes"
	"testing"
)

func TestIndexFold(t *testing.T) {
	cases := []struct {
		v, s string
		want int
	}{
		{"", "a", -1},
		{"a", "a", 0},
		{"xA", "a", 1},
		{"<XSL:", "<xsl:", 0},
		{"x<xsl", "<xsl:", -1},
		{"xsl xsl/Transform", "xsl/transform", 4},
		{"//a/b", "a/b", 2},
		{"a/a/b", "a/b", 2},
		{"system-propert", "system-property(", -1},
		{"SYSTEM-property(x", "system-property(", 0},
		{"ABAB", "bab", 1},
		{"x--y", "--y", 1},
		{"--", "-->", -1},
		{"é<xsl:", "<xsl:", 2},
	}
	for _, c := range cases {
		if got := indexFold([]byte(c.v), c.s); got != c.want {
			t.Errorf("%q in %q: %d, want %d", c.s, c.v, got, c.want)
		}
	}
}

// FuzzIndexFold holds it to the standard library on ASCII; needles are in lower case, as in all callers.
func FuzzIndexFold(f *testing.F) {
	f.Add([]byte("a<XSL:b"), "<xsl:")
	f.Add([]byte("aab"), "ab")
	f.Fuzz(func(t *testing.T, v []byte, s string) {
		needle := asciiLower([]byte(s))
		if len(needle) == 0 {
			return
		}
		if got, want := indexFold(v, string(needle)), bytes.Index(asciiLower(v), needle); got != want {
			t.Errorf("%q in %q: %d, want %d", needle, v, got, want)
		}
	})
}

func asciiLower(v []byte) []byte {
	v = bytes.Clone(v)
	for i, c := range v {
		if 'A' <= c && c <= 'Z' {
			v[i] = c | 0x20
		}
	}
	return v
}
