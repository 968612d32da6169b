// Package decode opens one layer of one format: bytes in, events out.
package decode

// Kind is what a value is in its own format.
type Kind uint8

// The kinds of values. Object, Array and Layer have members; all others are leaves.
const (
	None   Kind = iota // not there: an empty body, a flag parameter without "="
	Object             // named members: a JSON object, an XML element, a protobuf message
	Array              // members without names
	Layer              // a layer in which nothing was found
	String
	Number
	Bool
	Null
	Bytes // not text: its entropy is all that is known of it
)

// String returns the kind as it stands in the text form of a tree.
func (k Kind) String() string {
	return [...]string{"none", "object", "array", "layer", "string", "number", "bool", "null", "bytes"}[k]
}

// Leaf says whether a value of this kind has no members.
func (k Kind) Leaf() bool { return k == None || k >= String }

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

// String returns the fault as it stands in reasons and in the text form of a tree; none is "".
func (f Fault) String() string {
	return [...]string{"", "syntax", "cut", "limit", "panic"}[f]
}

// Decoder reads one document of its format from the beginning of src and reports it into s. It returns how many bytes of src it took and why it stopped short.
// It is called with the budget for len(src) units of work already paid; only what is not linear in src asks Work.
// The document is one value without a name, or members with names. A wrapping is a document of one String or Bytes leaf.
type Decoder func(src []byte, s Sink) (n int, f Fault)

// Sink takes what a decoder finds, in document order. Names and values may lie in the input or in bytes that Grow gave, nowhere else.
type Sink interface {
	// Open begins an Object or Array; what follows belongs to it until Close. A nil name is an element of an array, or the document itself.
	// When it says false a limit is reached: the decoder returns at once with Limit and need not Close.
	Open(name []byte, kind Kind) bool
	Close()
	// Leaf adds one value. size is how many bytes of this decoder's input it took, quotes and escapes included: the byte account is made of it.
	// When it says false a limit is reached: the decoder returns at once with Limit.
	Leaf(name []byte, kind Kind, value []byte, size int) bool
	// Fail adds to what is open an unnamed part of size input bytes that could not be read; the decoder may go on after it.
	Fail(fault Fault, size int)
	// Note reports an ambiguity at the node last opened or added: one parser could be smuggled past another here.
	Note(kind Ambiguity)
	// Grow gives n bytes of the arena for an unescaped or unfolded value, content undefined, or nil when the limit of unfolded bytes is reached.
	Grow(n int) []byte
	// Room says to how many bytes an input of n bytes may still unfold.
	Room(n int) int
	// Work takes n units of the message's budget (one is about a byte read); false when it is spent, and the decoder returns at once with Limit.
	Work(n int) bool
}
