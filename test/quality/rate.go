package main

import (
	"fmt"
	"math"
)

// rate is a share counted on labelled cases.
type rate struct{ hits, of int }

func (r *rate) add(hit bool) {
	r.of++
	if hit {
		r.hits++
	}
}

// interval is the 95 % Wilson score interval (Wilson 1927, JASA 22:209).
func (r rate) interval() (low, high float64) {
	if r.of == 0 {
		return 0, 1
	}
	const z = 1.959964
	n, p := float64(r.of), float64(r.hits)/float64(r.of)
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, centre-half), min(1, centre+half)
}

// String prints the share in percent, its interval and the counts.
func (r rate) String() string {
	if r.of == 0 {
		return "-"
	}
	low, high := r.interval()
	return fmt.Sprintf("%.2f %% [%.2f, %.2f] %d/%d", 100*float64(r.hits)/float64(r.of), 100*low, 100*high, r.hits, r.of)
}
