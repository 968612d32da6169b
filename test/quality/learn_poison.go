package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// poisoning is one way to teach a profile attacks.
type poisoning struct {
	name     string
	share    float64 // of the learned calls that are poison
	sources  int     // callers that send it, among their ordinary calls
	of       int     // callers in all
	targeted bool    // few payloads for two pages, again and again
}

var poisonings = []poisoning{
	{"none", 0, 0, 50, false},
	{"0.1 %, 2 of 50 callers", .001, 2, 50, false},
	{"1 %, 2 of 50 callers", .01, 2, 50, false},
	{"1 %, 20 of 50 callers", .01, 20, 50, false},
	{"none, two pages", 0, 0, 50, true},
	{"0.5 %, 40 payloads for two pages, 2 of 50 callers", .005, 2, 50, true},
	{"1 %, the only caller", .01, 1, 1, false},
}

// targetPayloads is how many payloads a targeted poisoning has.
const targetPayloads = 40

// poison measures what attacks among the learned calls do: 8,000 calls to fit and 6,000 to calibrate, both poisoned, the rest to test. Without defence means that all calls come
// from one caller: nobody can be told from the others then.
func poison(out io.Writer, c corpora) error {
	fmt.Fprintln(out, "| poison | defence | found at 1 %, oracle | found at 0.1 %, oracle | asked 0.1 %: denied of normals | of attacks |\n|---|---|---|---|---|---|")
	for _, p := range poisonings {
		normals, anomalies, err := csicCalls(c, p.of)
		if err != nil {
			return err
		}
		normals, anomalies = shuffled(normals, 4), shuffled(anomalies, 5)
		if p.targeted {
			anomalies = onTwoPages(anomalies)
		}
		learned, held, attacks := p.apply(normals, anomalies)
		for _, defence := range []string{"none", "exclusion"} {
			if defence == "none" && p.share == 0 || defence == "exclusion" && p.of == 1 {
				continue
			}
			if defence == "none" {
				learned, held, attacks = ofOneCaller(learned), ofOneCaller(held), ofOneCaller(attacks)
			}
			m, err := train(.001, learned)
			if err != nil {
				return err
			}
			var s scores
			s.add(m, learned, held, attacks)
			fmt.Fprintf(out, "| %s | %s | %v | %v | %v | %v |\n", p.name, defence, above(s.attack, threshold(s.normal, .01)), above(s.attack, threshold(s.normal, .001)), s.denied[0], s.denied[2])
			learned, held, attacks = p.apply(normals, anomalies)
		}
	}
	return nil
}

// apply mixes poison into the calls that are learned. What is taught is not judged.
func (p *poisoning) apply(normals, anomalies []call) (learned, held, attacks []call) {
	learned, held = slices.Clone(normals[:14000]), normals[14000:]
	random := rand.New(rand.NewPCG(11, 12))
	taught, distinct := int(p.share*float64(len(learned))), len(anomalies)
	if p.targeted {
		distinct = min(targetPayloads, len(anomalies)/2)
	}
	for i := range taught {
		a := anomalies[i%distinct]
		a.from = random.IntN(max(1, p.sources))
		learned = append(learned, a)
	}
	if p.targeted {
		return shuffled(learned, 6), held, anomalies[distinct:]
	}
	return shuffled(learned, 6), held, anomalies[taught:]
}

// onTwoPages leaves the injections into the two pages that have most of them.
func onTwoPages(anomalies []call) (kept []call) {
	injection := func(a *call) bool { return a.class == "sqli" || a.class == "xss" || a.class == "crlf" }
	page := func(a *call) string {
		path, _, _ := bytes.Cut(a.message.Path, []byte("?"))
		return string(path)
	}
	count := map[string]int{}
	for i := range anomalies {
		if injection(&anomalies[i]) {
			count[page(&anomalies[i])]++
		}
	}
	pages := slices.SortedFunc(maps.Keys(count), func(a, b string) int { return cmp.Or(count[b]-count[a], strings.Compare(a, b)) })
	for i := range anomalies {
		if a := &anomalies[i]; injection(a) && slices.Contains(pages[:min(2, len(pages))], page(a)) {
			kept = append(kept, *a)
		}
	}
	return kept
}

func ofOneCaller(calls []call) []call {
	calls = slices.Clone(calls)
	for i := range calls {
		calls[i].from = 0
	}
	return calls
}
