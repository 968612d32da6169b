package profile

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// An attack that is not ordinary in its field denies alone while hardly an ordinary call has one. Where a detector takes something for an attack that a service is told every day, in many fields,
// it is that class which must be surer of itself there: one limit for all would let every other attack pass as well.

// alone is the likelihood from which a finding alone denies.
type alone struct {
	from  float32            // the likelihood that was asked for
	above map[string]float32 // of classes that ordinary calls have too often: above this
}

// denies says that a finding is enough.
func (a *alone) denies(x found) bool {
	if above, ok := a.above[x.Class]; ok && x.Score <= above {
		return false
	}
	return x.Score >= a.from
}

// worst is the likeliest attack of a call that denies alone; of likelihood 0 where there is none.
func (a *alone) worst(attacks []found) (worst found) {
	for _, x := range attacks {
		if x.Score > worst.Score && a.denies(x) {
			worst = x
		}
	}
	return worst
}

// attacked notes an attack that is not ordinary in its field.
func (s *seenIn) attacked(x found) {
	if !IsAttack(x.Class) {
		return
	}
	for i := range s.attacks {
		if s.attacks[i].Class == x.Class {
			s.attacks[i].Score = max(s.attacks[i].Score, x.Score)
			return
		}
	}
	s.attacks = append(s.attacks, x)
}

// IsAttack tells an attack's class from ambiguous:<kind> and document:<language>, which never deny alone.
func IsAttack(class string) bool { return strings.IndexByte(class, ':') < 0 }

// rare leaves so many of the calls denied by an attack alone: while there are more, the class that denies most of them must be surer, by the least step that spares one.
func (a *alone) rare(seen []*seenIn, most float64) {
	for {
		calls, byClass, least := 0.0, map[string]float64{}, map[string]float32{}
		for _, s := range seen {
			denied := false
			for _, x := range s.attacks {
				if !a.denies(x) {
					continue
				}
				denied = true
				byClass[x.Class] += s.weight
				if low, ok := least[x.Class]; !ok || x.Score < low {
					least[x.Class] = x.Score
				}
			}
			if denied {
				calls += s.weight
			}
		}
		if calls <= most {
			return
		}
		noisiest := slices.MaxFunc(slices.Sorted(maps.Keys(byClass)), func(p, q string) int { return cmp.Compare(byClass[p], byClass[q]) })
		if a.above == nil {
			a.above = map[string]float32{}
		}
		a.above[noisiest] = least[noisiest]
	}
}
