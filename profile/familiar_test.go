package profile

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"postern/inspect"
	"postern/inspect/decode"
)

// Whatever was asked before, a value tells what it tells without the memory.
func TestFamiliarChangesNoEvidence(t *testing.T) {
	t.Parallel()
	c := taught(t, 400)
	r := rand.New(rand.NewPCG(1, 2))
	var fields []*derived
	for _, o := range c.Snapshot().models[orders].operations {
		for _, d := range o.fields {
			fields = append(fields, d)
		}
	}
	var known familiar
	known.judge(c.Snapshot())
	same := 0
	for range 200_000 {
		d := fields[r.IntN(len(fields))]
		raw := append(make([]byte, 0, r.IntN(20)), fmt.Sprint([...]string{"lamp", "chair", "", "7", "a long sentence in between"}[r.IntN(5)], r.IntN(30))...)
		n := &inspect.Node{Kind: [...]decode.Kind{decode.String, decode.Number}[r.IntN(2)], Raw: raw}
		if got, want := known.evidence(d, c.Snapshot().key, n), d.direct(c.Snapshot().key, n); got != want {
			t.Fatalf("%s %q: %v, want %v", d.Name, raw, got, want)
		}
		if d.shut {
			same++
		}
	}
	if same < 1000 {
		t.Errorf("%d values of closed fields: nothing was tested", same)
	}
}

// A call is worth as much as if every leaf's worth were worked out.
func TestNotableLeavesOutNothing(t *testing.T) {
	t.Parallel()
	c := taught(t, 400)
	m := c.Snapshot().models[orders]
	r := rand.New(rand.NewPCG(1, 2))
	var fields []*derived
	for _, o := range m.operations {
		for _, d := range o.fields {
			fields = append(fields, d)
		}
	}
	for range 3000 {
		s := &seenIn{}
		for range r.IntN(3 * manyLeaves) {
			l := leafEvidence{field: fields[r.IntN(len(fields))]}
			for range 1 + r.IntN(4) {
				l.e[r.IntN(int(onFinding))] = float32(math.Abs(r.NormFloat64()) * 3)
			}
			s.leaves = append(s.leaves, l)
		}
		var call four
		all := *s
		for i := range all.leaves {
			bar := notable{0, 2, 2, 2, 2}
			call.add(m.calibration.leafWorth(&all.leaves[i], 0, &bar))
			all.leaves[i].e[onOdd] = 0
		}
		if got, want := m.calibration.valueWorth(&all, 0), call.sum(callShare); got != want {
			t.Fatalf("%v, want %v", got, want)
		}
	}
}
