package profile

import (
	"cmp"
	"maps"
	"math"
	"math/bits"
	"slices"

	"postern/inspect/decode"
	"postern/profile/sketch"
)

// model is what is known of one callee: the sum of the counts of all callers that are believed, without what was folded or left out.
type model struct {
	callee     string
	samples    float64 // calls that calibrate
	calls      float64
	callers    map[string]*caller
	operations map[string]*operation
	callersN1  float64         // callers of one call
	operatN1   float64         // operations of one call
	excluded   []string        // callers that are left out, see exclude.go
	versions   map[string]bool // of the callee, that were seen or announced
	restless   bool            // see revisions.restless
	fields     int             // of all operations
	left       int             // operations left out, for want of memory

	router      *router
	scoring     *scoring // of the samples, where a calibration is shared with other callees and made again
	calibration *calibration
}

// caller is what one caller asks of the callee.
type caller struct {
	calls       float64
	first, last int64 // seconds since 1970
	operations  map[string]asked
	n1          float64         // operations asked once
	sensitive   map[string]bool // kinds of values, see sensitive.go
}

// asked is how often a caller asked for an operation, and when it was last counted, seconds since 1970.
type asked struct {
	calls float64
	last  int64
}

// operation is what is known of one operation of a callee.
type operation struct {
	name     string
	of       string  // the path of which it is an action; "" for others
	all      float64 // calls of all callers; of an action's, those that were sampled are calls
	calls    float64
	first    int64
	last     int64
	fields   map[uint64]*derived
	index    fieldIndex // of fields, for judging
	fieldsN1 float64    // fields of one call, the topmost of each part alone
	required []*derived
	sets     [5]setOf
	variants *variants
	actions  *actions // that its path carries, nil where it is none but itself
	whole    sketch.Tally[uint8]
	callers  int
}

type setOf struct {
	counts sketch.Tally[uint64]
	open   bool
	n1     float64
	n      float64
}

// part is one count and who it is of.
type part struct {
	caller string
	*count
	Samples []*kept // of the count, those that calibrate
}

// build makes the model of a callee of its counts: parts say who called what, sums what was said.
// room is how many fields all operations together may have: beyond it those are not modelled which are asked least.
func build(key sketch.Key, callee string, parts []part, sums []*count, room int) *model {
	raw := map[string]uint64{}
	for _, p := range parts {
		raw[p.Operation] += uint64(p.Calls)
	}
	m := &model{callee: callee, router: newRouter(key, raw), callers: map[string]*caller{}, operations: map[string]*operation{}}
	byOperation := map[string]*count{}
	names := map[string]map[string]bool{}
	folded := map[string]string{}
	for operation := range raw {
		folded[operation] = m.router.fold(operation)
	}
	for _, p := range parts {
		name := folded[p.Operation]
		note(names, name, p.caller)
		m.call(p.caller, name, p.count)
	}
	for _, c := range sums {
		name := folded[c.Operation]
		if byOperation[name] == nil {
			byOperation[name] = &count{}
		}
		byOperation[name].merge(c)
	}
	for _, name := range heaviest(byOperation) {
		o := newOperation(name, byOperation[name], m.fields)
		if m.fields+len(o.fields) > room {
			m.left = len(byOperation) - len(m.operations)
			break
		}
		m.fields += len(o.fields)
		o.callers = len(names[name])
		m.operations[name] = o
		m.operatN1 += one(o.calls)
	}
	for _, c := range m.callers {
		m.callersN1 += one(c.calls)
		for _, a := range c.operations {
			c.n1 += one(a.calls)
		}
	}
	m.router.bind(m.operations)
	m.vary(parts, folded)
	return m
}

// heaviest are the names of operations, the most asked first.
func heaviest(operations map[string]*count) []string {
	return slices.SortedFunc(maps.Keys(operations), func(a, b string) int {
		return cmp.Or(cmp.Compare(operations[b].Calls, operations[a].Calls), cmp.Compare(a, b))
	})
}

// versioned notes which versions of the callee are no news.
func (m *model) versioned(parts []part, r *revisions, now int64) {
	m.versions, m.restless = map[string]bool{}, r.restless(now)
	for _, p := range parts {
		for _, v := range p.Versions {
			m.versions[v] = true
		}
	}
	if r != nil {
		for _, w := range r.opened {
			if w.version != "" {
				m.versions[w.version] = true
			}
		}
	}
}

func (m *model) call(who, name string, of *count) {
	c, n := m.callers[who], float64(of.Calls)
	if c == nil {
		c = &caller{first: of.First, operations: map[string]asked{}, sensitive: map[string]bool{}}
		m.callers[who] = c
	}
	c.first, c.last = min(c.first, of.First), max(c.last, of.Last)
	c.calls += n
	a := c.operations[name]
	c.operations[name] = asked{a.calls + n, max(a.last, of.Last)}
	m.calls += n
}

func one(n float64) float64 {
	if n == 1 {
		return 1
	}
	return 0
}

// newOperation works out what is known of an operation. Its fields' serials are those from first on.
func newOperation(name string, sum *count, first int) *operation {
	o := &operation{name: name, all: float64(sum.Calls), calls: float64(sum.Calls), first: sum.First, last: sum.Last, whole: sum.Whole, fields: make(map[uint64]*derived, min(len(sum.Fields), maxFields))}
	byUse := sum.byUse()                                // several callers together can pass the bound: what few calls have goes, so that none of them takes away what all say
	room := make([]derived, min(len(byUse), maxFields)) // side by side in memory
	for i, key := range byUse[:len(room)] {
		d := &room[i]
		d.derive(sum.Fields[key])
		d.key, d.index, d.serial = key, uint16(i), uint32(first+i) //nolint:gosec // below maxFields, and below what memory holds
		o.fields[key] = d
	}
	pack(room)
	for _, d := range o.fields {
		d.parent = o.fields[d.Parent]
		if d.Calls == 1 && (d.parent == nil || d.parent.Calls > 1) {
			o.fieldsN1++
		}
		if d.absence(o.calls, 0) > 1 {
			o.required = append(o.required, d)
		}
	}
	loosen(o.fields)
	o.index = newFieldIndex(o.fields)
	slices.SortFunc(o.required, func(a, b *derived) int {
		return cmp.Or(cmp.Compare(b.absence(o.calls, 0), a.absence(o.calls, 0)), cmp.Compare(a.key, b.key))
	})
	for i := range sum.Sets {
		s := &sum.Sets[i]
		o.sets[i] = setOf{counts: s.Counts, open: s.Over > 0, n1: float64(s.Singletons())}
		for _, n := range s.Counts.All() {
			o.sets[i].n += float64(n)
		}
	}
	return o
}

// pack lays what is judged by of an operation's fields together, so that it lies on few pages of memory.
func pack(fields []derived) {
	var tables, buckets, members int
	for i := range fields {
		d := &fields[i]
		tables, buckets, members = tables+len(d.tables), buckets+len(d.lengths)+len(d.numbers)+len(d.marks), members+len(d.members.Counts)
	}
	allTables, allBuckets, allMembers := make([]uint16, 0, tables), make([]bucketCount, 0, buckets), make(sketch.Tally[uint64], 0, members)
	for i := range fields {
		d := &fields[i]
		d.tables = moved(&allTables, d.tables)
		d.lengths = moved(&allBuckets, d.lengths)
		d.numbers = moved(&allBuckets, d.numbers)
		d.marks = moved(&allBuckets, d.marks)
		d.members.Counts = moved(&allMembers, d.members.Counts)
	}
}

// moved copies a part to the end of all, and returns it there.
func moved[S ~[]E, E any](all *S, part S) S {
	first := len(*all)
	*all = append(*all, part...)
	return (*all)[first:len(*all):len(*all)]
}

// fieldIndex finds an operation's fields as a map does, with one probe: the keys are hashes already. Who chooses them can make probes longer, by no more than the
// fields that an operation may have.
type fieldIndex struct {
	slots []fieldSlot // a power of two of them, at most half taken
	shift int
}

// fieldSlot repeats what look asks of a field, so that it need not go there.
type fieldSlot struct {
	key   uint64
	field *derived // nil where the slot is free
	index uint16
	bound bool
}

func newFieldIndex(fields map[uint64]*derived) fieldIndex {
	width := bits.Len(uint(2 * len(fields)))
	x := fieldIndex{slots: make([]fieldSlot, 1<<width), shift: 64 - width}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		i := x.first(key)
		for x.slots[i].field != nil {
			i = (i + 1) & (len(x.slots) - 1)
		}
		d := fields[key]
		x.slots[i] = fieldSlot{key, d, d.index, d.bound}
	}
	return x
}

func (x *fieldIndex) first(key uint64) int { return int(key * 0x9e3779b97f4a7c15 >> x.shift) } //nolint:gosec // fewer than slots

// of returns the field of a key, or nil.
func (x *fieldIndex) of(key uint64) *derived { return x.slot(key).field }

func (x *fieldIndex) slot(key uint64) *fieldSlot {
	for i := x.first(key); ; i = (i + 1) & (len(x.slots) - 1) {
		if s := &x.slots[i]; s.field == nil || s.key == key {
			return s
		}
	}
}

// absence is the evidence of a field that is missing where its parent is there. without takes a call's own share out: 1 where the parent was
// there in it.
func (d *derived) absence(calls, without float64) float64 {
	if d.parent != nil {
		calls = float64(d.parent.Calls)
	}
	calls -= without
	had := float64(d.Calls)
	if calls < 1 || had < 1 {
		return 0
	}
	return -math.Log((max(0, calls-had) + .5) / (calls + 1))
}

// nodes is how often the field was there, every element of an array counted.
func (d *derived) nodes() (n float64) {
	for _, k := range d.Kinds.All() {
		n += float64(k)
	}
	return n
}

// kindNats is the evidence of a kind, and none where it was seen. None and Null count as absence.
func (d *derived) kindNats(k decode.Kind, mine float64) float32 {
	if mine == 0 && d.kinds>>k&1 == 1 {
		return 0
	}
	if float64(d.Kinds.Of(k))-mine > 0 {
		return 0
	}
	n1 := 0.0
	for kind, n := range d.Kinds.All() {
		if kind != k {
			n1 += one(float64(n))
		}
	}
	n := d.nodes() - mine
	if n < 1 {
		return 0
	}
	return clip(unseen(n1, n))
}
