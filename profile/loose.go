package profile

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// A text that people or programs fill as they like may hold JSON today and XML tomorrow, as it may come in base64 or not: it is loose. A structure that was not seen in it is,
// like a wrapping that was not seen, a mild deviation; what is written inside is compared with what is written there otherwise. A text that holds the same structure nearly
// always is not loose: there the structure is as binding as that of the body.

// always is the share of a text's calls from which one structure counts as its only one.
const always = .95

// oddMember is the evidence, in nats, from which a member of a loose text is compared with the texts that are written in there.
const oddMember = 4

// oddText is the evidence, in nats, from which a text is read by the structure in it rather than as a text.
const oddText = 2

// loosen finds the loose texts of an operation.
func loosen(fields map[uint64]*derived) {
	most := map[*derived]uint32{}
	for _, d := range fields {
		if d.layer() && d.parent != nil {
			most[d.parent] = max(most[d.parent], d.Calls)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		d := fields[key]
		d.loose = d.parent != nil && float64(most[d]) < always*float64(d.Calls)
		for up := d; up != nil && d.Values > 0; up = up.parent {
			if up.text == nil || cmp.Compare(d.Values, up.text.Values) > 0 {
				up.text = d
			}
		}
	}
	for _, d := range fields {
		if d.said() {
			d.text = d
		}
		d.bound = d.Root == inspect.BodyRoot && !d.inLoose()
	}
	gather(fields)
}

// gather makes one of the texts that are written in a loose text, whatever structure they are in: what is ordinary in one of them is so in the others, and what none of them had is odder
// than what a few did not.
func gather(fields map[uint64]*derived) {
	sums, texts := map[*derived]*field{}, map[*derived]*derived{}
	for _, d := range fields {
		if top := d.top(); top != nil {
			sums[top] = &field{}
		}
	}
	loose := func(d *derived) *derived {
		if sums[d] != nil {
			return d
		}
		return d.top()
	}
	for _, d := range fields { // sums do not depend on the order
		if sum := sums[loose(d)]; sum != nil && d.said() {
			sum.merge(d.field)
		}
	}
	for top, sum := range sums {
		if sum.Values > 0 {
			texts[top] = &derived{}
			texts[top].derive(sum)
			texts[top].key, texts[top].text = spread(top.key)+1, top.text
		}
	}
	for _, d := range fields {
		if d.texts = texts[loose(d)]; d.texts != nil && (d.free || d.inner) {
			d.kin = d.texts
		}
	}
}

// said says that the field's values are texts as they are written, not the structures that hold them.
func (d *derived) said() bool { return d.free && !d.inner }

// top is the outermost loose text that the field is part of, nil where it is part of none.
func (d *derived) top() (top *derived) {
	for ; d.parent != nil; d = d.parent {
		if d.layer() && d.parent.loose {
			top = d.parent
		}
	}
	return top
}

// layer says that the field is a structure opened in a text.
func (d *derived) layer() bool { return strings.HasPrefix(d.Name, "|") }

// inLoose says that the field is part of a structure in a loose text.
func (d *derived) inLoose() bool { return d.top() != nil }

// within is the loose text that is being read, and where it ends.
type within struct {
	field   *derived
	end     int32
	strange bool // something in it is not known, which counts once
}

// unknown says that a field was not seen in any other call.
func (g *gathering) unknown(d *derived) bool {
	return d == nil || g.mine > 0 && float64(d.Calls)-g.mine <= 0 // whoever judges reads no count
}

// loosely says that leaf i is read by the structure in it, whatever that is: a loose text where it is odd as a text, and any text in one that has a structure not known there.
func (g *gathering) loosely(d *derived, i int32) bool {
	l := &g.f.Leaves[i]
	if l.Opened && d.loose {
		g.passed[l.Root] = true // which fields come together there binds nobody
	}
	if !l.Opened {
		return false
	}
	inside := i < g.within.end
	for k := i + 1; inside && k < l.End; k = g.f.Leaves[k].End {
		if g.unknown(g.fields[k]) {
			return true
		}
	}
	if !d.loose || !d.inner && !(d.free && g.odd(d, l)) {
		return false
	}
	if !inside {
		g.within = within{field: d, end: l.End}
	}
	return true
}

// inWords says that words of leaf i, a text that is judged, were opened and not the whole of it. What is around them is a text still: else who adds a word in base64 to whatever he likes has it unread.
func (g *gathering) inWords(i int32) bool {
	l := &g.f.Leaves[i]
	if !l.Opened || l.node == nil || l.Kind != decode.String {
		return false
	}
	for k := i + 1; k < l.End; k = g.f.Leaves[k].End {
		if n := g.f.Leaves[k].node; n != nil && !wraps(n) && n.Layer != decode.FormatTokens && n.Layer != decode.FormatRest {
			return false
		}
	}
	return true
}

// around is the text of leaf i with a letter for each word that was opened in it.
func (g *gathering) around(i int32) (text []byte) {
	rest := g.f.Leaves[i].node.Raw
	for k := i + 1; k < g.f.Leaves[i].End; k = g.f.Leaves[k].End {
		if n := g.f.Leaves[k].node; n == nil || n.Layer != decode.FormatTokens {
			continue
		}
		for word := k + 1; word < g.f.Leaves[k].End; word = g.f.Leaves[word].End {
			if n := g.f.Leaves[word].node; n != nil && len(n.Raw) > 0 {
				if before, after, found := bytes.Cut(rest, n.Raw); found {
					text, rest = append(append(text, before...), 'x'), after
				}
			}
		}
	}
	return append(text, rest...)
}

// passOver leaves out the wrappings undone in leaf i where a structure was opened in it too: undoing what a form's values are wrapped in, say, before taking the form apart reads
// the same bytes once more. What is found in them counts.
func (g *gathering) passOver(i int32) {
	l := &g.f.Leaves[i]
	structure := false
	for k := i + 1; k < l.End; k = g.f.Leaves[k].End {
		structure = structure || g.f.Leaves[k].Field != l.Field
	}
	for k := i + 1; structure && k < l.End; k = g.f.Leaves[k].End {
		if g.f.Leaves[k].Field == l.Field {
			g.fields[k] = passedOver
		}
	}
}

// passedOver stands for the field of a leaf that is not read.
var passedOver = &derived{field: &field{}}

// odd says that a leaf, read as a text, is not ordinary in its field.
func (g *gathering) odd(d *derived, l *leaf) bool {
	e := g.evidence(d, l)
	return slices.Max(e[:]) >= oddText
}

// evidence is that of a leaf's text.
func (g *gathering) evidence(d *derived, l *leaf) (e [valueKinds]float32) {
	switch {
	case l.Value != nil:
		e = d.evidence(l.Value, g.ofOwnField(d).values, g.ofOwnField(d.kin).values)
	case l.read:
		e = g.familiar.evidence(d, g.key, l.node)
	}
	return e
}

// freely gathers the evidence of a leaf's text. In a loose text a member that is not what it was otherwise, but as people write elsewhere in there, is a mild deviation.
func (g *gathering) freely(e *leafEvidence, d *derived, l *leaf) {
	e.e = g.evidence(d, l)
	most := slices.Max(e.e[:])
	if d.texts == nil || d.texts == d.kin || l.Kind != decode.String || most < oddMember {
		return
	}
	var as [valueKinds]float32
	if l.Value != nil {
		as[onChar], as[onPair], as[onMarks] = d.texts.learnedNats(l.Value, g.ofOwnField(d.texts).values)
	} else {
		as[onChar], as[onPair], as[onMarks] = d.texts.textNats(l.node.Raw)
	}
	if slices.Max(as[:]) < most {
		as[onWrap] = clip(unseen(0, d.n))
		e.e, e.field = as, d.texts.text
	}
}

func (g *gathering) ofOwnField(d *derived) *ownField {
	if w := g.own[d.key]; w != nil {
		return w
	}
	return &nothing
}

// strange gathers the evidence of a part of a loose text that is not known there: the part itself is a mild deviation, and its values are compared with what is written there.
func (g *gathering) strange(from, to int32) {
	d := g.within.field
	g.passed[g.f.Leaves[from].Root] = true
	if !g.within.strange {
		g.within.strange = true
		e := leafEvidence{field: d, leaf: from}
		e.e[onWrap] = clip(unseen(0, d.nodes()-g.ofOwnField(d).nodes*g.mine))
		g.leaves = append(g.leaves, e)
	}
	for k := from; k < to; k++ {
		l := &g.f.Leaves[k]
		if g.fields[k] == passedOver {
			g.findings(k, l.End)
			k = l.End - 1
			continue
		}
		if l.Opened {
			g.passOver(k)
		}
		e := leafEvidence{field: d.text, leaf: k}
		if d.text != nil && l.End == k+1 && l.Kind == decode.String && (l.read || l.Value != nil) && !grammar(l) && !l.plain() {
			all := g.evidence(d.text, l)
			e.e[onChar], e.e[onPair], e.e[onMarks] = all[onChar], all[onPair], all[onMarks]
			g.scored = append(g.scored, d.text)
		}
		if d.text != nil && g.inWords(k) {
			e.e[onChar], e.e[onPair], e.e[onMarks] = d.text.kin.textNats(g.around(k))
		}
		if d.text != nil && l.node != nil && !grammar(l) && !unsaid(l.node) {
			e.e[onChar] = max(e.e[onChar], d.text.kin.nameNats(l.node))
		}
		g.found(&e, nil, l)
		if slices.Max(e.e[:]) >= boring {
			g.leaves = append(g.leaves, e)
		}
	}
}

// plain says that a leaf is a word, a number or the like, which nobody can hide anything in.
func (l *leaf) plain() bool {
	switch l.form() {
	case sketch.Empty, sketch.Word, sketch.Integer, sketch.Decimal, sketch.Boolean, sketch.UUID, sketch.ULID, sketch.Date, sketch.Hash, sketch.Token, sketch.Code, sketch.Duration:
		return true
	default:
		return false
	}
}

func (l *leaf) form() sketch.Form {
	if l.Value != nil {
		return l.Value.Form
	}
	return sketch.FormOf(l.node.Raw)
}

// grammar says that the marks in a leaf are its language's, not its writer's: GraphQL has $name where a value stands elsewhere.
func grammar(l *leaf) bool { return l.node != nil && l.node.Format() == decode.FormatGraphQL }

// nameNats is the evidence of the characters of a member's name that names ordinarily do not have.
func (d *derived) nameNats(n *inspect.Node) (char float32) {
	for _, c := range n.Name {
		if class := sketch.ASCII(c); c < 0x80 && !nameLike(c) {
			char = max(char, natsOf(d.tables[d.place[class]]))
		}
	}
	return char
}

func nameLike(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("_-.:@#", c) >= 0
}

// opaqueInTexts says that what could not be read of a body, if anything, are parts of structures in loose texts: the signature of a token, say.
func (g *gathering) opaqueInTexts() bool {
	if g.f.Whole != wholeOpaque || float64(g.o.whole.Of(0))-g.mine <= 0 {
		return false
	}
	end := int32(0)
	for i := range g.f.Leaves {
		l, d := &g.f.Leaves[i], g.fields[i]
		if l.Opened && d != nil && d.loose {
			end = max(end, l.End)
		}
		if l.Root == inspect.BodyRoot && l.Kind == decode.Bytes && l.End == int32(i+1) && int32(i) >= end {
			return false
		}
	}
	return true
}
