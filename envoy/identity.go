package envoy

import (
	"bytes"
	"fmt"
	"strings"

	"postern/inspect"
	"postern/profile"
)

// Config says whom to believe.
type Config struct {
	TrustDomain  string // of workloads written NS/SA; "" is cluster.local
	SourceHeader string // a header that a trusted hop sets where there is no mTLS; "" (the default) believes none
}

const scheme = "spiffe://"

// maxID is the longest SPIFFE ID that an implementation must support, in bytes (SPIFFE-ID, section 2.3).
const maxID = 2048

// Workload returns the SPIFFE ID of a workload given as a SPIFFE ID or as NS/SA of the trust domain.
func (c Config) Workload(s string) (string, error) {
	if isID([]byte(s)) {
		return s, nil
	}
	namespace, account, ok := strings.Cut(s, "/")
	if !ok || !isSegment([]byte(namespace)) || !isSegment([]byte(account)) {
		return "", fmt.Errorf("envoy: %q is neither spiffe://TRUST-DOMAIN/PATH nor NAMESPACE/SERVICE-ACCOUNT", s)
	}
	return scheme + c.domain() + "/ns/" + namespace + "/sa/" + account, nil
}

// Short returns spiffe://TD/ns/NS/sa/SA as NS/SA, anything else as it is. The trust domain is lost: it is for people to read.
func Short(id string) string {
	_, path, ok := strings.Cut(strings.TrimPrefix(id, scheme), "/ns/")
	if !ok || !strings.HasPrefix(id, scheme) {
		return id
	}
	namespace, account, ok := strings.Cut(path, "/sa/")
	if !ok || strings.Contains(namespace, "/") || strings.Contains(account, "/") {
		return id
	}
	return namespace + "/" + account
}

// valid refuses a trust domain or header that can never match.
func (c Config) valid() error {
	if !isID([]byte(scheme+c.domain()+"/x")) || strings.Contains(c.TrustDomain, "/") {
		return fmt.Errorf("envoy: %q is no trust domain: lower-case letters, digits, dots, dashes and underscores only", c.TrustDomain)
	}
	if c.SourceHeader != "" && c.SourceHeader != strings.ToLower(c.SourceHeader) {
		return fmt.Errorf("envoy: source header %q is not in lower case", c.SourceHeader)
	}
	return nil
}

func (c Config) domain() string {
	if c.TrustDomain == "" {
		return "cluster.local"
	}
	return c.TrustDomain
}

// edge says who calls whom. Only what the proxy proved by mTLS is believed of a caller: addresses, the Host header, XFCC and every other
// header are the sender's word. The one exception is the header that the operator named.
func (s *server) edge(a *attributes, headers []inspect.Header) profile.Edge {
	e := profile.Edge{From: profile.Unauthenticated, To: profile.Unknown}
	if isID(a.caller) {
		e.From = s.names.text(a.caller)
	} else if s.config.SourceHeader != "" {
		if id := s.workload(only(headers, s.config.SourceHeader)); id != "" {
			e.From = id
		}
	}
	if isID(a.callee) {
		e.To = s.names.text(a.callee)
	} else if id := s.workload(a.workload); id != "" {
		e.To = id
	}
	return e
}

// workload returns the SPIFFE ID of a workload written as such or as NS/SA, "" where it is neither.
func (s *server) workload(b []byte) string {
	if isID(b) {
		return s.names.text(b)
	}
	namespace, account, ok := bytes.Cut(b, []byte{'/'})
	if !ok || !isSegment(namespace) || !isSegment(account) {
		return ""
	}
	return scheme + s.config.domain() + "/ns/" + string(namespace) + "/sa/" + string(account)
}

// only returns the value of a header that stands exactly once, else nil: of two values one is forged.
func only(headers []inspect.Header, name string) (value []byte) {
	found := false
	for i := range headers {
		if string(headers[i].Name) != name {
			continue
		}
		if found {
			return nil
		}
		found, value = true, headers[i].Value
	}
	return value
}

// isID tells whether b is a SPIFFE ID that names a workload (SPIFFE-ID, section 2): lower-case trust domain, a path of at least one
// segment, no query, no percent signs, no dot segments.
func isID(b []byte) bool {
	if len(b) > maxID || len(b) < len(scheme) || string(b[:len(scheme)]) != scheme {
		return false
	}
	domain, path, ok := bytes.Cut(b[len(scheme):], []byte{'/'})
	if !ok || len(domain) == 0 || len(domain) > 255 {
		return false
	}
	for _, c := range domain {
		if !isPlain(c) || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	for ok {
		var segment []byte
		segment, path, ok = bytes.Cut(path, []byte{'/'})
		if !isSegment(segment) {
			return false
		}
	}
	return true
}

// isSegment tells whether b can be one segment of a SPIFFE ID's path.
func isSegment(b []byte) bool {
	if len(b) == 0 || string(b) == "." || string(b) == ".." {
		return false
	}
	for _, c := range b {
		if !isPlain(c) {
			return false
		}
	}
	return true
}

func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '-' || c == '_'
}
