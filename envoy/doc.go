// Package envoy speaks with Envoy: ext_authz, access log, health.
package envoy
