package decode

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"mime/quotedprintable"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// one is a Sink that keeps the leaves of a document and counts what is open.
type one struct {
	values []string
	names  []string
	notes  []Ambiguity
	open   int
	room   int
	work   int
}

func (s *one) Open([]byte, Kind) bool { s.open++; return true }
func (s *one) Close()                 { s.open-- }
func (s *one) Leaf(name []byte, _ Kind, v []byte, _ int) bool {
	s.values = append(s.values, string(v))
	s.names = append(s.names, string(name))
	return true
}
func (s *one) Fail(Fault, int)  {}
func (s *one) Note(a Ambiguity) { s.notes = append(s.notes, a) }
func (s *one) Grow(n int) []byte {
	return make([]byte, n)
}

func (s *one) Room(int) int {
	if s.room == 0 {
		return 1 << 20
	}
	return s.room
}

func (s *one) Work(n int) bool { s.work += n; return s.work < 1<<26 }

func compressed(write func(io.Writer) io.WriteCloser) func(string) string {
	return func(s string) string {
		var b bytes.Buffer
		w := write(&b)
		if _, err := io.WriteString(w, s); err != nil {
			panic(err)
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
		return b.String()
	}
}

func each(f func(rune) string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, c := range s {
			b.WriteString(f(c))
		}
		return b.String()
	}
}

// groups puts between after every size letters of s.
func groups(s string, size int, between string) string {
	var b strings.Builder
	for ; len(s) > size; s = s[size:] {
		b.WriteString(s[:size] + between)
	}
	return b.String() + s
}

func hexOf(c rune, digits int) string {
	s := strings.Repeat("0", digits) + strings.ToLower(hex.EncodeToString([]byte{byte(c >> 8), byte(c)}))
	return s[len(s)-digits:]
}

func wide(order func(uint16) []byte, mark bool) func(string) string {
	return func(s string) string {
		var b []byte
		if mark {
			b = order(0xfeff)
		}
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, order(u)...)
		}
		return string(b)
	}
}

// wrappers are encoders that are not ours.
var wrappers = []struct {
	name   string
	format Format
	wrap   func(string) string
}{
	{"base64", FormatBase64, func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64 without padding", FormatBase64, func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) }},
	{"base64 for URLs", FormatBase64, func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) }},
	{"base64 in lines", FormatBase64, func(s string) string {
		e := base64.StdEncoding.EncodeToString([]byte(s))
		return e[:8] + "\r\n" + e[8:] + "\r\n"
	}},
	{"base64 in folded lines", FormatBase64, func(s string) string { return groups(base64.StdEncoding.EncodeToString([]byte(s)), 12, "\r\n ") }},
	{"base64 in groups", FormatBase64, func(s string) string { return groups(base64.StdEncoding.EncodeToString([]byte(s)), 4, " ") }},
	{"base64 between blanks", FormatBase64, func(s string) string { return "\t" + base64.StdEncoding.EncodeToString([]byte(s)) + " \n" }},
	{"base64 with too much padding", FormatBase64, func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) + "==" }},
	{"base32", FormatBase32, func(s string) string { return base32.StdEncoding.EncodeToString([]byte(s)) }},
	{"base32 in lower case without padding", FormatBase32, func(s string) string {
		return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(s)))
	}},
	{"base85", FormatASCII85, func(s string) string {
		out := make([]byte, ascii85.MaxEncodedLen(len(s)))
		return "<~" + string(out[:ascii85.Encode(out, []byte(s))]) + "~>\n"
	}},
	{"UTF-8 with mark", FormatBOM, func(s string) string { return "\ufeff" + s }},
	{"hex", FormatHex, func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"hex in upper case", FormatHex, func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }},
	{"hex after 0x", FormatHex, func(s string) string { return "0x" + hex.EncodeToString([]byte(s)) }},
	{"hex as PostgreSQL has it", FormatHex, func(s string) string { return `\x` + hex.EncodeToString([]byte(s)) }},
	{"hex with blanks", FormatHex, func(s string) string {
		return strings.TrimSpace(each(func(c rune) string { return hexOf(c, 2) + " " })(s))
	}},
	{"hex of both cases", FormatHex, func(s string) string {
		h := hex.EncodeToString([]byte(s))
		return strings.ToUpper(h[:len(h)/2]) + h[len(h)/2:]
	}},
	{"hex as SQL has it", FormatHex, func(s string) string { return "X'" + hex.EncodeToString([]byte(s)) + "'" }},
	{"hex in a list of C", FormatHex, func(s string) string {
		return strings.TrimSuffix(each(func(c rune) string { return "0x" + hexOf(c, 2) + ", " })(s), ", ")
	}},
	{"hex in lines", FormatHex, func(s string) string { return groups(hex.EncodeToString([]byte(s)), 16, "\n") + "\n" }},
	{"percent", FormatPercent, url.PathEscape},
	{"percent and plus", FormatPlus, url.QueryEscape},
	{"percent of all", FormatPercent, each(func(c rune) string { return "%" + hexOf(c, 2) })},
	{"percent u", FormatPercent, each(func(c rune) string { return "%u" + hexOf(c, 4) })},
	{"entities", FormatEntities, html.EscapeString},
	{"numbers of characters", FormatEntities, each(func(c rune) string { return "&#x" + hexOf(c, 2) + ";" })},
	{"backslash u", FormatEscapes, each(func(c rune) string { return `\u` + hexOf(c, 4) })},
	{"backslash x", FormatEscapes, each(func(c rune) string { return `\x` + hexOf(c, 2) })},
	{"quoted-printable", FormatQuotedPrintable, compressed(func(w io.Writer) io.WriteCloser { return quotedprintable.NewWriter(w) })},
	{"quoted-printable of all, in lower case", FormatQuotedPrintable, each(func(c rune) string { return "=" + hexOf(c, 2) })},
	{"encoded word", FormatEncodedWord, func(s string) string { return "=?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?=" }},
	{"UTF-16 little endian", FormatUTF16, wide(func(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} }, false)},
	{"UTF-16 with mark", FormatUTF16, wide(func(u uint16) []byte { return []byte{byte(u >> 8), byte(u)} }, true)},
	{"UTF-32", FormatUTF32, each(func(c rune) string { return string([]byte{0, 0, byte(c >> 8), byte(c)}) })},
	{"gzip", FormatGzip, compressed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })},
	{"zlib", FormatZlib, compressed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })},
	{"deflate", FormatDeflate, compressed(func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 9); return f })},
	{"deflate that was flushed and goes on", FormatDeflate, func(s string) string {
		var b bytes.Buffer
		f, err := flate.NewWriter(&b, 6)
		if err == nil {
			_, err = io.WriteString(f, s)
		}
		if err == nil {
			err = f.Flush()
		}
		if err != nil {
			panic(err)
		}
		return b.String()
	}},
	{"brotli", FormatBrotli, compressed(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) })},
	{"snappy", FormatSnappy, func(s string) string { return string(snappy.Encode(nil, []byte(s))) }},
	{"snappy in frames", FormatSnappy, compressed(func(w io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(w) })},
	{"zstd", FormatZstd, compressed(func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z })},
}

func TestWrappingsAreUndone(t *testing.T) {
	for _, w := range wrappers {
		for _, plain := range []string{
			"' or 1=1 --", "<script>alert(1)</script>", `{"cmd":"cat /etc/passwd & id"}`, "a=b=c; d=e", strings.Repeat("one line of plain text, and = another. ", 40),
		} {
			packed := []byte(w.wrap(plain))
			if string(packed) == plain || w.format == FormatPlus && !strings.Contains(plain, " ") {
				continue
			}
			if w.format == FormatSnappy && Text(packed) {
				continue // of nine, ten, thirteen or 32 letters it is a text that begins with a blank
			}
			if !candidate(packed, w.format) {
				t.Errorf("%s of %.20q: not a candidate", w.name, plain)
				continue
			}
			if !Formats[w.format].Sniff(packed) {
				t.Errorf("%s of %.20q: not sniffed", w.name, plain)
				continue
			}
			var s one
			n, f := Formats[w.format].Decode(packed, &s)
			if n != len(packed) || f != OK || len(s.values) != 1 || s.values[0] != plain {
				t.Errorf("%s of %.20q: %d of %d bytes, fault %q, %q", w.name, plain, n, len(packed), f, s.values)
			}
			if Formats[w.format].Weak && !Sense([]byte(plain), packed) && !Recoded([]byte(plain), packed, false) {
				t.Errorf("%s of %.20q: makes no sense", w.name, plain)
			}
		}
	}
}

func candidate(v []byte, f Format) bool {
	set, _ := Look(v)
	return set.Has(f)
}

func TestOrdinaryTextIsNotWrapped(t *testing.T) {
	var s one
	for _, v := range []string{
		"description", "customer_account_id", "550e8400-e29b-41d4-a716-446655440000", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "4111111111111111",
		"2026-11-23T08:00:00Z", "application/problem+json", "jane+tag@example.org", "100 % of them", "50%", "LIKE '%be%'", "%d of %s", `C:\xampp\new\users`, `\d+\.\d{2}`, "AT&T", "R&D; more", "?a=1&gtm=2&lt=3&ampere", "a=b", "x = 20; y = 30",
		"w=91f900", "Cornwall-on-Hudson", "replenished", "00:1b:44:11:3a:b7", "12:30:45", "sess_4eC39HqLyjWDarjtT1zdp7dc", "C++", "1+1=2", "Basic knowledge", "(see [1])", "{name}", "pragma solidity", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"T.HTML?A=FEEDBURNER&B=FEED&C=FEED:+X", "bench --interval=10 --time=20 --client=10 --rate=1000 --max=10", "\n=\n\t\b\xf0\x80\xed\x97\x06\x10",
		"2068737366", "ABCD EFGH IJKL MNOP", "4111 1111 1111 1111", "these four word sets look like base", "INTERNATIONALIZATION", "PRODUCTSEARCH", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "PIX6EA6QOM66ZJOJYAEKCTBR6Y3Z4IXG", "/usr/lib/x86_64-linux-gnu/libstdc",
		"https://example.org/a/b", "https://example.org/?q", "/api/v1/orders", "and/or", "Session AbCdEf0123456789aBcDeF99xY, sess_4eC39HqLyjWDarjtT1zdp7dc", "Notes on InternationalizationOfDomainNames, Part 2", "org.springframework.beans.factory.NoSuchBeanDefinitionException: no", "base64: the format", "AbCdEf0123456789aBcDeF99", `[link](/url "title \"\"")`, "\"said he,\nand left\"", "a+b+c",
	} {
		for set, _ := Look([]byte(v)); ; {
			f := set.Next()
			if f == 0 {
				break
			}
			row := &Formats[f]
			s.values = nil
			if !row.Sniff([]byte(v)) {
				continue
			}
			n, fault := row.Decode([]byte(v), &s)
			if row.Weak && (len(s.values) == 0 || !Sense([]byte(s.values[0]), []byte(v))) || fault != OK && n < len(v) {
				continue
			}
			t.Errorf("%q was taken for %s: %q", v, f, s.values)
		}
	}
}

func TestFits(t *testing.T) {
	for _, v := range []string{
		"aGVsbG8gd29ybGQ=", "aGVsbG8gd29ybGQ", " aGVsbG8h", "aGVsbG8h ", "aGVs bG8h", "aGVsbG8h =", "aGVsbG8gd29y bGQhIGhlbGxv", "aGVs\tbG8h", "aGVsbG8haGVsbG8h\r\naGVsbG8h", "-_-_-_-_", "++//++//",
		"68656c6c6f", "68 65 6c 6c 6f", "68-65-6c-6c-6f", "0x68656c6c6f", `\x68656c6c6f`, "x'68656c6c6f'", " 68656c6c6f\n", "68656c6c\n6f6f6f6f", "68:65:6c:6c", "68, 65, 6c, 6c",
		strings.Repeat("abcdef", 20), strings.Repeat("ABCDEFGH", 20) + "xyz", "550e8400-e29b-41d4-a716-446655440000", "2026-10-21", "SKU-99755", "+49 30 5383464",
	} {
		fits(t, []byte(v))
	}
	for _, v := range []string{"550e8400-e29b-41d4-a716-446655440000", "SKU-99755", "+49 30 5383464", "Ada Lovelace", "Desk lamp"} {
		if candidate([]byte(v), FormatBase64) || candidate([]byte(v), FormatHex) {
			t.Errorf("%q is looked into", v)
		}
	}
}

// A text that quoted-printable or HTML covers as a whole is not read as a structure before that is undone.
func TestWrappingAroundStructure(t *testing.T) {
	for v, f := range map[string]Format{"w=200&h=200": FormatQuotedPrintable, "sw=32&sh=32": FormatQuotedPrintable, "C%2F+Beethoven+125+13-E": FormatUTF7, "aGVsbG8+d29ybGQ+Zm9vYmFy": FormatPlus} {
		if Formats[f].Sniff([]byte(v)) {
			t.Errorf("%q was taken for %s", v, f)
		}
	}
	if !QuotedLines([]byte(`{"a":"` + strings.Repeat("x", 60) + "=\r\nyz\",\"b\":1}")) {
		t.Error("soft lines are not seen")
	}
	for v, is := range map[string]bool{"a: b=3D\nc: d": true, "{\n\"a\":\"b=3D\"}": false, "a=3D": false} {
		if QuotedFirst([]byte(v)) != is {
			t.Errorf("%q first: %v", v, !is)
		}
	}
	for _, escaped := range []string{"%3Ca%20b=%22&lt%3Bc&gt%3Bd=1", "%3Ca b=1&quot;c=2", "a=%20&lt;b=1"} {
		if sniffForm([]byte(escaped)) {
			t.Errorf("%s is taken for a form: HTML escaped it", escaped)
		}
	}
	if r, n := entity([]byte("&lt%3Ba&gt%3B")); n != 0 {
		t.Errorf("a reference whose semicolon is in percent reads as %q", r.name())
	}
	if sniffForm([]byte("a=1&amp;b=2")) || !sniffForm([]byte("a=1&b=2;c=3")) {
		t.Error("the pairs that HTML escaped")
	}
	for name, v := range map[string]string{"too long": strings.Repeat("x", 90) + "=\nyz", "base64 in lines": strings.Repeat("x", 75) + "=\n", "not filled": "a =\n1"} {
		if QuotedLines([]byte(v)) {
			t.Error(name)
		}
	}
	for v, is := range map[string]bool{
		"a: x\nb: &lt;b&gt; c\nc: 1\n": false, "a: x\nb: &#34;y&#34;\nc: 1\n": false, "a: x\nb: &anchor y\nc: 1\n": true,
		"a: x\nb: \"c: &#34;y&#34;\"\nc: 1\n": true,
	} {
		if sniffYAML([]byte(v)) != is {
			t.Errorf("YAML %q: %v", v, !is)
		}
	}
	for v, is := range map[string]bool{"id,name,note\n1,a,&#34;b, c&#34;\n": false, "id,name,note\n1,a,&#34;b&#34;\n": false, "id,name,note\n1,a,&#34;&#98;&#34;\n": true, "id,name,note\n1,a,&lt;b\n": true} {
		if sniffCSV([]byte(v)) != is {
			t.Errorf("CSV %q: %v", v, !is)
		}
	}
}

func TestJSONReadsWhatTheStandardLibraryReads(t *testing.T) {
	for _, v := range []string{`{"a":"x\u00e9\ud83d\ude00\n","b":[1,-2.5e3,true,false,null,""]}`, `"plain\\"`, ` [ ] `, `{"a":{"b":{"c":"d"}}}`} {
		var s one
		n, f := JSON([]byte(v), &s)
		if n != len(v) || f != OK || s.open != 0 {
			t.Errorf("%s: %d bytes, fault %q, %d left open", v, n, f, s.open)
		}
		var want any
		if err := json.Unmarshal([]byte(v), &want); err != nil {
			t.Fatal(err)
		}
		if got, want := strings.Join(s.values, "|"), strings.Join(jsonLeaves(want), "|"); got != want {
			t.Errorf("%s: %s, want %s", v, got, want)
		}
	}
}

func jsonLeaves(v any) []string {
	switch v := v.(type) {
	case map[string]any:
		var all []string
		for _, key := range []string{"a", "b", "c"} {
			if member, ok := v[key]; ok {
				all = append(all, jsonLeaves(member)...)
			}
		}
		return all
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, jsonLeaves(e)...)
		}
		return all
	case string:
		return []string{v}
	case nil:
		return []string{""}
	case float64:
		return []string{map[float64]string{1: "1", -2500: "-2.5e3"}[v]}
	}
	return []string{map[any]string{true: "true", false: "false"}[v]}
}
