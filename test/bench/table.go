package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// table keeps every measurement by payload, subject and round.
type table struct {
	payloads []payload
	subjects []*subject
	cells    [][][]measurement
}

func newTable(p []payload, u []*subject) *table {
	t := &table{payloads: p, subjects: u}
	for range p {
		t.cells = append(t.cells, make([][]measurement, len(u)))
	}
	return t
}

func (t *table) add(payload, subject int, m measurement) {
	t.cells[payload][subject] = append(t.cells[payload][subject], m)
}

// print writes, for each payload, each subject's ratio to the first in the same round: median, and least to most.
func (t *table) print(out io.Writer, s settings) {
	_, _ = fmt.Fprintf(out, "CPU time of the authorizer's process for one Check, as a ratio to the no-op server of the same round: median [least, most] of %d rounds of %v, %d in flight\n\n", s.rounds, s.window, s.inFlight)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprint(w, "payload\tbytes\tno-op")
	for _, u := range t.subjects[1:] {
		_, _ = fmt.Fprintf(w, "\t%s", u.name)
	}
	_, _ = fmt.Fprint(w, "\tbudget\tdecisions/s, last\n")
	for i, p := range t.payloads {
		all, _ := p.requests()
		base := t.cells[i][0]
		_, _ = fmt.Fprintf(w, "%s\t%d\t%v", p.name, len(all[0]), median(base, func(m measurement) float64 { return float64(m.cpu) }).round())
		for j := 1; j < len(t.subjects); j++ {
			var ratios []float64
			for k, m := range t.cells[i][j] {
				ratios = append(ratios, float64(m.cpu)/float64(base[k].cpu))
			}
			slices.Sort(ratios)
			_, _ = fmt.Fprintf(w, "\t%.2f [%.2f, %.2f]", ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1])
		}
		_, _ = fmt.Fprintf(w, "\t%.2f\t%.0f\n", p.budget, median(t.cells[i][len(t.subjects)-1], func(m measurement) float64 { return m.perSecond }))
	}
	_ = w.Flush()
}

type value float64

func (v value) round() time.Duration { return time.Duration(v).Round(100 * time.Nanosecond) }

func median(m []measurement, of func(measurement) float64) value {
	all := make([]float64, 0, len(m))
	for _, x := range m {
		all = append(all, of(x))
	}
	slices.Sort(all)
	return value(all[len(all)/2])
}
