package profile

import (
	"cmp"
	"fmt"
	"slices"

	"postern/inspect"
	"postern/profile/rule"
)

// spoken is what operators say of one call. It is used again for the next.
type spoken struct {
	active []*ruling
	fields []uint64 // of each node, wrappings left out
	pinned []bool   // of each node: it keeps to a pin, so that nothing learned speaks against it
	broken []breach
}

// breach is a ruling that a call breaks.
type breach struct {
	*ruling
	node    int32 // the parent where the field is missing, −1 where the root is
	finding int32 // of a patch's class; −1
	class   string
}

const maxBreaches = 16 // that are told

// hear asks the rulings that hold for a call; false where none does.
func (w *spoken) hear(list rulingList, from, operation string) bool {
	w.active, w.broken = w.active[:0], w.broken[:0]
	for _, r := range list {
		if r.Caller != "" && r.Caller != from || r.Operation != "" && !PartOf(operation, r.Operation) {
			continue
		}
		if r.Do == "pin" {
			wider := func(old *ruling) bool { return old.Do == "pin" && old.field == r.field }
			if i := slices.IndexFunc(w.active, wider); i >= 0 {
				if w.active[i].breadth() <= r.breadth() {
					w.active[i] = r
				}
				continue
			}
		}
		w.active = append(w.active, r)
	}
	return len(w.active) > 0
}

// read looks at every node of the tree, those that are not modelled too.
func (w *spoken) read(s *Snapshot, t *inspect.Tree, o *operation) {
	w.place(t)
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if n.Parent >= 0 && w.fields[n.Parent] == w.fields[i] {
			continue // a reading of what was wrapped: it was looked at with its outermost
		}
		for _, r := range w.active {
			if r.field == w.fields[i] {
				w.ask(s, t, o, r, int32(i))
			}
			if r.rule != nil && r.rule.Required() && r.parent == w.fields[i] && !n.Leaf() {
				w.require(t, r, int32(i))
			}
		}
	}
	for _, r := range w.active {
		if r.rule != nil && r.rule.Required() && r.top && t.Root(r.root) < 0 {
			w.breach(breach{r, -1, -1, "missing-field"})
		}
	}
}

// place works out the field of each node as features has it.
func (w *spoken) place(t *inspect.Tree) {
	w.fields = slices.Grow(w.fields[:0], len(t.Nodes))[:len(t.Nodes)]
	w.pinned = slices.Grow(w.pinned[:0], len(t.Nodes))[:len(t.Nodes)]
	clear(w.pinned)
	for i := range t.Nodes {
		n := &t.Nodes[i]
		switch {
		case n.Parent >= 0 && wraps(n):
			w.fields[i] = w.fields[n.Parent]
		case n.Parent >= 0 && w.fields[n.Parent] != t.Nodes[n.Parent].Shape:
			w.fields[i] = t.ShapeUnder(w.fields[n.Parent], n)
		default:
			w.fields[i] = n.Shape
		}
	}
}

// ask asks one ruling about the value of one node.
func (w *spoken) ask(s *Snapshot, t *inspect.Tree, o *operation, r *ruling, i int32) {
	if r.rule != nil {
		wrapped := false
		if o != nil {
			d := o.index.of(r.field)
			wrapped = d != nil && len(d.Wraps) > 0
		}
		at, class := w.fault(s, t, r.rule, i, wrapped)
		if class != "" {
			w.breach(breach{r, at, -1, class})
		} else if r.Do == "pin" {
			for k := i; k < t.Nodes[i].End; k++ {
				w.pinned[k] = w.pinned[k] || w.fields[k] == r.field || r.rule.Any()
			}
		}
	}
	if r.Class == "" {
		return
	}
	first, _ := slices.BinarySearchFunc(t.Findings, i, func(f inspect.Finding, i int32) int { return cmp.Compare(f.Node, i) })
	for k := first; k < len(t.Findings) && t.Findings[k].Node < t.Nodes[i].End; k++ {
		if t.Findings[k].Class == r.Class {
			w.breach(breach{r, t.Findings[k].Node, int32(k), r.Class}) //nolint:gosec // findings are bounded
			return
		}
	}
}

// fault is where and how a value breaks a rule. It is read as profiles read it: inside its wrappings. Where the field is not ordinarily wrapped, a value that only looks
// like a wrapping may keep to the rule as it stands.
func (w *spoken) fault(s *Snapshot, t *inspect.Tree, said *rule.Rule, i int32, wrapped bool) (at int32, class string) {
	own := said.FaultAt(t, i, s.key)
	if own == "" && !wrapped {
		return i, ""
	}
	at, class = i, own
	for k := i; k < t.Nodes[i].End; k++ {
		if w.fields[k] != w.fields[i] {
			continue
		}
		if read, _ := readings(t, k); read {
			if at, class = k, said.FaultAt(t, k, s.key); class != "" {
				break
			}
		}
	}
	return at, class
}

// require looks for a field among the members of its parent.
func (w *spoken) require(t *inspect.Tree, r *ruling, parent int32) {
	for k := parent + 1; k < t.Nodes[parent].End; k++ {
		if w.fields[k] == r.field {
			return
		}
	}
	w.breach(breach{r, parent, -1, "missing-field"})
}

func (w *spoken) breach(b breach) {
	if len(w.broken) < maxBreaches {
		w.broken = append(w.broken, b)
	}
}

// has says whether the call has a field.
func (w *spoken) has(field uint64) bool { return slices.Contains(w.fields, field) }

// pins says whether a pin holds for a field: it is neither missing nor new then, whatever was learned.
func (w *spoken) pins(field uint64) bool {
	return slices.ContainsFunc(w.active, func(r *ruling) bool { return r.Do == "pin" && r.field == field })
}

// ruled tells of the rulings that the call breaks: each denies where the mode lets it.
func (j *judging) ruled(w *spoken) {
	for i := range w.broken {
		b := &w.broken[i]
		r := Reason{Level: LevelValue, Class: b.class, Score: j.v.Score, Mature: true, Decision: b.Decision}
		if b.node >= 0 {
			r.Path = j.t.Path(b.node)
		}
		r.Text = fmt.Sprintf("not %q, to which decision %d of an operator holds it (%s)", b.Rule, b.Decision, b.Do)
		switch {
		case b.finding >= 0:
			f := &j.t.Findings[b.finding]
			r.Level, r.Score = LevelAttack, float64(f.Score)
			r.Text = fmt.Sprintf("reads as %s, against which decision %d of an operator patches it", b.class, b.Decision)
		case b.class == "missing-field":
			r.Level, r.Path = LevelShape, b.Field
			r.Text = fmt.Sprintf("it is missing, and decision %d of an operator requires it (%s)", b.Decision, b.Do)
		case b.class == "new-field":
			r.Level = LevelShape
			r.Text = fmt.Sprintf("it must not be there, by decision %d of an operator (%s)", b.Decision, b.Do)
		case b.class == "kind":
			r.Level = LevelShape
		}
		j.v.Reasons = append(j.v.Reasons, r)
	}
	if len(w.broken) == 0 {
		return
	}
	j.v.Score = max(j.v.Score, finite(j.m.calibration.threshold)+1)
	slices.SortStableFunc(j.v.Reasons, func(a, b Reason) int { // a person's word first among its level
		return cmp.Or(cmp.Compare(a.Level, b.Level), -cmp.Compare(min(a.Decision, 1), min(b.Decision, 1)))
	})
	if j.v.Mode == Enforce {
		j.v.Allow = false
	} else {
		j.v.WouldDeny = true
	}
}
