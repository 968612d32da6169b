package profile

import (
	"bytes"
	"maps"
	"net/url"
	"slices"
	"strings"

	"postern/inspect"
	"postern/profile/sketch"
	"postern/profile/template"
)

// An operation is what is asked of a callee: "/pkg.Service/Method" for gRPC, else the HTTP method and the path, and where one path carries many operations
// the name that tells them apart: POST /graphql query:GetUser, POST /rpc method:tools/call:search, POST /soap action:AddItem, POST /events type:order.paid.
// The raw operation has the path's identifiers replaced by their label. Which of its words are parameters too is decided when a model is built, of all its paths; and then too, where no
// protocol names the operations of a path, which field does: POST /command action=refund, see actions.go.

const (
	maxOperation = 240 // bytes of a path that are kept; what is longer is cut, and all such calls are one operation
	maxSegments  = 24
	maxSelector  = 64
)

// target is what a message asks, in parts that point into it.
type target struct {
	grpc     bool
	path     []byte // of gRPC
	method   []byte
	segments [][]byte
	selector selector
}

// selector tells the operations of one path apart.
type selector struct {
	kind       string
	name, more []byte
}

// read takes the target of a message. room is memory for its segments.
func (g *target) read(t *inspect.Tree, room *[maxSegments][]byte) {
	m := t.Message
	if bytes.HasPrefix(m.Get("content-type"), []byte("application/grpc")) {
		g.grpc = true
		g.path, _, _ = bytes.Cut(m.Path, []byte("?"))
		g.path = g.path[:min(len(g.path), maxOperation)]
		return
	}
	g.method = m.Method[:min(len(m.Method), maxSelector)]
	g.segments = room[:0]
	if root := t.Root(inspect.PathRoot); root >= 0 {
		for i := root + 1; i < t.Nodes[root].End && len(g.segments) < maxSegments; i = t.Nodes[i].End {
			g.segments = append(g.segments, t.Nodes[i].Raw)
		}
	}
	g.selector = selectorOf(t)
}

func rawOperation(t *inspect.Tree) string {
	var room [maxSegments][]byte
	var g target
	g.read(t, &room)
	return g.raw()
}

// raw writes the raw operation.
func (g *target) raw() string {
	if g.grpc {
		return string(g.path)
	}
	path := template.Labelled(g.segments)
	if len(path) > maxOperation {
		path = path[:maxOperation] + "…"
	}
	return string(g.method) + " " + path + g.selector.String()
}

// String is what follows the path.
func (s *selector) String() string {
	if s.kind == "" {
		return ""
	}
	text := " " + s.kind + ":" + string(s.name)
	if len(s.more) > 0 {
		text += ":" + string(s.more)
	}
	return text
}

// selectorOf looks for the names that protocols over one path give their operations.
func selectorOf(t *inspect.Tree) (s selector) {
	if action := bytes.Trim(t.Message.Get("soapaction"), `" `); named(action) {
		return selector{kind: "action", name: action}
	}
	if kind := t.Message.Get("ce-type"); named(kind) {
		return selector{kind: "type", name: kind}
	}
	root := t.Root(inspect.BodyRoot)
	if root < 0 || root+1 >= t.Nodes[root].End {
		return s
	}
	document := root + 1
	switch {
	case named(member(t, document, "method")) && member(t, document, "jsonrpc") != nil:
		s = selector{kind: "method", name: member(t, document, "method")}
		if string(s.name) == "tools/call" {
			if params := child(t, document, "params"); params >= 0 && named(member(t, params, "name")) {
				s.more = member(t, params, "name")
			}
		}
	case child(t, document, "query") >= 0 && named(member(t, document, "operationName")):
		s = selector{kind: "query", name: member(t, document, "operationName")}
	case member(t, document, "specversion") != nil && named(member(t, document, "type")):
		s = selector{kind: "type", name: member(t, document, "type")}
	case envelope(t, document):
		s = soap(t, document)
	}
	return s
}

func envelope(t *inspect.Tree, document int32) bool {
	return document+1 < t.Nodes[document].End && bytes.HasSuffix(t.Nodes[document+1].Name, []byte("Envelope"))
}

// soap takes the first element of the SOAP body for the operation (SOAP 1.1 §4.3, document and RPC style alike).
func soap(t *inspect.Tree, document int32) (s selector) {
	for i := document + 2; i < t.Nodes[document+1].End; i = t.Nodes[i].End {
		if n := &t.Nodes[i]; bytes.HasSuffix(n.Name, []byte("Body")) && i+1 < n.End {
			for j := i + 1; j < n.End; j = t.Nodes[j].End {
				if name := t.Nodes[j].Name; named(name) && name[0] != '@' {
					if _, local, ok := bytes.Cut(name, []byte(":")); ok {
						name = local
					}
					return selector{kind: "action", name: name}
				}
			}
		}
	}
	return s
}

// child returns the member of node i called name, or −1.
func child(t *inspect.Tree, i int32, name string) int32 {
	for k := i + 1; k < t.Nodes[i].End; k = t.Nodes[k].End {
		if string(t.Nodes[k].Name) == name {
			return k
		}
	}
	return -1
}

func member(t *inspect.Tree, i int32, name string) []byte {
	if k := child(t, i, name); k >= 0 && t.Nodes[k].Leaf() {
		return t.Nodes[k].Raw
	}
	return nil
}

// named says whether v can be the name of an operation: what an attacker writes there must not become one that is hard to read.
func named(v []byte) bool {
	for _, c := range v {
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && strings.IndexByte("_-./:#", c) < 0 {
			return false
		}
	}
	return len(v) > 0 && len(v) <= maxSelector
}

// router finds the operation of a callee that a target is.
type router struct{ methods []routes }

// routes are the templates of one HTTP method.
type routes struct {
	method     string
	templates  *template.Templates
	names      []string     // of each template, by its place: method and path
	operations []*operation // that are called so, nil where it is not modelled
}

// specimen is a segment of each label, for a path that is known by its labels only.
var specimen = map[string]string{ //nolint:gosec // no credentials: invented
	"{int}": "1", "{uuid}": "00000000-0000-4000-8000-000000000000", "{date}": "2026-01-02", "{hex}": "deadbeef01", "{email}": "a@example.com", "{token}": "aB3dE5gH7jK9mN1pQ3",
}

// newRouter learns the templates of the paths of raw operations, given with their calls.
func newRouter(key sketch.Key, operations map[string]uint64) *router {
	r := &router{}
	tries := map[string]*template.Trie{}
	for _, raw := range slices.Sorted(maps.Keys(operations)) {
		method, segments, _, ok := parseRaw(raw)
		if !ok {
			continue
		}
		if tries[method] == nil {
			tries[method] = template.New(func(b []byte) uint64 { return sketch.Sum(key, 4, b) })
		}
		tries[method].Add(segments, operations[raw])
	}
	for _, method := range slices.Sorted(maps.Keys(tries)) {
		compiled := tries[method].Compile()
		of := routes{method: method, templates: compiled, names: make([]string, len(compiled.List)), operations: make([]*operation, len(compiled.List))}
		for i, t := range compiled.List {
			if strings.Contains(t.Name, template.Any.String()) {
				of.names[i] = method + " " + t.Name
			}
		}
		r.methods = append(r.methods, of)
	}
	for raw := range operations { // the others have the words of their paths, which a trie may know as hashes only
		method, segments, rest, ok := parseRaw(raw)
		if !ok {
			continue
		}
		if of, place := r.match([]byte(method), segments); of != nil && of.names[place] == "" {
			of.names[place] = worded(of.templates.List[place].Name, strings.TrimSuffix(raw, " "+rest))
		}
	}
	return r
}

// bind tells the router what is known of the operations.
func (r *router) bind(operations map[string]*operation) {
	for i := range r.methods {
		for place, name := range r.methods[i].names {
			r.methods[i].operations[place] = operations[name]
		}
	}
}

// worded is a template's name in the words of one of its raw operations, whichever: the parameters' labels are the template's, since an operation may have only some of
// the values that it takes.
func worded(name, raw string) string {
	words, labels := strings.Split(raw, "/"), strings.Split(name, "/")
	for i := range min(len(words), len(labels)) {
		if strings.HasPrefix(labels[i], "{") {
			words[i] = labels[i]
		}
	}
	return strings.Join(words, "/")
}

// parseRaw takes a raw operation of HTTP apart.
func parseRaw(raw string) (method string, segments [][]byte, rest string, ok bool) {
	method, path, ok := strings.Cut(raw, " ")
	if !ok || !strings.HasPrefix(path, "/") {
		return "", nil, "", false
	}
	path, rest, _ = strings.Cut(path, " ")
	if path == "/" {
		return method, nil, rest, true
	}
	for part := range strings.SplitSeq(path[1:], "/") {
		if s, labelled := specimen[part]; labelled {
			part = s
		} else if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		segments = append(segments, []byte(part))
	}
	return method, segments, rest, true
}

// fold returns the operation that a raw one is part of: itself, unless a parameter of words takes it in.
func (r *router) fold(raw string) string {
	method, segments, rest, ok := parseRaw(raw)
	if !ok || r == nil {
		return raw
	}
	of, place := r.match([]byte(method), segments)
	switch {
	case of == nil || of.names[place] == "":
		return raw
	case rest != "":
		return of.names[place] + " " + rest
	}
	return of.names[place]
}

// match returns the routes of a method, and the place among them of the template that a path has; nil where it has none.
func (r *router) match(method []byte, segments [][]byte) (of *routes, place int) {
	for i := range r.methods {
		if of = &r.methods[i]; of.method == string(method) {
			if t := of.templates.Match(segments); t != nil {
				return of, t.Place
			}
			break
		}
	}
	return nil, 0
}

// asked returns the operation of a target, and what is known of it. A name that is known is not written again.
func (m *model) asked(g *target) (name string, known *operation) {
	if g.grpc {
		if known = m.operations[string(g.path)]; known != nil {
			return known.name, known
		}
	}
	if name, known = m.router.of(g); known == nil {
		known = m.operations[name]
	}
	return name, known
}

// of returns the operation of a target, and what is known of it where the path alone tells that.
func (r *router) of(g *target) (name string, known *operation) {
	if g.grpc || r == nil {
		return g.raw(), nil
	}
	of, place := r.match(g.method, g.segments)
	switch {
	case of == nil || of.names[place] == "":
		return g.raw(), nil
	case g.selector.kind == "":
		return of.names[place], of.operations[place]
	}
	return of.names[place] + g.selector.String(), nil
}
