package inspect

import "math"

// Entropy is the entropy of the bytes of Raw in bits a byte, from their frequencies (Shannon 1948): about 8 for what is encrypted or compressed and long, less for all
// else. A value of n bytes cannot show more than log2 n.
func (n *Node) Entropy() float64 {
	if len(n.Raw) == 0 {
		return 0
	}
	var counts [256]int
	for _, c := range n.Raw {
		counts[c]++
	}
	h, total := 0.0, float64(len(n.Raw))
	for _, c := range counts {
		if c > 0 {
			p := float64(c) / total
			h -= p * math.Log2(p)
		}
	}
	return h
}
