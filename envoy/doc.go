// Package envoy speaks with Envoy: external authorization (ext_authz v3), access log service v3 and grpc.health.v1 on one gRPC server.
//
// It turns a CheckRequest into a Call, a Verdict into an answer, an access log entry into an Outcome, and knows nothing of what is decided
// in between. Read service.go first (the way of a check), then identity.go (whom we believe) and answer.go (what Envoy is told).
//
// # Invariants
//
//  1. No answer is empty: to Envoy a CheckResponse without a status means ALLOW. Only answer.go makes answers, and each has a status and a
//     response. A failure is answered too, by the mode; a gRPC error is sent only where there is no request (too large, not gRPC).
//  2. A caller is who mTLS proves it to be (source.principal, a SPIFFE ID), else unauthenticated. Addresses, Host, XFCC, labels and request
//     ids are the sender's word; the one header an operator may name is believed as the operator says.
//  3. A Call and the bytes it points to live until Check returns, then they are used again for another request.
//  4. Checks share nothing they write to: pooled requests have their own random source, names are read from an immutable map.
//  5. What the caller is told is level and class of the first reason and the decision id; never a path or a value.
//  6. An access log entry counts only by the decision id in its dynamic metadata, and only at the call's end.
//
// # What to set in Envoy
//
// Checks belong to the inbound listener of the callee's sidecar. The filter needs with_request_body {max_request_bytes,
// allow_partial_message: true, pack_as_bytes: true}, encode_raw_headers: true (else repeated headers arrive joined and bytes that are not
// UTF-8 as "!"), a timeout, and in context_extensions direction: inbound and, where there is no mTLS, workload: NS/SA. Body buffering must
// be off (disable_request_body_buffering) for bidirectional gRPC streams, which would wait for ever. The access log must log grpc-status
// from response headers and trailers, and content-type. Workloads of a second trust domain are let in by Envoy's SPIFFE validator
// (envoy.tls.cert_validator.spiffe) with a bundle for each domain: one trusted_ca that holds the authorities of both would let each speak for the
// other's workloads. Package envoy/sidecar writes the whole configuration.
//
// # Decisions
//
// 2026-11-23 Own codec. A CheckRequest is read field by field from the wire, without copies. Refused: the generated decoder (9.4 µs and
// 109 allocations against 0.6 µs and 0). Price: field numbers in our code; a differential fuzz test holds it to the generated decoder.
//
// 2026-11-23 Overload is seen by the deadline. A check that arrives with less than a millisecond left is answered at once by the mode.
// Refused: a counter of checks in flight (a write that all cores share). Price: a proxy without a timeout is never shed.
//
// 2026-11-23 What proxies write about a caller is no part of the message: the proxy's own element of x-forwarded-client-cert, and Istio's
// x-envoy-peer-metadata. Both change when a certificate or a pod is renewed, and the profile would deny every renewed caller (seen end to end).
// Elements that a sender wrote before it stay, without hash and certificate.
//
// 2026-11-23 Text that is not UTF-8 is taken. The generated decoder refuses it, and the call would fail as a whole; here a strange byte in
// a path is one more thing to judge.
package envoy
