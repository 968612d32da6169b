package profile

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/rule"
)

// What operators say of fields: a pin (this is ordinary here and nothing else is, whatever was learned), a narrowing (of what was learned, only this), a virtual patch (a rule,
// or a class of attacks however faint, until a known hole is mended). A person's word wins over what was learned, at every maturity; the mode says whether it denies.

// patchTime is how long a patch that names no end holds.
const patchTime = 7 * 24 * time.Hour

// Mark says that an operator has spoken of a field.
type Mark struct {
	Decision  uint64
	Do        string // pin, narrow, patch
	Caller    string // "": any
	Operation string // "": any
	Field     string // printable path
	Rule      string // see package rule; "" where a patch is against a class alone
	Class     string // of the attack that a patch is against
	Until     time.Time
}

// ruling is a Mark made ready to be asked.
type ruling struct {
	Mark
	rule          *rule.Rule // nil where there is none
	root          inspect.Root
	field, parent uint64 // as leaf.Field; parent is 0 at a root
	top           bool   // a member of a root
}

// rulings are those of each callee. Snapshots hold lists: they are never changed.
type rulings map[string]rulingList

type rulingList []*ruling

// newRuling reads an act. It was checked when it was decided, by this program or another.
func newRuling(a *Act, d *Decision) (*ruling, error) {
	p, err := inspect.ParsePath(a.Field)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	r := &ruling{Mark: Mark{Decision: d.Seq, Do: a.Do, Caller: a.Caller, Operation: a.Operation, Field: a.Field, Rule: a.Rule, Class: a.Class, Until: a.end(d.Time)}}
	if a.Rule != "" {
		if r.rule, err = rule.Parse(a.Rule); err != nil {
			return nil, err
		}
	}
	plain := slices.DeleteFunc(p, func(s inspect.Step) bool { return s.Layer != 0 && decode.Formats[s.Layer].Wrapping })
	r.root, r.field = plain[0].Root, plain.Shape()
	if len(plain) > 1 {
		r.parent, r.top = plain[:len(plain)-1].Shape(), len(plain) == 2
	}
	return r, nil
}

// add takes a ruling in; an earlier pin of the same callers, operation and field has had its time.
func (r rulings) add(callee string, one *ruling) rulings {
	next := maps.Clone(r)
	if next == nil {
		next = rulings{}
	}
	list := slices.DeleteFunc(slices.Clone(next[callee]), func(old *ruling) bool {
		return one.Do == "pin" && old.Do == "pin" && old.Caller == one.Caller && old.Operation == one.Operation && old.field == one.field
	})
	next[callee] = append(list, one)
	return next
}

// withdraw takes the ruling of a decision back.
func (r rulings) withdraw(seq uint64) rulings {
	for callee, list := range r {
		if i := slices.IndexFunc(list, func(one *ruling) bool { return one.Decision == seq }); i >= 0 {
			next := maps.Clone(r)
			next[callee] = slices.Concat(list[:i], list[i+1:])
			return next
		}
	}
	return r
}

// current leaves those that hold at a time, by the names that operations have now: a path that was an operation of its own may have become one of a template's.
func (r rulings) current(now time.Time, models map[string]*model) rulings {
	if len(r) == 0 {
		return nil
	}
	out := rulings{}
	for callee, list := range r {
		m := models[callee]
		for _, one := range list {
			if !one.Until.IsZero() && !one.Until.After(now) {
				continue
			}
			if m != nil && one.Operation != "" && m.operations[one.Operation] == nil {
				renamed := *one
				renamed.Operation = m.router.fold(one.Operation)
				one = &renamed
			}
			out[callee] = append(out[callee], one)
		}
	}
	return out
}

// marks are those that hold in an operation, by field.
func (list rulingList) marks(operation string) map[uint64][]Mark {
	if len(list) == 0 {
		return nil
	}
	out := map[uint64][]Mark{}
	for _, one := range list {
		if one.Operation == "" || PartOf(operation, one.Operation) {
			out[one.field] = append(out[one.field], one.Mark)
		}
	}
	return out
}

// breadth is how narrow a pin is: as with modes, an action is narrower than its path, and an operation than an edge.
func (r *ruling) breadth() int {
	n := 0
	if r.Operation != "" {
		n += 2
	}
	if pathOf(r.Operation) != r.Operation {
		n += 2
	}
	if r.Caller != "" {
		n++
	}
	return n
}
