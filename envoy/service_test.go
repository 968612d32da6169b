package envoy

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	accesslogdatav3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"postern/profile"
)

// fake is a Service that does what a test tells it.
type fake struct {
	check func(ctx context.Context, c *Call) profile.Verdict
	mode  func(profile.Edge) profile.Mode

	sync.Mutex
	failures []Failure
	outcomes []Outcome
}

func (f *fake) Check(ctx context.Context, c *Call) profile.Verdict { return f.check(ctx, c) }
func (f *fake) Mode(e profile.Edge) profile.Mode                   { return f.mode(e) }

func (f *fake) Failed(_ context.Context, _ *Call, x Failure) {
	f.Lock()
	defer f.Unlock()
	f.failures = append(f.failures, x)
}

func (f *fake) Ended(o Outcome) {
	f.Lock()
	defer f.Unlock()
	f.outcomes = append(f.outcomes, o)
}

// failed returns the kinds of the failures so far, and forgets them.
func (f *fake) failed() (kinds []string) {
	f.Lock()
	defer f.Unlock()
	for _, x := range f.failures {
		kinds = append(kinds, string(x.Kind)+" "+x.Mode.String())
	}
	f.failures = nil
	return kinds
}

// serve starts the gRPC side for f and returns a connection to it.
func serve(t *testing.T, f *fake, more ...grpc.ServerOption) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	g := grpc.NewServer(append(ServerOptions(), more...)...)
	if _, err := Register(g, f, Config{}); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- g.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		g.Stop()
		<-done //nolint:errcheck // how it ended is not asked
	})
	return conn
}

func always(m profile.Mode) func(profile.Edge) profile.Mode {
	return func(profile.Edge) profile.Mode { return m }
}

func TestCheckOverGRPC(t *testing.T) {
	var seen Call
	var body string
	var ids []string
	f := &fake{mode: always(profile.Enforce), check: func(_ context.Context, c *Call) profile.Verdict {
		seen, body, ids = *c, string(c.Message.Body), append(ids, c.ID)
		return profile.Verdict{Allow: len(body) > 100, Mode: profile.Enforce, Reasons: []profile.Reason{{Level: profile.LevelEdge, Class: "new-caller"}}}
	}}
	wrapped := 0
	client := authv3.NewAuthorizationClient(serve(t, f, grpc.UnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if info.FullMethod == checkMethod {
			wrapped++
		}
		return next(ctx, req)
	})))
	ctx := metadata.AppendToOutgoingContext(t.Context(), "traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")

	small := sample()
	r, err := client.Check(ctx, small)
	if err != nil || r.GetDeniedResponse().GetStatus().GetCode() != 403 {
		t.Fatalf("%v, %v", r, err)
	}
	if seen.ID != r.GetDynamicMetadata().GetFields()["decision_id"].GetStringValue() || len(seen.ID) != 32 {
		t.Errorf("decision id %q", seen.ID)
	}
	if seen.Version != "v3" || seen.Protocol != "HTTP/1.1" || !strings.HasSuffix(seen.Traceparent, "-01") || time.Since(seen.At) > time.Minute {
		t.Errorf("%+v", seen)
	}
	if want := (profile.Edge{From: "spiffe://mesh.test/ns/shop/sa/web", To: "spiffe://mesh.test/ns/shop/sa/orders"}); seen.Edge != want {
		t.Errorf("edge %v", seen.Edge)
	}

	// A body over many frames arrives whole, and the next small request finds nothing of it.
	large := sample()
	large.Attributes.Request.Http.RawBody = bytes.Repeat([]byte("0123456789"), 100_000)
	delete(large.Attributes.ContextExtensions, "version")
	r, err = client.Check(ctx, large)
	if err != nil || r.GetOkResponse() == nil || body != string(large.Attributes.Request.Http.RawBody) || seen.Version != "v2" {
		t.Fatalf("%v, %v, %d bytes, version %q", r, err, len(body), seen.Version)
	}
	if _, err = client.Check(ctx, &authv3.CheckRequest{}); err != nil || body != "" || len(seen.Message.Header) != 0 || seen.Version != "" || seen.Edge.From != profile.Unauthenticated {
		t.Errorf("an empty request is %+v, %v", seen, err)
	}
	if ids[0] == ids[1] || ids[1] == ids[2] || wrapped != 3 || len(f.failed()) != 0 {
		t.Errorf("ids %v, %d intercepted", ids, wrapped)
	}
}

func TestFailuresAreAnsweredByMode(t *testing.T) {
	boom := func(context.Context, *Call) profile.Verdict { panic("boom") }
	cases := []struct {
		name    string
		check   func(context.Context, *Call) profile.Verdict
		mode    func(profile.Edge) profile.Mode
		timeout time.Duration
		request func() *authv3.CheckRequest
		allowed bool
		want    []string
	}{
		{"panic in enforce", boom, always(profile.Enforce), 0, sample, false, []string{"panic enforce"}},
		{"panic in shadow", boom, always(profile.Shadow), 0, sample, true, []string{"panic shadow"}},
		{"panic in off", boom, always(profile.Off), 0, sample, true, []string{"panic off"}},
		{"panic where the mode panics too", boom, func(profile.Edge) profile.Mode { panic("no mode") }, 0, sample, false, nil},
		{"outbound", boom, always(profile.Enforce), 0, func() *authv3.CheckRequest {
			r := sample()
			r.Attributes.ContextExtensions["direction"] = "outbound"
			return r
		}, true, []string{"outbound off"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := &fake{mode: c.mode, check: c.check}
			r, err := authv3.NewAuthorizationClient(serve(t, f)).Check(t.Context(), c.request())
			if err != nil {
				t.Fatal(err)
			}
			if (r.GetOkResponse() != nil) != c.allowed || (r.GetErrorResponse() == nil) != c.allowed || r.GetStatus() == nil {
				t.Errorf("answer %v", r)
			}
			if d := cmp.Diff(c.want, f.failed()); d != "" {
				t.Errorf("failures (-want +got):\n%s", d)
			}
		})
	}
}

// TestDeadlineAndMalformed calls the handler itself: a client would not send such requests in time.
func TestDeadlineAndMalformed(t *testing.T) {
	for _, mode := range []profile.Mode{profile.Shadow, profile.Enforce} {
		f := &fake{mode: always(mode), check: func(context.Context, *Call) profile.Verdict { t.Error("judged"); return profile.Verdict{} }}
		s := &server{service: f}
		late, cancel := context.WithTimeout(t.Context(), -time.Second)
		defer cancel()
		for _, c := range []struct {
			ctx  context.Context
			wire []byte
			want string
		}{{late, nil, "deadline"}, {t.Context(), []byte{0xff}, "malformed"}, {t.Context(), protowire.AppendTag(nil, 1, protowire.EndGroupType), "malformed"}} {
			r, _ := newRequest().(*request)
			r.malformed = r.read(c.wire)
			a := decoded(t, s.check(c.ctx, r))
			if (a.GetOkResponse() != nil) != (mode == profile.Shadow) {
				t.Errorf("%s in %v: %v", c.want, mode, a)
			}
			if d := cmp.Diff([]string{c.want + " " + mode.String()}, f.failed()); d != "" {
				t.Errorf("failures (-want +got):\n%s", d)
			}
		}
	}
}

func TestLateIsCounted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &fake{check: func(context.Context, *Call) profile.Verdict {
		cancel()
		return profile.Verdict{Allow: true, Mode: profile.Enforce}
	}}
	r, _ := newRequest().(*request)
	decoded(t, (&server{service: f}).check(ctx, r))
	if d := cmp.Diff([]string{"late enforce"}, f.failed()); d != "" {
		t.Error(d)
	}
}

func TestHealth(t *testing.T) {
	client := healthv1.NewHealthClient(serve(t, &fake{}))
	r, err := client.Check(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil || r.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Errorf("%v, %v", r, err)
	}
}

// entry is one access log entry of a call that ended.
func entry(id string, status uint32, headers, trailers map[string]string) *accesslogdatav3.HTTPAccessLogEntry {
	common := &accesslogdatav3.AccessLogCommon{AccessLogType: accesslogdatav3.AccessLogType_DownstreamEnd, Duration: durationpb.New(3 * time.Millisecond)}
	if id != "" {
		common.Metadata = &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{filterName: {Fields: map[string]*structpb.Value{"decision_id": structpb.NewStringValue(id)}}}}
	}
	return &accesslogdatav3.HTTPAccessLogEntry{CommonProperties: common, Response: &accesslogdatav3.HTTPResponseProperties{
		ResponseCode: wrapperspb.UInt32(status), ResponseCodeDetails: "via_upstream", ResponseHeaders: headers, ResponseTrailers: trailers,
	}}
}

func TestAccessLog(t *testing.T) {
	type text = map[string]string
	grpcCall := text{"content-type": "application/grpc"}
	cases := []struct {
		entry *accesslogdatav3.HTTPAccessLogEntry
		grpc  int
		ok    bool
	}{
		{entry("ok", 200, nil, nil), -1, true},
		{entry("redirect", 304, nil, nil), -1, true},
		{entry("client error", 404, nil, nil), -1, false},
		{entry("server error", 503, nil, nil), -1, false},
		{entry("gone", 0, nil, nil), -1, false},
		{entry("grpc ok", 200, grpcCall, text{"grpc-status": "0"}), 0, true},
		{entry("grpc error", 200, grpcCall, text{"grpc-status": "5"}), 5, false},
		{entry("grpc trailers-only", 200, text{"grpc-status": "7"}, nil), 7, false},
		{entry("grpc without status", 200, grpcCall, nil), -1, false},
		{entry("grpc nonsense", 200, grpcCall, text{"grpc-status": "x"}), 2, false},
		{entry("", 200, nil, nil), -1, true},
	}
	f := &fake{}
	stream, err := accesslogv3.NewAccessLogServiceClient(serve(t, f)).StreamAccessLogs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	start := entry("start", 200, nil, nil)
	start.CommonProperties.AccessLogType = accesslogdatav3.AccessLogType_DownstreamStart
	periodic := entry("periodic", 200, nil, nil)
	periodic.CommonProperties.AccessLogType = accesslogdatav3.AccessLogType_DownstreamPeriodic
	log := []*accesslogdatav3.HTTPAccessLogEntry{start, periodic}
	for _, c := range cases {
		log = append(log, c.entry)
	}
	for i, e := range log { // one message each: the identifier stands in the first only
		m := &accesslogv3.StreamAccessLogsMessage{LogEntries: &accesslogv3.StreamAccessLogsMessage_HttpLogs{HttpLogs: &accesslogv3.StreamAccessLogsMessage_HTTPAccessLogEntries{LogEntry: []*accesslogdatav3.HTTPAccessLogEntry{e}}}}
		if i == 0 {
			m.Identifier = &accesslogv3.StreamAccessLogsMessage_Identifier{Node: &corev3.Node{Id: "orders-1"}}
		}
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := stream.CloseAndRecv(); err != nil {
		t.Fatal(err)
	}
	if len(f.outcomes) != len(cases) {
		t.Fatalf("%d outcomes of %d entries", len(f.outcomes), len(cases))
	}
	for i, c := range cases {
		o := f.outcomes[i]
		if id := c.entry.GetCommonProperties().GetMetadata().GetFilterMetadata()[filterName].GetFields()["decision_id"].GetStringValue(); o.ID != id {
			t.Errorf("entry %d: id %q, want %q", i, o.ID, id)
		}
		if o.GRPCStatus != c.grpc || o.OK() != c.ok || o.Node != "orders-1" || o.Took != 3*time.Millisecond || o.Flags != "via_upstream" {
			t.Errorf("%s: %+v, ok %v", o.ID, o, o.OK())
		}
	}
}

func TestAccessLogPanicEndsOnlyTheStream(t *testing.T) {
	f := &fake{}
	conn := serve(t, f)
	bad := &panicking{fake: f}
	l := accessLog{bad}
	if err := l.StreamAccessLogs(&oneEntry{ctx: t.Context()}); err == nil {
		t.Error("no error")
	}
	if d := cmp.Diff([]string{"panic inherit"}, f.failed()); d != "" {
		t.Error(d)
	}
	if _, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{}); err != nil {
		t.Error(err)
	}
}

// panicking fails on every outcome.
type panicking struct{ *fake }

func (panicking) Ended(Outcome) { panic("boom") }

// oneEntry is a stream of one entry.
type oneEntry struct {
	grpc.ClientStreamingServer[accesslogv3.StreamAccessLogsMessage, accesslogv3.StreamAccessLogsResponse]
	ctx context.Context //nolint:containedctx // a stream is asked for its context
}

func (s *oneEntry) Context() context.Context { return s.ctx }

func (s *oneEntry) Recv() (*accesslogv3.StreamAccessLogsMessage, error) {
	return &accesslogv3.StreamAccessLogsMessage{LogEntries: &accesslogv3.StreamAccessLogsMessage_HttpLogs{HttpLogs: &accesslogv3.StreamAccessLogsMessage_HTTPAccessLogEntries{
		LogEntry: []*accesslogdatav3.HTTPAccessLogEntry{entry("x", 200, nil, nil)},
	}}}, nil
}
