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
	Listener string `json:"listener,omitempty"` // its name, and that of the filter chain where it has one
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
		file := newFile(doc)
		for _, m := range file.managers() {
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
				one.cluster = file.clusters.named(one.authz.at("grpc_service", "envoy_grpc", "cluster_name"))
				for _, r := range rules {
					for _, line := range r.find(&one) {
						found = append(found, Finding{line, one.name(), r.name, r.severity, r.what, r.mend})
					}
				}
			}
		}
	}
	if seen == 0 {
		return nil, errors.New("no HTTP connection manager with an ext_authz filter is in this file: nothing asks Postern")
	}
	for _, m := range unchecked {
		found = append(found, Finding{line(m.hcm)[0], m.name(), "unchecked-listener", poor, "calls come in here without a check, and with one elsewhere: whoever reaches this port gets by", "the ext_authz filter here too, before the router"})
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Rule, b.Rule)) })
	return slices.CompactFunc(found, func(a, b Finding) bool { return a.Line == b.Line && a.Rule == b.Rule }), nil
}

// place is one ext_authz filter with what stands around it.
type place struct {
	file                                *file
	listener, chain, hcm, filter, authz *node
	cluster                             *node // that it asks; nil where it is not in the file
	limits                              Limits
}

// name is what people know the place by.
func (p *place) name() string {
	return strings.Trim(p.listener.at("name").string()+" "+p.chain.at("name").string(), " ")
}

// asks says whether the connection manager has an ext_authz filter.
func (p *place) asks() bool {
	return slices.ContainsFunc(p.hcm.at("http_filters").list(), func(f *node) bool { return f.at("typed_config").typed("ext_authz.v3.ExtAuthz") })
}

// virtualHosts are those of the connection manager's route table, its own or one that it knows by name.
func (p *place) virtualHosts() []*node {
	table := p.hcm.at("route_config")
	if table == nil {
		table = p.file.tables.named(p.hcm.at("rds", "route_config_name"))
	}
	return table.at("virtual_hosts").list()
}

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
