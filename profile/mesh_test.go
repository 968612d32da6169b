package profile

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"postern/inspect"
)

// wide is a call of an operation of many fields.
func wide(r *rand.Rand, operation, fields int) inspect.Message {
	var body strings.Builder
	for f := range fields {
		fmt.Fprintf(&body, `%c"field%d":"%s%d"`, ",{"[min(1, max(0, 1-f))], f, [...]string{"a", "bb", "ccc "}[f%3], r.IntN(1000))
	}
	return post(fmt.Sprintf("/api/op%d/do", operation), body.String()+"}")
}

// The callee whose cost is measured, and how many calls of each operation it has learned.
const (
	largeOperations, largeFields, largeCalls = 1000, 30, 40
)

// kibibyte is a call of 1 KiB to an operation of the large callee. Ten words at each step of the path are constants; a thousand at one would be values.
func kibibyte(r *rand.Rand, operation int) inspect.Message {
	var body strings.Builder
	for f := range largeFields {
		fmt.Fprintf(&body, `%c"field%d":"%s %d"`, ",{"[min(1, max(0, 1-f))], f, [...]string{"a short one", "order of a lamp", "leave it at the door, please"}[f%3], r.IntN(1000))
	}
	words := strings.Fields("orders carts users items prices stock mails bills rules sites")
	return post(fmt.Sprintf("/%s/%s/%s", words[operation/100], words[operation/10%10], words[operation%10]), body.String()+"}")
}

// largeCost is what the large callee costs: CPU times by that of walking the same calls, that is opening them and running the detectors.
type largeCost struct {
	learn, compile, judge, judgeSeconds, compileSeconds float64
	counted, modelled                                   int // bytes a field
	allocations                                         float64
}

// BenchmarkLargeCallee prints what a callee of 1,000 operations of 30 fields costs, learned from 40 calls of 1 KiB each. Each round learns it anew, opens and judges the same calls in
// turns, and the figures are the medians of the rounds' ratios of CPU time.
func BenchmarkLargeCallee(b *testing.B) {
	var rounds []largeCost
	for b.Loop() {
		rounds = append(rounds, costOfLarge(b))
	}
	b.ReportMetric(0, "ns/op") // an iteration has no meaning of its own
	of := func(figure func(c *largeCost) float64) float64 {
		all := make([]float64, 0, len(rounds))
		for i := range rounds {
			all = append(all, figure(&rounds[i]))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	learn := of(func(c *largeCost) float64 { return c.learn })
	compile := of(func(c *largeCost) float64 { return c.compile })
	judge := of(func(c *largeCost) float64 { return c.judge })
	b.ReportMetric(judge, "judge/walk")
	fmt.Printf("\n| a callee of %d operations × %d fields, %d calls of 1 KiB each | figure | goal |\n|---|--:|--:|\n", largeOperations, largeFields, largeCalls)
	fmt.Printf("| a field, counted, with its share of the calls kept for calibration | %.0f B | |\n", of(func(c *largeCost) float64 { return float64(c.counted) }))
	fmt.Printf("| a field in a model | %.0f B | |\n", of(func(c *largeCost) float64 { return float64(c.modelled) }))
	fmt.Printf("| learning a call, by its walk | %.2f | |\n", learn)
	fmt.Printf("| making the model and its calibration, by the walk of all calls it is made of | %.2f | |\n", compile)
	fmt.Printf("| judging an ordinary call, by its walk | %.2f | ≤ 5 |\n", judge)
	fmt.Printf("| allocations of judging one | %.0f | 0 |\n", of(func(c *largeCost) float64 { return c.allocations }))
	fmt.Printf("\n(here %.0f calls learned and %.0f judged a second of one core, a model made in %.1f s)\n",
		of(func(c *largeCost) float64 { return c.judge / c.judgeSeconds / c.learn }), of(func(c *largeCost) float64 { return 1 / c.judgeSeconds }), of(func(c *largeCost) float64 { return c.compileSeconds }))
	if judge > 5 {
		b.Errorf("judging costs %.1f times the walk", judge)
	}
}

func costOfLarge(b *testing.B) (c largeCost) {
	b.Helper()
	room := newClassroom(b, Config{Mode: Enforce, FalseDenyRate: .001}, &Memory{})
	r := rand.New(rand.NewPCG(1, 1))
	before := liveHeap()
	var walking, learning time.Duration
	for i := range largeOperations * largeCalls {
		m := kibibyte(r, i%largeOperations)
		begun := cpu(b)
		tree := room.inspector.Inspect(&m)
		walked := cpu(b)
		room.Learn(fmt.Sprint(i), time.Unix(1_800_000_000, 0), Edge{web, orders}, "", tree)
		learned := cpu(b)
		room.inspector.Free(tree)
		walking, learning = walking+walked-begun, learning+learned-walked
	}
	begun := cpu(b)
	room.Publish()
	making := cpu(b) - begun
	c = largeCost{learn: float64(learning) / float64(walking), compile: float64(making) / float64(walking), compileSeconds: making.Seconds()}
	c.judgeLarge(b, room, r)
	if n := len(room.models[orders].operations); n != largeOperations {
		b.Fatalf("%d operations", n)
	}
	all := liveHeap()
	room.models = nil
	room.snap.Store(&Snapshot{})
	counts := liveHeap()
	c.counted, c.modelled = (counts-before)/largeOperations/largeFields, (all-counts)/largeOperations/largeFields
	runtime.KeepAlive(room)
	return c
}

// judgeLarge opens and judges calls in turns.
func (c *largeCost) judgeLarge(b *testing.B, room *classroom, r *rand.Rand) {
	b.Helper()
	const calls = 4000
	s := room.Snapshot()
	var walking, judging time.Duration
	for range calls {
		m := kibibyte(r, r.IntN(largeOperations))
		begun := cpu(b)
		tree := room.inspector.Inspect(&m)
		walked := cpu(b)
		s.Judge(Edge{web, orders}, "", tree)
		judging += cpu(b) - walked
		walking += walked - begun
		room.inspector.Free(tree)
	}
	c.judge, c.judgeSeconds = float64(judging)/float64(walking), judging.Seconds()/calls
	m := kibibyte(r, 7)
	tree := room.inspector.Inspect(&m)
	defer room.inspector.Free(tree)
	c.allocations = testing.AllocsPerRun(100, func() { s.Judge(Edge{web, orders}, "", tree) })
}

// cpu is the CPU time that the process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
