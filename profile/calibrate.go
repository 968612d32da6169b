package profile

import (
	"cmp"
	"math"
	"slices"
)

// Calibration turns evidence into one score, in three steps, all on calls scored as if they alone had not been learned:
//
//  1. By kind, evidence becomes −ln of how often the like is seen, pooled over all fields and shrunk towards the field's own.
//  2. A leaf is worth its strongest kind and a share of the next three; a call its strongest leaf and a share of the next three.
//  3. The two channels, structure and value, each become a p-value among the sampled calls; the call's score is the larger of −log10(p/share).
const (
	bins       = 96  // of a quarter of a nat
	perBin     = 4   // bins a nat
	shrink     = 100 // calls that the pool counts for against the field's own
	leafShare  = .35 // of the next three kinds
	callShare  = .2  // of the next three leaves
	wrapWorth  = 1.5 // nats at most that a wrapping not seen adds
	oddWorth   = 6   // and an ambiguity or a document
	structPart = .2  // of the rate that is left to structure
	valuePart  = .8
	// How many calls are thought to have had what none had: a new operation is less likely to be ordinary than a new value.
	oddValue     = .1
	oddStructure = .02
	confidence   = .05 // that the rate got is above the rate asked
	// A finding alone denies while no more than this share of ordinary calls has one, whatever rate is asked: a lower one would have to be paid with the attacks.
	leastAttacks = 1e-3
)

// calibration is how evidence is read: one for a callee with calls enough, one for all the others together.
type calibration struct {
	values       *[valueKinds]pool
	structure    *[structureKinds]pool
	byValue      curve                // from a call's worth of values to −log10 p
	byStruct     curve                //
	fields       map[*derived]*scored // while it is made
	own          []scored             // of the callee that it judges, by serial
	valuesScored float64
	calls        float64 // scored
	threshold    float64 // on the score, for the rate asked; +Inf where there are too few calls
	alone        alone   // what a finding must be to deny alone
	holds        float64 // the smallest rate that so many calls can hold
}

// scored is a field's own share of a calibration: of each kind of evidence, how many of its values had at least so much.
type scored struct {
	n     float64 // values
	from  [valueKinds + 1]uint16
	steps []above // those of kind k from from[k] to from[k+1], ascending
}

// above counts the scored values of a field whose evidence was at least this bin's: the bin in its lowest byte, the number, at most mostAbove, over it.
type above uint32

const mostAbove = 1<<24 - 1

func newAbove(bin int, n float64) above { return above(min(n, mostAbove))<<8 | above(bin) } //nolint:gosec // fewer bins than 256
func (a above) bin() int                { return int(a & 0xff) }
func (a above) n() float64              { return float64(a >> 8) }

// atLeast is how many values had evidence of at least this bin.
func (f *scored) atLeast(kind, bin int) float64 {
	for _, a := range f.steps[f.from[kind]:f.from[kind+1]] {
		if a.bin() >= bin {
			return a.n()
		}
	}
	return 0
}

// pool is how often evidence of a kind was at least so high, over all fields.
type pool struct {
	upTo [bins]float64 // weight of the evidence at or above the bin
	all  float64
	top  int // the highest bin with any
}

func bin(e float32) int { return min(int(e*perBin), bins-1) }

func (p *pool) add(e float32, weight float64) {
	b := bin(e)
	p.upTo[b] += weight
	p.top = max(p.top, b)
}

// close makes sums of counts. all is the weight of everything that was scored, evidence below boring included.
func (p *pool) close(all float64) {
	for b := bins - 2; b >= 0; b-- {
		p.upTo[b] += p.upTo[b+1]
	}
	p.all = all
}

// p is the share of what was scored that was at least so odd. Beyond all that was seen it goes on falling, so that stronger evidence stays stronger.
func (p *pool) p(e float32, odd float64) float64 {
	b := bin(e)
	if b == 0 {
		return 1
	}
	if b > p.top {
		odd *= math.Exp(float64(p.top+1)/perBin - float64(e))
	}
	return min(1, (p.upTo[b]+odd)/(p.all+1))
}

// worth is −ln p of one kind of evidence at a field. mine is 1 where the value is itself among those scored.
func (c *calibration) worth(d *derived, kind int, e float32, mine float64) float64 {
	if e < boring {
		return 0
	}
	return -math.Log(c.share(d, kind, e, mine))
}

// share is the p of one kind of evidence at a field: how many of its values had as much.
func (c *calibration) share(d *derived, kind int, e float32, mine float64) float64 {
	p := c.values[kind].p(e, oddValue)
	if f := c.of(d); f != nil && f.n-mine >= 1 {
		p = (max(0, f.atLeast(kind, bin(e))-mine) + shrink*p) / (f.n - mine + shrink)
	}
	if kind == onClosed && d != nil {
		p = max(p, d.unlisted)
	}
	return p
}

// of is a field's own share, or nil.
func (c *calibration) of(d *derived) *scored {
	switch {
	case d == nil:
		return nil
	case c.fields != nil:
		return c.fields[d]
	case int(d.serial) < len(c.own):
		return &c.own[d.serial]
	}
	return nil
}

// touch is derived.touch for a field's own share.
func (c *calibration) touch(d *derived) float32 {
	if int(d.serial) >= len(c.own) {
		return 0
	}
	if f := &c.own[d.serial]; len(f.steps) > 0 {
		return float32(f.steps[0]) + float32(f.steps[len(f.steps)-1])
	}
	return 0
}

// judging is the calibration as one of its callees is judged by it: what is its fields' own is found by their place.
func (c *calibration) judging(m *model) *calibration {
	j := *c
	j.fields, j.own = nil, make([]scored, m.fields)
	for _, o := range m.operations {
		var steps int
		for _, d := range o.fields {
			if f := c.fields[d]; f != nil {
				j.own[d.serial] = *f
				steps += len(f.steps)
			}
		}
		all := make([]above, 0, steps) // an operation's lie together, as its fields do
		for i := range o.fields {
			f := &j.own[o.fields[i].serial]
			f.steps = moved(&all, f.steps)
		}
	}
	return &j
}

// four keeps the four largest numbers.
type four [4]float64

func (f *four) add(x float64) {
	for i := range f {
		if x > f[i] {
			f[i], x = x, f[i]
		}
	}
}

func (f *four) sum(share float64) float64 { return f[0] + share*(f[1]+f[2]+f[3]) }

// valueWorth is what a call's values are worth together, in nats. What is mild (a wrapping not seen, an ambiguity, a document of another language) counts once, however many
// layers and members it brings, and no more than what it comes with: it never denies alone.
func (c *calibration) valueWorth(s *seenIn, mine float64) float64 {
	var call four
	bar := notable{0, 2, 2, 2, 2} // all are: no share is larger than 1
	wrapping, odd := 0.0, 0.0
	for i := range s.leaves {
		l := &s.leaves[i]
		if x := c.leafWorth(l, mine, &bar); x > call[3] {
			call.add(x)
			if len(s.leaves) > manyLeaves {
				bar.raise(call[3])
			}
		}
		wrapping = max(wrapping, c.worth(l.field, onWrap, l.e[onWrap], mine))
		odd = max(odd, c.worth(l.field, onOdd, l.e[onOdd], mine))
	}
	sum := call.sum(callShare)
	return sum + min(sum, min(wrapWorth, wrapping)+min(oddWorth, odd))
}

// leafWorth is what a leaf's value is worth: what it looks like and what it reads as are two witnesses, together they are worth the sum. It may be 0 where it is not notable.
func (c *calibration) leafWorth(l *leafEvidence, mine float64, bar *notable) float64 {
	var shares [onOdd]float64
	n, least := 0, 1.0
	for kind := range onOdd {
		if e := l.e[kind]; e >= boring {
			shares[n] = c.share(l.field, kind, e, mine)
			least = min(least, shares[n])
			n++
		}
	}
	if l.e[onFinding] < boring && least >= bar[min(n, len(four{}))] {
		return 0
	}
	var leaf four
	for _, p := range shares[:n] {
		leaf.add(-math.Log(p))
	}
	return leaf.sum(leafShare) + c.worth(l.field, onFinding, l.e[onFinding], mine)
}

// notable is how small the smallest share of a leaf must be, by how many kinds of evidence it has, for the leaf to be among the four of its call that count: of a long array there
// are hundreds, and for all but a few no logarithm is taken.
type notable [len(four{}) + 1]float64

// manyLeaves is the number of leaves with evidence from which it pays to raise the bar.
const manyLeaves = 32

// raise sets it to leaves that are worth more than so much.
func (b *notable) raise(worth float64) {
	for n := 1; n < len(b); n++ {
		b[n] = math.Exp(-worth/(1+leafShare*float64(n-1))) * (1 + 1e-9) // the more so for what is lost in rounding
	}
}

func (c *calibration) structureWorth(s *seenIn) float64 {
	var call four
	for kind, e := range s.structure {
		if e >= boring {
			call.add(-math.Log(c.structure[kind].p(e, oddStructure)))
		}
	}
	return call.sum(leafShare)
}

// scores are a call's two channels and their larger.
type scores struct{ structure, value, score float64 }

func (c *calibration) score(s *seenIn, mine float64) scores {
	v, t := c.valueWorth(s, mine), c.structureWorth(s)
	r := scores{structure: c.byStruct.at(t) + math.Log10(structPart), value: c.byValue.at(v) + math.Log10(valuePart)}
	r.score = max(0, r.structure, r.value) + 1e-4*(v+t)
	return r
}

// curve goes from a worth to −log10 of the share of calls worth at least as much: straight between the points. Beyond the last it climbs, within two nats,
// to what a call is worth whose like was never seen, and slowly on from there, so that what is odder still stays so.
type curve struct {
	points []point
	never  float64
}

type point struct{ x, y float64 }

const (
	climb = 2
	slope = .15
)

func (c *curve) at(x float64) float64 {
	if len(c.points) == 0 {
		return x / math.Ln10
	}
	i, _ := slices.BinarySearchFunc(c.points, x, func(p point, x float64) int { return cmp.Compare(p.x, x) })
	switch {
	case i == 0:
		return c.points[0].y
	case i == len(c.points):
		last := c.points[i-1]
		over := x - last.x
		return last.y + min(1, over/climb)*max(0, c.never-last.y) + over*slope
	}
	a, b := c.points[i-1], c.points[i]
	return a.y + (b.y-a.y)*(x-a.x)/(b.x-a.x)
}

// weighted is a number and how many calls it stands for.
type weighted struct{ x, w float64 }

// newCurve keeps about 300 points: all of the tail, ever fewer of the bulk. odd is how many calls are thought to lie beyond.
func newCurve(list []weighted, odd float64) (c curve) {
	slices.SortFunc(list, func(a, b weighted) int { return cmp.Compare(b.x, a.x) })
	all := 0.0
	for _, l := range list {
		all += l.w
	}
	sum, next := 0.0, 0.0
	for i, l := range list {
		sum += l.w
		last := i+1 == len(list)
		if last || list[i+1].x < l.x && sum >= next {
			c.points = append(c.points, point{l.x, -math.Log10((sum + odd) / (all + 1))})
			next = sum * 1.03
		}
	}
	slices.Reverse(c.points)
	c.never = -math.Log10(odd / (all + 1))
	return c
}

// scoring is the evidence of all samples of a model, each as if it alone had not been learned.
type scoring struct {
	seen   []*seenIn
	scored map[*derived]float64 // values that were scored
}

// add scores the samples of a part against a model.
func (g *scoring) add(m *model, p *part, learned bool) (seen []*seenIn) {
	name := m.router.fold(p.Operation)
	var room []leaf
	at := newGathering(learned)
	for _, k := range p.Samples {
		f := k.features(room)
		s, scored := at.again(m, &f, name, p.caller)
		for _, d := range scored {
			g.scored[d]++
		}
		g.seen = append(g.seen, s)
		room = f.Leaves
	}
	return g.seen[len(g.seen)-len(p.Samples):]
}

// score scores all samples of a model's parts.
func (m *model) score(parts []part) {
	m.scoring = &scoring{scored: map[*derived]float64{}}
	for i := range parts {
		m.scoring.add(m, &parts[i], true)
	}
	m.samples = float64(len(m.scoring.seen))
}

// newCalibration is that of no call: nothing but attacks is above it.
func newCalibration(attackScore float64) *calibration {
	return &calibration{values: new([valueKinds]pool), structure: new([structureKinds]pool), threshold: math.Inf(1), alone: alone{from: float32(attackScore)}, holds: 1}
}

// calibrate makes one calibration of what the samples of models scored.
func calibrate(models []*model, rate, attackScore float64) *calibration {
	c := newCalibration(attackScore)
	var seen []*seenIn
	for _, m := range models {
		seen = append(seen, m.scoring.seen...)
		c.note(m.scoring.scored)
	}
	c.calls = float64(len(seen))
	c.tables(seen)
	byValue, byStruct := make([]weighted, len(seen)), make([]weighted, len(seen))
	for i, s := range seen {
		byValue[i], byStruct[i] = weighted{c.valueWorth(s, 1), s.weight}, weighted{c.structureWorth(s), s.weight}
	}
	c.byValue, c.byStruct = newCurve(byValue, oddValue), newCurve(byStruct, oddStructure)
	if c.calls > 0 {
		c.holds = min(1, -math.Log(confidence)/c.calls)
		c.limits(seen, rate)
	}
	return c
}

// note takes how many values of fields were scored.
func (c *calibration) note(values map[*derived]float64) {
	if c.fields == nil {
		c.fields = make(map[*derived]*scored, len(values))
	}
	for d, n := range values {
		c.fields[d] = &scored{n: n}
		c.valuesScored += n
	}
}

// tables fills the pools, and each field's own counts.
func (c *calibration) tables(seen []*seenIn) {
	own := map[*derived]*[valueKinds][bins]float64{}
	for _, s := range seen {
		for kind, e := range s.structure {
			c.structure[kind].add(e, s.weight)
		}
		for i := range s.leaves {
			l := &s.leaves[i]
			for kind, e := range l.e {
				if e < boring {
					continue
				}
				c.values[kind].add(e, s.weight)
				if l.field != nil {
					if own[l.field] == nil {
						own[l.field] = &[valueKinds][bins]float64{}
					}
					own[l.field][kind][bin(e)]++
				}
			}
		}
	}
	for kind := range c.structure {
		c.structure[kind].close(c.calls)
	}
	for kind := range c.values {
		c.values[kind].close(c.valuesScored)
	}
	for d, counts := range own {
		f := c.fields[d]
		if f == nil {
			continue // its nodes were scored by their findings and wrappings alone
		}
		for kind := range counts {
			sum := 0.0
			for b := bins - 1; b > 0; b-- {
				if n := counts[kind][b]; n > 0 {
					sum += n
					f.steps = append(f.steps, newAbove(b, sum))
				}
			}
			slices.Reverse(f.steps[f.from[kind]:]) // what is judged is mostly little
			f.from[kind+1] = uint16(len(f.steps))  //nolint:gosec // at most the bins of all kinds
		}
	}
}

// limits places the threshold on the score, and says which findings alone deny, so that with 95 % confidence no more than the rate
// of the calls that end up above either is ordinary (Vovk 2012, conditional validity of inductive conformal predictors).
func (c *calibration) limits(seen []*seenIn, rate float64) {
	all := make([]weighted, 0, len(seen))
	for _, s := range seen {
		all = append(all, weighted{c.score(s, 1).score, s.weight})
	}
	n := int(min(c.calls, 1e7))
	k := allowed(n, rate)
	if k < 0 {
		return
	}
	c.threshold = max(quantile(all, float64(k)), -math.Log10(rate)-.5) // never into the bulk, where scores differ by less than what one call changes
	c.alone.rare(seen, float64(max(0, allowed(n, max(rate*structPart, leastAttacks)))))
}

// quantile returns the largest of the numbers that at most k calls are strictly above.
func quantile(list []weighted, k float64) float64 {
	slices.SortFunc(list, func(a, b weighted) int { return cmp.Compare(b.x, a.x) })
	sum := 0.0
	for _, l := range list {
		if sum += l.w; sum > k {
			return l.x
		}
	}
	return 0
}

// allowed is the largest number k of n calls above the threshold for which the chance of k or fewer, were the true rate as high as rate, is at most
// 5 %; −1 where even none would prove nothing.
func allowed(n int, rate float64) int {
	if rate <= 0 || n == 0 {
		return -1
	}
	// The sum of binomial terms, each from the one before.
	term := math.Exp(float64(n) * math.Log1p(-min(rate, .999999)))
	sum, k := term, 0
	if sum > confidence {
		return -1
	}
	if term == 0 { // far in the tail: by the normal approximation
		mean := float64(n) * rate
		return int(mean - 1.645*math.Sqrt(mean*(1-rate)))
	}
	for k < n {
		term *= float64(n-k) / float64(k+1) * rate / (1 - rate)
		if sum += term; sum > confidence {
			return k
		}
		k++
	}
	return n
}
