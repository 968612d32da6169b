package envoy

import (
	"time"

	"postern/inspect"
	"postern/profile"
)

// Call is one request as a proxy saw it, before it reached the callee.
type Call struct {
	ID       string       // decision id: random, single use, ours
	At       time.Time    // when the check arrived
	Edge     profile.Edge // who calls whom, proven by mTLS
	Version  string       // of the callee, "" where unknown
	Protocol string       // HTTP/1.1, HTTP/2, …
	Outbound bool         // the caller's own sidecar asks: neither judged nor learned
	Message  inspect.Message
}

// Outcome is how a call ended, from the access log.
type Outcome struct {
	ID         string // decision id from the dynamic metadata
	Status     int    // HTTP status, 0 where the client went away
	GRPCStatus int    // −1 where there is none
	Flags      string // Envoy's response flags and details, for the log
	Took       time.Duration
}
