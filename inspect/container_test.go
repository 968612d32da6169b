package inspect

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// Whatever stood in a slot before, a name has the Shape that it has without the memory.
func TestNamesChangeNoShape(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	w := walk{memo: newMemo()}
	for range 50_000 {
		name := append(make([]byte, 0, r.IntN(30)), strings.Repeat("x", r.IntN(18))...)
		if len(name) > 0 {
			name[r.IntN(len(name))] = "\x00ab"[r.IntN(3)]
		}
		parent, before := uint64(r.IntN(3)), uint64(r.IntN(4))<<62
		k := &w.names[before>>55]
		if k.parent != parent || !k.name.Is(name) {
			w.known(k, parent, name)
		}
		if want := memberShape(parent, name); k.shape != want {
			t.Fatalf("%q under %d after %x: %x, want %x", name, parent, before, k.shape, want)
		}
	}
}

// A name that comes again is found among few names and among many, and whatever stands between.
func TestNamesComeAgain(t *testing.T) {
	for n := 1; n < 3*fewNames; n++ {
		var body strings.Builder
		body.WriteString("{")
		for i := range n {
			fmt.Fprintf(&body, `"name%d":{"name0":1},`, i)
		}
		for _, last := range []int{0, n / 2, n - 1} {
			if got := text(t, &Message{Body: fmt.Appendf(nil, `%s"name%d":2}`, body.String(), last), Size: -1}); strings.Count(got, "duplicate-key") != 1 {
				t.Errorf("%d names, the one of number %d again: %s", n, last, got)
			}
		}
	}
}
