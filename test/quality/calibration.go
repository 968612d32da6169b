package main

import (
	"maps"
	"math"
	"slices"
	"strings"

	"postern/inspect/detect"
)

// observation is one labelled value and the strongest evidence found in it.
type observation struct {
	source string // whose list it is from
	kind   string // its class, or its kind if harmless
	attack bool
	best   map[string]float32 // the score of each class
	tops   []evidence         // those that no other finding outranks
}

// evidence is a finding's class and the grade of its evidence, 1 to 4 as in detect: hint, likely, strong, certain.
type evidence struct {
	class string
	grade int
}

const grades = 5

func observe(s *sample, best map[string]float32) observation {
	source, _, _ := strings.Cut(s.Source, ":")
	o := observation{source: source, kind: s.Class, attack: s.attack(), best: best}
	top := 0
	for class, score := range best {
		g := gradeOf(class, score)
		if g > top {
			top, o.tops = g, o.tops[:0]
		}
		if g == top {
			o.tops = append(o.tops, evidence{class, g})
		}
	}
	return o
}

func gradeOf(class string, score float32) int {
	return slices.Index(detect.Likelihoods(class), score) + 1
}

// attackShare is how many attacks are among the values that scores are counted for: three in twenty. It is an assumption about the place of use, and the only one; with it a finding that is
// 5.7 times as frequent among attacks as among harmless values has score 0.5.
const attackShare = 0.15

// weights are what one value counts: every class of attacks as much as another, however long its lists are; of the harmless ones half ordinary values, half code-like texts.
func weights(seen []observation) func(*observation) float64 {
	sizes := map[string]float64{}
	classes := map[string]bool{}
	group := func(o *observation) string {
		switch {
		case o.attack:
			return "+" + o.kind
		case slices.Contains(ordinary, o.kind):
			return "-ordinary"
		}
		return "-codelike"
	}
	for i := range seen {
		g := group(&seen[i])
		sizes[g]++
		classes[g] = seen[i].attack
	}
	attacks := 0.0
	for _, attack := range classes {
		if attack {
			attacks++
		}
	}
	return func(o *observation) float64 {
		g := group(o)
		if o.attack {
			return 1 / (attacks * sizes[g])
		}
		return 1 / (float64(len(classes)) - attacks) / sizes[g]
	}
}

// counted gives each class's likelihoods as counted on seen: the share of attacks among the values whose strongest evidence it is. Where little was seen the grade's share over all
// classes counts too, as much as one code-like text in a thousand does; a higher grade never says less.
func counted(seen []observation) map[string][grades]float64 {
	weight := weights(seen)
	attacks, harmless := map[evidence]float64{}, map[evidence]float64{}
	var allAttacks, allHarmless [grades]float64
	classes := map[string]bool{}
	for i := range seen {
		o := &seen[i]
		w := weight(o)
		for _, e := range o.tops {
			classes[e.class] = true
			if o.attack {
				attacks[e] += w
				allAttacks[e.grade] += w
			} else {
				harmless[e] += w
				allHarmless[e.grade] += w
			}
		}
	}
	const pseudo = 0.5 / 1000
	curves := map[string][grades]float64{"": curve(func(g int) float64 { return allAttacks[g] / (allHarmless[g] + pseudo/10) })}
	for class := range classes {
		curves[class] = curve(func(g int) float64 {
			e := evidence{class, g}
			pooled := allAttacks[g] / (allHarmless[g] + pseudo/10)
			return (attacks[e] + pseudo*pooled) / (harmless[e] + pseudo)
		})
	}
	return curves
}

// curve turns the ratio of each grade (how much more frequent it is among attacks) into a likelihood.
func curve(ratio func(grade int) float64) (c [grades]float64) {
	for g := 1; g < grades; g++ {
		odds := ratio(g) * attackShare / (1 - attackShare)
		p := min(odds/(1+odds), 0.999-0.001*float64(grades-1-g))
		c[g] = max(math.Round(p*1000)/1000, c[g-1]+0.001)
	}
	return c
}

// heldOut gives each observation's score by curves that were counted without its source.
func heldOut(seen []observation) []float64 {
	sources := map[string]bool{}
	for i := range seen {
		sources[seen[i].source] = true
	}
	scores := make([]float64, len(seen))
	for _, source := range slices.Sorted(maps.Keys(sources)) {
		curves := counted(slices.DeleteFunc(slices.Clone(seen), func(o observation) bool { return o.source == source }))
		for i := range seen {
			if seen[i].source != source {
				continue
			}
			for _, e := range seen[i].tops {
				c, ok := curves[e.class]
				if !ok {
					c = curves[""]
				}
				scores[i] = max(scores[i], c[e.grade])
			}
		}
	}
	return scores
}
