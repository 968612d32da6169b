package profile

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// A busy mesh is learned at about the pace that is meant, a quiet one whole, whatever came before.
func TestPace(t *testing.T) {
	t.Parallel()
	var p pace
	id := 0
	const leaves = 50 // of each call
	second := func(calls int) (taken int) {
		for range 5 {
			for range calls / 5 {
				if id++; p.takes(fmt.Sprintf("%032x", id*2654435761)) {
					taken++
					p.taken += leaves
				}
			}
			p.adjust(paceEvery)
		}
		return taken
	}
	if n := second(500); n != 500 || p.share() != 1 {
		t.Errorf("quiet: %d of 500, share %v", n, p.share())
	}
	second(50_000)
	for _, rate := range []int{50_000, 10_000, 100_000} {
		second(rate)
		if n := second(rate); math.Abs(float64(n)-takenPerSecond/leaves) > takenPerSecond/leaves/3. {
			t.Errorf("%d a second: %d taken", rate, n)
		}
	}
	for range 3 {
		second(500)
	}
	if n := second(500); n != 500 {
		t.Errorf("quiet again: %d of 500, share %v", n, p.share())
	}
}

// What a caller asks seldom of a busy callee is counted before it fades, however small the share of calls that is taken.
func TestPaceLetsNothingFade(t *testing.T) {
	t.Parallel()
	c := taught(t, 1500)
	c.pace.left.Store(whole16 - 1) // hardly any call is taken
	r := rand.New(rand.NewPCG(3, 3))
	const day = 24 * time.Hour
	for _, x := range []struct {
		after  time.Duration
		counts bool
	}{{day, false}, {4 * day, true}, {5 * day, false}, {8 * day, true}} {
		before := c.Stats().Learned
		c.visitAt(time.Unix(1_800_000_000, 0).Add(x.after), fmt.Sprint("after", x.after), web, order(r))
		c.Publish()
		if got := c.Stats().Learned > before; got != x.counts {
			t.Errorf("after %v: counted %v, want %v", x.after, got, x.counts)
		}
	}
}
