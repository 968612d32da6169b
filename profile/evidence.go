package profile

import (
	"math"
	"math/bits"
	"unicode/utf8"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// The kinds of evidence about a value. Each is in nats: −ln of how often the like was seen.
const (
	onChar    = iota // the rarest character class
	onPair           // rare steps from one class to the next
	onMarks          // more marks than texts of this length have
	onLength         // a length not seen
	onClosed         // a value not seen
	onForm           // a format not seen
	onNumber         // a magnitude not seen
	onOdd            // an ambiguity not ordinary here
	onFinding        // an attack, or a whole document of another language, not ordinary here
	onWrap           // a wrapping not seen: mild
	valueKinds
)

// The kinds of evidence about a call's structure.
const (
	onCaller    = iota // who never called this callee
	onOperation        // the callee was never asked this
	onEdge             // this caller never asked it this
	onField            // a field not seen
	onMissing          // a field that was always there
	onSet              // fields not seen together
	onKind             // a kind not seen: an object for a number
	onWhole            // cut, limited or opaque, where calls ordinarily are not
	structureKinds
)

func lowest(set uint64) uint8 { return uint8(bits.TrailingZeros64(set)) } //nolint:gosec // 0 to 63

// unseen is the evidence of a category that was never seen among n, n1 of whose categories were seen once (Good 1953).
func unseen(n1, n float64) float64 { return -math.Log((max(n1, 0) + .5) / (max(n, 0) + 1)) }

func charNats(df, n float64) float64 { return -math.Log((df + .15) / (n + 1)) }

func pairNats(c, row float64) float64 { return -math.Log((c + .02) / (row + 1)) }

// beyond is what a magnitude that was not seen tells: as much as any category not seen, and more the farther it lies outside all that was.
func beyond(n1, n, overshoot float64) float64 { return unseen(n1, n) + min(overshoot, perDoubling*16) }

// own is what a call itself has taught of one field: calibration takes it out again, so that a call is scored by what the others taught.
type own []*value

func (o own) class(c uint8) (n float64) {
	for _, v := range o {
		n += float64(v.Classes >> c & 1)
	}
	return n
}

func (o own) pair(p uint16) (n float64) {
	for _, v := range o {
		for _, q := range v.Pairs {
			if p == q {
				n++
			}
		}
	}
	return n
}

func (o own) row(first int) (n float64) {
	for _, v := range o {
		for _, q := range v.Pairs {
			if sketch.Pair(q).First() == first {
				n++
			}
		}
	}
	return n
}

func (o own) count(same func(*value) bool) (n float64) {
	for _, v := range o {
		if same(v) {
			n++
		}
	}
	return n
}

// derived is what is worked out of a field's counts once, before calls are scored against it. What judging reads stands first and close together: of a mesh of many operations
// most comes from memory, a cache line at a time, and that is what a verdict costs there.
type derived struct {
	key      uint64
	n        float64               // values
	forms    uint64                // set of the forms that were seen
	short    uint64                // set of the lengths below shortLengths that were seen
	kinds    uint16                // set of the kinds that were seen
	index    uint16                // of the field in its operation
	serial   uint32                // and in its model
	width    uint8                 // of tables
	fixed    uint8                 // length of all its values, see fixedLength; 0 where they have none
	loose    bool                  // a text that may hold any structure, see loose.go
	bound    bool                  // part of the shape of the body: not within a loose text
	inner    bool                  // read by the structure in it, not as a text
	tokens   bool                  // nearly all of its values are drawn at random
	shut     bool                  // a closed set as far as it was seen
	numerous bool                  // most values are numbers
	opaque   bool                  // most values are bytes that nothing was read in: which ones is chance
	free     bool                  // a text without bounds: neither a closed set, nor numbers, nor of one format, so that its format tells nothing
	place    [sketch.Classes]uint8 // of a class in tables; 0 for one that was not seen
	tables   []uint16              // evidence in parts of natParts: of each class, then of each step from one class to the next, rows of width
	lengths  []bucketCount         // sorted
	numbers  []bucketCount         // sorted
	marks    []bucketCount         // sorted, see atLeast
	members  sketch.Set            // of the field

	*field
	parent   *derived
	text     *derived  // whose values show what is written there
	texts    *derived  // all texts of the loose one that it is part of, nil where it is part of none
	kin      *derived  // with whose characters those of a value are compared: its own, or all texts of a loose one together
	rows     []float64 // sums of the pairs by the place of their first class
	lengthN1 float64
	numberN1 float64
	formN1   float64
	closedN1 float64
	unlisted float64 // the least share of values that can be of none of the members
	numeric  float64
	arrays   float64 // whose length was counted; 0 where that of some was not, since an older program did not
}

// shortLengths is below which lengths are their own buckets.
const shortLengths = 64

// derive works out a field's tables, in place.
func (d *derived) derive(f *field) {
	*d = derived{field: f, n: float64(f.Values), shut: f.Closed.Over == 0, members: f.Closed, closedN1: float64(f.Closed.Singletons())}
	d.unlisted = likelyUnseen(len(f.Closed.Counts), d.n)
	d.kin = d
	d.lengths, d.lengthN1 = steps(f.Lengths)
	for _, s := range d.lengths {
		if s.bucket < shortLengths {
			d.short |= 1 << s.bucket
		}
	}
	lengths := 0.0
	for _, s := range d.lengths {
		lengths += float64(s.n)
	}
	if arrays := float64(f.Kinds.Of(decode.Array)); lengths >= d.n+arrays {
		d.arrays = arrays
	}
	d.numbers, d.numberN1 = steps(f.Numbers)
	for _, s := range d.numbers {
		d.numeric += float64(s.n)
	}
	d.marks = atLeast(f.Marks)
	random := 0.0
	d.numerous = d.numeric*2 > d.n
	for form, n := range f.Forms.All() {
		if n > 0 {
			d.forms |= 1 << form
		}
		if form.Random() {
			random += float64(n)
		}
		if n == 1 {
			d.formN1++
		}
	}
	d.fixed = f.fixedLength()
	d.tokens = d.fixed > 0 || random > 0 && random >= always*(d.n-float64(f.Forms.Of(sketch.Empty)))
	for kind, n := range f.Kinds.All() {
		if n > 0 {
			d.kinds |= 1 << kind
		}
	}
	d.free = d.Closed.Over > 0 && 2*d.Forms.Of(sketch.Text) >= d.Values
	d.opaque = 2*float64(f.Kinds.Of(decode.Bytes)) > d.nodes()
	d.inner = d.Values == 0 || uint64(d.Opened)*2 > uint64(d.Values)
	d.compile()
}

// fixedLength is the length of values, but for empty ones, that are letters and digits, all of one length and hardly two alike: the id of a span, of a commit or of a document. 0 where they are not so.
// What was undone of some by chance is counted too (fields are known without wrappings), and is few.
func (f *field) fixedLength() uint8 {
	enough := always * (float64(f.Values) - float64(f.Lengths.Of(0)))
	length := uint16(0)
	for bucket, n := range f.Lengths.All() {
		if bucket >= leastToken && bucket < shortLengths && n > 0 && float64(n) >= enough {
			length = bucket
		}
	}
	for class, n := range f.Classes.All() {
		if 1<<class&uint64(sketch.Alphanumeric) == 0 && float64(n) > (1-always)*enough {
			return 0
		}
	}
	if f.Closed.Over == 0 || 2*f.Closed.Singletons() < len(f.Closed.Counts) {
		return 0
	}
	return uint8(length)
}

// leastToken is from which length letters and digits are taken for drawn at random.
const leastToken = 8

// random says that a value is drawn at random as those of the field are, and is as long.
func (d *derived) random(v []byte) bool {
	if d.fixed == 0 {
		return sketch.FormOf(v).Random() && d.Lengths.Of(sketch.Length(len(v))) > 0
	}
	if len(v) != int(d.fixed) {
		return false
	}
	for i := range v {
		if class, _ := sketch.Class(v[i:]); 1<<class&uint64(sketch.Alphanumeric) == 0 {
			return false
		}
	}
	return true
}

// compile makes the tables that judging reads: what a class, and a step from one to the next, tells.
func (d *derived) compile() {
	width := 1
	for c := range d.place {
		if d.Classes.Of(uint8(c)) > 0 || c == sketch.Edge {
			d.place[c] = uint8(width) //nolint:gosec // at most the classes
			width++
		}
	}
	d.width, d.rows = uint8(width), make([]float64, width) //nolint:gosec // at most the classes
	for p, n := range d.Pairs.All() {
		d.rows[d.place[sketch.Pair(p).First()]] += float64(n)
	}
	d.tables = make([]uint16, width+width*width)
	chars, pairs := d.tables[:width], d.tables[width:]
	chars[0] = parts(charNats(0, d.n))
	for c, at := range d.place {
		chars[at] = parts(charNats(float64(d.Classes.Of(uint8(c))), d.n))
	}
	for a := range width {
		for b := range width {
			pairs[a*width+b] = parts(pairNats(0, d.rows[a]))
		}
	}
	for p, n := range d.Pairs.All() {
		first, second := d.place[sketch.Pair(p).First()], d.place[sketch.Pair(p).Second()]
		pairs[int(first)*width+int(second)] = parts(pairNats(float64(n), d.rows[first]))
	}
}

// row is the sum of the pairs that begin with a class.
func (d *derived) row(class int) float64 { return d.rows[d.place[class]] }

// touch reads a little of each part that judging is going to read, and returns what nobody wants. Asked of all fields of a call at once, the processor waits for their memory
// together: one field after the other, as they are judged, it waits for each.
func (d *derived) touch() (sum float32) {
	for i := 0; i < len(d.kin.tables); i += cacheLine / 2 {
		sum += float32(d.kin.tables[i])
	}
	if n := len(d.members.Counts); n > 0 {
		sum += float32(d.members.Counts[n/2].N)
	}
	for _, list := range [...][]bucketCount{d.numbers, d.kin.marks} {
		if n := len(list); n > 0 {
			sum += float32(list[n/2].n)
		}
	}
	return sum
}

// cacheLine is how many bytes come from memory at once, on all common processors.
const cacheLine = 64

// arrayNats is the evidence of a number of elements. own has the buckets of those of the same call.
func (d *derived) arrayNats(n int, own []uint16) float32 {
	bucket, mine := sketch.Length(n), 0.0
	for _, b := range own {
		if b == bucket {
			mine++
		}
	}
	if d.arrays-float64(len(own)) < 1 {
		return 0
	}
	return magnitude(d.lengths, int(bucket), d.arrays-float64(len(own)), d.lengthN1, mine, farLength)
}

// direct is evidence for a value of a call that was not learned, without taking its features.
func (d *derived) direct(key sketch.Key, node *inspect.Node) (e [valueKinds]float32) {
	if d.n < 1 {
		return e
	}
	raw := node.Raw
	if !d.opaque {
		e[onChar], e[onPair], e[onMarks] = d.kin.textNats(raw)
	}
	if len(raw) >= shortLengths || d.short>>len(raw)&1 == 0 {
		e[onLength] = magnitude(d.lengths, int(sketch.Length(len(raw))), d.n, d.lengthN1, 0, farLength)
	}
	if d.numerous {
		if bucket, ok := amount(node); ok {
			e[onLength], e[onNumber] = 0, magnitude(d.numbers, int(bucket), d.n, d.numberN1, 0, farNumber)
		}
	}
	if d.free && !d.shut {
		return e
	}
	form := sketch.FormOf(raw)
	if !d.free && d.forms>>form&1 == 0 && !(form == sketch.Integer && d.forms>>sketch.Decimal&1 == 1) {
		e[onForm] = clip(unseen(d.formN1, d.n))
	}
	if d.shut && (fresh(raw, form) || !d.members.Has(sketch.Sum(key, 2, raw))) {
		e[onClosed] = clip(unseen(d.closedN1, d.n))
	}
	return e
}

// textNats is the evidence of a text's characters, of the steps between them, and of its marks.
func (d *derived) textNats(raw []byte) (char, pair, marks float32) {
	char, pair, n := d.characterNats(raw[:min(len(raw), maxValue)])
	return char, pair, d.marksNats(marksOf(len(raw), n), nil)
}

// characterNats is the evidence of the rarest class, and of the steps from one to the next; and how many marks there are.
func (d *derived) characterNats(raw []byte) (char, pair float32, marks int) {
	var rarest uint16
	var odd oddSteps
	width := int(d.width)
	chars, pairs := d.tables[:width], d.tables[width:]
	before, row := uint8(sketch.Edge), int(d.place[sketch.Edge])*width
	for i := 0; i < len(raw); {
		class, size := sketch.ASCII(raw[i]), 1
		if raw[i] >= utf8.RuneSelf {
			class, size = sketch.Class(raw[i:])
		}
		i += size
		marks += int(sketch.Marks >> class & 1)
		at := int(d.place[class])
		rarest = max(rarest, chars[at])
		if nats := pairs[row+at]; nats >= rareStep || nats > odd.rarest {
			odd.add(sketch.MakePair(before, class), nats)
		}
		before, row = class, at*width
	}
	odd.add(sketch.MakePair(before, sketch.Edge), pairs[row+int(d.place[sketch.Edge])])
	return natsOf(rarest), odd.nats(), marks
}

// evidence is what a value tells against a field, by kind. o is what the value's own call has taught, and kin what it has taught of the field's kin, empty for a call that was not learned.
func (d *derived) evidence(v *value, o, kin own) (e [valueKinds]float32) {
	n := d.n - float64(len(o))
	if n < 1 {
		return e
	}
	if !d.opaque {
		e[onChar], e[onPair], e[onMarks] = d.kin.learnedNats(v, kin)
	}
	e[onLength] = magnitude(d.lengths, int(v.Length), n, d.lengthN1, o.count(func(w *value) bool { return w.Length == v.Length }), farLength)
	if v.Numeric && d.numeric*2 > n {
		mine := o.count(func(w *value) bool { return w.Numeric && w.Number == v.Number })
		e[onLength], e[onNumber] = 0, magnitude(d.numbers, int(v.Number), n, d.numberN1, mine, farNumber) // how much it is says all that its length could
	}
	whole := v.Form == sketch.Integer && float64(d.Forms.Of(sketch.Decimal))-o.count(func(w *value) bool { return w.Form == sketch.Decimal }) > 0 // 7 among amounts like 7.50
	if c := float64(d.Forms.Of(v.Form)) - o.count(func(w *value) bool { return w.Form == v.Form }); c <= 0 && !whole && !d.free {
		e[onForm] = clip(unseen(d.formN1-singles(d.Forms.Of(v.Form)), n))
	}
	e[onClosed] = d.closed(v, n, o)
	return e
}

// learnedNats is textNats of a value that was learned.
func (d *derived) learnedNats(v *value, o own) (char, pair, marks float32) {
	n := d.n - float64(len(o))
	if n < 1 {
		return 0, 0, 0
	}
	least := math.Inf(1)
	for set := v.Classes; set != 0; set &= set - 1 {
		c := lowest(set)
		least = min(least, float64(d.Classes.Of(c))-o.class(c))
	}
	if v.Classes != 0 {
		char = clip(charNats(least, n))
	}
	var odd oddSteps
	for _, p := range v.Pairs {
		first := sketch.Pair(p).First()
		odd.add(sketch.Pair(p), parts(pairNats(float64(d.Pairs.Of(p))-o.pair(p), d.row(first)-o.row(first))))
	}
	return char, odd.nats(), d.marksNats(v.marks(), o)
}

// closed is the evidence of a value that a closed set does not have; 0 where the set is open.
func (d *derived) closed(v *value, n float64, o own) float32 {
	over := float64(d.Closed.Over) - o.count(func(w *value) bool { return w.Open })
	if over > 0 {
		return 0
	}
	if v.Open {
		return clip(unseen(d.closedN1, n))
	}
	c := d.Closed.Counts.Of(v.Hash)
	if float64(c)-o.count(func(w *value) bool { return !w.Open && w.Hash == v.Hash }) > 0 {
		return 0
	}
	return clip(unseen(d.closedN1-singles(c), n))
}

// likelyUnseen is the share of n values that are of a category not seen, where so many categories were, each as frequent as the others. Were they not, there would be more: of fifty
// numbers that were drawn 160 times some are missing, although none may have come just once.
func likelyUnseen(categories int, n float64) float64 {
	if categories == 0 {
		return 0
	}
	return math.Exp(-n / float64(categories))
}

// singles is 1 where a category was seen once, by the call itself: without it there is one singleton less.
func singles(c uint32) float64 {
	if c == 1 {
		return 1
	}
	return 0
}

// natParts is in how many parts of a nat evidence is told: far finer than it is known, and small enough for tables of two bytes.
const natParts = 1024

// parts is evidence in parts of a nat, from 0 to 60 nats; counts that were cut off may leave a little below 0.
func parts(e float64) uint16 {
	if !(e > 0) { // NaN too
		return 0
	}
	return uint16(min(e, 60)*natParts + .5)
}

func natsOf(parts uint16) float32 { return float32(parts) / natParts }

// clip tells evidence as tables have it.
func clip(e float64) float32 { return natsOf(parts(e)) }

// logRate is the natural logarithm of a rate, a little above 0 where nothing was seen.
func logRate(hits, of float64) float64 { return math.Log((hits + .5) / (of + 1)) }
