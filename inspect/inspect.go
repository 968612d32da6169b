package inspect

import (
	"fmt"
	"sync"
)

// Limits bound what one message may cost. At a limit the rest is unexamined and the node carries decode.Limit.
type Limits struct {
	Bytes    int // of the body that are read at all
	Unfolded int // bytes that all layers together may unfold to
	Ratio    int // bytes out for a byte in, for one compressed layer of more than 64 KiB
	Depth    int // levels of nodes
	Layers   int // layers within one another
	Nodes    int // nodes of the tree
	Work     int // units of work for each byte of the message; a unit is about one byte read once. Small messages have a floor of 256 Ki units
}

// DefaultLimits are wide enough for the ordinary calls of a mesh.
func DefaultLimits() Limits {
	return Limits{Bytes: 1 << 20, Unfolded: 8 << 20, Ratio: 200, Depth: 256, Layers: 24, Nodes: 1 << 17, Work: 18}
}

func (l Limits) check() error {
	for _, x := range []struct {
		name          string
		is, low, high int
	}{
		{"bytes", l.Bytes, 1 << 10, 1 << 28},
		{"unfolded bytes", l.Unfolded, 1 << 10, 1 << 30},
		{"expansion ratio", l.Ratio, 1, 1 << 16},
		{"depth", l.Depth, 4, 1 << 12},
		{"layers", l.Layers, 1, 128},
		{"nodes", l.Nodes, 64, 1 << 24},
		{"work", l.Work, 4, 1 << 16},
	} {
		if x.is < x.low || x.is > x.high {
			return fmt.Errorf("inspect: limit of %s is %d, must be %d to %d", x.name, x.is, x.low, x.high)
		}
	}
	return nil
}

// Inspector opens messages. It may be used from several goroutines.
type Inspector struct {
	limits Limits
	walks  sync.Pool
}

// New returns an Inspector that keeps to limits, or an error that names the limit out of its range.
func New(limits Limits) (*Inspector, error) {
	if err := limits.check(); err != nil {
		return nil, err
	}
	return &Inspector{limits: limits, walks: sync.Pool{New: func() any { return &walk{memo: newMemo()} }}}, nil
}

// Inspect opens every layer of m. The Tree points into m and into memory of the Inspector: it is valid until Free, and m must stay as it is until then.
func (p *Inspector) Inspect(m *Message) *Tree {
	w := p.walks.Get().(*walk) //nolint:forcetypeassert // the pool holds nothing else
	w.begin(m, &p.limits)
	w.roots()
	w.detect()
	w.account()
	return &w.tree
}

// Free gives the memory of t back. Nothing of t may be used after it.
func (p *Inspector) Free(t *Tree) {
	if t == nil || t.walk == nil {
		return
	}
	w := t.walk
	w.end()
	p.walks.Put(w)
}
