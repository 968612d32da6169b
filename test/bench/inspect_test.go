package main

import (
	"math/rand/v2"
	"syscall"
	"testing"

	"postern/inspect"
)

// BenchmarkInspect opens the payloads in this process: what `make bench` has in its column inspect, without gRPC.
func BenchmarkInspect(b *testing.B) {
	for _, p := range payloads() {
		b.Run(p.name, func(b *testing.B) {
			messages := messagesOf(p)
			inspector, err := inspect.New(inspect.DefaultLimits())
			if err != nil {
				b.Fatal(err)
			}
			i := 0
			b.ReportAllocs()
			begun := used(b)
			for b.Loop() {
				inspector.Free(inspector.Inspect(&messages[i%len(messages)]))
				i++
			}
			b.ReportMetric(float64(used(b)-begun)/float64(i), "cpu-ns/op") // time by the clock says little on a machine that others use
		})
	}
}

// used is the CPU time of this process in nanoseconds.
func used(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// messagesOf makes the variants of a payload as the Envoy side hands them on.
func messagesOf(p payload) []inspect.Message {
	r := rand.New(rand.NewPCG(1, 0))
	list := make([]inspect.Message, variants)
	for i := range list {
		list[i] = messageOf(check(r, p))
	}
	return list
}
