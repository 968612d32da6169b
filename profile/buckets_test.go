package profile

import (
	"testing"

	"postern/profile/sketch"
)

// TestFarNumber counts in doublings, 16 at the most; zero is one doubling from 1 or from the smallest amount.
func TestFarNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, far float64 }{
		{1, 2, 1}, {0, 1, 1}, {0, 2, 2}, {0, .25, 1}, {-1, 0, 1}, {-4, 0, 3}, {1, 1 << 20, 16}, {-3, 3, 4},
	} {
		if far := farNumber(int(sketch.Number(c.from)), int(sketch.Number(c.to))) / perDoubling; far != c.far {
			t.Errorf("from %v to %v: %v doublings, not %v", c.from, c.to, far, c.far)
		}
	}
}
