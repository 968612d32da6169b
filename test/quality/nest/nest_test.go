package nest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every layer and operation is drawn at every depth, no pair differs in its layers, and the same seed gives the same calls.
func TestPair(t *testing.T) {
	if n := len(Operations()); n < 12 {
		t.Errorf("%d operations", n)
	}
	if n := len(Layers()); n < 24 {
		t.Errorf("%d layers", n)
	}
	payloads := [][]byte{[]byte("' or 1=1 --"), []byte("Zoë\nsaid\x01"), {0xff, 0, 0xfe}, []byte("<b>\r\n</b>")}
	seen := map[string]bool{}
	for depth := range 6 {
		for seed := range uint64(400) {
			a, b := Pair(rand.New(rand.NewPCG(seed, 7)), depth, payloads[seed%4], payloads[seed/4%4])
			again, _ := Pair(rand.New(rand.NewPCG(seed, 7)), depth, payloads[seed%4], payloads[seed/4%4])
			if diff := cmp.Diff(a, again); diff != "" {
				t.Fatal(diff)
			}
			if !slices.Equal(a.Chain, b.Chain) || a.Operation != b.Operation || len(a.Chain) != depth {
				t.Fatalf("depth %d: %v and %v", depth, a, b)
			}
			for _, n := range append(a.Chain, a.Operation) {
				seen[n] = true
			}
		}
	}
	for _, n := range append(Layers(), Operations()...) {
		if !seen[n] {
			t.Errorf("%s was never drawn", n)
		}
	}
}

func TestPairOf(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	a, b, err := PairOf(random, "rest", []string{"base64", "gzip", "xml"}, []byte("<x>"), []byte("y"))
	if err != nil || a.Operation != "rest" || bytes.Equal(a.Body, b.Body) {
		t.Errorf("%v %v", a, err)
	}
	for i, chain := range [][]string{{"gzip"}, {"xml", "gzip"}, {"nothing"}} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			if _, _, err := PairOf(random, "rest", chain, nil, nil); err == nil {
				t.Errorf("%v should not fit", chain)
			}
		})
	}
}
