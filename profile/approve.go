package profile

import (
	"fmt"
	"maps"
	"slices"

	"postern/inspect"
	"postern/profile/sketch"
)

// approval is a deviation that an operator takes for ordinary: as narrow as the act that made it, empty fields meaning any.
type approval struct {
	seq                                    uint64 // of the decision
	caller, operation, field, class, value string
}

// approvals are those of each callee.
type approvals map[string][]approval

func (p approvals) add(a *Act, seq uint64) approvals {
	next := maps.Clone(p)
	if next == nil {
		next = approvals{}
	}
	next[a.Callee] = append(slices.Clip(next[a.Callee]), approval{seq, a.Caller, a.Operation, a.Field, a.Class, a.Value})
	return next
}

// withdraw takes back the approval of a decision. Snapshots hold the old lists: these stay as they are.
func (p approvals) withdraw(seq uint64) approvals {
	next := maps.Clone(p)
	for callee, list := range p {
		if i := slices.IndexFunc(list, func(a approval) bool { return a.seq == seq }); i >= 0 {
			next[callee] = slices.Concat(list[:i], list[i+1:])
		}
	}
	return next
}

// lift takes the force of approved reasons, which from then on name the approval; where none is left that may deny, the call is let through.
// A rule that an operator set after the approval stands: the later word counts.
func (p approvals) lift(s *Snapshot, v *Verdict, e Edge, t *inspect.Tree) {
	list := p[e.To]
	if len(list) == 0 || v.Allow && !v.WouldDeny {
		return
	}
	lifted := false
	for i := range v.Reasons {
		r := &v.Reasons[i]
		k := slices.IndexFunc(list, func(a approval) bool {
			return a.seq > r.Decision && (a.caller == "" || a.caller == e.From) && (a.operation == "" || PartOf(v.Operation, a.operation)) && a.covers(r, v.Operation) && (a.value == "" || a.value == s.Mark(t, r.Path))
		})
		if k >= 0 && r.Mature {
			lifted, r.Mature, r.Decision = true, false, list[k].seq
			r.Text += fmt.Sprintf("; an operator approved it by decision %d", r.Decision)
		}
	}
	if lifted && !slices.ContainsFunc(v.Reasons, func(r Reason) bool { return r.Mature }) {
		v.Allow, v.WouldDeny = true, false
	}
}

// covers says whether an approval is about a reason's kind and place. One without field is about what is said of the whole call alone; one without field and
// class approves who calls what, never an attack, and of a path no action that nobody ever asked for; one without class every deviation at its field, but no attack.
func (a *approval) covers(r *Reason, operation string) bool {
	switch {
	case a.field == "" && a.class == "":
		return r.Level == LevelEdge || r.Level == LevelOperation && a.operation != "" && (r.Path == "" || a.operation == operation)
	case a.class == "":
		return a.field == r.Path && r.Level != LevelAttack
	}
	return a.field == r.Path && a.class == r.Class
}

const markSeed = 0x6d61726b

// Mark is the keyed hash of what stands at a path of a call, "" where nothing does: by it an approval holds for this value and no other.
func (s *Snapshot) Mark(t *inspect.Tree, path string) string {
	p, err := inspect.ParsePath(path)
	if err != nil {
		return ""
	}
	shape, mark, found := p.Shape(), uint64(markSeed), false
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if n.Shape != shape {
			continue
		}
		found = true
		for _, inner := range t.Nodes[i:n.End] {
			mark = sketch.Sum(s.key, mark^inner.Shape, inner.Raw)
		}
	}
	if !found {
		return ""
	}
	return fmt.Sprintf("%016x", mark)
}
