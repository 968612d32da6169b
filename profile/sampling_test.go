package profile

import "testing"

// Of large calls fewer are sampled than of small ones, but never too few to hold the default rate: their callee would not mature, however many calls it had.
func TestSamplesOfLargeCalls(t *testing.T) {
	t.Parallel()
	const calls = 9000
	for _, x := range []struct {
		name         string
		leaves, want int
	}{{"small", 20, 8192}, {"larger", 100, 8192 * sampleLeaves / 100}, {"as large as is taken", maxLeaves, leastSamples}} {
		list := make([]*kept, calls)
		for i := range list {
			list[i] = &kept{ID: uint64(i), values: make([]*value, x.leaves)}
		}
		n := smallest([][]*kept{list}, sampleCalls(1e-3, false)) + 1
		if int(n) != x.want {
			t.Errorf("%s: %d of %d calls kept, want %d", x.name, n, calls, x.want)
		}
	}
	if allowed(leastSamples, 1e-3) < 0 {
		t.Errorf("%d samples do not hold the default rate", leastSamples)
	}
}
