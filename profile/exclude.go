package profile

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"postern/inspect"
	"postern/profile/sketch"
)

// A poisoned calibration denies nothing: it is enough that as many odd calls are learned as the rate leaves room for. So a caller who says more that is odd,
// by what the others say, than chance allows is left out of the counts and of calibration alike. Whom he calls, and for what, stays known: else all he says would be denied.

const (
	fewestCallers = 5  // with fewer, nobody can be told from the others
	crossParts    = 5  // groups of callers, each scored by what the others taught
	rareCalls     = 2  // of an operation that only one caller asks for, up to which it counts as odd: more are his own business
	leastOdd      = 3  // nats of the oddest in a call: what one in twenty says is not odd, however ordinary all else is
	veryOdd       = 20 // nats that asking for what nobody else does is worth
	ownWay        = .6 // share of odd calls from which a caller is another kind of caller, and no poisoner who hides among ordinary calls
	leastHabit    = 10 // times that a caller says one value
	maxRounds     = 4
)

// oddQuantiles are the scores, among those of all calls, from which a call counts as odd: one for much poison, one for little that is very odd.
var oddQuantiles = [...]float64{.98, .998}

// trusted returns the parts that are to be believed, their counts added up as far as they were, and the callers that are left out.
func trusted(key sketch.Key, callee string, parts []part, room int) (kept []part, sums []*count, excluded []string) {
	kept = withoutSuspects(parts)
	for range maxRounds {
		var out []string
		if out, sums = outliers(key, callee, kept, room); len(out) == 0 {
			break
		}
		sums = nil
		excluded = append(excluded, out...)
		kept = slices.DeleteFunc(slices.Clone(kept), func(p part) bool { return slices.Contains(out, p.caller) })
	}
	slices.Sort(excluded)
	if sums == nil {
		sums = counts(kept)
	}
	return kept, sums, excluded
}

// withoutSuspects leaves calls out in which an attack was found, unless half of the operation's callers send such: then it is ordinary there. Where fewer than three
// callers are known nobody else can say, and what is learned is believed: live, a call with an attack is never learned.
func withoutSuspects(parts []part) []part {
	all, suspect := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, p := range parts {
		note(all, p.Operation, p.caller)
		if p.Suspect {
			note(suspect, p.Operation, p.caller)
		}
	}
	return slices.DeleteFunc(slices.Clone(parts), func(p part) bool {
		n := len(all[p.Operation])
		return p.Suspect && n >= 3 && 2*len(suspect[p.Operation]) < n
	})
}

func note(sets map[string]map[string]bool, name, member string) {
	if sets[name] == nil {
		sets[name] = map[string]bool{}
	}
	sets[name][member] = true
}

func counts(parts []part) (list []*count) {
	for _, p := range parts {
		list = append(list, p.count)
	}
	return list
}

// outliers names the callers that say too much that is odd. Their counts, added up on the way, are all there are.
func outliers(key sketch.Key, callee string, parts []part, room int) (names []string, sums []*count) {
	all := map[string]bool{}
	for _, p := range parts {
		all[p.caller] = true
	}
	callers := slices.Sorted(maps.Keys(all))
	if len(callers) < fewestCallers {
		return nil, nil
	}
	group := map[string]int{}
	for i, name := range callers {
		group[name] = i % crossParts
	}
	var groups [crossParts][]*count
	for g := range groups {
		_, own := split(parts, func(p part) bool { return group[p.caller] != g })
		groups[g] = addUp(own)
	}
	scored := &scoring{scored: map[*derived]float64{}}
	usual := habitsOf(parts)
	var whose []string
	var rare []bool
	asked := map[string]uint32{}
	for _, p := range parts {
		asked[p.Operation] += p.Calls
	}
	for g := range crossParts {
		others, own := split(parts, func(p part) bool { return group[p.caller] != g })
		m := build(key, callee, others, slices.Concat(slices.Concat(groups[:g]...), slices.Concat(groups[g+1:]...)), room)
		for i := range own {
			p := &own[i]
			for k, s := range scored.add(m, p, false) {
				s.leaves = slices.DeleteFunc(s.leaves, func(l leafEvidence) bool {
					return p.Samples[k].skeleton.leaves[l.leaf].Root == inspect.HeaderRoot || l.e[onFinding] < boring && usual.has(p.caller, p.Samples[k], l.leaf)
				})
				whose = append(whose, p.caller)
				rare = append(rare, s.operation == nil && asked[p.Operation] <= rareCalls)
			}
		}
	}
	seen := scored.seen
	c := newCalibration(0)
	c.calls = float64(len(seen))
	c.note(scored.scored)
	c.tables(seen)
	worth := make([]float64, len(seen))
	for i, s := range seen {
		if s.oddest() >= leastOdd {
			worth[i] = c.valueWorth(s, 1)
		}
		if rare[i] {
			worth[i] += veryOdd
		}
	}
	return tooOdd(callers, whose, worth), slices.Concat(groups[:]...)
}

// habits are the values that callers say in most of their calls, by caller and field: their own names and credentials. Nobody else says them, so that they are odd by what the others
// taught; but who says the same in all calls does not hide it among ordinary ones, see ownWay.
type habits map[habitOf]*habit

type habitOf struct {
	caller string
	field  uint64
}

type habit struct {
	value     uint64
	lead      int // of the value over all others (Boyer and Moore 1991, A fast majority vote algorithm)
	said, all int
}

func habitsOf(parts []part) habits {
	h := habits{}
	h.each(parts, func(m *habit, value uint64) {
		switch {
		case m.lead == 0:
			m.value, m.lead = value, 1
		case m.value == value:
			m.lead++
		default:
			m.lead--
		}
	})
	h.each(parts, func(m *habit, value uint64) {
		m.all++
		if m.value == value {
			m.said++
		}
	})
	return h
}

// each goes through the values of all samples.
func (h habits) each(parts []part, do func(m *habit, value uint64)) {
	for _, p := range parts {
		for _, k := range p.Samples {
			for i, v := range k.values {
				if v == nil {
					continue
				}
				at := habitOf{p.caller, k.skeleton.leaves[i].Field}
				if h[at] == nil {
					h[at] = &habit{}
				}
				do(h[at], v.identity())
			}
		}
	}
}

// has says that a leaf's value is what its caller says there in most calls.
func (h habits) has(caller string, k *kept, leaf int32) bool {
	v := k.values[leaf]
	if v == nil {
		return false
	}
	m := h[habitOf{caller, k.skeleton.leaves[leaf].Field}]
	return m.value == v.identity() && m.said >= leastHabit && float64(m.said) >= ownWay*float64(m.all)
}

// oddest is the strongest evidence about a call's values.
func (s *seenIn) oddest() (most float32) {
	for i := range s.leaves {
		most = max(most, slices.Max(s.leaves[i].e[:]))
	}
	return most
}

// addUp adds up the counts of each raw operation.
func addUp(parts []part) (sums []*count) {
	byOperation := map[string]*count{}
	for _, p := range parts {
		if byOperation[p.Operation] == nil {
			byOperation[p.Operation] = &count{}
			sums = append(sums, byOperation[p.Operation])
		}
		byOperation[p.Operation].merge(p.count)
	}
	return sums
}

func split(parts []part, first func(part) bool) (yes, no []part) {
	for _, p := range parts {
		if first(p) {
			yes = append(yes, p)
		} else {
			no = append(no, p)
		}
	}
	return yes, no
}

// tooOdd names those with more odd calls than three standard deviations above what callers ordinarily have.
func tooOdd(callers, whose []string, worth []float64) (names []string) {
	if len(worth) == 0 {
		return nil
	}
	sorted := slices.Clone(worth)
	slices.Sort(sorted)
	calls := map[string]float64{}
	for _, who := range whose {
		calls[who]++
	}
	for _, q := range oddQuantiles {
		limit := sorted[int(float64(len(sorted)-1)*q)]
		odd := map[string]float64{}
		for i, who := range whose {
			if worth[i] > limit {
				odd[who]++
			}
		}
		usual := usualRate(callers, calls, odd)
		for _, who := range callers {
			mean := calls[who] * usual
			if odd[who] > mean+3*math.Sqrt(mean)+2 && odd[who] < ownWay*calls[who] && !slices.Contains(names, who) {
				names = append(names, who)
			}
		}
	}
	return names
}

// usualRate is the share of odd calls of all callers but the oddest tenth.
func usualRate(callers []string, calls, odd map[string]float64) float64 {
	byRate := slices.SortedFunc(slices.Values(callers), func(a, b string) int {
		return cmp.Or(cmp.Compare(odd[a]/max(1, calls[a]), odd[b]/max(1, calls[b])), cmp.Compare(a, b))
	})
	var n, hits float64
	for _, who := range byRate[:len(byRate)-len(byRate)/10] {
		n += calls[who]
		hits += odd[who]
	}
	return hits / max(1, n)
}

// known adds what an excluded caller asks for, so that his edge is there: only what others ask too; and what of each caller's values must not be kept in clear.
func (m *model) known(parts []part, excluded []string) {
	m.excluded = excluded
	for _, p := range parts {
		if slices.Contains(excluded, p.caller) {
			if name := m.router.fold(p.Operation); m.operations[name] != nil {
				m.call(p.caller, name, p.count)
				if x := m.operations[name].actions; x != nil {
					x.call(m, &p)
				}
			}
		}
		if c := m.callers[p.caller]; c != nil {
			c.carries(p.count)
		}
	}
}
