package inspect

import "postern/inspect/decode"

// Tree is a message with every layer open. It belongs to its Inspector: nothing of it may be kept after Free.
type Tree struct {
	Message  *Message
	Nodes    []Node    // document order: a node, then its descendants, then its next sibling
	Findings []Finding // attacks and ambiguities, by node

	// The byte account, in bytes of the body as received: Decoded + Opaque + Unexamined = len(Message.Body) + bytes declared but not received.
	Decoded, Opaque, Unexamined int64
}

// Node is one value, container or opened layer. The roots are path, query, header, cookie and body (Parent -1).
type Node struct {
	Parent int32         // index of the node it belongs to, -1 for a root
	End    int32         // index after its last descendant; Nodes[i+1:End] are its descendants
	Shape  uint64        // hash of its path, every index taken as []: the same field has the same Shape in every call
	Name   []byte        // a member's name as decoded; nil for an element or a layer
	Raw    []byte        // a leaf's value as it means in its format; a layer's opened text where it is text
	Size   int32         // bytes of the body (or root) as received that it stands for
	Index  int32         // position among its siblings
	Kind   decode.Kind   //
	Layer  decode.Format // of a Kind Layer: which format was opened here
	Fault  decode.Fault  // why its bytes, or the rest of them, were not read
}

// Finding is an attack or an ambiguity seen in a node.
type Finding struct {
	Node     int32   // index in Nodes
	Class    string  // an attack class (sqli, xxe, …), ambiguous:<kind> or document:<language>; a constant
	Score    float32 // likelihood in [0,1], calibrated on labelled data
	From, To int32   // the span in the node's Raw
}
