package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"postern/profile"
)

// poisoning is one way to teach a profile attacks.
type poisoning struct {
	name    string
	share   float64 // of the learned calls that are poison
	sources int     // callers that send it, among their ordinary calls
	of      int     // callers in all
}

var poisonings = []poisoning{
	{"none", 0, 0, 50},
	{"0.1 %, 2 of 50 callers", .001, 2, 50},
	{"1 %, 2 of 50 callers", .01, 2, 50},
	{"1 %, 20 of 50 callers", .01, 20, 50},
	{"1 %, the only caller", .01, 1, 1},
}

// poison measures what attacks among the learned calls do: 8,000 calls to fit and 6,000 to calibrate, both poisoned, the rest to test.
func poison(out io.Writer, c corpora) error {
	fmt.Fprintln(out, "| poison | defence | found at 1 %, oracle | found at 0.1 %, oracle | asked 0.1 %: denied of normals | of attacks |\n|---|---|---|---|---|---|")
	for _, p := range poisonings {
		normals, anomalies, err := csicCalls(c, p.of)
		if err != nil {
			return err
		}
		normals, anomalies = shuffled(normals, 4), shuffled(anomalies, 5)
		learned, held := slices.Clone(normals[:14000]), normals[14000:]
		random := rand.New(rand.NewPCG(11, 12))
		taught := int(p.share * float64(len(learned)))
		for _, a := range anomalies[:taught] {
			a.from = random.IntN(max(1, p.sources))
			learned = append(learned, a)
		}
		learned = shuffled(learned, 6)
		m, err := trainWith(profile.Config{Mode: profile.Enforce, FalseDenyRate: .001}, learned)
		if err != nil {
			return err
		}
		var s scores
		s.add(m, learned, held, anomalies[taught:])
		fmt.Fprintf(out, "| %s | exclusion | %v | %v | %v | %v |\n", p.name, above(s.attack, threshold(s.normal, .01)), above(s.attack, threshold(s.normal, .001)), s.denied[0], s.denied[2])
	}
	return nil
}
