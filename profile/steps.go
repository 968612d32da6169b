package profile

import (
	"slices"

	"postern/profile/sketch"
)

// What people write has an odd step now and then, from a bracket to a colon, say; what is code has many. So it is not the rarest step from one character class to the next alone that is
// told, but how many there are that are rare.

const (
	rareStep = 4 * natParts // evidence from which a step is rare: fewer than one in fifty go on so
	mostOdd  = 12           // rare steps that are told, the first in the text
)

// oddSteps are the rare steps of one value, each once.
type oddSteps struct {
	rarest uint16
	n      int
	sum    uint32 // of what each tells beyond what makes it rare
	seen   [mostOdd]sketch.Pair
}

func (o *oddSteps) add(p sketch.Pair, nats uint16) {
	o.rarest = max(o.rarest, nats)
	if nats < rareStep || o.n == mostOdd || slices.Contains(o.seen[:o.n], p) {
		return
	}
	o.seen[o.n] = p
	o.n++
	o.sum += uint32(nats - rareStep)
}

// nats is half of what they tell together, since that reaches twice as far as other evidence does and calibration reads no more than its order.
func (o *oddSteps) nats() float32 {
	all := uint32(o.rarest)
	if o.n > 0 {
		all = max(all, rareStep+o.sum)
	}
	return float32(all) / (2 * natParts)
}
