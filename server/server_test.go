package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"postern/profile"
)

// lockedBuffer is written by the server and read by the test.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// running is a Server on unix sockets of a test's folder.
type running struct {
	*Server
	folder    string
	decisions *lockedBuffer
	stop      func() error // ends it and gives Run's error
}

func start(t *testing.T, environ ...string) *running {
	t.Helper()
	folder, err := os.MkdirTemp("", "p") //nolint:usetesting // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return startIn(t, folder, environ...)
}

func startIn(t *testing.T, folder string, environ ...string) *running {
	t.Helper()
	in := func(name string) string { return filepath.Join(folder, name) }
	c, err := configured(append([]string{
		"POSTERN_GRPC_ADDR=unix:" + in("g"), "POSTERN_ADMIN_ADDR=unix:" + in("a"), "POSTERN_METRICS_ADDR=unix:" + in("m"),
		"POSTERN_DATA=" + in("data"), "POSTERN_DRAIN=200ms",
	}, environ...)...)
	if err != nil {
		t.Fatal(err)
	}
	r := &running{folder: folder, decisions: &lockedBuffer{}}
	if r.Server, err = New(t.Context(), c, slog.New(slog.DiscardHandler), r.decisions); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if status, _ := r.get("m", "/readyz"); status == http.StatusOK {
			return r
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not become ready")
		}
	}
}

// get asks one of its HTTP sockets.
func (r *running) get(socket, path string) (status int, text string) {
	client, base := clientFor("unix:" + filepath.Join(r.folder, socket))
	answer, err := client.Get(base + path)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(body)
}

func (r *running) dial(t *testing.T) *grpc.ClientConn {
	t.Helper()
	c, err := grpc.NewClient("unix:"+filepath.Join(r.folder, "g"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// request is a check of one call from shop/web to shop/orders.
func request(method, path, body string) *authv3.CheckRequest {
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source:      &authv3.AttributeContext_Peer{Principal: "spiffe://m/ns/shop/sa/web"},
		Destination: &authv3.AttributeContext_Peer{Principal: "spiffe://m/ns/shop/sa/orders"},
		Request:     &authv3.AttributeContext_Request{Http: &authv3.AttributeContext_HttpRequest{Method: method, Path: path, Protocol: "HTTP/1.1", RawBody: []byte(body)}},
	}}
}

func check(t *testing.T, c *grpc.ClientConn, q *authv3.CheckRequest) *authv3.CheckResponse {
	t.Helper()
	answer, err := authv3.NewAuthorizationClient(c).Check(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

const attack = `{"q":"1' or '1'='1' -- "}`

func TestServesChecksHealthAndMetrics(t *testing.T) {
	t.Parallel()
	r := start(t, "POSTERN_MODE=enforce")
	c := r.dial(t)
	if got := check(t, c, request("POST", "/a", `{"q":"blue shoes"}`)).GetStatus().GetCode(); got != int32(codes.OK) {
		t.Errorf("an ordinary call: %v", got)
	}
	answer := check(t, c, request("POST", "/a", attack))
	if got := answer.GetStatus().GetCode(); got != int32(codes.PermissionDenied) {
		t.Errorf("an attack: %v", got)
	}
	id := answer.GetDynamicMetadata().GetFields()["decision_id"].GetStringValue()
	health, err := healthv1.NewHealthClient(c).Check(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil || health.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Error(health, err)
	}
	_, text := r.get("m", "/metrics")
	for _, want := range []string{`postern_decisions_total{level="attack",mode="enforce",verdict="deny"} 1`, "postern_store_up 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if status, text := r.get("m", "/healthz"); status != 200 || text != "alive\n" {
		t.Error(status, text)
	}
	if status, _ := r.get("m", "/debug/pprof/"); status != 404 {
		t.Errorf("pprof was not asked for: %d", status)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(r.decisions.String(), id) || id == "" {
		t.Errorf("the denial %q is not in the decision log: %s", id, r.decisions)
	}
}

func TestDrainAnswersWhatIsUnderWayAndSaysNotServing(t *testing.T) {
	t.Parallel()
	r := start(t)
	c := r.dial(t)
	check(t, c, request("GET", "/", ""))
	watch, err := healthv1.NewHealthClient(c).Watch(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := watch.Recv(); err != nil || h.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Fatal(h, err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	if h, err := watch.Recv(); err != nil || h.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING {
		t.Error(h, err)
	}
	check(t, c, request("GET", "/", "")) // while health says so, calls are still answered
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestASocketInUseIsNotTaken(t *testing.T) {
	t.Parallel()
	r := start(t)
	if _, err := listeners(t.Context(), []string{"unix:" + filepath.Join(r.folder, "g")}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Error(err)
	}
	stale := filepath.Join(r.folder, "stale")
	l, err := listeners(t.Context(), []string{"unix:" + stale})
	if err != nil {
		t.Fatal(err)
	}
	l[0].(interface{ SetUnlinkOnClose(bool) }).SetUnlinkOnClose(false)
	if err := l[0].Close(); err != nil { // as a killed process leaves it
		t.Fatal(err)
	}
	again, err := listeners(t.Context(), []string{"unix:" + stale})
	if err != nil {
		t.Fatal(err)
	}
	_ = again[0].Close()
	file := filepath.Join(r.folder, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listeners(t.Context(), []string{"unix:" + file}); err == nil {
		t.Error("a file was taken for a socket")
	}
}

// againReady is a store whose reading begins anew, as after a break.
type againReady struct{ profile.Memory }

func (s *againReady) Watch(_ context.Context, _ func(profile.Count), ready func()) error {
	ready()
	ready()
	return nil
}

func (s *againReady) Decisions(_ context.Context, _ func(profile.Decision), ready func()) error {
	ready()
	ready()
	return nil
}

func TestReadyAgainAfterABreakOfTheStore(t *testing.T) {
	t.Parallel()
	w := newWatched(&againReady{})
	if err := errors.Join(w.Watch(t.Context(), nil, func() {}), w.Decisions(t.Context(), nil, func() {})); err != nil {
		t.Fatal(err)
	}
	w.wait(t.Context(), slog.New(slog.DiscardHandler)) // ends at once
}
