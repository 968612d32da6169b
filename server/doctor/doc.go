// Package doctor reads an Envoy configuration and finds what would keep Postern from seeing, learning or denying, or would break calls: each finding has
// its line and the mend. Read rules.go, the table of what is looked for.
//
// It reads the static part of a bootstrap, a file of listeners and clusters, in YAML or JSON, or what Envoy itself says it runs with (file.go): the admin port's config_dump, in which all that
// came by xDS stands too, as Istio brings it.
//
// # Invariants
//
//  1. The configuration of package envoy/sidecar has no finding; each rule has a seeded mistake in doctor_test.go that it alone must find.
//  2. A rule looks at one HTTP connection manager with an ext_authz filter at a time, and never guesses what a value it does not know would do.
package doctor
