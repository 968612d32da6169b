package profile

import (
	"cmp"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"

	"postern/inspect/decode"
	"postern/profile/sketch"
)

// One path may carry many operations told apart by a field that no protocol names: {"action": "refund", …}, POST /api?cmd=refund. Which field that is, is learned: one that all calls have, of
// a closed set, whose values bring members of their own with them. Each of its values is then an action, an operation of its own: POST /command action=refund.
//
// It is found when a model is made, from counts and samples as they are: what is counted does not change, so that it does not matter when a field was found, and by which replica. How often
// a caller asked for which action is exact, since counts hold that of each value of a closed set; what an action's fields are like is known of the samples. An action that has too few of them
// to be judged by alone is judged by what is known of its path, as before it was found.

// actions are those of one path.
type actions struct {
	field  *derived // that tells them apart
	member string   // its name
	list   []action // by hash
}

// action is one of them.
type action struct {
	hash  uint64     // of its value
	calls float64    // of all callers, exact
	own   *operation // what is known of it alone; nil where its name is not known
	grown bool       // own is judged by, else the path
}

// choice is the action that a call asks for.
type choice struct {
	leaf    int32   // that tells; −1 where none does
	action  *action // nil where nobody asked for it before, or the call names several
	several bool
}

var noChoice = choice{leaf: -1}

// tellApart finds the actions of all paths, of the operations most called first. told are the members that operators say tell them apart, by path; an action is grown from so many
// calls on.
func (m *model) tellApart(parts []part, told map[string]string, grown float64, room int) {
	byName, folded := map[string][]part{}, map[string]string{}
	for _, p := range parts {
		name, known := folded[p.Operation]
		if !known {
			name = m.router.fold(p.Operation)
			folded[p.Operation] = name
		}
		byName[name] = append(byName[name], p)
	}
	paths := slices.SortedFunc(maps.Values(m.operations), func(a, b *operation) int { return cmp.Or(cmp.Compare(b.calls, a.calls), cmp.Compare(a.name, b.name)) })
	for _, o := range paths {
		if x := o.chooseActions(byName[o.name], told[o.name]); x != nil {
			x.learn(m, o, byName[o.name], grown, room)
			x.tally(m, byName[o.name])
			o.actions = x
		}
	}
}

// pathOf is the operation that an action is one of, or the operation itself.
func pathOf(operation string) string {
	at := strings.LastIndexByte(operation, ' ')
	if at < 0 || operation[0] == '/' || strings.IndexByte(operation[at:], '=') < 0 || strings.IndexByte(operation[:at], ' ') < 0 {
		return operation
	}
	return operation[:at]
}

// PartOf says that an operation is another, or an action of it: what is said of a path is true of its actions.
func PartOf(operation, of string) bool { return operation == of || pathOf(operation) == of }

// actionsTold are the members that operators' decisions about actions of a callee name, by path.
func (s *decisions) actionsTold(callee string) map[string]string {
	told := map[string]string{}
	note := func(operation string) {
		path := pathOf(operation)
		if path == operation {
			return
		}
		member, _, _ := strings.Cut(operation[len(path)+1:], "=")
		if told[path] == "" || member < told[path] {
			told[path] = member
		}
	}
	for of, mode := range s.modes {
		if of.callee == callee && mode != Inherit {
			note(of.operation)
		}
	}
	for _, a := range s.approvals[callee] {
		note(a.operation)
	}
	for _, r := range s.rulings[callee] {
		note(r.Operation)
	}
	return told
}

// spellings are the words of a field's values, by their hashes.
func spellings(field uint64, parts []part) map[uint64]string {
	words := map[uint64]string{}
	for _, p := range parts {
		for _, w := range p.Words {
			if w.field == field {
				words[w.hash] = w.text
			}
		}
	}
	return words
}

// tally counts who asked for which action.
func (x *actions) tally(m *model, parts []part) {
	for _, p := range parts {
		x.call(m, &p)
	}
	for i := range x.list {
		if a := &x.list[i]; a.own != nil {
			for _, c := range m.callers {
				if n := c.operations[a.own.name].calls; n > 0 {
					a.own.callers++
					c.n1 += one(n)
				}
			}
		}
	}
}

// call notes which actions a caller asked for.
func (x *actions) call(m *model, p *part) {
	for a, n := range x.in(p.count) {
		a.calls += n
		if o := a.own; o != nil {
			o.all, o.first, o.last = a.calls, min(o.first, p.First), max(o.last, p.Last)
			c := m.callers[p.caller]
			before := c.operations[o.name]
			c.operations[o.name] = asked{before.calls + n, max(before.last, p.Last)}
		}
	}
}

// in are the actions that calls of a count asked for, and how many of them.
func (x *actions) in(c *count) iter.Seq2[*action, float64] {
	return func(yield func(*action, float64) bool) {
		f := c.Fields[x.field.key]
		if f == nil {
			return
		}
		for hash, n := range f.Closed.Counts.All() {
			if a := x.find(hash); a != nil && !yield(a, float64(n)) {
				return
			}
		}
	}
}

// find returns the action of a value, or nil.
func (x *actions) find(hash uint64) *action {
	if i, found := slices.BinarySearchFunc(x.list, hash, func(a action, hash uint64) int { return cmp.Compare(a.hash, hash) }); found {
		return &x.list[i]
	}
	return nil
}

// learn works out what is known of each action alone, of the samples of its path.
func (x *actions) learn(m *model, o *operation, parts []part, grown float64, room int) {
	words, samples := spellings(x.field.key, parts), map[uint64][]*kept{}
	for _, p := range parts {
		for _, k := range p.Samples {
			if hash, ok := k.valueOf(x.field.key); ok {
				samples[hash] = append(samples[hash], k)
			}
		}
	}
	for _, hash := range x.field.Closed.Counts.Keys() {
		a := action{hash: hash}
		if words[hash] != "" {
			sum := o.sumOf(samples[hash])
			if m.fields+len(sum.Fields) > room {
				sum = &count{}
			}
			a.own = newOperation(o.name+" "+x.member+"="+words[hash], sum, m.fields)
			a.own.of, a.own.first = o.name, math.MaxInt64
			a.own.variants = newVariants(a.own, samples[hash])
			a.grown = a.own.calls >= grown
			m.fields += len(a.own.fields)
			m.operations[a.own.name] = a.own
		}
		x.list = append(x.list, a)
	}
}

// sumOf counts sampled calls of an operation.
func (o *operation) sumOf(samples []*kept) *count {
	sum := &count{}
	var room []leaf
	for _, k := range samples {
		f := k.features(room)
		sum.add(&f, 0, 0)
		room = f.Leaves
	}
	for key, f := range sum.Fields { // samples have no names
		if d := o.fields[key]; d != nil {
			f.Name = d.Name
		}
	}
	return sum
}

// of is the action that a call asks for.
func (x *actions) of(f *features, key sketch.Key) (c choice) {
	c = noChoice
	var hash uint64
	for i := range f.Leaves {
		l := &f.Leaves[i]
		if l.Field != x.field.key || l.Value == nil && !l.read {
			continue
		}
		h := l.hash(key)
		switch {
		case c.leaf < 0:
			c.leaf, hash = int32(i), h
			c.action = x.find(h)
		case h != hash: // which of them the service takes, nobody knows
			c.action, c.several = nil, true
		}
	}
	return c
}

// hash is that of a leaf's value, as members of closed sets have it; 0 where it has none.
func (l *leaf) hash(key sketch.Key) uint64 {
	switch {
	case l.Value != nil && !l.Value.Open:
		return l.Value.Hash
	case l.Value == nil && l.node != nil && l.Kind != decode.Layer:
		return sketch.Sum(key, 2, l.node.Raw)
	}
	return 0
}

// nameOf is the name of the operation that a call to a path is. What nobody asked for has one too, where it can be read.
func (x *actions) nameOf(path string, c choice, f *features) string {
	switch {
	case c.leaf < 0 || c.several || c.action != nil && c.action.own == nil:
		return path
	case c.action != nil:
		return c.action.own.name
	}
	if raw := f.Leaves[c.leaf].node.Raw; word(raw) {
		return path + " " + x.member + "=" + string(raw)
	}
	return path
}

// spelled is a count as it is to be kept: of what was said in clear with those words alone that name actions. The lock is held.
func (l *Learner) spelled(callee string, c *count) *count {
	if len(c.Words) == 0 {
		return c
	}
	field := uint64(0)
	if m := l.models[callee]; m != nil {
		if o := m.operations[m.router.fold(c.Operation)]; o != nil && o.actions != nil {
			field = o.actions.field.key
		}
	}
	return c.spelling(field)
}

// choose has the action that a call asks for be judged by what is known of it alone, where that is enough, and returns the name under which its callers are known.
func (g *gathering) choose(asks choice) (name string) {
	name, g.unasked = g.o.name, -1
	if asks.leaf < 0 {
		return name
	}
	switch a := asks.action; {
	case a == nil || a.calls-g.mine <= 0:
		d := g.o.actions.field
		n1 := d.closedN1
		if a != nil {
			n1 -= g.mine
		}
		g.note(onOperation, asks.leaf, clip(unseen(n1, d.n-g.mine)))
		g.unasked = asks.leaf
	case a.own != nil:
		name = a.own.name
		if a.grown {
			g.o = a.own
		}
	}
	return name
}

// storeWords has the Store be told the words that name a path's actions, once these were found: until then it has no words of calls. The lock is held.
func (l *Learner) storeWords(m, before *model) {
	found := map[string]bool{}
	for name, o := range m.operations {
		if o.actions != nil && (before == nil || before.operations[name] == nil || before.operations[name].actions == nil || before.operations[name].actions.field.key != o.actions.field.key) {
			found[name] = true
		}
	}
	led := l.ledgers[m.callee]
	if len(found) == 0 || led == nil {
		return
	}
	for k, en := range led.entries {
		if k.Replica == l.config.Replica && en.open != nil && len(en.open.Words) > 0 && found[m.router.fold(en.open.Operation)] {
			l.dirty[k] = true
			l.resident.Remove(k)
		}
	}
}
