// Package e2e holds the end-to-end suites: Postern behind real Envoys with mTLS, each suite in a mesh of its own on loopback.
//
// The files are numbered in the order they are best read. 01 holds the Envoy side alone to the real proxy, with a service of the test's own
// behind it; from 02 on the program itself (bin/postern, built by the run) answers. A suite needs Envoy, some need Jaeger: `make tools`
// brings both. Without them a bare `go test ./...` skips; with POSTERN_E2E=required, which make and CI set, it fails.
// A run ends with the fail matrix as it saw it: what was made to fail, and how that was answered.
package e2e
