package doctor

import "slices"

// absent is the line of a message that lacks a field; nothing where the message itself is missing.
func absent(n *node, field string) []int {
	if n == nil || n.has(field) {
		return nil
	}
	return line(n)
}

func present(n *node, field string) []int {
	if f := n.at(field); f != nil {
		return line(f)
	}
	return nil
}

// unless is the line of a field that has none of the values, or of the message that lacks it.
func unless(n *node, field string, values ...string) []int {
	f := n.at(field)
	if slices.ContainsFunc(values, f.is) {
		return nil
	}
	return line(f, n)
}

// bodies calls f for each with_request_body: the filter's and the routes'.
func (p *place) bodies(f func(*node)) {
	if b := p.authz.at("with_request_body"); b != nil {
		f(b)
	}
	p.routes(func(_, _, own *node) {
		if b := own.at("check_settings", "with_request_body"); b != nil {
			f(b)
		}
	})
}

// speaksHTTP2 says whether a route's cluster is in the file and speaks HTTP/2 whatever the caller speaks, as gRPC services do.
func (p *place) speaksHTTP2(route *node) (yes bool) {
	c := p.file.clusters.named(route.at("route", "cluster"))
	c.at("typed_extension_protocol_options").each(func(o *node) { yes = yes || o.has("explicit_http_config", "http2_protocol_options") })
	return yes
}

// tls is the chain's DownstreamTlsContext, nil where it speaks plain text.
func (p *place) tls() *node {
	if t := p.chain.at("transport_socket", "typed_config"); t.typed("DownstreamTlsContext") {
		return t
	}
	return nil
}

// plaintextTwin says whether the chain takes plain text beside one of the same listener that takes TLS: callers without certificate are let in on purpose.
func (p *place) plaintextTwin() bool {
	return p.chain.at("filter_chain_match", "transport_protocol").is("raw_buffer")
}

// extension says whether a context extension is set for every call: by the filter's virtual hosts.
func (p *place) extension(name string) bool {
	hosts := p.virtualHosts()
	for _, h := range hosts {
		if !p.perRoute(h).has("check_settings", "context_extensions", name) {
			return false
		}
	}
	return len(hosts) > 0
}

// direction finds context_extensions.direction with a value.
func (p *place) direction(value string) (lines []int) {
	for _, h := range p.virtualHosts() {
		if d := p.perRoute(h).at("check_settings", "context_extensions", "direction"); d.is(value) {
			lines = append(lines, d.line)
		}
	}
	p.routes(func(_, _, own *node) {
		if d := own.at("check_settings", "context_extensions", "direction"); d.is(value) {
			lines = append(lines, d.line)
		}
	})
	return lines
}
