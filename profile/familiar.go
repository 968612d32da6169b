package profile

import (
	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// familiar remembers what short values tell of their fields: states, sizes, flags and small numbers come again and again, and to look one up takes a tenth of the time of reading
// it. A value is compared byte by byte, so that nothing changes but the time. It holds no more than what a few calls had, for as long as one Snapshot judges.
type familiar struct {
	of    *Snapshot
	slots [1 << familiarBits]familiarValue
}

const familiarBits = 10

// familiarValue is a value of a field, and its evidence.
type familiarValue struct {
	field  *derived
	text   decode.Short
	number bool // of the kind Number: 7 tells another thing than "7"
	e      [valueKinds]float32
}

// judge makes the memory that of a Snapshot: what others knew is forgotten.
func (m *familiar) judge(s *Snapshot) {
	if m.of != s {
		*m = familiar{of: s}
	}
}

// evidence is what d.direct says.
func (m *familiar) evidence(d *derived, key sketch.Key, n *inspect.Node) [valueKinds]float32 {
	text := decode.Shorten(n.Raw)
	if !d.shut || text == (decode.Short{}) {
		return d.direct(key, n)
	}
	v := &m.slots[(spread(text.Low^uint64(d.serial)<<40)^text.High*0x9e3779b97f4a7c15)>>(64-familiarBits)]
	if number := n.Kind == decode.Number; v.field != d || v.text != text || v.number != number {
		*v = familiarValue{d, text, number, d.direct(key, n)}
	}
	return v.e
}
