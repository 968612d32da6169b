package main

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"

	"postern/inspect"
	"postern/inspect/detect"
	"postern/test/quality/nest"
)

// twinsPerDepth is how many pairs of an attack and its harmless twin are built for each depth.
const twinsPerDepth = 1500

// nestedTwins measures, for pairs that differ in one value under 0 to 5 layers only, how often the attack is found and its twin is not.
func nestedTwins(out io.Writer, c corpora) error {
	all, harmless, err := pairs(c)
	if err != nil {
		return err
	}
	wrong := wrongLabels()
	attacks := slices.DeleteFunc(all, func(s sample) bool { return wrong[s.ID] })
	benign := slices.DeleteFunc(harmless, func(s sample) bool { return wrong[s.ID] || !slices.Contains(ordinary, s.Class) })
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		return err
	}
	layer, blame := map[string]*rate{}, map[string]int{}
	fmt.Fprintf(out, "A pair is right when the attack is found at score %.2f and the twin is not (goal: >= 95 %% at every depth, no drop of more than 2 points).\n\n", detect.DefaultScore)
	fmt.Fprintln(out, "| depth | attack found | twin flagged | pairs right |\n|--:|---|---|---|")
	for depth := range deepest + 1 {
		random := rand.New(rand.NewPCG(uint64(depth), 29))
		var found, flagged, right rate
		for range twinsPerDepth {
			a, b := nest.Pair(random, depth, attacks[random.IntN(len(attacks))].Payload, benign[random.IntN(len(benign))].Payload)
			hit, false1 := len(attackClasses(inspector, a)) > 0, attackClasses(inspector, b)
			found.add(hit)
			flagged.add(len(false1) > 0)
			right.add(hit && len(false1) == 0)
			for _, l := range a.Chain {
				tally(layer, l, hit)
			}
			for _, class := range false1 {
				blame[class]++
			}
		}
		fmt.Fprintf(out, "| %d | %v | %v | %v |\n", depth, found, flagged, right)
	}
	fmt.Fprintln(out, "\nThe layers under which most attacks are missed:")
	worst(out, layer, 8)
	for _, class := range slices.Sorted(maps.Keys(blame)) {
		fmt.Fprintf(out, "twins flagged as %s: %d\n", class, blame[class])
	}
	return nil
}

// attackClasses are the attack classes that reach the threshold in a case.
func attackClasses(inspector *inspect.Inspector, one nest.Case) (classes []string) {
	tree := inspector.Inspect(messageOf(one))
	defer inspector.Free(tree)
	for i := range tree.Findings {
		if f := &tree.Findings[i]; f.Score >= detect.DefaultScore && detect.Attack(f.Class) && !slices.Contains(classes, f.Class) {
			classes = append(classes, f.Class)
		}
	}
	return classes
}
