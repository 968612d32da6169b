// Package detect finds attacks in one value by reading it as its target would.
package detect

// Where is the part of a message that a value stands in.
type Where uint8

// The roots of a message.
const (
	Body Where = iota
	Path
	Query
	Header
	Cookie
)

// Context is what is known of the place of a value.
type Context struct {
	Where  Where
	Name   []byte // of the member or header that holds it, nil for an element
	Format string // the format around it ("json", "xml", "form", …), "" at a root
	Key    bool   // the value is itself a member's name: operators ($ne), prototypes (__proto__)
	Whole  bool   // the value is the whole of its root or layer, not a member of it
}

// Finding is one attack in a value.
type Finding struct {
	Class    string  // an attack class or document:<language>; a constant
	Score    float32 // likelihood in [0,1], calibrated on labelled data
	From, To int     // the span in the value
}
