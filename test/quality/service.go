package main

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"

	"postern/inspect"
	"postern/test/quality/nest"
)

// The invented service of this section takes JSON over five protocols. People write texts into it, which come in chains of wrappings and structures; some chains are seen while
// it is learned, others not.

var serviceOperations = []string{"rest", "bulk", "graphql", "json-rpc", "mcp"}

// way is how a text comes to the service.
type way struct {
	operation string
	chain     []string
}

// ways draws, for each operation and depth, n ways that are not among the others.
func ways(r *rand.Rand, n int, others []way) (drawn []way) {
	known := map[string]bool{}
	name := func(w way) string { return w.operation + " " + strings.Join(w.chain, " ") }
	for _, w := range others {
		known[name(w)] = true
	}
	for _, operation := range serviceOperations {
		for depth := range deepest + 1 {
			if depth == 0 && len(others) > 0 {
				continue
			}
			for k := 0; k < n && (depth > 0 || k == 0); {
				a, _ := nest.Pair(r, depth, []byte("plain"), []byte("plain"))
				if w := (way{operation, a.Chain}); a.Operation == operation && !known[name(w)] {
					known[name(w)] = true
					drawn = append(drawn, w)
					k++
				}
			}
		}
	}
	return drawn
}

// mixed is a text that nobody wrote: a run of words of one and of another, so that hardly a text comes twice.
func mixed(r *rand.Rand, texts []string) string {
	var words []string
	for range 2 {
		all := strings.Fields(texts[r.IntN(len(texts))])
		if len(all) == 0 {
			continue
		}
		from := r.IntN(len(all))
		words = append(words, all[from:from+1+r.IntN(len(all)-from)]...)
	}
	return strings.Join(words, " ")
}

// twinsOf are two calls that differ in their text alone; false where it does not fit into the chain.
func twinsOf(r *rand.Rand, w way, attack, plain string) (a, b *inspect.Message, ok bool) {
	x, y, err := nest.PairOf(r, w.operation, w.chain, []byte(attack), []byte(plain))
	if err != nil {
		return nil, nil, false
	}
	return messageOf(x), messageOf(y), true
}

// serviceFolds is into how many parts the texts fall: each is what harmless calls say once, while the others are learned, in chains drawn anew. With half of the texts learned, some 1,300 of prose, no
// method could know that one in a thousand is odd: .2 % of the others are denied then.
const serviceFolds = 5

// serviceCalls is how many attacks, and as many texts, each fold judges in chains seen and in others.
const serviceCalls = 8000

// service measures payloads in the text of a learned service, and harmless texts in the same places.
func service(out io.Writer, c corpora) error {
	texts, attacks, err := serviceTexts(c)
	if err != nil {
		return err
	}
	shuffle := rand.New(rand.NewPCG(21, 22)).Shuffle
	shuffle(len(texts), func(i, k int) { texts[i], texts[k] = texts[k], texts[i] })
	shuffle(len(attacks), func(i, k int) { attacks[i], attacks[k] = attacks[k], attacks[i] })
	for _, asked := range []struct {
		rate  float64
		calls int
	}{{1e-3, 9000}, {1e-4, 40000}} {
		missed := map[string]*rate{}
		known, fresh := serviceRates{missed: missed}, serviceRates{missed: missed}
		for fold := range serviceFolds {
			r := rand.New(rand.NewPCG(21+uint64(fold), 22))
			from, to := fold*len(texts)/serviceFolds, (fold+1)*len(texts)/serviceFolds
			ordinary, others := slices.Concat(texts[:from], texts[to:]), texts[from:to]
			seen := ways(r, 2, nil)
			unseen := ways(r, 4, seen)
			m, err := trainService(r, asked.rate, asked.calls, seen, ordinary)
			if err != nil {
				return err
			}
			for _, set := range []struct {
				rates  *serviceRates
				chains []way
			}{{&known, seen}, {&fresh, unseen}} {
				for i := range serviceCalls {
					set.rates.measure(r, m, set.chains[r.IntN(len(set.chains))], attacks[(serviceCalls*fold+i)%len(attacks)], mixed(r, others))
				}
			}
		}
		fmt.Fprintf(out, "asked %g %%, %d calls learned; %d folds of the texts, each with chains of its own, added up\n\n| chains | depth | attacks denied | texts denied |\n|---|--:|---|---|\n", 100*asked.rate, asked.calls, serviceFolds)
		known.print(out, "seen")
		fresh.print(out, "not seen")
		fmt.Fprintln(out, "\nMissed by class:")
		worst(out, missed, 10)
		fmt.Fprintln(out)
	}
	return nil
}

// trainService learns calls with texts in chains.
func trainService(r *rand.Rand, rate float64, calls int, chains []way, texts []string) (*model, error) {
	var learned []call
	for len(learned) < calls {
		text := mixed(r, texts)
		if _, m, ok := twinsOf(r, chains[r.IntN(len(chains))], text, text); ok {
			learned = append(learned, call{r.IntN(20), m, false, "", ""})
		}
	}
	return train(rate, learned)
}

// serviceTexts are the texts that people write, and payloads.
func serviceTexts(c corpora) (texts []string, attacks []sample, err error) {
	written := []string{"quotes-prose", "tech-prose", "names"}
	fits := func(s *sample) bool {
		text := string(s.Payload)
		return !s.Weak && len(text) > 3 && len(text) < 400 && strings.ToValidUTF8(text, "") == text
	}
	wrong := wrongLabels()
	err = cmp.Or(c.read("payloads_benign", func(s *sample) {
		if fits(s) && slices.Contains(written, s.Class) && !wrong[s.ID] {
			texts = append(texts, string(s.Payload))
		}
	}), c.read("payloads_attack", func(s *sample) {
		if fits(s) && !wrong[s.ID] {
			attacks = append(attacks, *s)
		}
	}))
	return texts, attacks, err
}

// serviceRates are what was denied, by depth and, of the attacks, by class.
type serviceRates struct {
	odd, plain [deepest + 1]rate
	missed     map[string]*rate
}

func (s *serviceRates) measure(r *rand.Rand, m *model, w way, attack sample, text string) {
	a, b, ok := twinsOf(r, w, string(attack.Payload), text)
	if !ok {
		return
	}
	from, depth := r.IntN(20), len(w.chain)
	denied := !m.judge(call{from: from, message: a}).Allow
	s.odd[depth].add(denied)
	s.plain[depth].add(!m.judge(call{from: from, message: b}).Allow)
	tally(s.missed, attack.Class, denied)
}

func (s *serviceRates) print(out io.Writer, name string) {
	var odd, plain rate
	for depth := range s.odd {
		if s.odd[depth].of > 0 {
			fmt.Fprintf(out, "| %s | %d | %v | %v |\n", name, depth, s.odd[depth], s.plain[depth])
		}
		odd.hits, odd.of = odd.hits+s.odd[depth].hits, odd.of+s.odd[depth].of
		plain.hits, plain.of = plain.hits+s.plain[depth].hits, plain.of+s.plain[depth].of
	}
	fmt.Fprintf(out, "| %s | all | %v | %v |\n", name, odd, plain)
}
