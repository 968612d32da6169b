package main

import (
	"fmt"
	"testing"
	"time"

	"postern/inspect"
	"postern/profile"
)

// BenchmarkJudge judges the payloads, opened beforehand, by what was learned from others like them, and hands them to the learner.
func BenchmarkJudge(b *testing.B) {
	edge := profile.Edge{From: "spiffe://mesh.test/ns/shop/sa/storefront", To: "spiffe://mesh.test/ns/shop/sa/orders"}
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		b.Fatal(err)
	}
	learner, err := profile.New(profile.Config{Mode: profile.Enforce}, &profile.Memory{})
	if err != nil {
		b.Fatal(err)
	}
	trees := map[string][]*inspect.Tree{}
	at := time.Unix(1_700_000_000, 0)
	const open = 8 // as many trees as checks are judged at a time: each was opened a moment ago and lies in the processor's cache
	for _, p := range payloads() {
		messages := messagesOf(p)
		for i := range messages {
			t := inspector.Inspect(&messages[i])
			learner.Learn(fmt.Sprint(p.name, i), at, edge, "v2", t)
			if i < open {
				trees[p.name] = append(trees[p.name], t)
			} else {
				inspector.Free(t)
			}
		}
	}
	learner.Publish()
	for _, p := range payloads() {
		b.Run("judge/"+p.name, func(b *testing.B) {
			denied, i := 0, 0
			b.ReportAllocs()
			begun := used(b)
			for b.Loop() {
				if v := learner.Snapshot().Judge(edge, "v2", trees[p.name][i%open]); !v.Allow {
					denied++
				}
				i++
			}
			b.ReportMetric(float64(used(b)-begun)/float64(i), "cpu-ns/op")
			if denied > i/20 {
				b.Errorf("%d of %d denied: an ordinary call is meant", denied, i)
			}
		})
		b.Run("saw/"+p.name, func(b *testing.B) {
			i := 0
			b.ReportAllocs()
			begun := used(b)
			v := profile.Verdict{Allow: true, Mode: profile.Enforce}
			for b.Loop() {
				learner.Saw("id", at, edge, "v2", trees[p.name][i%open], &v)
				i++
			}
			b.ReportMetric(float64(used(b)-begun)/float64(i), "cpu-ns/op")
		})
	}
}
