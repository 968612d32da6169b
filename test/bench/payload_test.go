package main

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
)

// The payloads are what the budget names.
func TestPayloads(t *testing.T) {
	want := map[string][2]int{"GET": {0, 0}, "JSON 1 KiB": {900, 1200}, "JSON 16 KiB": {15 << 10, 17 << 10}, "matryoshka": {2300, 2800}, "gRPC 300 B": {250, 350}}
	leaves := map[string]int{"JSON 1 KiB": 56, "JSON 16 KiB": 1046}
	for _, p := range payloads() {
		_, _, _, body := p.make(rand.New(rand.NewPCG(1, 2)))
		if n := len(body); n < want[p.name][0] || n > want[p.name][1] {
			t.Errorf("%s has %d bytes", p.name, n)
		}
		if n, ok := leaves[p.name]; ok {
			var v any
			if err := json.Unmarshal(body, &v); err != nil {
				t.Fatal(err)
			}
			if got := count(v); got < n*9/10 || got > n*11/10 {
				t.Errorf("%s has %d leaves, not about %d", p.name, got, n)
			}
		}
		if all, err := p.requests(); err != nil || len(all) != variants || string(all[0]) == string(all[1]) {
			t.Errorf("%s: %v", p.name, err)
		}
	}
}

func count(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			n += count(x)
		}
	case []any:
		for _, x := range v {
			n += count(x)
		}
	default:
		n = 1
	}
	return n
}
