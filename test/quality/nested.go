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

	"postern/inspect"
	"postern/test/quality/nest"
)

// deepest is how many layers a generated case has at most.
const deepest = 5

// casesPerDepth is how many pairs of an attack and its twin are built for each depth.
const casesPerDepth = 4000

// pairs draws payloads of attack and ordinary value for nested cases: everything not marked weak, each attack with a benign value of its own.
func pairs(c corpora) (attacks, benign []sample, err error) {
	keep := func(all *[]sample) func(*sample) {
		return func(s *sample) {
			if !s.Weak && len(s.Payload) > 0 {
				*all = append(*all, *s)
			}
		}
	}
	if err := c.read("payloads_attack", keep(&attacks)); err != nil {
		return nil, nil, err
	}
	return attacks, benign, c.read("payloads_benign", keep(&benign))
}

// messageOf is a nested case as a proxy would hand it on.
func messageOf(c nest.Case) *inspect.Message {
	m := &inspect.Message{Method: []byte(c.Method), Path: []byte(c.Path), Body: c.Body, Size: int64(len(c.Body))}
	for _, h := range c.Headers {
		if h[0] == "host" {
			m.Host = []byte(h[1])
			continue
		}
		m.Header = append(m.Header, inspect.Header{Name: []byte(h[0]), Value: []byte(h[1])})
	}
	return m
}

// recovered says whether some value of the tree is the payload, byte for byte.
func recovered(t *inspect.Tree, payload []byte) bool {
	return slices.ContainsFunc(t.Nodes, func(n inspect.Node) bool { return n.Leaf() && bytes.Equal(n.Raw, payload) })
}

// nestedOpening measures how often the innermost value is recovered byte for byte under 0 to 5 layers.
func nestedOpening(out io.Writer, c corpora) error {
	attacks, benign, err := pairs(c)
	if err != nil {
		return err
	}
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		return err
	}
	var long, short [deepest + 1]rate
	outermost, layer := map[string]*rate{}, map[string]*rate{}
	for depth := range deepest + 1 {
		random := rand.New(rand.NewPCG(uint64(depth), 11))
		for range casesPerDepth {
			a, b := nest.Pair(random, depth, attacks[random.IntN(len(attacks))].Payload, benign[random.IntN(len(benign))].Payload)
			for _, one := range []nest.Case{a, b} {
				tree := inspector.Inspect(messageOf(one))
				hit := recovered(tree, one.Payload)
				inspector.Free(tree)
				if len(one.Payload) < 8 {
					short[depth].add(hit)
					continue
				}
				long[depth].add(hit)
				tally(outermost, one.Operation, hit)
				for _, l := range one.Chain {
					tally(layer, l, hit)
				}
			}
		}
	}
	fmt.Fprintf(out, "%d operations, %d wrappings and structures; encoders are the standard library's or other libraries'.\n\n", len(nest.Operations()), len(nest.Layers()))
	fmt.Fprintln(out, "| depth | recovered, values of 8 bytes and more | shorter values |\n|--:|---|---|")
	for depth := range long {
		fmt.Fprintf(out, "| %d | %v | %v |\n", depth, long[depth], short[depth])
	}
	fmt.Fprintln(out, "\nThe operations and layers with most misses, by share of the cases that hold them:")
	worst(out, outermost, 5)
	worst(out, layer, 12)
	return nil
}

func tally(table map[string]*rate, name string, hit bool) {
	if table[name] == nil {
		table[name] = &rate{}
	}
	table[name].add(hit)
}

func worst(out io.Writer, table map[string]*rate, most int) {
	names := slices.SortedFunc(maps.Keys(table), func(a, b string) int {
		x, y := table[a], table[b]
		return cmp.Or(cmp.Compare(float64(x.hits)/float64(x.of), float64(y.hits)/float64(y.of)), strings.Compare(a, b))
	})
	for i, name := range names {
		if i == most || table[name].hits == table[name].of {
			return
		}
		fmt.Fprintf(out, "- %s: %v\n", name, table[name])
	}
}
