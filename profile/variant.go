package profile

import (
	"maps"
	"math"
	"slices"

	"postern/inspect"
)

// One path may carry many operations told apart by a field: {"action": "refund", …}. Which fields come with which value is learned where a field of a closed set says much about
// the shape of the body: a call then has the shape that calls of its action have, not that of any other.

const (
	mostVariants  = 32 // values of the field that selects
	fewestSamples = 40
	fewestNats    = .5 // of information about the shape, from which a field is taken to select it
)

// variants are the shapes of an operation's body by the value of the field that selects them.
type variants struct {
	field  *derived
	shapes map[uint64]*shapes // by the value's hash
}

// shapes are those of one value.
type shapes struct {
	counts map[uint64]float64 // by signature
	n, n1  float64
}

// vary finds the variants of all operations.
func (m *model) vary(parts []part, folded map[string]string) {
	calls := map[string][]*kept{}
	for _, p := range parts {
		name := folded[p.Operation]
		calls[name] = append(calls[name], p.Samples...)
	}
	for name, o := range m.operations {
		o.variants = newVariants(o, calls[name])
	}
}

// newVariants looks for the field that selects the shape, among calls of the operation; nil where there is none.
func newVariants(o *operation, samples []*kept) (best *variants) {
	if len(samples) < fewestSamples {
		return nil
	}
	most := fewestNats
	for _, key := range slices.Sorted(maps.Keys(o.fields)) {
		d := o.fields[key]
		if !d.selects(o) {
			continue
		}
		v := &variants{d, map[uint64]*shapes{}}
		all := map[uint64]float64{}
		for _, f := range samples {
			signature, value, ok := v.of(o, f)
			if !ok {
				continue
			}
			s := v.shapes[value]
			if s == nil {
				s = &shapes{counts: map[uint64]float64{}}
				v.shapes[value] = s
			}
			s.counts[signature]++
			s.n++
			all[signature]++
		}
		if nats := v.information(all); nats > most && v.closed() {
			most, best = nats, v
		}
	}
	return best
}

// selects says whether a field can select the shape: in every body once, with few values that are known.
func (d *derived) selects(o *operation) bool {
	return d.Root == inspect.BodyRoot && d.bound && d.Closed.Over == 0 && len(d.Closed.Counts) >= 2 && len(d.Closed.Counts) <= mostVariants &&
		float64(d.Calls) >= .99*o.calls && d.nodes() <= 1.01*float64(d.Calls)
}

// of takes the signature of a sampled call's bound fields, and the value of the field that selects.
func (v *variants) of(o *operation, k *kept) (signature, value uint64, ok bool) {
	leaves := k.skeleton.leaves
	seen := make(map[uint64]bool, len(leaves))
	for i := range leaves {
		l, was := &leaves[i], k.values[i]
		d := o.index.of(l.Field)
		if d == nil || seen[l.Field] {
			continue
		}
		seen[l.Field] = true
		if d.bound {
			signature += spread(l.Field)
		}
		if d == v.field && was != nil && !was.Open {
			value, ok = was.Hash, true
		}
	}
	return signature, value, ok
}

// information is what the value tells of the shape, in nats a call (Shannon's mutual information).
func (v *variants) information(all map[uint64]float64) (nats float64) {
	n := 0.0
	for _, c := range all {
		n += c
	}
	for _, key := range slices.Sorted(maps.Keys(v.shapes)) {
		s := v.shapes[key]
		for _, signature := range slices.Sorted(maps.Keys(s.counts)) {
			c := s.counts[signature]
			nats += c / n * math.Log(c*n/(s.n*all[signature]))
		}
	}
	return nats
}

// closed counts the singletons, and says whether hardly a call brings a shape that its value never had.
func (v *variants) closed() bool {
	n, once := 0.0, 0.0
	for _, s := range v.shapes {
		for _, c := range s.counts {
			s.n1 += one(c)
		}
		n, once = n+s.n, once+s.n1
	}
	return once*20 < n
}

// shaped notes a body whose shape calls with its value of the selecting field do not have.
func (g *gathering) shaped() {
	v := g.o.variants
	if v == nil || g.passed[inspect.BodyRoot] {
		return
	}
	at := int32(slices.Index(g.fields, v.field)) //nolint:gosec // maxLeaves
	if at < 0 {
		return
	}
	s := v.shapes[g.f.Leaves[at].hash(g.key)]
	if s == nil || s.counts[g.shape]-g.mine > 0 {
		return
	}
	g.note(onSet, at, clip(unseen(s.n1-g.mine*one(s.counts[g.shape]), s.n-g.mine)))
}
