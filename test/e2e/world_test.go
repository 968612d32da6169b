package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"postern/envoy/sidecar"
	"postern/examples/shop/mesh"
)

// tool returns the binary that `make tools` brings, or skips; where the suites are required it fails.
func tool(t *testing.T, variable, name string) string {
	t.Helper()
	path, err := mesh.Tool(variable, name)
	if err != nil {
		if os.Getenv("POSTERN_E2E") == "required" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return path
}

// world is one callee, orders, behind its sidecar, and as many callers as a suite asks for, each behind its own.
type world struct {
	t     *testing.T
	mesh  *mesh.Mesh
	envoy string
	app   *app

	postern   sidecar.Postern
	traces    string  // the collector's address, "" for none
	sampled   float64 // percent of calls
	http      string  // orders' inbound listeners
	grpc      string
	admin     string // of orders' Envoy
	orders    *mesh.Process
	bodies    int              // bytes of a body that Postern is shown
	federated []sidecar.Domain // whose workloads may call orders too
	bare      bool             // orders' Envoy says nothing about itself in context_extensions, as under plain Istio
}

// newWorld makes a mesh without processes; callee starts the first.
func newWorld(t *testing.T, postern string) *world {
	t.Helper()
	w := &world{t: t, envoy: tool(t, "ENVOY", "envoy"), bodies: 4096, sampled: 100, postern: sidecar.Postern{Addresses: []string{postern}, Timeout: 2 * time.Second, LogFlush: 100 * time.Millisecond}}
	m, err := mesh.New(t.TempDir(), "mesh.test")
	if err != nil {
		t.Fatal(err)
	}
	w.mesh = m
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// ports returns n free addresses.
func ports(t *testing.T, n int) []string {
	t.Helper()
	at, err := mesh.Ports(n)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// callee starts the orders application and its sidecar. Called again it starts the pair anew, at other addresses.
func (w *world) callee() {
	w.t.Helper()
	if w.orders != nil {
		if err := w.orders.Stop(); err != nil {
			w.t.Fatal(err)
		}
	}
	w.app = newApp(w.t)
	at := ports(w.t, 3)
	w.http, w.grpc, w.admin = at[0], at[1], at[2]
	c := sidecar.Config{
		Workload: w.mesh.ID("shop", "orders"), Version: "v2", Admin: w.admin, Postern: w.postern, Traces: w.traces, Sampling: w.sampled, Federated: w.federated,
		Inbound: []sidecar.Inbound{
			{Name: "http", Listen: w.http, App: w.app.http, Plaintext: true, Routes: []sidecar.Route{{Prefix: "/stream"}, {Prefix: "/", Body: w.bodies}}},
			{Name: "grpc", Listen: w.grpc, App: w.app.grpc, HTTP2: true, Routes: []sidecar.Route{{Path: "/shop.Orders/Place", Body: w.bodies}}},
		},
	}
	var err error
	if w.bare {
		w.orders, err = w.bareSidecar(c)
	} else {
		w.orders, err = w.mesh.Sidecar(w.t.Context(), w.envoy, c)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// bareSidecar starts a sidecar without context_extensions and without labels.
func (w *world) bareSidecar(c sidecar.Config) (*mesh.Process, error) {
	svid, err := w.mesh.SVID(c.Workload)
	if err != nil {
		return nil, err
	}
	c.Certificate, c.Key, c.Roots = svid.Certificate, svid.Key, svid.Roots
	text, err := sidecar.YAML(c)
	if err != nil {
		return nil, err
	}
	for _, line := range []string{`context_extensions: \{.*\}`, `bootstrap_metadata_labels_key: LABELS`} {
		pattern := regexp.MustCompile(line)
		if !pattern.Match(text) {
			return nil, errors.New("the sidecar's configuration has no " + line)
		}
		text = pattern.ReplaceAll(text, nil)
	}
	return w.mesh.Envoy(w.t.Context(), w.envoy, c.Service(), text, c.Admin)
}

// caller is a workload that calls orders through its own sidecar.
type caller struct {
	t          *testing.T
	http, grpc string // where its application reaches orders
	client     *http.Client
	h2         *http.Client
	conn       *grpc.ClientConn
	process    *mesh.Process
}

// caller starts a workload of the namespace shop with its sidecar.
func (w *world) caller(account string) *caller {
	w.t.Helper()
	return w.callerOf(w.mesh, account)
}

// callerOf starts one of a mesh that may be another than orders'.
func (w *world) callerOf(m *mesh.Mesh, account string) *caller {
	w.t.Helper()
	var federated []sidecar.Domain
	if m != w.mesh {
		federated = []sidecar.Domain{domain(w.t, w.mesh)}
	}
	at := ports(w.t, 3)
	p, err := m.Sidecar(w.t.Context(), w.envoy, sidecar.Config{
		Workload: m.ID("shop", account), Federated: federated, Admin: at[0], Postern: w.postern, Traces: w.traces, Sampling: w.sampled,
		Outbound: []sidecar.Outbound{
			{Name: "orders", Listen: at[1], Upstream: w.http, Peer: w.mesh.ID("shop", "orders")},
			{Name: "orders-grpc", Listen: at[2], Upstream: w.grpc, Peer: w.mesh.ID("shop", "orders")},
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	c := newCaller(w.t, at[1], at[2])
	c.process = p
	return c
}

// newCaller reaches orders at the given addresses, whatever lies between.
func newCaller(t *testing.T, plain, rpc string) *caller {
	t.Helper()
	var h2 http.Protocols
	h2.SetUnencryptedHTTP2(true)
	c := &caller{t: t, http: plain, grpc: rpc, client: &http.Client{Transport: &http.Transport{}}, h2: &http.Client{Transport: &http.Transport{Protocols: &h2}}}
	for _, client := range []*http.Client{c.client, c.h2} {
		client.Timeout = 20 * time.Second
		t.Cleanup(client.CloseIdleConnections)
	}
	conn, err := grpc.NewClient("passthrough:///"+rpc, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodecV2(plainBytes{})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	c.conn = conn
	return c
}

// answer is what an HTTP caller got.
type answer struct {
	status int
	body   string
	header http.Header
}

// do sends one request; headers are name, value, ….
func (c *caller) do(client *http.Client, method, path string, body io.Reader, headers ...string) answer {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, "http://"+c.http+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{response.StatusCode, string(text), response.Header}
}

func (c *caller) get(path string, headers ...string) answer {
	c.t.Helper()
	return c.do(c.client, http.MethodGet, path, nil, headers...)
}

func (c *caller) post(path, contentType, body string) answer {
	c.t.Helper()
	return c.do(c.client, http.MethodPost, path, strings.NewReader(body), "content-type", contentType)
}

// call makes a unary gRPC call and returns its answer, trailers and error.
func (c *caller) call(method string, message []byte) ([]byte, metadata.MD, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	var reply []byte
	var trailer metadata.MD
	err := c.conn.Invoke(ctx, method, message, &reply, grpc.Trailer(&trailer), grpc.WaitForReady(true))
	return reply, trailer, err
}

// plainBytes is a gRPC codec for messages that are encoded already.
type plainBytes struct{}

func (plainBytes) Name() string { return "proto" }

func (plainBytes) Marshal(v any) (mem.BufferSlice, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("message is a %T", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(b)}, nil
}

func (plainBytes) Unmarshal(data mem.BufferSlice, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("message into a %T", v)
	}
	*b = bytes.Clone(data.Materialize())
	return nil
}

// app is the orders application: it takes what comes and remembers how often. /status/N answers N; a gRPC method that ends in Fail fails,
// every other echoes each message.
type app struct {
	http, grpc string
	reached    atomic.Int64

	mu   sync.Mutex
	last *http.Request
	body []byte
}

func newApp(t *testing.T) *app {
	t.Helper()
	a := &app{}
	web := httptest.NewServer(a)
	t.Cleanup(web.Close)
	a.http = web.Listener.Addr().String()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.grpc = l.Addr().String()
	g := grpc.NewServer(grpc.ForceServerCodecV2(plainBytes{}), grpc.UnknownServiceHandler(a.echo))
	go func() { _ = g.Serve(l) }()
	t.Cleanup(g.Stop)
	return a
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.reached.Add(1)
	a.mu.Lock()
	a.last, a.body = r, body
	a.mu.Unlock()
	if code, ok := strings.CutPrefix(r.URL.Path, "/status/"); ok {
		n, _ := strconv.Atoi(code)
		w.WriteHeader(n)
		return
	}
	w.Header().Set("content-type", "application/json")
	_, _ = fmt.Fprintf(w, `{"bytes":%d}`, len(body))
}

func (a *app) echo(_ any, stream grpc.ServerStream) error {
	a.reached.Add(1)
	method, _ := grpc.MethodFromServerStream(stream)
	for {
		var m []byte
		if err := stream.RecvMsg(&m); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if strings.HasSuffix(method, "Fail") {
			return status.Error(codes.FailedPrecondition, "as asked")
		}
		if err := stream.SendMsg(m); err != nil {
			return err
		}
	}
}

// eventually waits until what holds, at most 20 s: things that pass through Envoy's access log take their time.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not within 20 s: %s", what)
}
