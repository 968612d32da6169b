package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"postern/inspect"
)

// call is one call that is learned or judged: who is said to send it, and what it is in truth.
type call struct {
	from    int // number of the caller's workload
	message *inspect.Message
	attack  bool
	class   string
	key     string // equal for calls that say the same
}

// requests reads whole requests of the data as calls of callers drawn at random.
func requests(c corpora, random *rand.Rand, callers int, names ...string) (calls []call, err error) {
	for _, name := range names {
		err := c.read(name, func(s *sample) {
			key := s.Method + " " + s.Path + "?" + s.Query + "\n" + string(s.Body)
			calls = append(calls, call{random.IntN(callers), requestOf(s), s.attack(), cmp.Or(s.ClassGuess, s.Class), key})
		})
		if err != nil {
			return nil, err
		}
	}
	return calls, nil
}

// shuffled returns the calls in another order, always the same for the same seed.
func shuffled(calls []call, seed uint64) []call {
	calls = slices.Clone(calls)
	rand.New(rand.NewPCG(seed, 31)).Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
	return calls
}

// fold splits calls into those that are learned and the n-th of k parts, which is not.
func fold(calls []call, n, k int) (learned, held []call) {
	for i, c := range calls {
		if i%k == n {
			held = append(held, c)
		} else {
			learned = append(learned, c)
		}
	}
	return learned, held
}

// scores are what a set of calls was given, with the verdict at the rate that was asked for.
type scores struct {
	normal, fresh, attack []float64 // fresh: normals that say what no learned call said
	byClass               map[string][]float64
	denied                [3]rate // of normal, fresh, attack
}

func (s *scores) add(m *model, learned, held, attacks []call) {
	if s.byClass == nil {
		s.byClass = map[string][]float64{}
	}
	known := map[string]bool{}
	for _, c := range learned {
		known[c.key] = true
	}
	for _, c := range held {
		v := m.judge(c)
		s.normal = append(s.normal, v.Score)
		s.denied[0].add(!v.Allow)
		if !known[c.key] {
			s.fresh = append(s.fresh, v.Score)
			s.denied[1].add(!v.Allow)
		}
	}
	for _, c := range attacks {
		v := m.judge(c)
		s.attack = append(s.attack, v.Score)
		s.byClass[c.class] = append(s.byClass[c.class], v.Score)
		s.denied[2].add(!v.Allow)
	}
}

// threshold is the least score above which at most the given share of the normals lies: an oracle's, since it looks at the normals that are measured.
func threshold(normals []float64, share float64) float64 {
	sorted := slices.Sorted(slices.Values(normals))
	at := len(sorted) - 1 - int(share*float64(len(sorted)))
	return sorted[max(0, min(at, len(sorted)-1))]
}

func above(all []float64, threshold float64) (r rate) {
	for _, s := range all {
		r.add(s > threshold)
	}
	return r
}

// auc is the share of pairs of a normal and an attack in which the attack scores higher, ties counted half (Mann and Whitney 1947).
func auc(normals, attacks []float64) float64 {
	type one struct {
		score  float64
		attack bool
	}
	all := make([]one, 0, len(normals)+len(attacks))
	for _, s := range normals {
		all = append(all, one{s, false})
	}
	for _, s := range attacks {
		all = append(all, one{s, true})
	}
	slices.SortFunc(all, func(a, b one) int { return cmp.Compare(a.score, b.score) })
	var pairs, below float64
	for i := 0; i < len(all); {
		j, n, a := i, 0.0, 0.0
		for ; j < len(all) && all[j].score == all[i].score; j++ {
			if all[j].attack {
				a++
			} else {
				n++
			}
		}
		pairs += a * (below + n/2)
		below += n
		i = j
	}
	return pairs / (float64(len(normals)) * float64(len(attacks)))
}

func workload(n int) string { return fmt.Sprintf("spiffe://mesh.test/ns/lab/sa/caller-%02d", n) }
