package sidecar

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Config is one workload's sidecar. Addresses are host:port or unix:/path.
type Config struct {
	Workload string            // SPIFFE ID, spiffe://TD/ns/NS/sa/SA
	Version  string            // of the workload, "" where it has none
	Labels   map[string]string // further labels Postern sees as the callee's
	Admin    string            // where Envoy's admin interface listens, loopback; "" for none

	Certificate, Key, Roots string   // PEM files: the workload's SVID with its chain, its key, the trust domain's CAs
	Federated               []Domain // other trust domains whose workloads may call, and be called

	Inbound  []Inbound
	Outbound []Outbound
	Postern  Postern
	Traces   string  // OTLP/gRPC collector; "" for no tracing
	Sampling float64 // percent of traces started here, 0 to 100
}

// Domain is another trust domain. Its CAs speak for its own workloads alone (SPIFFE Trust Domain and Bundle, §5.2).
type Domain struct {
	Name  string // "partner.example"
	Roots string // PEM file of its CAs
}

// Inbound is one port of the workload as its peers see it.
type Inbound struct {
	Name      string // of the listener, unique, a word
	Listen    string // where Envoy listens for peers
	App       string // where the application listens
	HTTP2     bool   // the application speaks HTTP/2 without TLS, as gRPC does; else HTTP/1.1
	Plaintext bool   // also let callers without a certificate in: they are checked as unauthenticated (Istio's PERMISSIVE)
	Routes    []Route
}

// Route is a part of a port's paths. The first that matches holds; what no route matches is checked without its body.
type Route struct {
	Prefix    string // of the path: "/v1/orders"
	Path      string // or the exact path: "/shop.Payments/Charge"
	Body      int    // bytes of a request's body Postern is shown, for unary calls; 0: none, as streams need
	Unchecked bool   // no check at all: a probe of the platform's
}

// Outbound is one peer the workload calls: the application speaks plain HTTP to Listen, the sidecar mTLS to Upstream.
type Outbound struct {
	Name     string // of the listener, unique, a word
	Listen   string // where Envoy listens for the application, loopback
	Upstream string // the peer's inbound listener
	Peer     string // the SPIFFE ID the peer must prove; "" believes every workload of the trust domains
}

// Postern is where checks and access logs go.
type Postern struct {
	Addresses []string      // of the replicas; none are needed where nothing comes in
	ID        string        // SPIFFE ID Postern must prove, with TLS by the workload's own SVID; "" for plain text (loopback or unix socket)
	Timeout   time.Duration // for one check; 0: 250 ms
	MaxBody   int           // the largest Body of any route, bytes; 0: 16 KiB. Keep it below Envoy's 1 MiB connection buffer
	FailOpen  bool          // let calls through while Postern can't be asked
	LogFlush  time.Duration // how long Envoy may keep access log entries back; 0: 1 s
}

const (
	defaultTimeout  = 250 * time.Millisecond
	defaultBody     = 16 << 10
	defaultLogFlush = time.Second
	bufferLimit     = 1 << 20 // Envoy's per_connection_buffer_limit_bytes: a larger max_request_bytes answers 413
)

// TrustDomain returns the workload's trust domain, "mesh.example" of spiffe://mesh.example/ns/shop/sa/orders.
func (c Config) TrustDomain() string {
	td, _, _ := strings.Cut(strings.TrimPrefix(c.Workload, "spiffe://"), "/")
	return td
}

// Domains are all trust domains that are believed, the workload's own first.
func (c Config) Domains() []Domain {
	return append([]Domain{{c.TrustDomain(), c.Roots}}, c.Federated...)
}

// Service returns the workload's short name, "orders" of spiffe://mesh.example/ns/shop/sa/orders.
func (c Config) Service() string { return c.Workload[strings.LastIndex(c.Workload, "/")+1:] }

// complete returns c with its defaults, or every mistake in it.
func (c Config) complete() (Config, error) {
	var wrong []error
	report := func(format string, a ...any) { wrong = append(wrong, fmt.Errorf("sidecar: "+format, a...)) }
	if !spiffe(c.Workload) {
		report("workload %q is not a SPIFFE ID (spiffe://TD/ns/NS/sa/SA)", c.Workload)
	}
	if c.Certificate == "" || c.Key == "" || c.Roots == "" {
		report("certificate, key and roots are needed: who calls whom is proven by mTLS")
	}
	c.federated(report)
	if c.Sampling < 0 || c.Sampling > 100 {
		report("sampling %g is not a percentage", c.Sampling)
	}
	c.Postern = c.Postern.complete(len(c.Inbound) > 0, report)
	names := map[string]bool{}
	once := func(kind, name string) {
		if name == "" || names[kind+name] {
			report("%s listener %q: each needs a name of its own", kind, name)
		}
		names[kind+name] = true
	}
	address := func(what, at string) {
		if !reachable(at) {
			report("%s %q is not host:port or unix:/path", what, at)
		}
	}
	for _, in := range c.Inbound {
		once("inbound", in.Name)
		address(in.Name+": listen", in.Listen)
		address(in.Name+": app", in.App)
		in.check(c.Postern.MaxBody, report)
	}
	for _, out := range c.Outbound {
		once("outbound", out.Name)
		address(out.Name+": listen", out.Listen)
		address(out.Name+": upstream", out.Upstream)
		if out.Peer != "" && !spiffe(out.Peer) {
			report("%s: peer %q is not a SPIFFE ID", out.Name, out.Peer)
		}
	}
	for _, at := range []string{c.Admin, c.Traces} {
		if at != "" {
			address("address", at)
		}
	}
	return c, errors.Join(wrong...)
}

func (c Config) federated(report func(string, ...any)) {
	known := map[string]bool{c.TrustDomain(): true}
	for _, d := range c.Federated {
		switch {
		case d.Name == "" || strings.ContainsAny(d.Name, "/:") || d.Roots == "":
			report("federated trust domain %q needs a name such as partner.example, and the file of its roots", d.Name)
		case known[d.Name]:
			report("trust domain %q is there twice", d.Name)
		}
		known[d.Name] = true
	}
}

func (p Postern) complete(asked bool, report func(string, ...any)) Postern {
	if len(p.Addresses) == 0 && asked {
		report("postern has no address")
	}
	sockets := 0
	for _, at := range p.Addresses {
		if strings.HasPrefix(at, "unix:") {
			sockets++
		}
		if !reachable(at) {
			report("postern's address %q is not host:port or unix:/path", at)
		}
	}
	if sockets > 0 && sockets < len(p.Addresses) {
		report("postern's addresses are either unix sockets or host:port, not both")
	}
	if p.ID != "" && !spiffe(p.ID) {
		report("postern's id %q is not a SPIFFE ID", p.ID)
	}
	if p.Timeout == 0 {
		p.Timeout = defaultTimeout
	}
	if p.LogFlush == 0 {
		p.LogFlush = defaultLogFlush
	}
	if p.MaxBody == 0 {
		p.MaxBody = defaultBody
	}
	if p.MaxBody < 0 || p.MaxBody > bufferLimit {
		report("max body %d is not between 1 byte and 1 MiB", p.MaxBody)
	}
	return p
}

func (in Inbound) check(most int, report func(string, ...any)) {
	for _, r := range in.Routes {
		at := r.Prefix + r.Path
		if (r.Prefix == "") == (r.Path == "") || at[0] != '/' {
			report("%s: a route has either a prefix or a path, and it begins with /", in.Name)
		}
		if r.Body < 0 || r.Body > most {
			report("%s: route %s shows %d bytes, above postern's max body of %d", in.Name, at, r.Body, most)
		}
		if r.Unchecked && r.Body > 0 {
			report("%s: route %s is unchecked, so its body goes nowhere", in.Name, at)
		}
	}
}

func spiffe(id string) bool {
	td, path, found := strings.Cut(strings.TrimPrefix(id, "spiffe://"), "/")
	return strings.HasPrefix(id, "spiffe://") && found && td != "" && path != ""
}

func reachable(at string) bool {
	if path, ok := strings.CutPrefix(at, "unix:"); ok {
		return strings.HasPrefix(path, "/")
	}
	host, port, err := net.SplitHostPort(at)
	n, errPort := strconv.ParseUint(port, 10, 16)
	return err == nil && errPort == nil && host != "" && n > 0
}
