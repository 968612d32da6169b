package inspect

import (
	"strings"
	"testing"

	"postern/inspect/decode"
)

// ask is a request for a test: a path, header lines and a body.
func ask(path, body string, lines ...string) *Message {
	m := &Message{Method: []byte("POST"), Host: []byte("orders"), Path: []byte(path), Body: []byte(body), Size: -1}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		m.Header = append(m.Header, Header{[]byte(name), []byte(value)})
	}
	return m
}

// joinedHosts is a request with two Host lines, as Envoy hands it on.
func joinedHosts() *Message {
	m := ask("/", "", "a: b")
	m.Host = []byte("orders,payments")
	return m
}

// TestAmbiguities holds each ambiguity of requests, characters and JSON to an example of it, and to its twin that has nothing of the kind.
func TestAmbiguities(t *testing.T) {
	const j = "content-type: application/json"
	for _, c := range []struct {
		is        decode.Ambiguity
		odd, twin *Message
	}{
		{decode.PathSlash, ask("/a%2Fb", ""), ask("/a/b", "")},
		{decode.PathDots, ask("/a/%2e%2e/b", ""), ask("/a/..b", "")},
		{decode.PathEmpty, ask("/a//b", ""), ask("/a/b/", "")},
		{decode.PathBackslash, ask(`/a\b`, ""), ask("/a-b", "")},
		{decode.PathParameter, ask("/a;b=c", ""), ask("/a,b=c", "")},
		{decode.PathFragment, ask("/a#b", ""), ask("/a!b", "")},
		{decode.PathAbsolute, ask("http://other/a", ""), ask("/http:/a", "")},
		{decode.QueryMark, ask("/a?b=c?d", ""), ask("/a?b=c", "")},
		{decode.PercentBad, ask("/a?b=%zz", ""), ask("/a?b=%25zz", "")},
		{decode.PercentTwice, ask("/a?b=%2527", ""), ask("/a?b=%25", "")},
		{decode.PercentUnicode, ask("/a?b=%u0027", ""), ask("/a?b=%27", "")},
		{decode.PercentPlain, ask("/%61dmin", ""), ask("/admin", "")},
		{decode.ParameterTwice, ask("/a?b=1&b=2", ""), ask("/a?b=1&c=2", "")},
		{decode.ParameterSemi, ask("/a?b=1;c=2", ""), ask("/a?b=1%3Bc", "")},
		{decode.ParameterBracket, ask("/a?b[c]=1", ""), ask("/a?b.c=1", "")},
		{decode.CookieTwice, ask("/", "", "cookie: a=1; a=2"), ask("/", "", "cookie: a=1; b=2")},
		{decode.CookieQuoted, ask("/", "", `cookie: a="1"`), ask("/", "", "cookie: a=1")},
		{decode.NUL, ask("/a?b=c%00d", ""), ask("/a?b=c%20d", "")},
		{decode.BareCR, ask("/", `{"a":"b\rc"}`, j), ask("/", `{"a":"b\r\nc"}`, j)},
		{decode.Overlong, ask("/a?b=..%c0%af..%c0%afetc", ""), ask("/a?b=../../etc", "")},
		{decode.BadUTF8, ask("/", "{\"a\":\"b\xff\xfec\"}", j), ask("/", `{"a":"bÿþc"}`, j)},
		{decode.BOM, ask("/", "\xef\xbb\xbf{}", j), ask("/", "{}", j)},
		{decode.Bidi, ask("/", `{"a":"b\u202ec"}`, j), ask("/", `{"a":"b\u2020c"}`, j)},
		{decode.Surrogate, ask("/", `{"a":"\ud83d"}`, j), ask("/", `{"a":"\ud83d\ude00"}`, j)},
		{decode.CharsetLie, ask("/", "a=\xe9t\xe9", "content-type: text/plain; charset=utf-8"), ask("/", "a=été", "content-type: text/plain; charset=utf-8")},
		{decode.Seven, ask("/", `{"a":"+ADw-script+AD4-alert(1)+ADw-/script+AD4-"}`, j), ask("/", `{"a":"1+2-3"}`, j)},
		{decode.EntityOpen, ask("/", `{"a":"&#60script"}`, j), ask("/", `{"a":"&#60;script"}`, j)},
		{decode.TypeLie, ask("/", "hello there", j), ask("/", `"hello there"`, j)},
		{decode.TypeLie, ask("/", `{"a":1}`, "content-type: text/plain; charset=utf-8"), ask("/", "{a} is 1", "content-type: text/plain")},
		{decode.TypeTwice, ask("/", "{}", j, "content-type: text/plain"), ask("/", "{}", j)},
		{decode.TypeTwice, ask("/", "{}", "content-type: application/json,text/plain"), ask("/", "{}", `content-type: application/json; a="b,c/d"`)},
		{decode.TypeTwice, ask("/", "{}", "content-type: application/json; charset=utf-8; Charset=utf-7"), ask("/", "{}", "content-type: application/json; charset=utf-8; v=1")},
		{decode.BoundaryTwo, ask("/", "--x\r\n\r\na\r\n--x--\r\n", "content-type: multipart/mixed; boundary=x; boundary=y"), ask("/", "--x\r\n\r\na\r\n--x--\r\n", "content-type: multipart/mixed; boundary=x; type=y")},
		{decode.EncodingLie, ask("/", "{}", "content-encoding: gzip"), ask("/", "{}", "content-encoding: identity")},
		{decode.HeaderTwice, ask("/", "", "authorization: a", "authorization: b"), ask("/", "", "accept: a", "accept: b")},
		{decode.HeaderTwice, ask("/", "", "authorization: Bearer a,Bearer b"), ask("/", "", `authorization: Digest username="a, b", realm=c, uri="/"`)},
		{decode.HeaderName, ask("/", "", "x y: a"), ask("/", "", "x-y: a")},
		{decode.HeaderSpecial, ask("/", "", "x: a\x01b"), ask("/", "", "x: a\tb")},
		{decode.LengthTwo, ask("/", "ab", "transfer-encoding: chunked", "content-length: 2"), ask("/", "ab", "content-length: 2")},
		{decode.LengthLie, ask("/", "abc", "content-length: 2"), ask("/", "abc", "content-length: 3")},
		{decode.HostTwo, ask("/", "", "host: other"), ask("/", "", "host: ORDERS")},
		{decode.HostTwo, joinedHosts(), ask("/", "", "a: b")},
		{decode.MethodTunnel, ask("/", "", "x-http-method-override: DELETE"), ask("/", "", "x-http: DELETE")},
		{decode.HopByHop, ask("/", "", "connection: close, x-user"), ask("/", "", "connection: Keep-Alive")},
		{decode.Trailing, ask("/", `{"a":1} x`, j), ask("/", "{\"a\":1} \n", j)},
		{decode.DuplicateKey, ask("/", `{"a":1,"\u0061":2}`, j), ask("/", `{"a":1,"b":{"a":2}}`, j)},
		{decode.EmptyKey, ask("/", `{"":1}`, j), ask("/", `{" ":1}`, j)},
		{decode.JSONComment, ask("/", `{/**/"a":1}`, j), ask("/", `{"a":"/**/"}`, j)},
		{decode.JSONComma, ask("/", `[1,]`, j), ask("/", `[1,2]`, j)},
		{decode.JSONQuote, ask("/", `{a:'b'}`, j), ask("/", `{"a":"'b'"}`, j)},
		{decode.JSONNumber, ask("/", `[01,+1,NaN]`, j), ask("/", `[0.1,1,-1e3]`, j)},
		{decode.JSONControl, ask("/", "{\"a\":\"b\x01\"}", j), ask("/", `{"a":"b\u0001"}`, j)},
		{decode.JSONEscape, ask("/", `{"a":"\q"}`, j), ask("/", `{"a":"\\q"}`, j)},
		{decode.JSONPrecise, ask("/", `[12345678901234567890]`, j), ask("/", `[1234567890]`, j)},
		{decode.JSONPrefix, ask("/", ")]}'\n[1]", j), ask("/", "[1]", j)},
		{decode.JSONSequence, ask("/", `{"a":1}{"a":2}`, j), ask("/", "{\"a\":1}\n{\"a\":2}", j)},
		{decode.NotCanonical, ask("/", `{"a":"aGVsbG8gd29ybHP="}`, j), ask("/", `{"a":"aGVsbG8gd29ybGQ="}`, j)},
		{decode.Members, ask("/", string(zipped([]byte("hello "), 1))+string(zipped([]byte("world"), 1)), "content-encoding: gzip"), ask("/", string(zipped([]byte("hello"), 1)), "content-encoding: gzip")},
		{decode.ChecksumBad, ask("/", broken(zipped([]byte("hello there"), 1)), "content-encoding: gzip"), ask("/", string(zipped([]byte("hello there"), 1)), "content-encoding: gzip")},
	} {
		p := inspector(t)
		for k, m := range []*Message{c.odd, c.twin} {
			tree := p.Inspect(m)
			seen := false
			for _, f := range tree.Findings {
				seen = seen || f.Class == c.is.Class()
			}
			if seen != (k == 0) {
				t.Errorf("%s: seen %v in\n%s", c.is, seen, tree.AppendText(nil, 0))
			}
			p.Free(tree)
		}
	}
}

// broken changes a bit of the checksum of a gzip file.
func broken(file []byte) string {
	file[len(file)-8] ^= 1
	return string(file)
}
