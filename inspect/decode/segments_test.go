package decode

import (
	"mime"
	"slices"
	"testing"
)

func TestSegments(t *testing.T) {
	for v, want := range map[string][]string{
		"MSH|^~\\&|A|B\rPID|1||DOE^J\rOBX|1|TX": {"^~\\&", "A", "B", "1", "", "DOE^J", "1", "TX"},
		"ISA*00*ZZ~ST*850~SE*2~":                {"00", "ZZ", "850", "2"},
		"UNA:+.? 'UNH+1+a?+b?'c'UNT+4'UNZ'":     {"1", "a?+b?'c", "4"},
	} {
		var s one
		n, f := Segments([]byte(v), &s)
		if !sniffSegments([]byte(v)) || n != len(v) || f != OK || s.open != 0 || !slices.Equal(s.values, want) {
			t.Errorf("%q: %d of %d bytes, fault %q, %q", v, n, len(v), f, s.values)
		}
	}
	for _, v := range []string{"AB|c", "GET|POST|PUT and so on", "A*B*C", "ABC*1\nnot a segment\nDEF*2", "SQL+INJ'ECT+ION'x", "USD|1\nEUR|2", "HTTP|a\nFTP|b\nSSH|c"} {
		if sniffSegments([]byte(v)) {
			t.Errorf("%q was taken for segments", v)
		}
	}
}

func FuzzSegments(f *testing.F) {
	f.Add([]byte("MSH|^~\\&|A|B\rPID|1||DOE^J\rOBX|1|TX"))
	f.Add([]byte("UNA:+.? 'UNH+1+a?+b?'c'UNT+4'UNZ'?"))
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, Segments, src)
		if !sniffSegments(src) {
			return
		}
		if _, n, fault := decode(t, Segments, src); fault != OK || n != len(src) {
			t.Fatalf("sniffed, but fault %q at %d of %d", fault, n, len(src))
		}
	})
}

// What the standard library's decoder makes of a header line is what we make of it.
func TestEncodedWords(t *testing.T) {
	decoder := mime.WordDecoder{}
	for _, v := range []string{
		mime.BEncoding.Encode("utf-8", "naïve text that is longer than one word may be, so that it takes two of them or three"), mime.QEncoding.Encode("iso-8859-1", "caf\xe9 _=?"),
		"=?utf-8?q?a?= =?utf-8?q?b?= c", "before =?UTF-8?B?4oKs?= after", "=?us-ascii?Q?Keith_Moore?= <a@b.c>", "=?utf-8?q?broken", "a =?x?= b",
	} {
		want, err := decoder.DecodeHeader(v)
		if err != nil {
			t.Fatal(err)
		}
		var s one
		if n, f := EncodedWords([]byte(v), &s); n != len(v) || f != OK || s.values[0] != want {
			t.Errorf("%q: %q, want %q", v, s.values, want)
		}
	}
}
