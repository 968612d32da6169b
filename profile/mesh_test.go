package profile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
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

// BenchmarkLargeCallee measures a callee of 1,000 operations of 30 fields, 40 calls of each learned: throughput of learning, time to publish, bytes a field.
func BenchmarkLargeCallee(b *testing.B) {
	const operations, fields, calls = 1000, 30, 40
	for b.Loop() {
		c := newClassroom(b, Config{Mode: Enforce, FalseDenyRate: .001}, &Memory{})
		r := rand.New(rand.NewPCG(1, 1))
		before := liveHeap()
		var learning time.Duration
		for i := range operations * calls {
			m := wide(r, i%operations, fields)
			tree := c.inspector.Inspect(&m)
			start := time.Now()
			c.Learn(fmt.Sprint(i), time.Unix(1_800_000_000, 0), Edge{web, orders}, "", tree)
			learning += time.Since(start)
			c.inspector.Free(tree)
		}
		start := time.Now()
		c.Publish()
		publishing := time.Since(start)
		after := liveHeap()
		var file bytes.Buffer
		if err := c.Save(&file); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(operations*calls/learning.Seconds(), "calls/s")
		b.ReportMetric(publishing.Seconds(), "s/publish")
		b.ReportMetric(float64(after-before)/(operations*fields), "B/field")
		b.ReportMetric(float64(file.Len())/(operations*fields), "B/field-stored")
		runtime.KeepAlive(c)
	}
}
