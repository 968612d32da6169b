// Package decode opens one layer of one format: bytes in, events out.
package decode

// Kind is what a value is in its own format.
type Kind uint8

// The kinds of values. Object, Array and Layer have members; all others are leaves.
const (
	None   Kind = iota // not there: an empty body, a flag parameter without "="
	Object             // named members: a JSON object, an XML element, a protobuf message
	Array              // members without names
	Layer              // one format or wrapping opened inside a value
	String
	Number
	Bool
	Null
	Bytes // not text: its entropy is all that is known of it
)

// Fault says why the bytes of a node, or the rest of them, could not be read. The zero Fault is none.
type Fault uint8

// The faults. A fault is data, never an error: it stays on its node.
const (
	OK     Fault = iota
	Syntax       // not of the format it began as; what came before is kept
	Cut          // the input ends early: the sender or a proxy sent only its beginning
	Limit        // a limit of work, depth, nodes or bytes was reached
	Panic        // a decoder or detector failed; the node is opaque
)

// Sink takes what a decoder finds, in document order. Names and values may lie in the input or in bytes that Grow gave, nowhere else.
type Sink interface {
	// Open begins an Object or Array; what follows belongs to it until Close. A nil name is an element of an array.
	Open(name []byte, kind Kind)
	Close()
	// Leaf adds one value. size is how many bytes of this decoder's input it took, quotes and escapes included: the byte account is made of it.
	Leaf(name []byte, kind Kind, value []byte, size int)
	// Fail marks the node that is open with a fault: from here to its end nothing could be read. size is the number of input bytes left out.
	Fail(fault Fault, size int)
	// Note reports an ambiguity at the node last opened or added: one parser could be smuggled past another here.
	Note(kind Ambiguity)
	// Grow gives n zeroed bytes of the arena for an unescaped or unfolded value, or nil when the limit of unfolded bytes is reached.
	Grow(n int) []byte
	// Work takes n units (about one per input byte or event) of the message's budget; false when it is spent, and the decoder returns at once.
	Work(n int) bool
}
