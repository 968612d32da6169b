package detect

import "testing"

// A stronger grade says more, a hint alone never reaches the default and what is likely does, and a table of likelihoods belongs to a class there is.
func TestCurves(t *testing.T) {
	classes := map[string]bool{}
	for _, d := range detectors {
		classes[d.class] = true
	}
	all := map[string]curve{"": pooled}
	for class, c := range curves {
		if all[class] = c; !classes[class] {
			t.Errorf("no detector finds %s", class)
		}
	}
	for class, c := range all {
		for g := hint; g < grades; g++ {
			if c[g] <= c[g-1] || c[g] >= 1 {
				t.Errorf("%s: %v at grade %d, behind %v", class, c[g], g, c[g-1])
			}
		}
		if c[hint] >= DefaultScore || c[likely] < DefaultScore {
			t.Errorf("%s: the default %v does not lie between %v and %v", class, DefaultScore, c[hint], c[likely])
		}
	}
}
