package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"postern/envoy"
	"postern/profile"
)

// spy is a Service behind the real gRPC side: it remembers what Envoy said and answers what the test asks for.
type spy struct {
	mu       sync.Mutex
	calls    []seen
	outcomes map[string]envoy.Outcome
	strays   int // entries without a decision id
	failures []envoy.Failure

	answer func(c *envoy.Call) profile.Verdict // nil allows
	mode   profile.Mode
}

// seen is a Call that outlives its check.
type seen struct {
	envoy.Call
	path, body string
	headers    map[string][]string
}

func (s *spy) Check(_ context.Context, c *envoy.Call) profile.Verdict {
	x := seen{Call: *c, path: string(c.Message.Path), body: string(c.Message.Body), headers: map[string][]string{}}
	for _, h := range c.Message.Header {
		x.headers[string(h.Name)] = append(x.headers[string(h.Name)], string(h.Value))
	}
	s.mu.Lock()
	s.calls = append(s.calls, x)
	s.mu.Unlock()
	if s.answer != nil {
		return s.answer(c)
	}
	return profile.Verdict{Allow: true, Mode: s.mode, Operation: "test"}
}

func (s *spy) Mode(profile.Edge) profile.Mode { return s.mode }

func (s *spy) Failed(_ context.Context, _ *envoy.Call, f envoy.Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, f)
}

func (s *spy) Ended(o envoy.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.ID == "" {
		s.strays++
		return
	}
	s.outcomes[o.ID] = o
}

// last returns the last call that was checked.
func (s *spy) last() seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) == 0 {
		return seen{}
	}
	return s.calls[len(s.calls)-1]
}

// ended waits for the outcome of a call.
func (s *spy) ended(t *testing.T, id string) (o envoy.Outcome) {
	t.Helper()
	eventually(t, "the access log entry of "+id, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		var ok bool
		o, ok = s.outcomes[id]
		return ok
	})
	return o
}

// listen serves s as Postern's gRPC side and returns its address.
func (s *spy) listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer(envoy.ServerOptions()...)
	if _, err := envoy.Register(g, s, envoy.Config{}); err != nil {
		t.Fatal(err)
	}
	go func() { _ = g.Serve(l) }()
	t.Cleanup(g.Stop)
	return l.Addr().String()
}

// Test01EnvoySide holds the Envoy side to the real proxy: what a check says, what an answer does, how an ended call comes back.
func Test01EnvoySide(t *testing.T) {
	t.Parallel()
	s := &spy{outcomes: map[string]envoy.Outcome{}, mode: profile.Enforce}
	tool(t, "ENVOY", "envoy")
	w := newWorld(t, s.listen(t))
	w.callee()
	web := w.caller("web")
	for _, part := range []struct {
		name string
		run  func(t *testing.T, s *spy, w *world, web *caller)
	}{
		{"identity", identity},
		{"plaintext", plaintext},
		{"bodies", bodies},
		{"denial", denied},
		{"gRPC", unary},
		{"streams", streams},
		{"outcomes", outcomes},
		{"failures", failures},
	} {
		t.Run(part.name, func(t *testing.T) {
			s.answer, s.mode = nil, profile.Enforce
			here := *web
			here.t = t
			part.run(t, s, w, &here)
		})
	}
}

func identity(t *testing.T, s *spy, w *world, web *caller) {
	want := profile.Edge{From: w.mesh.ID("shop", "web"), To: w.mesh.ID("shop", "orders")}
	for name, client := range map[string]*http.Client{"HTTP/1.1": web.client, "HTTP/2": web.h2} {
		r := web.do(client, http.MethodGet, "/orders/7?x=1", nil, "x-a", "1", "x-a", "2",
			"x-forwarded-client-cert", "URI=spiffe://mesh.test/ns/shop/sa/admin", "x-envoy-downstream-service-cluster", "admin", "host", "payments")
		c := s.last()
		if r.status != 200 || c.Edge != want || c.Protocol != name || c.Version != "v2" || c.Outbound {
			t.Errorf("%s: status %d, edge %v, protocol %q, version %q", name, r.status, c.Edge, c.Protocol, c.Version)
		}
		if c.path != "/orders/7?x=1" || !slices.Equal(c.headers["x-a"], []string{"1", "2"}) || string(c.Message.Method) == "" {
			t.Errorf("%s: path %q, headers %v", name, c.path, c.headers)
		}
		if c.headers["x-envoy-auth-partial-body"] != nil || c.headers[":path"] != nil || c.headers["x-forwarded-client-cert"] != nil {
			t.Errorf("%s: Envoy's own headers among the sender's: %v", name, c.headers)
		}
	}
}

func plaintext(t *testing.T, s *spy, w *world, _ *caller) {
	direct := newCaller(t, w.http, w.grpc)
	r := direct.get("/orders/7", "x-forwarded-client-cert", "URI=spiffe://mesh.test/ns/shop/sa/web")
	want := profile.Edge{From: profile.Unauthenticated, To: w.mesh.ID("shop", "orders")}
	if c := s.last(); r.status != 200 || c.Edge != want {
		t.Errorf("status %d, edge %v", r.status, c.Edge)
	}
}

func bodies(t *testing.T, s *spy, w *world, web *caller) {
	whole, long := strings.Repeat("x", w.bodies), strings.Repeat("y", w.bodies+1000)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, whole)
	_ = z.Close()
	for _, c := range []struct {
		name, path string
		body       io.Reader
		headers    []string
		seen       string
		size       int64
		cut        bool
	}{
		{"whole", "/a", strings.NewReader(whole), nil, whole, int64(len(whole)), false},
		{"over the limit", "/a", strings.NewReader(long), nil, long[:w.bodies], int64(len(long)), true},
		{"chunked", "/a", io.MultiReader(strings.NewReader("ab"), strings.NewReader("cd")), nil, "abcd", -1, false},
		{"chunked over the limit", "/a", io.MultiReader(strings.NewReader(long)), nil, long[:w.bodies], -1, true},
		{"bytes", "/a", strings.NewReader("\x00\xff\xfe"), nil, "\x00\xff\xfe", 3, false},
		{"gzip", "/a", bytes.NewReader(zipped.Bytes()), []string{"content-encoding", "gzip"}, zipped.String(), int64(zipped.Len()), false},
		{"not shown", "/stream/a", strings.NewReader("abcd"), nil, "", 4, true},
		{"not shown, chunked", "/stream/a", io.MultiReader(strings.NewReader("abcd")), []string{"content-type", "text/plain"}, "", -1, true},
		{"the caller lies", "/a", strings.NewReader("abcd"), []string{"x-envoy-auth-partial-body", "true"}, "abcd", 4, false},
	} {
		r := web.do(web.client, http.MethodPost, c.path, c.body, c.headers...)
		got := s.last()
		if r.status != 200 || got.body != c.seen || got.Message.Size != c.size || got.Message.Cut != c.cut {
			t.Errorf("%s: status %d, %d bytes, size %d, cut %v; want %d, %d, %v", c.name, r.status, len(got.body), got.Message.Size, got.Message.Cut, len(c.seen), c.size, c.cut)
		}
	}
	if r := web.get("/a"); r.status != 200 || s.last().Message.Cut {
		t.Error("a request without a body is cut")
	}
}

// refused is a verdict that says no.
func refused(*envoy.Call) profile.Verdict {
	return profile.Verdict{Mode: profile.Enforce, Reasons: []profile.Reason{{Level: profile.LevelAttack, Class: "xxe", Path: "body|json.secret"}}}
}

func denied(t *testing.T, s *spy, w *world, web *caller) {
	s.answer = refused
	before := w.app.reached.Load()
	for _, client := range []*http.Client{web.client, web.h2} {
		r := web.do(client, http.MethodPost, "/a", strings.NewReader("{}"))
		var body struct {
			ID     string `json:"decision_id"`
			Reason string
		}
		if err := json.Unmarshal([]byte(r.body), &body); err != nil {
			t.Fatalf("%v: %q", err, r.body)
		}
		id := s.last().ID
		if r.status != 403 || body.ID != id || body.Reason != "attack/xxe" || r.header.Get("x-postern-decision-id") != id || r.header.Get("x-postern-reason") != "attack/xxe" || r.header.Get("content-type") != "application/json" {
			t.Errorf("answer %+v", r)
		}
		if o := s.ended(t, id); o.OK() || o.Status != 403 || o.Flags != "ext_authz_denied" {
			t.Errorf("outcome %+v", o)
		}
	}
	if n := w.app.reached.Load() - before; n != 0 {
		t.Errorf("the application was reached %d times", n)
	}
}

func unary(t *testing.T, s *spy, _ *world, web *caller) {
	reply, _, err := web.call("/shop.Orders/Place", []byte("\x0a\x02hi"))
	c := s.last()
	if err != nil || string(reply) != "\x0a\x02hi" || c.body != "\x00\x00\x00\x00\x04\x0a\x02hi" || !c.GRPC || c.Message.Cut {
		t.Fatalf("%q, %v, %+v", reply, err, c)
	}
	if o := s.ended(t, c.ID); !o.OK() || o.GRPCStatus != 0 || !o.GRPC {
		t.Errorf("outcome %+v", o)
	}
	if _, _, err = web.call("/shop.Orders/Fail", []byte("\x0a\x02hi")); status.Code(err) != codes.FailedPrecondition {
		t.Error(err)
	}
	if o := s.ended(t, s.last().ID); o.OK() || o.GRPCStatus != int(codes.FailedPrecondition) {
		t.Errorf("outcome %+v", o)
	}
	s.answer = refused
	_, trailer, err := web.call("/shop.Orders/Place", []byte("\x0a\x02hi"))
	id := s.last().ID
	if status.Code(err) != codes.PermissionDenied || !strings.Contains(err.Error(), "attack/xxe") || !slices.Equal(trailer.Get("x-postern-decision-id"), []string{id}) || !slices.Equal(trailer.Get("x-postern-reason"), []string{"attack/xxe"}) {
		t.Errorf("%v, %v", err, trailer)
	}
	if o := s.ended(t, id); o.OK() || o.GRPCStatus != int(codes.PermissionDenied) {
		t.Errorf("outcome %+v", o)
	}
}

// streams: a message goes out only after the answer to the one before has come, so a proxy that waits for the body would hang.
func streams(t *testing.T, s *spy, _ *world, web *caller) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stream, err := web.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/shop.Orders/Watch")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		want, reply := fmt.Appendf(nil, "message %d", i), []byte(nil)
		if err := errors.Join(stream.SendMsg(want), stream.RecvMsg(&reply)); err != nil || !bytes.Equal(reply, want) {
			t.Fatalf("message %d: %q, %v", i, reply, err)
		}
	}
	if err := stream.CloseSend(); err != nil {
		t.Error(err)
	}
	if err := stream.RecvMsg(new([]byte)); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	c := s.last()
	if o := s.ended(t, c.ID); !o.OK() || !c.Message.Cut || c.body != "" {
		t.Errorf("outcome %+v of %+v", o, c)
	}
}

func outcomes(t *testing.T, s *spy, w *world, web *caller) {
	for _, code := range []int{200, 204, 302, 404, 500} {
		web.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		r := web.get(fmt.Sprint("/status/", code))
		o := s.ended(t, s.last().ID)
		if r.status != code || o.Status != code || o.OK() != (code < 400) || o.Node != w.mesh.ID("shop", "orders") || o.Took <= 0 {
			t.Errorf("%d: %d, %+v", code, r.status, o)
		}
	}
}

func failures(t *testing.T, s *spy, _ *world, web *caller) {
	s.answer = func(*envoy.Call) profile.Verdict { panic("boom") }
	if r := web.get("/a"); r.status != 503 || r.header.Get("x-postern-reason") != "error/panic" {
		t.Errorf("enforce: %+v", r)
	}
	s.mode = profile.Shadow
	if r := web.get("/a"); r.status != 200 {
		t.Errorf("shadow: %+v", r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.failures); n != 2 || s.failures[0].Kind != envoy.FailurePanic || len(s.failures[0].Stack) == 0 {
		t.Errorf("%d failures", n)
	}
}
