package nest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"mime/quotedprintable"
	"net/url"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
)

// layer is one wrapping or structure.
type layer struct {
	name         string
	takes, gives class
	twice        bool // twice in a row is not what anybody does
	wrap         func(random *rand.Rand, inner []byte) []byte
	canon        func(payload []byte) []byte // what a payload must be to pass unchanged, where the layer's standard does not keep every text; nil for most
}

// layers is every wrapping and structure; base64 comes first since it goes between what else would not fit.
var layers = append([]layer{
	{"base64", anyBytes, lineText, false, text(base64.StdEncoding.EncodeToString), nil},
	{"base64url", anyBytes, lineText, false, text(base64.URLEncoding.EncodeToString), nil},
	{"base64-unpadded", anyBytes, lineText, false, text(base64.RawStdEncoding.EncodeToString), nil},
	{"base64url-unpadded", anyBytes, lineText, false, text(base64.RawURLEncoding.EncodeToString), nil},
	{"base64-lines", anyBytes, xmlText, true, text(func(b []byte) string { return lines(base64.StdEncoding.EncodeToString(b)) }), nil},
	{"hex", anyBytes, lineText, true, text(hex.EncodeToString), nil},
	{"hex-upper", anyBytes, lineText, true, text(func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }), nil},
	{"percent", anyBytes, lineText, false, text(func(b []byte) string { return url.PathEscape(string(b)) }), nil},
	{"percent-plus", anyBytes, lineText, false, text(func(b []byte) string { return url.QueryEscape(string(b)) }), nil},
	{"percent-all", anyBytes, lineText, true, text(func(b []byte) string { return each(b, "%%%02X") }), nil},
	{"html", utf8Text, utf8Text, false, text(func(b []byte) string { return html.EscapeString(string(b)) }), nil},
	{"html-decimal", utf8Text, lineText, true, text(func(b []byte) string { return eachRune(b, "&#%d;") }), nil},
	{"html-hex", utf8Text, lineText, true, text(func(b []byte) string { return eachRune(b, "&#x%x;") }), nil},
	{"json-string", utf8Text, utf8Text, false, func(_ *rand.Rand, b []byte) []byte { return jsonOf(string(b)) }, nil},
	{"escape-x", anyBytes, lineText, true, text(func(b []byte) string { return each(b, `\x%02x`) }), nil},
	{"utf16le", utf8Text, anyBytes, true, utf16(unicode.LittleEndian), nil},
	{"utf16be", utf8Text, anyBytes, true, utf16(unicode.BigEndian), nil},
	{"quoted-printable", utf8Text, xmlText, true, through(func(w io.Writer) io.WriteCloser { return quotedprintable.NewWriter(w) }), mailLines},
	{"quoted-printable-binary", utf8Text, xmlText, true, through(func(w io.Writer) io.WriteCloser {
		q := quotedprintable.NewWriter(w)
		q.Binary = true
		return q
	}), nil},
	{"gzip", anyBytes, anyBytes, true, through(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }), nil},
	{"zlib", anyBytes, anyBytes, true, through(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }), nil},
	{"deflate", anyBytes, anyBytes, true, through(func(w io.Writer) io.WriteCloser { return must(flate.NewWriter(w, 6)) }), nil},
	{"zstd", anyBytes, anyBytes, true, through(func(w io.Writer) io.WriteCloser { return must(zstd.NewWriter(w)) }), nil},
	{"brotli", anyBytes, anyBytes, true, through(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }), nil},
	{"data-url", anyBytes, lineText, true, text(func(b []byte) string { return "data:text/plain;base64," + base64.StdEncoding.EncodeToString(b) }), nil},
}, structures...)

func text(encode func([]byte) string) func(*rand.Rand, []byte) []byte {
	return func(_ *rand.Rand, inner []byte) []byte { return []byte(encode(inner)) }
}

func through(open func(io.Writer) io.WriteCloser) func(*rand.Rand, []byte) []byte {
	return func(_ *rand.Rand, inner []byte) []byte {
		var out bytes.Buffer
		w := open(&out)
		must(w.Write(inner))
		if err := w.Close(); err != nil {
			panic(err)
		}
		return out.Bytes()
	}
}

// must is for encoders that write into memory: an error there is ours.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func utf16(order unicode.Endianness) func(*rand.Rand, []byte) []byte {
	return func(_ *rand.Rand, inner []byte) []byte {
		return must(unicode.UTF16(order, unicode.UseBOM).NewEncoder().Bytes(inner))
	}
}

// mailLines gives a text the line ends of mail. Quoted-printable of a text has no other (RFC 2045, 6.7, rule 4: the encoder must write each line end of the text as CRLF),
// so that a payload with others never arrives as it was written; the -binary layer keeps them, as escapes.
func mailLines(b []byte) []byte {
	b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
}

// lines breaks base64 as MIME does, at 76 characters (RFC 2045, 6.8).
func lines(s string) string {
	var out []string
	for ; len(s) > 76; s = s[76:] {
		out = append(out, s[:76])
	}
	return strings.Join(append(out, s), "\r\n")
}

func each(b []byte, format string) string {
	var out strings.Builder
	for _, c := range b {
		fmt.Fprintf(&out, format, c)
	}
	return out.String()
}

func eachRune(b []byte, format string) string {
	var out strings.Builder
	for _, r := range string(b) {
		fmt.Fprintf(&out, format, r)
	}
	return out.String()
}

func jsonOf(v any) []byte { return must(json.Marshal(v)) }
