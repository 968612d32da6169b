// Package sidecar writes the recommended configuration of one workload's Envoy (1.38 or newer): a static bootstrap in YAML.
//
// Config says what there is (who the workload is, what it listens on, whom it calls, where Postern and the trace collector are); bootstrap.yaml.tmpl says what
// Envoy is told about it, each setting with its reason. The same function serves the demo, the end-to-end tests and `postern envoy-config`.
//
// # Invariants
//
//  1. Only inbound calls are checked: the callee's sidecar knows the caller by its certificate, the caller's own would ask about itself.
//  2. A peer is believed by its SVID alone, from the workload's trust domain; x-forwarded-client-cert is replaced by what mTLS proved.
//  3. A body is sent to Postern only on routes that name a size. Envoy holds a request until its body has arrived or the size is reached, so a
//     buffered bidirectional stream would never start: streams stay unbuffered.
//  4. The check and the access log entry of one call meet by decision_id in dynamic metadata, so whoever checks also logs.
//
// # Decisions
//
// 2026-11-23: A text template of YAML with comments, not protos marshalled to JSON: operators read and keep the file. Price: its fields are checked by Envoy
// (`envoy --mode validate`, in the tests), not by the compiler. Every value is written as a JSON string, which is YAML too, so none can break out.
//
// 2026-11-23: Certificates by file name, which Envoy reads at its start only. A mesh with SPIRE or Istio has an SDS socket and should use it; this package
// is for the mesh that has files. Price: an Envoy restart at rotation.
package sidecar
