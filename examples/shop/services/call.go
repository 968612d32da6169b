package services

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// carried takes W3C trace context and baggage from each call to those it causes.
var carried = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

// requestID is the key of a request's id in a context.
type requestID struct{}

// withTrace puts the caller's trace context and request id into each request's context.
func withTrace(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := carried.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx = context.WithValue(ctx, requestID{}, r.Header.Get("X-Request-Id"))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// peer is another service, as seen through our own sidecar.
type peer struct {
	name, base string
	client     *http.Client
}

func newPeer(name, address string) peer {
	return peer{name: name, base: "http://" + address, client: &http.Client{
		Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute},
	}}
}

// refused is a peer's answer that is not 2xx.
type refused struct {
	Peer   string
	Status int
	Body   string
}

func (r *refused) Error() string {
	return fmt.Sprintf("shop: %s answers %d: %s", r.Peer, r.Status, r.Body)
}

// do sends body (nil: none) as JSON and reads the answer into reply (nil: thrown away).
func (p peer) do(ctx context.Context, method, path string, body, reply any) error {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("shop: %w", err)
		}
		in = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, p.base+path, in)
	if err != nil {
		return fmt.Errorf("shop: %w", err)
	}
	request.Host = p.name + ".shop.svc"
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if id, ok := ctx.Value(requestID{}).(string); ok && id != "" {
		request.Header.Set("X-Request-Id", id)
	}
	carried.Inject(ctx, propagation.HeaderCarrier(request.Header))
	response, err := p.client.Do(request)
	if err != nil {
		return fmt.Errorf("shop: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("shop: %s: %w", p.name, err)
	}
	if response.StatusCode/100 != 2 {
		return &refused{p.name, response.StatusCode, string(text)}
	}
	if reply == nil {
		return nil
	}
	if err := json.Unmarshal(text, reply); err != nil {
		return fmt.Errorf("shop: %s: %w", p.name, err)
	}
	return nil
}

// dial opens a gRPC connection to a peer through our own sidecar. At the shop's start a peer may be late: calls wait for it, within their deadline.
func dial(name, address string) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithAuthority(name+".shop.svc"),
		grpc.WithDefaultCallOptions(grpc.WaitForReady(true)),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, MaxDelay: time.Second}}),
		grpc.WithUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, o ...grpc.CallOption) error {
			headers := propagation.MapCarrier{}
			carried.Inject(ctx, headers)
			if id, ok := ctx.Value(requestID{}).(string); ok && id != "" {
				headers["x-request-id"] = id
			}
			return invoke(metadata.NewOutgoingContext(ctx, metadata.New(headers)), method, req, reply, cc, o...)
		}))
}

// read decodes a request's JSON body into T; ok is false once a 400 was answered.
func read[T any](w http.ResponseWriter, r *http.Request) (body T, ok bool) {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body); err != nil {
		fail(w, http.StatusBadRequest, "the body is not what was expected: "+err.Error())
		return body, false
	}
	return body, true
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone: nobody is left to tell
}

func fail(w http.ResponseWriter, status int, text string) {
	answer(w, status, map[string]string{"error": text})
}

// failed answers for an error of a peer: a refusal stays one, anything else is a bad gateway.
func failed(w http.ResponseWriter, err error) {
	status := http.StatusBadGateway
	if r, ok := err.(*refused); ok && r.Status < 500 { //nolint:errorlint // do returns it unwrapped
		status = http.StatusUnprocessableEntity
	}
	fail(w, status, err.Error())
}
