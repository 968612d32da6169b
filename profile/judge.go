package profile

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"postern/inspect"
)

// judging is the work on one verdict.
type judging struct {
	s      *Snapshot
	m      *model
	f      *features
	t      *inspect.Tree
	seen   *seenIn
	y      maturity
	v      *Verdict
	edge   Edge
	scores scores
}

func (j *judging) judge() {
	c := j.m.calibration
	v := j.v
	v.Score = j.scores.score
	deny := false
	if worst := c.alone.worst(j.seen.attacks); worst.Score > 0 {
		deny = true
		v.Score = max(v.Score, finite(c.threshold)) + 1 + attackScore(worst.Score) // above whatever is only odd
		j.attacks(&c.alone)
	}
	overStructure, overValue, odd := j.scores.structure > c.threshold, j.scores.value > c.threshold, j.scores.value
	if j.scores.score > c.threshold && !overStructure && !overValue {
		overStructure, overValue = j.scores.structure >= j.scores.value, j.scores.value > j.scores.structure
		odd = j.scores.score
	}
	structure := j.y.structure && overStructure || j.y.edge && overStructure && (j.seen.structure[onCaller] > 0 || j.seen.structure[onOperation] > 0)
	value := overValue && odd > c.threshold+j.y.margin
	v.Mature = j.y.structure && (j.y.value || value)
	deny = deny || structure || value
	if deny || v.Score >= reportFrom {
		j.reasons(structure, value)
	}
	switch {
	case deny && v.Mode == Enforce:
		v.Allow = false
	case deny:
		v.WouldDeny = true
	}
}

// reportFrom is the score from which a verdict carries reasons although the call is let through: one call in a hundred.
const reportFrom = 2

func finite(x float64) float64 {
	if math.IsInf(x, 0) {
		return 0
	}
	return x
}

// attackScore puts a likelihood on the scale of scores.
func attackScore(likelihood float32) float64 {
	return -math.Log10(1.0001 - float64(min(likelihood, 1)))
}

// attacks adds a Reason for each finding that is an attack and not ordinary in its field.
func (j *judging) attacks(from *alone) {
	for i := range j.t.Findings {
		f := &j.t.Findings[i]
		if IsAttack(f.Class) && from.denies(found{f.Class, f.Score}) {
			j.v.Reasons = append(j.v.Reasons, Reason{
				Level: LevelAttack, Class: f.Class, Path: j.t.Path(f.Node), Score: float64(f.Score), Mature: true,
				Text: fmt.Sprintf("reads as %s, which is not ordinary here", f.Class),
			})
		}
	}
}

// mostReasons is how many Reasons a Verdict has at most.
const mostReasons = 16

// reasons says what was odd: first what denies, by level, the worst first.
func (j *judging) reasons(structure, value bool) {
	first := len(j.v.Reasons)
	c := j.m.calibration
	for kind, e := range j.seen.structure {
		if w := -math.Log10(c.structure[kind].p(e, oddStructure)); e >= boring && w >= 1 {
			r := Reason{Level: LevelShape, Score: w, Mature: structure}
			j.structural(&r, kind)
			j.v.Reasons = append(j.v.Reasons, r)
		}
	}
	for _, o := range j.oddest(value) {
		r := Reason{Path: j.path(o.leaf), Score: o.score, Mature: value}
		r.Level, r.Class, r.Text = j.valueClass(o.kind, o.leaf)
		j.v.Reasons = append(j.v.Reasons, r)
	}
	slices.SortStableFunc(j.v.Reasons[first:], func(a, b Reason) int {
		if a.Mature != b.Mature {
			if a.Mature {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(b.Score, a.Score))
	})
	j.v.Reasons = j.v.Reasons[:min(len(j.v.Reasons), mostReasons)]
}

// oddity is one kind of evidence about one leaf. Of a long array there are hundreds: what to say of it in words is made for those alone that are told.
type oddity struct {
	leaf  int32
	kind  int
	score float64 // −log10 p
}

func (o oddity) level() Level {
	if o.kind == onWrap {
		return LevelShape
	}
	return LevelValue
}

// sameWords says that two are told in the same words: a character that is not ordinary, the step to it, and how many there are.
func (o oddity) sameWords(p oddity) bool {
	return o.leaf == p.leaf && o.kind <= onMarks && p.kind <= onMarks
}

// oddest are the values that a verdict tells of, by level, the worst first. Where values deny there is at least one: many little ones together may be too odd.
func (j *judging) oddest(value bool) (list []oddity) {
	var strongest [1]oddity
	for i := range j.seen.leaves {
		l := &j.seen.leaves[i]
		for kind, e := range l.e {
			o := oddity{l.leaf, kind, j.m.calibration.worth(l.field, kind, e, 0) / math.Ln10}
			switch {
			case o.score <= strongest[0].score && o.score < telling || !j.worded(o):
			case o.score < telling:
				strongest[0] = o
			case len(list) > 0 && list[len(list)-1].sameWords(o):
				list[len(list)-1].score = max(list[len(list)-1].score, o.score)
			default:
				list = append(list, o)
			}
		}
	}
	if value && len(j.v.Reasons)+len(list) == 0 && strongest[0].score > 0 {
		return strongest[:]
	}
	slices.SortStableFunc(list, func(a, b oddity) int { return cmp.Or(cmp.Compare(a.level(), b.level()), cmp.Compare(b.score, a.score)) })
	return list[:min(len(list), mostReasons)]
}

// telling is the score from which a value is told of.
const telling = 1.5

// worded says whether there is something to say: of a finding only where the leaf holds it.
func (j *judging) worded(o oddity) bool {
	if o.kind != onFinding && o.kind != onOdd {
		return true
	}
	return j.finding(o.kind, o.leaf) != ""
}

func (j *judging) structural(r *Reason, kind int) {
	if at := j.seen.at[kind]; at >= 0 {
		r.Path = j.path(at)
	}
	switch kind {
	case onCaller:
		r.Level, r.Class, r.Text = LevelEdge, "new-caller", "this caller has not called this callee before"
		if j.edge.From == Unauthenticated {
			r.Class, r.Text = Unauthenticated, "the caller has not proven who it is"
		}
	case onOperation:
		r.Level, r.Class, r.Text = LevelOperation, "new-operation", "nobody has asked this of the callee before"
	case onEdge:
		r.Level, r.Class, r.Text = LevelOperation, "new-operation", "this caller has not asked this of the callee before, others have"
	case onField:
		r.Class, r.Text = "new-field", "this field has not been there before"
	case onMissing:
		r.Class, r.Text = "missing-field", "a field is missing that is ordinarily there"
		if j.seen.missed != nil {
			r.Path = j.seen.operation.path(j.seen.missed)
		}
	case onSet:
		r.Class, r.Text = "new-field", "these fields have not come together before"
	case onKind:
		r.Class, r.Text = "kind", "this field has not been of this kind before"
	case onWhole:
		r.Class, r.Text = wholeClass(j.f.Whole)
	}
}

func wholeClass(set uint8) (class, text string) {
	switch {
	case set&wholeCut != 0:
		return "cut", "the body was cut, which is not ordinary here"
	case set&wholeMore != 0:
		return "limit", "more nodes, or deeper ones, than a profile takes, which is not ordinary here"
	case set&wholeLimit != 0:
		return "limit", "a limit was reached, which is not ordinary here"
	case set&wholeOpaque != 0:
		return "opaque", "a part of the body could not be read, which is not ordinary here"
	}
	return "opaque", "ordinarily a part of the body here cannot be read, now all was"
}

// valueClass names a kind of evidence about a leaf; no class where it has none.
func (j *judging) valueClass(kind int, leaf int32) (level Level, class, text string) {
	switch kind {
	case onChar, onPair:
		return LevelValue, "alphabet", "characters that are not ordinary in this field"
	case onMarks:
		return LevelValue, "alphabet", "more marks than texts of this length have in this field"
	case onLength:
		return LevelValue, "length", "a length that is not ordinary in this field"
	case onClosed:
		return LevelValue, "enumeration", "not one of the values that this field has"
	case onForm:
		return LevelValue, "format", "not of the format that this field has"
	case onNumber:
		return LevelValue, "range", "a number out of the range of this field"
	case onWrap:
		return LevelShape, "wrapping", "this field has not been wrapped so before"
	}
	if found := j.finding(kind, leaf); found != "" {
		return LevelValue, "format", "reads as " + found + ", which is not ordinary in this field"
	}
	return level, "", ""
}

// finding is the class of the first attack (onFinding) or of the first other finding (onOdd) in a leaf, "" where there is none. What a detector doubts is odd where nothing else is.
func (j *judging) finding(kind int, leaf int32) (class string) {
	for k := leaf; k < j.f.Leaves[leaf].End; k++ {
		for _, x := range j.f.Leaves[k].Found {
			switch attack := IsAttack(x.Class); {
			case attack == (kind == onFinding):
				return x.Class
			case attack && x.Score < doubtful:
				class = x.Class
			}
		}
	}
	return class
}

// path is the printable path of a leaf of the call.
func (j *judging) path(leaf int32) string {
	if int(leaf) < len(j.t.Nodes) {
		return j.t.Path(leaf) // leaves are the tree's nodes, in their order
	}
	return ""
}

// path is the printable path of a field of the operation.
func (o *operation) path(d *derived) string {
	if d == nil {
		return ""
	}
	return o.path(d.parent) + d.Name
}
