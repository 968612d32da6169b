package envoy

import (
	"time"

	"postern/inspect"
	"postern/profile"
)

// Call is one request as a proxy saw it, before it reached the callee. It and every byte it points to are valid until Service.Check
// returns; its strings may be kept.
type Call struct {
	ID       string       // decision id: random, single use, ours
	At       time.Time    // when the check arrived
	Edge     profile.Edge // who calls whom, proven by mTLS
	Version  string       // of the callee, "" where unknown
	Protocol string       // HTTP/1.1, HTTP/2, …
	Outbound bool         // the caller's own sidecar asks: neither judged nor learned
	GRPC     bool         // the caller speaks gRPC: it is answered by a status, not a page
	Message  inspect.Message

	// W3C trace context of Envoy's own span around the check, from the gRPC metadata; "" where Envoy does not trace.
	// The traceparent among the message's headers belongs to an earlier span, and to whoever sent it.
	Traceparent, Tracestate string
}

// Outcome is how a call ended, from the access log.
type Outcome struct {
	ID         string // decision id from the dynamic metadata; "" where the proxy had no answer of ours: not checked, timed out, failed open
	At         time.Time
	Status     int    // HTTP status, 0 where the client went away
	GRPC       bool   // it was a gRPC call
	GRPCStatus int    // -1 where there is none
	Flags      string // Envoy's response code details, for the log
	Took       time.Duration
	Node       string // id of the proxy that logged it
}

// OK tells whether the call ended well: 2xx or 3xx, and grpc-status 0 where it was gRPC. A gRPC call without a status did not end.
func (o *Outcome) OK() bool {
	if o.GRPC && o.GRPCStatus != 0 {
		return false
	}
	return o.Status >= 200 && o.Status < 400 && o.GRPCStatus <= 0
}
