package doctor

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// Finding is one thing to mend.
type Finding struct {
	Line     int    `json:"line"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"` // error: Postern cannot do its work, or calls break; warning: it can, but less well than it might
	What     string `json:"what"`
	Mend     string `json:"mend"`
}

// Limits are Postern's own, to compare with what Envoy is told.
type Limits struct {
	Body int64 // bytes of a body that Postern reads
}

// Check reads a configuration and returns what is to be mended, by line.
func Check(text []byte, limits Limits) ([]Finding, error) {
	docs, err := parse(text)
	if err != nil {
		return nil, err
	}
	var found []Finding
	var unchecked []*place
	seen := 0
	for _, doc := range docs {
		for _, m := range managers(doc) {
			m.limits = limits
			if !m.asks() && m.listener.at("traffic_direction").is("INBOUND") {
				unchecked = append(unchecked, m)
			}
			for _, filter := range m.hcm.at("http_filters").list() {
				if !filter.at("typed_config").typed("ext_authz.v3.ExtAuthz") {
					continue
				}
				seen++
				one := *m
				one.filter = filter
				one.authz = filter.at("typed_config")
				one.cluster = clusterOf(doc, one.authz)
				for _, r := range rules {
					for _, line := range r.find(&one) {
						found = append(found, Finding{line, r.name, r.severity, r.what, r.mend})
					}
				}
			}
		}
	}
	if seen == 0 {
		return nil, errors.New("no HTTP connection manager with an ext_authz filter is in this file: nothing asks Postern")
	}
	for _, m := range unchecked {
		found = append(found, Finding{line(m.hcm)[0], "unchecked-listener", poor, "calls come in here without a check, and with one elsewhere: whoever reaches this port gets by", "the ext_authz filter here too, before the router"})
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Rule, b.Rule)) })
	return slices.Compact(found), nil
}

// place is one ext_authz filter with what stands around it.
type place struct {
	doc, listener, chain, hcm, filter, authz *node
	cluster                                  *node // that it asks; nil where it is not in the file
	limits                                   Limits
}

// asks says whether the connection manager has an ext_authz filter.
func (p *place) asks() bool {
	return slices.ContainsFunc(p.hcm.at("http_filters").list(), func(f *node) bool { return f.at("typed_config").typed("ext_authz.v3.ExtAuthz") })
}

// managers finds every HTTP connection manager and its listener.
func managers(doc *node) (list []*place) {
	doc.each(func(listener *node) {
		for _, chain := range append(listener.at("filter_chains").list(), listener.at("default_filter_chain")) {
			for _, f := range chain.at("filters").list() {
				if hcm := f.at("typed_config"); hcm.typed("HttpConnectionManager") {
					list = append(list, &place{doc: doc, listener: listener, chain: chain, hcm: hcm})
				}
			}
		}
	})
	return list
}

// clusterOf finds the cluster that a message's grpc_service names.
func clusterOf(doc, message *node) (found *node) {
	name := message.at("grpc_service", "envoy_grpc", "cluster_name")
	if name == nil {
		return nil
	}
	doc.each(func(n *node) {
		for _, c := range n.at("clusters").list() {
			if c.at("name").is(name.text) {
				found = c
			}
		}
	})
	return found
}

// virtualHosts are those of the connection manager's own route table.
func (p *place) virtualHosts() []*node { return p.hcm.at("route_config", "virtual_hosts").list() }

// perRoute is the filter's own settings of a virtual host or route.
func (p *place) perRoute(n *node) *node {
	name := "envoy.filters.http.ext_authz"
	if own := p.filter.at("name"); own != nil && n.has("typed_per_filter_config", own.text) {
		name = own.text
	}
	return n.at("typed_per_filter_config", name)
}

// routes calls f for each route with its virtual host's settings and its own.
func (p *place) routes(f func(route, host, own *node)) {
	for _, h := range p.virtualHosts() {
		for _, r := range h.at("routes").list() {
			f(r, p.perRoute(h), p.perRoute(r))
		}
	}
}

// accessLogs are the gRPC access logs of the connection manager.
func (p *place) accessLogs() (list []*node) {
	for _, l := range p.hcm.at("access_log").list() {
		if c := l.at("typed_config"); c.typed("HttpGrpcAccessLogConfig") {
			list = append(list, c)
		}
	}
	return list
}

// line is that of the first of the nodes that is there.
func line(nodes ...*node) []int {
	for _, n := range nodes {
		if n != nil && n.line > 0 {
			return []int{n.line}
		}
	}
	return []int{1}
}
