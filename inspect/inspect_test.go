package inspect

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func inspector(t testing.TB) *Inspector {
	t.Helper()
	p, err := New(DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func text(t testing.TB, m *Message) string {
	t.Helper()
	p := inspector(t)
	tree := p.Inspect(m)
	defer p.Free(tree)
	return string(tree.AppendText(nil, 0))
}

func TestInspect(t *testing.T) {
	m := &Message{
		Method: []byte("POST"), Path: []byte("/a%20b//c?q=%27%20or&flag&x=1"),
		Header: []Header{{[]byte("content-type"), []byte("application/json")}, {[]byte("cookie"), []byte("s=1; t=\"2\"")}},
		Body:   []byte(`{"items":[{"note":"eyJjbWQiOiAicm0gLXJmIC8ifQ=="}, 1.5],"a.b":"%2527x","a.b":null}`),
		Size:   -1,
	}
	got := text(t, m)
	want := `path array
path[0] string "a b"
path[1] string ""
    ! ambiguous:path-empty 1.00 0:0
path[2] string "c"
query object
query.q string "' or"
query.flag none
query.x string "1"
header object
header.content-type string "application/json"
cookie object
cookie.s string "1"
cookie.t string "2"
    ! ambiguous:cookie-quoted 1.00 0:0
body string "{\"items\":[{\"note\":\"eyJjbWQiOiAicm0gLXJmIC8ifQ==\"}, 1.5],\"a.b\":\"%2527x\",\"a.b\":null}"
body|json object
body|json.items array
body|json.items[] object
body|json.items[].note string "eyJjbWQiOiAicm0gLXJmIC8ifQ=="
body|json.items[].note|base64 string "{\"cmd\": \"rm -rf /\"}"
body|json.items[].note|base64|json object
body|json.items[].note|base64|json.cmd string "rm -rf /"
body|json.items[] number 1.5
body|json."a.b" string "%2527x"
body|json."a.b"|percent string "%27x"
    ! ambiguous:percent-twice 1.00 0:0
body|json."a.b"|percent|percent string "'x"
body|json."a.b" null
    ! ambiguous:duplicate-key 1.00 0:0
bytes: 82 decoded, 0 opaque, 0 unexamined
`
	if strip(got) != strip(want) {
		t.Errorf("got\n%s", got)
	}
}

// strip leaves the attacks out: they are the detectors' to test.
func strip(s string) string {
	var out []string
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(line, "    ! ") || strings.Contains(line, "ambiguous:") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

func TestPathsParseBack(t *testing.T) {
	for _, s := range []string{
		"body", "path[2]", "query.q", "header.x-a", "cookie.c", "body|json.items[].note|base64|json.cmd", `body|json."a.b"[]`, `body|json.""`, `body|json."\udcff\u0001\"é"`,
		`query."user[name]"|percent`,
	} {
		p, err := ParsePath(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		} else if p.String() != s {
			t.Errorf("%s: printed as %s", s, p)
		}
	}
	for _, s := range []string{"", "bodyx", "body[2]", "body|nothing", "body..a", "body.a]", `body."a`, "path[x]", "path[-1]", "path[01]", "body.a\"b"} {
		if p, err := ParsePath(s); err == nil {
			t.Errorf("%q: no error, but %s", s, p)
		}
	}
}

func TestShapeOfParsedPath(t *testing.T) {
	p := inspector(t)
	tree := p.Inspect(&Message{Path: []byte("/x/y?a%5B%5D=%2522"), Body: []byte(`[{"k":[["eyJjbWQiOiAicm0gLXJmIC8ifQ=="]]}]`), Size: -1})
	defer p.Free(tree)
	for i := range tree.Nodes {
		s := tree.Path(int32(i))
		path, err := ParsePath(s)
		if err != nil {
			t.Fatal(err)
		}
		if path.Shape() != tree.Nodes[i].Shape {
			t.Errorf("%s: the parsed path has another shape", s)
		}
	}
	if len(tree.Nodes) < 12 {
		t.Errorf("only %d nodes", len(tree.Nodes))
	}
}

// poolsForget says that pools drop what they hold at random, so that who takes from one allocates.
var poolsForget bool

func TestNoAllocation(t *testing.T) {
	if poolsForget {
		t.Skip("pools forget under the race detector")
	}
	p := inspector(t)
	of := func(contentType, body string) *Message {
		return &Message{
			Path: []byte("/x/y?a=1&b=%41+x"), Body: []byte(body), Size: -1,
			Header: []Header{{[]byte("accept"), []byte("*/*")}, {[]byte("content-type"), []byte(contentType)}, {[]byte("cookie"), []byte("a=1; b=2")}},
		}
	}
	for _, m := range []*Message{
		of("application/json; charset=UTF-8", `[{"k":[["eyJjbWQiOiAib3JkZXIgdGhlIGxpc3QifQ=="]],"a_name_of_many_letters":1},"\u0041bc"]`),
		of("application/xml; charset=utf-8", `<a b="c"><d>e &amp; f</d></a>`),
		of("application/x-www-form-urlencoded", `a=b%20c&d=e+f`),
		of("text/plain", "plain text, and nothing else"),
	} {
		if n := testing.AllocsPerRun(100, func() { p.Free(p.Inspect(m)) }); n != 0 {
			t.Errorf("%v allocations of %s", n, m.Body)
		}
	}
}

// What a detector reads in random bytes (a signature, an image) is chance; in a stretch of text among them it is not.
func TestChanceInBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	p, err := New(DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	attacks := func(body []byte) (n int) {
		tree := p.Inspect(&Message{Method: []byte("PUT"), Path: []byte("/"), Body: body, Size: int64(len(body))})
		defer p.Free(tree)
		for _, f := range tree.Findings {
			if f.Score >= .5 && !strings.Contains(f.Class, ":") {
				n++
			}
		}
		return n
	}
	random := func(n int) []byte {
		v := make([]byte, n)
		for i := range v {
			v[i] = byte(r.Uint32())
		}
		return v
	}
	flagged := 0
	for range 60 {
		if attacks(random(30_000)) > 0 {
			flagged++
		}
	}
	if flagged > 1 {
		t.Errorf("an attack is seen in %d of 60 images", flagged)
	}
	for _, text := range []string{"<script>alert(1)</script>", "<?php system($_GET['c']); ?>", "' or 1=1 union select 1"} {
		if attacks(slices.Concat(random(300), []byte("\x00"+text+"\x00"), random(300))) == 0 {
			t.Errorf("%q among bytes is not seen", text)
		}
	}
}
