package decode

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/snappy"
)

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,"\ud83d\ude00",null]}`, `[01,NaN,'x',]`, "/*c*/{a:1}//", `"\u00`, `{"a":"`, ")]}'\n{}", "{}\n{}", "[[[[", `{"":{"":""}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, NDJSON, src)
		e, n, fault := decode(t, JSON, src)
		if !json.Valid(src) {
			return
		}
		if fault != OK || n != len(src) || e.depth != 0 {
			t.Fatalf("valid, but fault %q after %d of %d bytes, %d open", fault, n, len(src), e.depth)
		}
		var v any
		if err := json.Unmarshal(src, &v); err != nil {
			return // a number beyond float64
		}
		text, ok := v.(string)
		if ok && utf8.Valid(src) && string(e.values[0]) != text {
			t.Fatalf("%q, want %q", e.values[0], text)
		}
	})
}

// FuzzWrappings holds every wrapping to the laws of decoders, and those that the standard library has to it.
func FuzzWrappings(f *testing.F) {
	for _, w := range wrappers {
		f.Add([]byte(w.wrap("' or 1=1 -- <b>&amp;</b>")))
	}
	f.Add([]byte("+ADw-script+AD4-alert(1)+ADw-/script+AD4-"))
	f.Add([]byte("\xc0\xae\xc0\xae/\xe0\x80\xaf%u0027&#60;&lt&notit;=3D=\n"))
	f.Add([]byte("7\xd1%00\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		set, _ := Look(src)
		for g := set.Next(); g != 0; g = set.Next() {
			if row := &Formats[g]; row.Wrapping && row.Sniff(src) {
				lawful(t, row.Decode, src)
			}
		}
		fits(t, src)
		agree(t, FormatBase64, src, func(s []byte) ([]byte, error) { return base64.StdEncoding.DecodeString(string(s)) })
		agree(t, FormatBase64, src, func(s []byte) ([]byte, error) { return base64.RawURLEncoding.DecodeString(string(s)) })
		agree(t, FormatHex, src, func(s []byte) ([]byte, error) { return hex.DecodeString(string(s)) })
		agree(t, FormatPercent, src, func(s []byte) ([]byte, error) {
			plain, err := url.PathUnescape(string(s))
			if !Text([]byte(plain)) { // a line's end behind bytes is none of them
				plain = plain[:len(plain)-len(s)+len(bytes.TrimRight(s, "\r\n"))]
			}
			return []byte(plain), err
		})
		agree(t, FormatSnappy, src, func(s []byte) ([]byte, error) {
			if n, err := snappy.DecodedLen(s); err != nil || n > 1<<20 || bytes.HasPrefix(s, snappyMark) {
				return nil, errors.New("too much to ask the standard decoder")
			}
			return snappy.Decode(nil, s)
		})
		agree(t, FormatPlus, src, func(s []byte) ([]byte, error) {
			plain, err := url.QueryUnescape(string(s))
			return []byte(plain), err
		})
	})
}

// fits says that what Fits gives up the sniffer would have given up too.
func fits(t *testing.T, src []byte) {
	t.Helper()
	has := classesOf(src)
	for g := range Formats {
		row := &Formats[g]
		if row.Fits != nil && len(src) >= row.Least && has&^classesOf([]byte(row.Only)) == 0 && row.Sniff(src) && !row.Fits(src, has) {
			t.Fatalf("%q may be %s, but does not fit", src, row.Name)
		}
	}
}

// agree says that where the standard library decodes what we take for f, we read the same.
func agree(t *testing.T, f Format, src []byte, standard func([]byte) ([]byte, error)) {
	t.Helper()
	want, err := standard(src)
	if set, _ := Look(src); err != nil || !set.Has(f) || !Formats[f].Sniff(src) {
		return
	}
	e, _, _ := decode(t, Formats[f].Decode, src)
	if len(e.values) != 1 || !bytes.Equal(e.values[0], want) {
		t.Fatalf("%s of %q: %q, want %q", f, src, e.values, want)
	}
}

// FuzzTargets holds what reads the parts of a request to the laws, and forms to the standard library.
func FuzzTargets(f *testing.F) {
	f.Add([]byte("/a/%2e%2e//b;c=d\\e#f"))
	f.Add([]byte("a=1&b=%41+&&c&=d&e=%zz;x=y&u[]=1"))
	f.Add([]byte("a=1; b=\"2\"; ; c"))
	f.Add([]byte("\x00\x00\x00\x03abc\x00\x00\x00\x01d"))
	f.Add([]byte("8=FIX.4.2\x019=65\x0135=A\x01"))
	f.Add([]byte("Bearer abcDEF123"))
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, d := range []Decoder{Path, Cookies, Records, Auth} {
			lawful(t, d, src)
		}
		sniffRecords(append(src, 0, 0, 0, 0)[:max(4, len(src))])
		e, _, _ := decode(t, Form, src)
		values, err := url.ParseQuery(string(src))
		if err != nil || bytes.IndexByte(src, ';') >= 0 {
			return
		}
		n := 0
		for _, list := range values {
			n += len(list)
		}
		if n != len(e.values) {
			t.Fatalf("%d values, want %d", len(e.values), n)
		}
	})
}
