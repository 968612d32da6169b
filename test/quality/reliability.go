package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"postern/inspect/detect"
)

// reliability prints what scores mean: by class and grade the likelihood counted beside the one in use, how scores counted without a source hold on that source, and what each threshold
// would find and flag.
func reliability(out io.Writer, seen []observation) {
	fmt.Fprintf(out, "\nLikelihoods (detect/calibration.go): attacks/harmless values whose strongest evidence this is; counted here, if %.0f %% of values were attacks; in use\n\n", 100*attackShare)
	attacks, harmless := map[evidence]int{}, map[evidence]int{}
	for i := range seen {
		for _, e := range seen[i].tops {
			if seen[i].attack {
				attacks[e]++
			} else {
				harmless[e]++
			}
		}
	}
	fmt.Fprintf(out, "%-20s %-28s %-28s %-28s %-28s\n", "class", "hint", "likely", "strong", "certain")
	curves := counted(seen)
	for _, class := range slices.Sorted(maps.Keys(curves)) {
		fmt.Fprintf(out, "%-20s", class)
		for g := 1; g < grades; g++ {
			e := evidence{class, g}
			fmt.Fprintf(out, " %-28s", fmt.Sprintf("%d/%d %.3f %.3f", attacks[e], harmless[e], curves[class][g], detect.Likelihoods(class)[g-1]))
		}
		fmt.Fprintln(out)
	}
	fmt.Fprintln(out, "\nAs a table for detect/calibration.go:")
	for _, class := range slices.Sorted(maps.Keys(curves)) {
		c := curves[class]
		fmt.Fprintf(out, "\t%q: {0, %v, %v, %v, %v},\n", class, c[1], c[2], c[3], c[4])
	}
	crossValidated(out, seen)
	thresholds(out, seen)
}

// crossValidated prints, for bins of the score that a value gets from curves counted without its source, what was said and what is so.
func crossValidated(out io.Writer, seen []observation) {
	edges := []float64{0.001, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1}
	type bin struct{ attacks, harmless, said, weight float64 }
	bins := make([]bin, len(edges)-1)
	weight := weights(seen)
	scores := heldOut(seen)
	for i, score := range scores {
		for b := range bins {
			if score < edges[b] || score >= edges[b+1] {
				continue
			}
			w := weight(&seen[i]) * (1 - attackShare)
			if seen[i].attack {
				w = weight(&seen[i]) * attackShare
				bins[b].attacks += w
			} else {
				bins[b].harmless += w
			}
			bins[b].said += w * score
			bins[b].weight += w
		}
	}
	fmt.Fprintf(out, "\nReliability, each source scored by likelihoods counted without it\n\n%-14s %10s %10s %10s\n", "score", "share", "said", "is so")
	missed := 0.0
	for b, n := range bins {
		if n.weight == 0 {
			continue
		}
		said, is := n.said/n.weight, n.attacks/n.weight
		missed += n.weight * max(said-is, is-said)
		fmt.Fprintf(out, "%.3f..%.3f   %9.3f%% %10.3f %10.3f\n", edges[b], edges[b+1], 100*n.weight, said, is)
	}
	fmt.Fprintf(out, "mean distance of what is said from what is so, over all values: %.4f\n", missed)
}

// thresholds prints what each threshold would find in the class it finds least in, and what it would flag.
func thresholds(out io.Writer, seen []observation) {
	fmt.Fprintf(out, "\nThresholds (POSTERN_ATTACK_SCORE, default %.2f): attacks found, the class found least (of 20 payloads or more), ordinary values and code-like texts flagged\n\n", detect.DefaultScore)
	for _, t := range []float32{0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99} {
		found := map[string]*rate{}
		var all, plain, code rate
		for i := range seen {
			o := &seen[i]
			hit := false
			for _, score := range o.best {
				hit = hit || score >= t
			}
			switch {
			case o.attack:
				all.add(hit)
				entry(found, o.kind).add(hit)
			case slices.Contains(ordinary, o.kind):
				plain.add(hit)
			default:
				code.add(hit)
			}
		}
		least, worst := 2.0, ""
		for _, class := range slices.Sorted(maps.Keys(found)) {
			if share := float64(found[class].hits) / float64(found[class].of); found[class].of >= 20 && share < least {
				least, worst = share, class
			}
		}
		fmt.Fprintf(out, "%.2f   found %v   least %.2f %% (%s)   ordinary %v   code-like %v\n", t, all, 100*least, worst, plain, code)
	}
}
