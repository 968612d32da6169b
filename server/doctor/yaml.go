package doctor

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// node is one value of a YAML document with its line. A nil node is a value that is not there: every method may be called on it.
type node struct {
	line   int
	text   string // of a scalar
	keys   []string
	values []*node // of a mapping, by keys
	items  []*node // of a sequence
}

const maxDepth = 200

// parse reads every document of a file.
func parse(text []byte) ([]*node, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, fmt.Errorf("doctor: %w", err)
	}
	var docs []*node
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		b := builder{anchors: map[string]*node{}}
		docs = append(docs, b.build(d.Body, 0))
		if b.err != nil {
			return nil, fmt.Errorf("doctor: %w", b.err)
		}
	}
	return docs, nil
}

type builder struct {
	anchors map[string]*node
	err     error
}

func (b *builder) build(n ast.Node, depth int) *node {
	if depth > maxDepth {
		b.err = fmt.Errorf("line %d: nested deeper than %d", lineOf(n), maxDepth)
		return &node{}
	}
	out := &node{line: lineOf(n)}
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, pair := range n.Values {
			b.pair(out, pair, depth)
		}
	case *ast.MappingValueNode:
		b.pair(out, n, depth)
	case *ast.SequenceNode:
		for _, item := range n.Values {
			out.items = append(out.items, b.build(item, depth+1))
		}
	case *ast.AnchorNode:
		out = b.build(n.Value, depth+1)
		b.anchors[n.Name.String()] = out
	case *ast.AliasNode:
		if known := b.anchors[n.Value.String()]; known != nil {
			return known
		}
		b.err = fmt.Errorf("line %d: unknown anchor %s", out.line, n.Value)
	case *ast.TagNode:
		return b.build(n.Value, depth+1)
	case *ast.LiteralNode:
		out.text = n.Value.Value
	case ast.ScalarNode:
		if v := n.GetValue(); v != nil {
			out.text = fmt.Sprint(v)
		}
	}
	return out
}

func (b *builder) pair(out *node, pair *ast.MappingValueNode, depth int) {
	value := b.build(pair.Value, depth+1)
	if pair.Key.IsMergeKey() {
		out.keys, out.values = append(out.keys, value.keys...), append(out.values, value.values...)
		return
	}
	key := ""
	if k, ok := pair.Key.(ast.ScalarNode); ok {
		key = fmt.Sprint(k.GetValue())
	}
	value = &node{line: lineOf(pair.Key), text: value.text, keys: value.keys, values: value.values, items: value.items} // a value's line is its key's
	out.keys, out.values = append(out.keys, snake(key)), append(out.values, value)
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

// snake turns protobuf's JSON names into those of YAML files: maxRequestBytes, max_request_bytes. Names with dots or slashes are no field names.
func snake(key string) string {
	if strings.ContainsAny(key, "./@-_ ") || key == strings.ToLower(key) || key == strings.ToUpper(key) {
		return key
	}
	var out strings.Builder
	for _, c := range key {
		if 'A' <= c && c <= 'Z' {
			out.WriteByte('_')
			c += 'a' - 'A'
		}
		out.WriteRune(c)
	}
	return out.String()
}

// at follows keys through mappings.
func (n *node) at(keys ...string) *node {
	for _, key := range keys {
		if n == nil {
			return nil
		}
		var next *node
		for i, k := range n.keys {
			if k == key {
				next = n.values[i]
			}
		}
		n = next
	}
	return n
}

func (n *node) has(keys ...string) bool { return n.at(keys...) != nil }

// is compares a scalar's text.
func (n *node) is(text string) bool { return n != nil && n.text == text }

// string is a scalar's text, "" where there is none.
func (n *node) string() string {
	if n == nil {
		return ""
	}
	return n.text
}

func (n *node) list() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

// at least one item of the list is text.
func (n *node) lists(text string) bool {
	for _, i := range n.list() {
		if strings.EqualFold(i.text, text) {
			return true
		}
	}
	return false
}

// typed says whether the message is of a type, by the end of its @type.
func (n *node) typed(name string) bool {
	t := n.at("@type")
	return t != nil && strings.HasSuffix(t.text, "."+name)
}

func (n *node) number(otherwise int64) int64 {
	if n == nil {
		return otherwise
	}
	v, err := strconv.ParseInt(n.text, 10, 64)
	if err != nil {
		return otherwise
	}
	return v
}

// duration reads protobuf's JSON form, 0.25s.
func (n *node) duration(otherwise time.Duration) time.Duration {
	if n == nil {
		return otherwise
	}
	d, err := time.ParseDuration(n.text)
	if err != nil {
		return otherwise
	}
	return d
}

// each calls f for the node and everything in it.
func (n *node) each(f func(*node)) {
	if n == nil {
		return
	}
	f(n)
	for _, v := range n.values {
		v.each(f)
	}
	for _, v := range n.items {
		v.each(f)
	}
}
