package inspect

import (
	"fmt"
	"runtime/debug"

	"postern/inspect/decode"
	"postern/inspect/detect"
)

// walk is the work on one message: it makes the nodes, holds the budget, and is the Sink of every decoder. It is pooled with all it has grown.
type walk struct {
	tree   Tree
	limits *Limits
	arena  arena
	keys   keySet

	filters []uint64 // of the names in each container that is open, by depth

	at        int32 // the container that is open, −1 at the roots
	last      int32 // the node last opened or added: where a Note belongs
	depth     int   // levels of nodes open
	layers    int   // layers open
	wrappings int   // of them wrappings
	work      int   // units left
	unfolded  int   // bytes that may still be unfolded
	root      Root

	promise  [maxPromises]decode.Format // what the sender says of the body, the outermost last
	promises int
	said     decode.Format // what the sender says of the next value of a part

	inflater decode.Inflater
	guess    decode.GuessRoom

	context detect.Context // lent to the detectors
	memo    *memo
	found   []detect.Finding
}

// maxPromises is how many codings and media types are believed at once.
const maxPromises = 8

// Inflater lends the readers of compressed formats to their decoders.
func (w *walk) Inflater() *decode.Inflater { return &w.inflater }

func (w *walk) begin(m *Message, limits *Limits) {
	w.limits = limits
	w.tree.Message, w.tree.walk = m, w
	w.tree.Decoded, w.tree.Opaque, w.tree.Unexamined, w.tree.Work = 0, 0, 0, 0
	size := len(m.Path) + min(len(m.Body), limits.Bytes)
	for i := range m.Header {
		size += len(m.Header[i].Name) + len(m.Header[i].Value)
	}
	w.work = max(limits.Work*size, 256<<10)
	w.tree.Work = w.work
	w.unfolded = limits.Unfolded
	w.at, w.last, w.depth, w.layers, w.wrappings, w.said = -1, -1, 0, 0, 0, 0
}

// end forgets the message and its bytes, so that nothing is held or shown longer than it lives.
func (w *walk) end() {
	clear(w.tree.Nodes)
	clear(w.tree.Findings)
	w.tree.Nodes, w.tree.Findings = w.tree.Nodes[:0], w.tree.Findings[:0]
	w.tree.Message, w.tree.Panics, w.tree.walk = nil, nil, nil
	w.arena.reset()
	w.keys.reset()
}

// add appends a node under the open container, or gives −1 at a limit.
func (w *walk) add(name []byte, kind decode.Kind, layer decode.Format, size int) int32 {
	i := len(w.tree.Nodes)
	if i >= w.limits.Nodes || w.work <= 0 {
		w.limit(w.at)
		return -1
	}
	if i < cap(w.tree.Nodes) {
		w.tree.Nodes = w.tree.Nodes[:i+1]
	} else {
		w.tree.Nodes = append(w.tree.Nodes, Node{})
	}
	n := &w.tree.Nodes[i]                                                                                               // zero: end and undo clear what they drop
	n.Parent, n.End, n.Name, n.Kind, n.Layer, n.Size, n.Root = w.at, int32(i+1), name, kind, layer, int32(size), w.root //nolint:gosec // limits keep both small
	if w.at >= 0 {
		parent := &w.tree.Nodes[w.at]
		n.Index = parent.count
		parent.count++
		n.in = parent.in
		switch {
		case layer != 0:
			n.Shape, n.in = layerShape(parent.Shape, layer), layer
		case name != nil:
			n.Shape = memberShape(parent.Shape, name)
		case w.root == PathRoot && parent.Parent < 0:
			n.Shape = segmentShape(parent.Shape, int(n.Index))
		default:
			n.Shape = elementShape(parent.Shape)
		}
	} else {
		n.Shape = rootShapes[w.root]
	}
	w.last = int32(i) //nolint:gosec // as above
	return w.last
}

// limit marks a node, and all that goes on below the roots stops soon.
func (w *walk) limit(i int32) {
	if i >= 0 && w.tree.Nodes[i].Fault == decode.OK {
		w.tree.Nodes[i].Fault = decode.Limit
	}
}

// fresh gives the layer node that is open when its document has not begun: an unnamed value is the layer's node itself.
func (w *walk) fresh(name []byte) *Node {
	if w.at < 0 {
		return nil
	}
	n := &w.tree.Nodes[w.at]
	if n.Kind != decode.Layer {
		return nil
	}
	if name != nil {
		n.Kind = decode.Object
		return nil
	}
	w.last = w.at
	return n
}

// Open implements decode.Sink.
func (w *walk) Open(name []byte, kind decode.Kind) bool {
	if n := w.fresh(name); n != nil {
		n.Kind = kind
		return true
	}
	if w.depth >= w.limits.Depth {
		w.limit(w.at)
		return false
	}
	i := w.add(name, kind, 0, 0)
	if i < 0 {
		return false
	}
	w.unique(i)
	w.at = i
	w.deeper()
	w.work -= 4
	return true
}

// Close implements decode.Sink. The document of a layer is the layer's own node: it is closed with the layer.
func (w *walk) Close() {
	n := &w.tree.Nodes[w.at]
	w.last = w.at
	if n.Layer != 0 || n.Parent < 0 {
		return
	}
	n.End = int32(len(w.tree.Nodes)) //nolint:gosec // Limits.Nodes
	w.at = n.Parent
	w.depth--
}

// longNumber is the length from which a number may be something else, in formats that tell them from words by their looks.
const longNumber = 16

// Leaf implements decode.Sink.
func (w *walk) Leaf(name []byte, kind decode.Kind, value []byte, size int) bool {
	if kind == decode.Bytes && decode.Text(value) {
		kind = decode.String
	}
	i := w.at
	if n := w.fresh(name); n != nil {
		n.Kind, n.Raw = kind, value
	} else {
		i = w.add(name, kind, 0, size)
		if i < 0 {
			return false
		}
		w.tree.Nodes[i].Raw = value
		w.unique(i)
	}
	w.work -= 4
	if len(value) >= shortest && (kind == decode.String || kind == decode.Bytes || kind == decode.Number && len(value) >= longNumber) {
		w.unfold(i, value)
		w.last = i
	}
	return true
}

// Said takes what the sender says of the next leaf: that it is in f.
func (w *walk) Said(f decode.Format) { w.said = f }

// Fail implements decode.Sink.
func (w *walk) Fail(fault decode.Fault, size int) {
	i := w.add(nil, decode.Bytes, 0, size)
	if i >= 0 {
		w.tree.Nodes[i].Fault = fault
	}
}

// Note implements decode.Sink.
func (w *walk) Note(kind decode.Ambiguity) {
	i := max(w.last, 0)
	for j := len(w.tree.Findings) - 1; j >= 0 && w.tree.Findings[j].Node == i; j-- {
		if w.tree.Findings[j].Class == kind.Class() {
			return
		}
	}
	if len(w.tree.Findings) < w.limits.Nodes {
		w.tree.Findings = append(w.tree.Findings, Finding{Node: i, Class: kind.Class(), Score: 1})
	}
}

// Grow implements decode.Sink.
func (w *walk) Grow(n int) []byte {
	if n > w.unfolded {
		w.limit(w.at)
		return nil
	}
	w.unfolded -= n
	return w.arena.grow(n)
}

// Room implements decode.Sink.
func (w *walk) Room(n int) int {
	return min(w.unfolded, max(64<<10, n*w.limits.Ratio), max(w.work, 0))
}

// Work implements decode.Sink.
func (w *walk) Work(n int) bool {
	w.work -= n
	if w.work > 0 {
		return true
	}
	w.limit(w.at)
	return false
}

// unique notes a member name that comes again where names come once, or where parsers differ in which of several they take.
func (w *walk) unique(i int32) {
	n := &w.tree.Nodes[i]
	if n.Name == nil {
		return
	}
	twice := decode.DuplicateKey
	switch {
	case decode.Formats[n.in].Unique:
	case n.in == decode.FormatForm || n.in == decode.FormatURL || n.in == 0 && w.root == QueryRoot:
		twice = decode.ParameterTwice
	case n.in == 0 && w.root == CookieRoot:
		twice = decode.CookieTwice
	default:
		return
	}
	if w.again(i) {
		w.Note(twice)
	}
}

// fewNames is up to how many names of one container are compared with each other.
const fewNames = 16

// inTable stands for the filter of a container whose names are in the table.
const inTable = ^uint64(0)

// again says whether a sibling before node i has its name. A filter of a bit for each name says no to most of a few names; many are in a table.
func (w *walk) again(i int32) bool {
	nodes, n, filter := w.tree.Nodes, &w.tree.Nodes[i], &w.filters[w.depth]
	if n.Index < fewNames {
		bit := uint64(1) << (n.Shape >> 58)
		if *filter&bit == 0 {
			*filter |= bit
			return false
		}
		for k := n.Parent + 1; k < i; k = nodes[k].End {
			if nodes[k].Shape == n.Shape {
				return true
			}
		}
		return false
	}
	if *filter != inTable {
		*filter = inTable
		for k := n.Parent + 1; k < i; k = nodes[k].End {
			w.keys.seen(k, nodes)
		}
	}
	return w.keys.seen(i, nodes)
}

// deeper enters a container.
func (w *walk) deeper() {
	if w.depth++; w.depth >= len(w.filters) {
		w.filters = append(w.filters, 0, 0)
	}
	w.filters[w.depth] = 0
}

// panicked keeps what a decoder or detector panicked with, for the log of whoever asked.
func (w *walk) panicked(what any) {
	if len(w.tree.Panics) < 8 {
		w.tree.Panics = append(w.tree.Panics, fmt.Sprintf("%v\n%s", what, debug.Stack()))
	}
}
