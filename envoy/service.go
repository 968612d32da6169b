package envoy

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // the generated codec, for all messages but a CheckRequest
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"

	"postern/profile"
)

// Service decides about calls. Its methods are called from many goroutines at once and must not block.
type Service interface {
	// Check decides. The call and all it points to may be used until it returns.
	Check(ctx context.Context, call *Call) profile.Verdict
	// Mode is the narrowest mode known for an edge: it decides what a failure is answered.
	Mode(edge profile.Edge) profile.Mode
	// Failed tells of a call that was answered without a verdict. The call may be used until it returns.
	Failed(ctx context.Context, call *Call, f Failure)
	// Ended tells how a call ended. An unknown ID is the word of a stranger.
	Ended(o Outcome)
}

// Failure is why a call was answered without a verdict.
type Failure struct {
	Kind  FailureKind
	Mode  profile.Mode // Enforce: answered by an error, about which Envoy's failure mode decides; else by an explicit OK
	Err   error
	Stack []byte // of a panic
}

// FailureKind is a word for metrics and answers.
type FailureKind string

// The failures.
const (
	FailurePanic     FailureKind = "panic"     // in our own code; the call is not judged
	FailureDeadline  FailureKind = "deadline"  // too little time was left when the check arrived: overload
	FailureLate      FailureKind = "late"      // the proxy gave up while we judged: its failure mode has decided
	FailureMalformed FailureKind = "malformed" // no CheckRequest
	FailureOutbound  FailureKind = "outbound"  // asked by the caller's own sidecar: a misconfiguration, answered OK
)

// reserve is the time a check takes at worst. With less left the proxy will not wait for the answer: judging would only keep others waiting.
const reserve = time.Millisecond

// maxMessage is the largest CheckRequest taken. Envoy buffers at most per_connection_buffer_limit_bytes (1 MiB by default) of a body.
const maxMessage = 16 << 20

const checkMethod = "/envoy.service.auth.v3.Authorization/Check"

type server struct {
	service  Service
	config   Config
	names    names
	requests sync.Pool // of *request
}

// ServerOptions are what the gRPC server needs: the codec first of all. Without it Check cannot be served.
func ServerOptions() []grpc.ServerOption {
	const window = 1 << 20
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(codec{encoding.GetCodecV2("proto")}),
		// As many as checks are usually in flight: a new goroutine for each would grow its stack anew, a fifth of all CPU time.
		grpc.NumStreamWorkers(128),
		grpc.InitialWindowSize(window),
		grpc.InitialConnWindowSize(window),
		grpc.MaxRecvMsgSize(maxMessage),
		// Envoy's connection_keepalive pings every 10 s; grpc-go would end such a connection with too_many_pings.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second, PermitWithoutStream: true}),
	}
}

// Register adds ext_authz, access log and health to a gRPC server made with ServerOptions. The health server says SERVING at once; its
// Shutdown begins the drain.
func Register(g *grpc.Server, service Service, config Config) (*health.Server, error) {
	if err := config.valid(); err != nil {
		return nil, err
	}
	s := &server{service: service, config: config, requests: sync.Pool{New: newRequest}}
	g.RegisterService(&grpc.ServiceDesc{
		ServiceName: "envoy.service.auth.v3.Authorization",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Check", Handler: handleCheck}},
		Metadata:    "envoy/service/auth/v3/external_auth.proto",
	}, s)
	accesslogv3.RegisterAccessLogServiceServer(g, accessLog{service})
	h := health.NewServer()
	healthv1.RegisterHealthServer(g, h)
	return h, nil
}

// handleCheck is what generated code would be for Check, with a pooled request.
func handleCheck(srv any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // grpc's order of arguments
	s, _ := srv.(*server)
	r, _ := s.requests.Get().(*request)
	defer s.free(r)
	if err := decode(r); err != nil {
		return nil, err
	}
	if interceptor == nil {
		return s.check(ctx, r), nil
	}
	return interceptor(ctx, r, &grpc.UnaryServerInfo{Server: srv, FullMethod: checkMethod}, func(ctx context.Context, _ any) (any, error) {
		return s.check(ctx, r), nil
	})
}

// check answers one request, whatever happens.
func (s *server) check(ctx context.Context, r *request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = s.fail(ctx, r, Failure{Kind: FailurePanic, Err: fmt.Errorf("envoy: panic in a check: %v", p), Stack: debug.Stack()})
		}
	}()
	now := time.Now()
	s.fill(ctx, r, now)
	deadline, limited := ctx.Deadline()
	switch {
	case r.malformed != nil:
		return s.fail(ctx, r, Failure{Kind: FailureMalformed, Err: r.malformed})
	case limited && deadline.Sub(now) < reserve:
		return s.fail(ctx, r, Failure{Kind: FailureDeadline, Err: context.DeadlineExceeded})
	case r.call.Outbound:
		s.service.Failed(ctx, &r.call, Failure{Kind: FailureOutbound, Mode: profile.Off})
		return pass(&r.call)
	}
	v := s.service.Check(ctx, &r.call)
	if err := ctx.Err(); err != nil {
		s.service.Failed(ctx, &r.call, Failure{Kind: FailureLate, Mode: v.Mode, Err: err})
	}
	return decide(&r.call, &v)
}

// fail answers a failure by the mode. It is the last barrier: where the mode cannot be known either, the answer is an error, never empty.
func (s *server) fail(ctx context.Context, r *request, f Failure) (a answer) {
	f.Mode = profile.Enforce
	defer func() {
		if p := recover(); p != nil {
			a = fail(&r.call, f.Mode, string(f.Kind))
		}
	}()
	f.Mode = s.service.Mode(r.call.Edge)
	s.service.Failed(ctx, &r.call, f)
	return fail(&r.call, f.Mode, string(f.Kind))
}
