package main

import (
	"fmt"
	"testing"
	"time"

	"postern/inspect"
	"postern/profile"
)

// BenchmarkCheck does what a Check does, without gRPC, telemetry and the share of calls that is learned: it opens the payloads, and judges them by what was learned from others like them.
// BenchmarkInspect is its first part. Every call is opened when it is judged: its tree lies in the processor's cache then, as it does when the program serves.
func BenchmarkCheck(b *testing.B) {
	edge := profile.Edge{From: "spiffe://mesh.test/ns/shop/sa/storefront", To: "spiffe://mesh.test/ns/shop/sa/orders"}
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		b.Fatal(err)
	}
	learner, err := profile.New(profile.Config{Mode: profile.Enforce}, &profile.Memory{})
	if err != nil {
		b.Fatal(err)
	}
	at := time.Unix(1_700_000_000, 0)
	messages := map[string][]inspect.Message{}
	for _, p := range payloads() {
		messages[p.name] = messagesOf(p)
		for i := range messages[p.name] {
			t := inspector.Inspect(&messages[p.name][i])
			learner.Learn(fmt.Sprint(p.name, i), at, edge, "v2", t)
			inspector.Free(t)
		}
	}
	learner.Publish()
	for _, p := range payloads() {
		b.Run(p.name, func(b *testing.B) {
			denied, i := 0, 0
			b.ReportAllocs()
			begun := used(b)
			for b.Loop() {
				tree := inspector.Inspect(&messages[p.name][i%variants])
				if v := learner.Snapshot().Judge(edge, "v2", tree); !v.Allow {
					denied++
				}
				inspector.Free(tree)
				i++
			}
			b.ReportMetric(float64(used(b)-begun)/float64(i), "cpu-ns/op")
			if denied > i/20 {
				b.Errorf("%d of %d denied: an ordinary call is meant", denied, i)
			}
		})
	}
}
