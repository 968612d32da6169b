package doctor

import "slices"

// file is a configuration with what its parts know of one another by name. In a dump by Envoy's admin port, config_dump, all that came by xDS stands beside the bootstrap, each in a message of its own
// (envoy.admin.v3.ConfigDump).
type file struct {
	root             *node
	dump             bool
	clusters, tables byName
}

type byName map[string]*node

// named is the message of that name, nil where there is none.
func (m byName) named(name *node) *node {
	if name == nil {
		return nil
	}
	return m[name.text]
}

func (m byName) add(n *node) {
	if name := n.at("name"); name != nil {
		m[name.text] = n
	}
}

func newFile(root *node) *file {
	f := &file{root: root, dump: root.has("configs"), clusters: byName{}, tables: byName{}}
	root.each(func(n *node) {
		for _, c := range n.at("clusters").list() {
			f.clusters.add(c)
		}
		if f.dump {
			f.clusters.add(n.at("cluster"))
			f.tables.add(n.at("route_config"))
		}
	})
	return f
}

// managers finds every HTTP connection manager and its listener. A dump has the listeners of the bootstrap twice.
func (f *file) managers() (list []*place) {
	find := func(listener *node) {
		for _, chain := range append(listener.at("filter_chains").list(), listener.at("default_filter_chain")) {
			for _, n := range chain.at("filters").list() {
				if hcm := n.at("typed_config"); hcm.typed("HttpConnectionManager") {
					list = append(list, &place{file: f, listener: listener, chain: chain, hcm: hcm})
				}
			}
		}
	}
	if !f.dump {
		f.root.each(find)
		return list
	}
	for _, part := range f.root.at("configs").list() {
		if !part.typed("BootstrapConfigDump") {
			part.each(find)
		}
	}
	return list
}

// moreClusters says whether there may be clusters that the file does not show, since xDS brings them.
func (f *file) moreClusters() bool {
	if f.dump {
		return !slices.ContainsFunc(f.root.at("configs").list(), func(part *node) bool { return part.typed("ClustersConfigDump") })
	}
	return f.root.has("dynamic_resources", "cds_config") || f.root.has("dynamic_resources", "ads_config") || !f.root.has("static_resources", "clusters")
}
