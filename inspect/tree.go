package inspect

import "postern/inspect/decode"

// Tree is a message with every layer open. It belongs to its Inspector: nothing of it may be kept after Free.
type Tree struct {
	Message  *Message
	Nodes    []Node    // document order: a node, then its descendants, then its next sibling
	Findings []Finding // attacks and ambiguities, by node

	// The byte account, in bytes of the body as received: Decoded + Opaque + Unexamined = len(Message.Body) + bytes declared but not received.
	Decoded, Opaque, Unexamined int64

	Work   int      // units of work it took
	Panics []string // what decoders or detectors panicked with, and where; nil in all but our own bugs

	walk *walk
}

// Node is one value, container or opened layer. The roots are path, query, header, cookie and body (Parent -1).
//
// A node with a Layer is a format or wrapping opened in the value of its parent. The document in it, where it is one value, is the node itself:
// `body|json` of the body `{"a":1}` has Layer json, Kind Object and the member a; `…|base64` of a text has Layer base64, Kind String and the opened text as Raw.
// A value in which layers were opened keeps its own Raw: both readings stay in the tree.
type Node struct {
	Parent int32         // index of the node it belongs to, -1 for a root
	End    int32         // index after its last descendant; Nodes[i+1:End] are its descendants
	Shape  uint64        // hash of its path, every index taken as []: the same field has the same Shape in every call
	Name   []byte        // a member's name as decoded; nil for an element or a layer
	Raw    []byte        // a leaf's value as it means in its format; a wrapping's opened text; the roots' text
	Size   int32         // bytes of the body (or root) as received that it stands for; inside a wrapping, bytes of what was opened
	Index  int32         // position among its siblings
	Kind   decode.Kind   //
	Layer  decode.Format // which format was opened here; zero for a member or element
	Fault  decode.Fault  // why its bytes, or the rest of them, were not read
	Root   Root          // the part of the message that it stands in

	in   decode.Format // the format around it: the nearest layer, itself included
	slot uint16        // in walk.names, where its name was remembered
}

// Root is a part of a message. They are the first steps of a path.
type Root uint8

// The roots, in the order in which they stand in a Tree.
const (
	PathRoot Root = iota
	QueryRoot
	HeaderRoot
	CookieRoot
	BodyRoot
)

var rootNames = [...]string{"path", "query", "header", "cookie", "body"}

// String returns the root as it stands in paths.
func (r Root) String() string { return rootNames[r] }

// Leaf says whether the node is a value: it has no members, though layers may have been opened in it.
func (n *Node) Leaf() bool { return n.Kind.Leaf() }

// Format is the format that the node stands in: the nearest layer around it, or its own; zero directly at a root.
func (n *Node) Format() decode.Format { return n.in }

// Finding is an attack or an ambiguity seen in a node.
type Finding struct {
	Node     int32   // index in Nodes
	Class    string  // an attack class (sqli, xxe, …), ambiguous:<kind> or document:<language>; a constant
	Score    float32 // likelihood in [0,1], calibrated on labelled data
	From, To int32   // the span in the node's Raw, or in its Name where Key is set
	Key      bool    // found in the name of the node
}

// Root returns the index of a root, or -1 where the message has no such part.
func (t *Tree) Root(r Root) int32 {
	for i := int32(0); int(i) < len(t.Nodes); i = t.Nodes[i].End {
		if t.Nodes[i].Root == r {
			return i
		}
	}
	return -1
}

// ShapeUnder returns the Shape that the node would have below a parent of another Shape: a field is the same field inside a wrapping and without it.
func (t *Tree) ShapeUnder(parent uint64, n *Node) uint64 {
	switch {
	case n.Layer != 0:
		return layerShape(parent, n.Layer)
	case n.Name != nil:
		return memberShape(parent, n.Name)
	case t.segment(n):
		return segmentShape(parent, int(n.Index))
	}
	return elementShape(parent)
}
