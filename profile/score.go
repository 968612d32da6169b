package profile

import (
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// seenIn is the evidence of one call: by kind for its structure, by leaf and kind for its values.
type seenIn struct {
	weight    float64
	structure [structureKinds]float32
	at        [structureKinds]int32 // index of the leaf that the evidence is of; −1 for the whole call
	leaves    []leafEvidence
	missed    *derived // the field that is missing
	attacks   []found  // not ordinary in their fields, of each class the likeliest
	operation *operation
	counted   int64      // when the caller's calls of it were last counted
	scored    []*derived // every field of which a value was scored, for the size of its table
}

// leafEvidence is the evidence of one leaf that has some.
type leafEvidence struct {
	field *derived // nil: not seen before
	leaf  int32
	e     [valueKinds]float32
}

// boring is the evidence below which a value is not worth noting: more than three in four had the like.
const boring = .25

// newGathering is for calls one after another, see again. learned says that they are of those the model was made of: each is then taken out of all counts.
func newGathering(learned bool) *gathering {
	if learned {
		return &gathering{mine: 1, own: map[uint64]*ownField{}}
	}
	return &gathering{}
}

// again gathers the evidence of one more call against a model. scored holds until the next.
func (g *gathering) again(m *model, f *features, operation, who string) (s *seenIn, scored []*derived) {
	clear(g.own)
	g.used = 0
	g.seenIn = seenIn{scored: g.scored[:0]}
	o, c := m.operations[operation], noChoice
	if o != nil && o.actions != nil {
		c = o.actions.of(f, g.key)
	}
	g.observe(m, f, o, c, who)
	s = new(seenIn)
	*s = g.seenIn
	s.scored = nil
	return s, g.scored
}

// observe gathers the evidence of a call to o, nil where the operation is not known, and of the choice among its actions.
func (g *gathering) observe(m *model, f *features, o *operation, asks choice, who string) {
	g.f, g.weight, g.missed = f, 1, nil
	for i := range g.at {
		g.at[i] = -1
	}
	c := m.callers[who]
	if c == nil || c.calls-g.mine <= 0 {
		g.structure[onCaller] = clip(unseen(m.callersN1-g.mine, m.calls-g.mine))
	}
	g.o = o
	if g.o == nil || g.o.calls-g.mine <= 0 {
		g.structure[onOperation] = clip(unseen(m.operatN1-g.mine, m.calls-g.mine))
		g.unknownOperation(m.calls)
		return
	}
	name := g.choose(asks)
	g.operation = g.o
	if c != nil && c.calls-g.mine > 0 {
		a := c.operations[name]
		if g.counted = a.last; a.calls-g.mine <= 0 {
			g.structure[onEdge] = clip(unseen(c.n1-g.mine, c.calls-g.mine))
		}
	}
	g.look()
	if m.calibration != nil {
		g.touch(m.calibration)
	}
	if g.own != nil {
		g.count()
	}
	if float64(g.o.whole.Of(f.Whole))-g.mine <= 0 && !g.opaqueInTexts() {
		g.structure[onWhole] = clip(unseen(0, g.o.calls-g.mine))
	}
	g.walk()
	g.missing()
	g.sets()
}

// unknownOperation notes the findings of a call to an unknown operation.
func (g *gathering) unknownOperation(calls float64) {
	for i := range g.f.Leaves {
		if found := g.f.Leaves[i].Found; len(found) > 0 {
			l := leafEvidence{leaf: int32(i)}
			for _, x := range found {
				l.add(x, unseen(0, calls))
				g.attacked(x)
			}
			g.leaves = append(g.leaves, l)
		}
	}
}

// doubtful is the likelihood below which a detector rather takes a finding for none.
const doubtful = .5

// add notes a finding: an attack is worth its rarity as far as the detector is sure, and odd as far as it is not. An ambiguity, a document of another language, or what is less likely an attack
// than not, is only odd.
func (l *leafEvidence) add(x found, nats float64) {
	sure := 0.0
	if IsAttack(x.Class) && x.Score >= doubtful {
		sure = float64(x.Score)
	}
	l.e[onFinding] = max(l.e[onFinding], clip(nats*sure))
	l.e[onOdd] = max(l.e[onOdd], clip(nats*(1-sure)))
}

// gathering is the state of observe within one operation.
type gathering struct {
	seenIn
	o        *operation
	f        *features
	key      sketch.Key
	mine     float64
	familiar *familiar            // with the values of calls that are judged
	spoken   *spoken              // what operators say of the call; nil where they say nothing
	own      map[uint64]*ownField // what the call itself taught, by field; nil where it taught nothing
	room     []*ownField          // for own
	used     int
	fields   []*derived // of each leaf
	met      []*derived // every field once
	present  [maxFields / 64]uint64
	sums     [5]uint64 // by root, as in count.add
	passed   [5]bool   // in this root a structure in a text was passed over whose fields are not known
	within   within
	touched  float32 // means nothing
	shape    uint64  // sum of the body's bound fields, see variant.go
	unasked  int32   // the leaf that names an action nobody asked for; −1
}

// look finds the fields of the leaves, and the sets that they make.
func (g *gathering) look() {
	g.fields, g.met = g.fields[:0], g.met[:0]
	clear(g.present[:])
	g.sums, g.passed, g.shape = [5]uint64{}, [5]bool{}, 0
	for i := range g.f.Leaves {
		l := &g.f.Leaves[i]
		s := g.o.index.slot(l.Field)
		g.fields = append(g.fields, s.field)
		if s.field == nil && g.isPinned(int32(i)) {
			continue
		}
		if s.field != nil {
			if g.present[s.index/64]>>(s.index%64)&1 == 1 {
				continue
			}
			g.present[s.index/64] |= 1 << (s.index % 64)
			g.met = append(g.met, s.field)
		}
		g.sums[l.Root] += spread(l.Field)
		if s.bound {
			g.shape += spread(l.Field)
		}
	}
	if g.spoken != nil {
		g.passPinned()
	}
}

// touch brings in what is known of the call's fields, see derived.touch. Every field is met once before any is asked for what it points at.
func (g *gathering) touch(c *calibration) {
	for _, d := range g.met {
		g.touched += float32(d.width) + float32(len(d.members.Counts))
	}
	for _, d := range g.met {
		g.touched += d.touch() + c.touch(d)
	}
}

// passPinned asks nothing of the set of fields in a root in which a pin lets a known field be missing.
func (g *gathering) passPinned() {
	for _, r := range g.spoken.active {
		if r.Do == "pin" && g.o.index.of(r.field) != nil && !g.spoken.has(r.field) {
			g.passed[r.root] = true
		}
	}
}

// isPinned says that leaf i keeps to an operator's pin.
func (g *gathering) isPinned(i int32) bool { return g.spoken != nil && g.spoken.pinned[i] }

func (g *gathering) has(d *derived) bool { return g.present[d.index/64]>>(d.index%64)&1 == 1 }

// ofOwn is what the call itself taught of a field; nothing where it is judged.
func (g *gathering) ofOwn(l *leaf) *ownField {
	if g.own == nil {
		return &nothing
	}
	return g.own[l.Field]
}

var nothing ownField

type ownField struct {
	nodes  float64
	values own
	kinds  [16]float64
	arrays []uint16 // buckets of their lengths
	wraps  map[uint64]float64
	found  map[string]float64
}

// ownOf is what the call itself taught of a field, to be added to.
func (g *gathering) ownOf(field uint64) *ownField {
	w := g.own[field]
	if w != nil {
		return w
	}
	if g.used == len(g.room) {
		g.room = append(g.room, &ownField{})
	}
	w = g.room[g.used]
	g.used++
	*w = ownField{values: w.values[:0], arrays: w.arrays[:0]}
	g.own[field] = w
	return w
}

func (g *gathering) count() {
	for i := range g.f.Leaves {
		l := &g.f.Leaves[i]
		w := g.ownOf(l.Field)
		w.nodes++
		w.kinds[l.Kind]++
		if l.Kind == decode.Array {
			w.arrays = append(w.arrays, sketch.Length(elements(g.f.Leaves, int32(i))))
		}
		if l.Value != nil {
			w.values = append(w.values, l.Value)
			if d := g.fields[i]; d != nil && d.texts != nil && d.said() {
				kin := g.ownOf(d.texts.key)
				kin.values = append(kin.values, l.Value)
			}
		}
		if l.Wrap != 0 {
			if w.wraps == nil {
				w.wraps = map[uint64]float64{}
			}
			w.wraps[l.Wrap]++
		}
		for _, x := range l.Found {
			if w.found == nil {
				w.found = map[string]float64{}
			}
			w.found[x.Class]++
		}
	}
}

// note keeps the strongest structural evidence of a kind.
func (g *gathering) note(kind int, leaf int32, e float32) {
	if e > g.structure[kind] {
		g.structure[kind], g.at[kind] = e, leaf
	}
}

func (g *gathering) walk() {
	leaves := g.f.Leaves
	g.within = within{}
	for i := int32(0); int(i) < len(leaves); {
		l := &leaves[i]
		d := g.fields[i]
		if d == nil && g.isPinned(i) {
			g.findings(i, i+1)
			i++
			continue
		}
		if d == passedOver {
			g.findings(i, l.End)
			i = l.End
			continue
		}
		if i < g.within.end && (g.unknown(d) || d.inner && !l.Opened && l.Kind == decode.String) {
			g.strange(i, l.End)
			i = l.End
			continue
		}
		if g.unknown(d) {
			n1 := g.o.fieldsN1
			if d != nil && g.mine > 0 {
				n1 -= singles(d.Calls)
			}
			g.note(onField, i, clip(unseen(max(n1, 0), g.o.calls-g.mine)))
			g.findings(i, l.End)
			i = l.End
			continue
		}
		next := i + 1
		if l.Opened && !d.inner {
			next = l.End // read as a text, whatever could be opened in it
			for k := i + 1; k < next; k++ {
				g.passed[l.Root] = g.passed[l.Root] || g.fields[k] == nil
			}
		}
		if g.token(d, i) {
			next = l.End
		}
		if g.loosely(d, i) {
			next = i + 1
			g.passOver(i)
		}
		if l.Wrap == 0 && i >= g.within.end && !g.isPinned(i) {
			g.note(onKind, i, d.kindNats(l.Kind, g.ofOwn(l).kinds[l.Kind]))
		}
		g.leaf(d, i, next)
		i = next
	}
}

// token says that leaf i is a token among tokens, in which a wrapping was undone and no structure opened: what is inside is there by chance. What is found in it counts.
func (g *gathering) token(d *derived, i int32) bool {
	l := &g.f.Leaves[i]
	if !d.tokens || l.End == i+1 || l.node != nil && !d.random(l.node.Raw) {
		return false
	}
	for k := i; k < l.End; k++ {
		if g.f.Leaves[k].Opened {
			return false
		}
	}
	return true
}

// leaf gathers the evidence of leaf i; findings of the leaves up to next, which are not read by themselves, are its own.
func (g *gathering) leaf(d *derived, i, next int32) {
	l := &g.f.Leaves[i]
	w := g.ofOwn(l)
	e := leafEvidence{field: d, leaf: i}
	switch {
	case g.inWords(i) && next == i+1 && !g.isPinned(i) && i != g.unasked:
		e.e[onChar], e.e[onPair], e.e[onMarks] = d.kin.textNats(g.around(i))
	case l.Opened && next == i+1, g.isPinned(i), i == g.unasked: // read by the structure in it, or by a person's rule, or as the name of an operation
	case l.Value != nil, l.read:
		if g.freely(&e, d, l); l.Value != nil {
			g.scored = append(g.scored, e.field)
		}
	case l.Kind == decode.Array && d.arrays > 0:
		e.e[onLength] = d.arrayNats(elements(g.f.Leaves, i), w.arrays)
		if g.own != nil {
			g.scored = append(g.scored, d)
		}
	}
	if l.Wrap != 0 && (l.read || l.Opened || l.Value != nil) && float64(d.Wraps.Of(l.Wrap))-w.wraps[l.Wrap] <= 0 {
		e.e[onWrap] = clip(unseen(0, d.nodes()-w.nodes*g.mine))
	}
	for k := i; k < next; k++ {
		g.found(&e, d, &g.f.Leaves[k])
	}
	for _, x := range e.e {
		if x >= boring {
			g.leaves = append(g.leaves, e)
			break
		}
	}
}

// findings notes what was found in leaves that are not read by themselves.
func (g *gathering) findings(from, to int32) {
	for k := from; k < to; k++ {
		if l := &g.f.Leaves[k]; len(l.Found) > 0 {
			d := g.o.index.of(l.Field)
			e := leafEvidence{field: d, leaf: k}
			g.found(&e, d, l)
			g.leaves = append(g.leaves, e)
		}
	}
}

// found adds to the evidence what was found in a leaf, by how often the like is found in field d, nil where that is not known.
func (g *gathering) found(e *leafEvidence, d *derived, l *leaf) {
	for _, x := range l.Found {
		if g.unknown(d) {
			e.add(x, unseen(0, g.o.calls))
			g.attacked(x)
			continue
		}
		w := g.ofOwnField(d)
		n, usual := d.nodes()-w.nodes*g.mine, max(0, float64(d.Findings.Of(x.Class))-w.found[x.Class])
		e.add(x, -logRate(usual, n))
		if usual < 3 || usual*50 < n {
			g.attacked(x)
		}
	}
}

func (g *gathering) missing() {
	for _, d := range g.o.required {
		if g.has(d) || d.parent != nil && !g.has(d.parent) || g.spoken != nil && g.spoken.pins(d.key) {
			continue
		}
		if d.inLoose() {
			g.passed[d.Root] = true
			continue
		}
		if e := clip(d.absence(g.o.calls, g.mine)); e > g.structure[onMissing] {
			g.structure[onMissing], g.missed = e, d
		}
	}
}

func (g *gathering) sets() {
	for root, sum := range g.sums {
		s := &g.o.sets[root]
		if sum == 0 || s.open || g.passed[root] || float64(s.counts.Of(sum))-g.mine > 0 {
			continue
		}
		n1 := s.n1
		if g.mine > 0 {
			n1 -= singles(s.counts.Of(sum))
		}
		g.note(onSet, -1, clip(unseen(n1, s.n-g.mine)))
	}
	g.shaped()
}
