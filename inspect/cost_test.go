package inspect

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"postern/inspect/detect"
)

// bodies is how many different messages of a kind are opened in turn: the same bytes again and again would flatter branch prediction and the memo.
const bodies = 64

// window is how many bytes of bodies a side is given before its time is taken. The standard library's garbage is part of what it costs: its window, of some 150 ms, holds tens of
// collections. In one of a tenth the collection falls outside, and what every side pays once, for what the collection before it left cold, weighs ten times as much.
const window = 8_000_000

// workload is a kind of message whose cost is compared.
type workload struct {
	name                 string
	goalOpen, goalDetect float64
	messages             []*Message
}

func workloads() []workload {
	r := rand.New(rand.NewPCG(4, 5))
	several := func(name string, open, detect float64, m func() *Message) workload {
		w := workload{name: name, goalOpen: open, goalDetect: detect}
		for range bodies {
			w.messages = append(w.messages, m())
		}
		return w
	}
	bare := func(body []byte) *Message {
		m := post(body)
		m.Header = m.Header[:1] // what is beside the body has no twin in the standard library
		return m
	}
	return []workload{
		several("JSON-1KiB", 0.25, 3, func() *Message { return bare(varied(r, 1<<10)) }),
		several("JSON-1KiB-and-headers", 0, 3, func() *Message { return post(varied(r, 1<<10)) }),
		several("JSON-16KiB", 0.25, 3, func() *Message { return bare(varied(r, 16<<10)) }),
		several("matryoshka", 0.25, 0, func() *Message { return bare(variedMatryoshka(r)) }),
	}
}

// varied is an order of about size bytes, another one at each call: identifiers, names, addresses, dates, prices, words.
func varied(r *rand.Rand, size int) []byte {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	name := func() string {
		return pick("Ada", "José", "Wei", "Fatima", "Olu", "Maeve", "Zoë") + " " + pick("Lovelace", "García", "O'Neil", "van den Berg", "Smith-Jones", "Petrov")
	}
	order := map[string]any{
		"order_id": fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64()>>16),
		"customer": map[string]any{"name": name(), "email": fmt.Sprintf("%s.%d@example.org", strings.ToLower(pick("Ada", "Wei", "Olu")), r.IntN(1000)), "phone": fmt.Sprintf("+49 30 %07d", r.IntN(1e7))},
		"address":  map[string]any{"street": fmt.Sprintf("%s %d", pick("Main Street", "Rue Neuve", "Hauptstr.", "Calle Mayor"), r.IntN(200)), "zip": fmt.Sprintf("%05d", r.IntN(1e5)), "city": pick("London", "Lyon", "São Paulo", "St. Gallen")},
		"created":  fmt.Sprintf("2026-%02d-%02dT%02d:%02d:%02dZ", 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60)),
		"note":     pick("please leave it at the door, thank you", "ring twice; the dog is friendly", "", "gift (blue paper) & a card"),
		"callback": fmt.Sprintf("https://shop.example.org/orders/%d?step=paid", r.IntN(1e6)),
	}
	var lines []any
	for {
		body, err := json.Marshal(order)
		if err != nil {
			panic(err)
		}
		if len(body) >= size {
			return body
		}
		lines = append(lines, map[string]any{
			"sku": fmt.Sprintf("SKU-%05d", r.IntN(1e5)), "name": pick("Colourful socks, size 42", "Mug", "Notebook A5 (ruled)", "Desk lamp"), "quantity": 1 + r.IntN(9),
			"price": float64(r.IntN(1e5)) / 100, "tags": []string{pick("brown", "blue"), pick("geek", "home-office")}, "gift": r.IntN(2) == 0, "discount": nil,
		})
		order["lines"] = lines
	}
}

// variedMatryoshka is JSON with base64 of JSON with XML.
func variedMatryoshka(r *rand.Rand) []byte {
	var lines strings.Builder
	for i := range 16 {
		fmt.Fprintf(&lines, `<line no="%d"><sku>SKU-%05d</sku><name>Colourful socks</name></line>`, i, r.IntN(1e5))
	}
	inner, err := json.Marshal(map[string]any{"id": r.IntN(100), "document": "<order><to>Ada &amp; Co</to>" + lines.String() + "</order>", "ok": true})
	if err != nil {
		panic(err)
	}
	outer, err := json.Marshal(map[string]any{"kind": "envelope", "data": base64.StdEncoding.EncodeToString(inner)})
	if err != nil {
		panic(err)
	}
	return outer
}

// cost is what one kind of message costs: medians of ratios of CPU time, and allocations.
type cost struct {
	name                    string
	open, detect, whole     float64
	goalOpen                float64 // 0: none
	allocations, goalDetect float64
}

// BenchmarkCost prints what opening and detecting cost beside each other and beside the standard library: each round takes every side in turn for the same bodies, after a
// collection of garbage and a first pass that warms it, and the figures are the medians of the rounds' ratios of CPU time. There is a round for each iteration.
//
//	opening       every layer open, by the decoding of the same layers with encoding/json, encoding/base64 and encoding/xml into any
//	detectors     all detectors on all names and values, nothing remembered of earlier messages, by the opening
//	whole         Inspect, by the decoding
//	allocations   of one Inspect, once warm
func BenchmarkCost(b *testing.B) {
	p := inspector(b)
	rows := []cost{}
	for _, c := range workloads() {
		b.Run(c.name, func(b *testing.B) {
			row := c.cost(b, p)
			b.ReportMetric(0, "ns/op") // an iteration has no meaning of its own
			b.ReportMetric(row.open, "open/std")
			b.ReportMetric(row.detect, "detect/open")
			b.ReportMetric(row.whole, "whole/std")
			b.ReportMetric(row.allocations, "allocs/op")
			rows = append(rows, row)
		})
	}
	fmt.Println("\n| message | opening / standard library | goal | detectors / opening | goal | whole / standard library | allocations |\n|---|--:|--:|--:|--:|--:|--:|")
	for _, r := range rows {
		fmt.Printf("| %s | %.2f | %s | %.1f | %s | %.2f | %.0f |\n", r.name, r.open, goal(r.goalOpen), r.detect, goal(r.goalDetect), r.whole, r.allocations)
	}
}

func goal(most float64) string {
	if most == 0 {
		return ""
	}
	return fmt.Sprintf("≤ %v", most)
}

func (c *workload) cost(b *testing.B, p *Inspector) cost {
	b.Helper()
	var trees []*Tree
	for _, m := range c.messages {
		trees = append(trees, p.opened(m))
	}
	defer func() {
		for _, t := range trees {
			p.Free(t)
		}
	}()
	sides := []func(i int){
		func(i int) { standard(b, c.messages[i].Body) },
		func(i int) { p.Free(p.opened(c.messages[i])) },
		func(i int) { asked(trees[i]) },
		func(i int) { p.Free(p.Inspect(c.messages[i])) },
	}
	row := cost{name: c.name, goalOpen: c.goalOpen, goalDetect: c.goalDetect}
	var open, detecting, whole []float64
	for b.Loop() {
		var took [4]float64
		for k, side := range sides {
			runtime.GC() // what the other sides left is not this one's
			c.turn(side)
			begun := used(b)
			for range 1 + window/(bodies*len(c.messages[0].Body)) {
				c.turn(side)
			}
			took[k] = float64(used(b) - begun)
		}
		open, detecting, whole = append(open, took[1]/took[0]), append(detecting, took[2]/took[1]), append(whole, took[3]/took[0])
	}
	row.open, row.detect, row.whole = middle(open), middle(detecting), middle(whole)
	row.allocations = testing.AllocsPerRun(3, func() { c.turn(sides[3]) }) / bodies
	return row
}

// turn lets one side do every message once.
func (c *workload) turn(side func(i int)) {
	for i := range c.messages {
		side(i)
	}
}

func middle(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// asked asks every detector about every name and value of an opened tree, and remembers nothing.
func asked(t *Tree) (n int) {
	w := t.walk
	for i := range t.Nodes {
		node := &t.Nodes[i]
		c := &w.context // as ask does: one of its own would be allocated for each node
		*c = detect.Context{Where: wheres[node.Root], Name: w.name(node), Format: node.in.String()}
		if node.Name != nil && node.Root != HeaderRoot {
			c.Key = true
			w.found = detect.Run(w.found[:0], node.Name, c)
			n += len(w.found)
			c.Key = false
		}
		if len(node.Raw) > 0 && w.speaks(int32(i), node) {
			w.found = detect.Run(w.found[:0], node.Raw, c)
			n += len(w.found)
		}
	}
	return n
}
