package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/envoy"
	"postern/inspect"
	"postern/profile"
)

// trick is a request that two servers may read differently, as bytes on the wire, and what the real Envoy makes of it: whether it hands it on at all, what then arrives
// at the application, and what we say of it. What Envoy refuses needs no finding of ours, but stays here: a proxy that is set otherwise lets it through.
type trick struct {
	name    string
	request string   // CRLF for each line end; the body as it stands
	status  int      // what the sender gets
	arrives string   // the request target at the application; "" where it is not reached
	line    string   // one header line as it arrives, several of a name by bars; "" to leave it
	finds   []string // kinds of ambiguity, in order of the alphabet
}

var tricks = []trick{
	{name: "ordinary", request: get("/a/b?c=d"), status: 200, arrives: "/a/b?c=d"},
	{name: "escaped slash", request: get("/a%2Fb"), status: 400},
	{name: "escaped backslash", request: get("/a%5Cb"), status: 400},
	{name: "backslash", request: get(`/a\b`), status: 200, arrives: "/a/b"},
	{name: "dots", request: get("/a/../b"), status: 200, arrives: "/b"},
	{name: "escaped dots", request: get("/a/%2e%2e/b"), status: 200, arrives: "/b"},
	{name: "dots behind a parameter", request: get("/a/..;/b"), status: 200, arrives: "/b"},
	{name: "two slashes", request: get("//a//b"), status: 200, arrives: "/a/b"},
	{name: "escaped NUL in the path", request: get("/a%00b"), status: 400},
	{name: "escaped NUL in the query", request: get("/a?b=c%00d"), status: 200, arrives: "/a?b=c%00d", finds: []string{"nul"}},
	{name: "NUL in the path", request: get("/a\x00b"), status: 400},
	{name: "bytes beyond ASCII in the path", request: get("/caf\xc3\xa9"), status: 400},
	{name: "overlong dot", request: get("/%c0%ae%c0%ae/b"), status: 200, arrives: "/%c0%ae%c0%ae/b", finds: []string{"overlong"}},
	{name: "twice escaped", request: get("/a%252Fb"), status: 200, arrives: "/a%252Fb", finds: []string{"percent-twice"}},
	{name: "escaped letter", request: get("/%61dmin"), status: 200, arrives: "/admin"},
	{name: "bad escape", request: get("/a%zz"), status: 400, finds: []string{"percent-bad"}},
	{name: "%u", request: get("/a?b=%u0027"), status: 200, arrives: "/a?b=%u0027", finds: []string{"percent-unicode"}},
	{name: "fragment", request: get("/a#b"), status: 400},
	{name: "absolute target", request: "GET http://payments/a HTTP/1.1\r\nhost: orders\r\n\r\n", status: 200, arrives: "/a", line: "host: payments"},
	{name: "two question marks", request: get("/a?b=c?d=e"), status: 200, arrives: "/a?b=c?d=e", finds: []string{"query-mark"}},
	{name: "parameter twice", request: get("/a?b=1&b=2"), status: 200, arrives: "/a?b=1&b=2", finds: []string{"parameter-twice"}},
	{name: "semicolon in the query", request: get("/a?b=1;c=2"), status: 200, arrives: "/a?b=1;c=2", finds: []string{"parameter-semicolon"}},
	{name: "two hosts", request: get("/a", "host: payments"), status: 200, arrives: "/a", line: "host: orders,payments", finds: []string{"host-two"}},
	{name: "no host", request: "GET /a HTTP/1.1\r\n\r\n", status: 400},
	{name: "HTTP/1.0 without host", request: "GET /a HTTP/1.0\r\n\r\n", status: 426},
	{name: "lower case method", request: "get /a HTTP/1.1\r\nhost: orders\r\n\r\n", status: 400},
	{name: "header twice", request: get("/a", "x-a: 1", "x-a: 2"), status: 200, arrives: "/a", line: "x-a: 1|2"},
	{name: "authorization twice", request: get("/a", "authorization: Bearer a", "authorization: Bearer b"), status: 200, arrives: "/a", line: "authorization: Bearer a,Bearer b", finds: []string{"header-twice"}},
	{name: "header with underscore", request: get("/a", "x_a: 1"), status: 200, arrives: "/a", line: "x_a: 1"},
	{name: "blank before the colon", request: get("/a", "x-a : 1"), status: 400},
	{name: "folded header", request: get("/a", "x-a: 1", " 2"), status: 200, arrives: "/a", line: "x-a: 1 2"},
	{name: "NUL in a header", request: get("/a", "x-a: 1\x002"), status: 400},
	{name: "bare CR in a header", request: get("/a", "x-a: 1\r2"), status: 200, arrives: "/a", line: "x-a: 12"},
	{name: "tab in a header", request: get("/a", "x-a: 1\t2"), status: 200, arrives: "/a", line: "x-a: 1\t2"},
	{name: "line feeds alone", request: "GET /a HTTP/1.1\nhost: orders\nx-a: 1\n\n", status: 200, arrives: "/a", line: "x-a: 1"},
	{name: "method override", request: get("/a", "x-http-method-override: DELETE"), status: 200, arrives: "/a", finds: []string{"method-tunnel"}},
	{name: "connection names a header", request: get("/a", "connection: x-user", "x-user: bob"), status: 200, arrives: "/a", line: "x-user: "},
	{name: "two lengths that agree", request: post("abc", "content-length: 3", "content-length: 3"), status: 400},
	{name: "two lengths that do not", request: post("abc", "content-length: 3", "content-length: 2"), status: 400},
	{name: "length with a sign", request: post("abc", "content-length: +3"), status: 400},
	{name: "length and chunks", request: post("3\r\nabc\r\n0\r\n\r\n", "content-length: 5", "transfer-encoding: chunked"), status: 400},
	{name: "chunked twice", request: post("3\r\nabc\r\n0\r\n\r\n", "transfer-encoding: chunked", "transfer-encoding: chunked"), status: 501},
	{name: "identity and chunked", request: post("3\r\nabc\r\n0\r\n\r\n", "transfer-encoding: identity, chunked"), status: 501},
	{name: "chunked, with a tab", request: post("3\r\nabc\r\n0\r\n\r\n", "transfer-encoding:\tchunked"), status: 200, arrives: "/a"},
	{name: "chunk extension", request: post("3;x=\"y\"\r\nabc\r\n0\r\n\r\n", "transfer-encoding: chunked"), status: 200, arrives: "/a"},
	{name: "trailers", request: post("3\r\nabc\r\n0\r\nx-a: 1\r\n\r\n", "transfer-encoding: chunked"), status: 200, arrives: "/a"},
	{name: "body of a GET", request: "GET /a HTTP/1.1\r\nhost: orders\r\ncontent-length: 3\r\n\r\nabc", status: 200, arrives: "/a"},
	{name: "two content types", request: post(`{"a":1}`, "content-length: 7", "content-type: application/json", "content-type: text/plain"), status: 200, arrives: "/a", line: "content-type: application/json,text/plain", finds: []string{"type-twice"}},
	{name: "JSON as text", request: post(`{"a":1}`, "content-length: 7", "content-type: text/plain"), status: 200, arrives: "/a", finds: []string{"type-lie"}},
	{name: "text as JSON", request: post("hello", "content-length: 5", "content-type: application/json"), status: 200, arrives: "/a", finds: []string{"type-lie"}},
	{name: "key twice", request: post(`{"a":1,"a":2}`, "content-length: 13", "content-type: application/json"), status: 200, arrives: "/a", finds: []string{"duplicate-key"}},
	{name: "not what the encoding says", request: post("hello", "content-length: 5", "content-encoding: gzip"), status: 200, arrives: "/a", finds: []string{"encoding-lie"}},
	{name: "boundary twice", request: form("multipart/form-data; boundary=x; boundary=y", part("x", "a", "1")+"--x--\r\n"), status: 200, arrives: "/a", finds: []string{"boundary-two"}},
	{name: "two parts of a name", request: form("multipart/form-data; boundary=x", part("x", "a", "1")+part("x", "a", "2")+"--x--\r\n"), status: 200, arrives: "/a", finds: []string{"part-twice"}},
	{name: "boundary in a part", request: form("multipart/form-data; boundary=x", part("x", "a", "--xy\r\n")+"--x--\r\n"), status: 200, arrives: "/a", finds: []string{"boundary-prefix"}},
	{name: "two names of a part", request: form("multipart/form-data; boundary=x", "--x\r\ncontent-disposition: form-data; name=a; name=b\r\n\r\n1\r\n--x--\r\n"), status: 200, arrives: "/a", finds: []string{"part-name-two"}},
	{name: "a part behind the end", request: form("multipart/form-data; boundary=x", part("x", "a", "1")+"--x--\r\n"+part("x", "b", "2")+"--x--\r\n"), status: 200, arrives: "/a", finds: []string{"epilogue"}},
	{name: "line feeds in a multipart", request: form("multipart/form-data; boundary=x", strings.ReplaceAll(part("x", "a", "1"), "\r\n", "\n")+"--x--\n"), status: 200, arrives: "/a", finds: []string{"boundary-bare"}},
	{name: "no end of the multipart", request: form("multipart/form-data; boundary=x", part("x", "a", "1")), status: 200, arrives: "/a", finds: []string{"boundary-open"}},
	{name: "a transfer encoding in a part", request: form("multipart/form-data; boundary=x", "--x\r\ncontent-disposition: form-data; name=a\r\ncontent-transfer-encoding: base64\r\n\r\nJyBvciAxPTEgLS0=\r\n--x--\r\n"), status: 200, arrives: "/a", finds: []string{"part-encoding"}},
	{name: "cookie twice", request: get("/a", "cookie: s=1; s=2"), status: 200, arrives: "/a", finds: []string{"cookie-twice"}},
	{name: "two cookie lines", request: get("/a", "cookie: s=1", "cookie: s=2"), status: 200, arrives: "/a", line: "cookie: s=1|s=2", finds: []string{"cookie-twice"}},
}

func get(target string, lines ...string) string {
	return "GET " + target + " HTTP/1.1\r\n" + strings.Join(append([]string{"host: orders"}, lines...), "\r\n") + "\r\n\r\n"
}

func post(body string, lines ...string) string {
	return "POST /a HTTP/1.1\r\n" + strings.Join(append([]string{"host: orders"}, lines...), "\r\n") + "\r\n\r\n" + body
}

func form(contentType, body string) string {
	return post(body, "content-type: "+contentType, fmt.Sprint("content-length: ", len(body)))
}

func part(boundary, name, value string) string {
	return "--" + boundary + "\r\ncontent-disposition: form-data; name=" + name + "\r\n\r\n" + value + "\r\n"
}

// Test07Ambiguity sends each trick straight to the callee's Envoy, as a workload without a sidecar can.
func Test07Ambiguity(t *testing.T) {
	t.Parallel()
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	s := &spy{outcomes: map[string]envoy.Outcome{}, mode: profile.Enforce}
	tool(t, "ENVOY", "envoy")
	w := newWorld(t, s.listen(t))
	w.callee()
	for _, c := range tricks {
		t.Run(c.name, func(t *testing.T) {
			var finds []string
			s.answer = func(call *envoy.Call) profile.Verdict {
				finds = ambiguities(inspector, &call.Message)
				return profile.Verdict{Allow: true, Mode: profile.Enforce, Operation: "test"}
			}
			before := w.app.reached.Load()
			status := exchange(t, w.http, c.request)
			arrives := ""
			if w.app.reached.Load() > before {
				arrives = arrived(t, w.app, s.last(), c.line)
			}
			if status != c.status || arrives != c.arrives || !slices.Equal(finds, c.finds) {
				t.Errorf("status %d, arrives %q, finds %q; want %d, %q, %q", status, arrives, finds, c.status, c.arrives, c.finds)
			}
		})
	}
}

// ambiguities is what we say of a message, each kind once.
func ambiguities(p *inspect.Inspector, m *inspect.Message) (kinds []string) {
	tree := p.Inspect(m)
	defer p.Free(tree)
	for _, f := range tree.Findings {
		if kind, ok := strings.CutPrefix(f.Class, "ambiguous:"); ok && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// arrived returns the request target at the application. What arrives there must be what we were shown: the path, the body, and the line as it is wanted.
func arrived(t *testing.T, a *app, shown seen, line string) string {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if shown.path != a.last.RequestURI || shown.body != string(a.body) {
		t.Errorf("we were shown %q and %q, %q and %q arrived", shown.path, shown.body, a.last.RequestURI, a.body)
	}
	if name, want, ok := strings.Cut(line, ": "); ok {
		at, there := strings.Join(shown.headers[name], "|"), strings.Join(a.last.Header.Values(name), "|")
		if name == "host" {
			at, there = string(shown.Message.Host), a.last.Host
		}
		if at != want || there != want {
			t.Errorf("%s: we were shown %q, %q arrived; want %q", name, at, there, want)
		}
	}
	return a.last.RequestURI
}

// exchange writes a request to a connection of its own and returns the status of the answer, 0 for none.
func exchange(t *testing.T, address, request string) int {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the answer is there
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode
}
