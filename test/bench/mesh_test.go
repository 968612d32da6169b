package main

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"postern/inspect"
	"postern/profile"
)

// asked is a call of a mesh, opened.
type asked struct {
	edge profile.Edge
	tree *inspect.Tree
}

// known is a mesh that was learned, and calls of it.
type known struct {
	learner *profile.Learner
	calls   []asked
}

// know has a Learner of its own hear a mesh as the section state does.
func know(b *testing.B, m mesh) (k known) {
	b.Helper()
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		b.Fatal(err)
	}
	if k.learner, err = profile.New(profile.Config{Mode: profile.Enforce, FalseDenyRate: stateRate}, &profile.Memory{}); err != nil {
		b.Fatal(err)
	}
	r, now := rand.New(rand.NewPCG(1, 1)), time.Now()
	open := func(edge, n int) *inspect.Tree {
		message := messageOf(m.check(r, edge, n))
		return inspector.Inspect(&message)
	}
	m.lessons(func(id string, edge, n int) {
		tree := open(edge, n)
		k.learner.Learn(id, now, m.edge(edge), "v2", tree)
		inspector.Free(tree)
	})
	k.learner.Publish()
	for range 8 * variants {
		edge := r.IntN(int(m))
		k.calls = append(k.calls, asked{m.edge(edge), open(edge, r.IntN(operationsEach))})
	}
	return k
}

// judge returns the CPU time of judging every call once.
func (k *known) judge(b *testing.B) float64 {
	b.Helper()
	begun := used(b)
	for i := range k.calls {
		if v := k.learner.Snapshot().Judge(k.calls[i].edge, "v2", k.calls[i].tree); v.Operation == "" {
			b.Fatal("an operation is not known")
		}
	}
	return float64(used(b)-begun) / float64(len(k.calls))
}

// BenchmarkMeshes judges calls of all edges of a small and of a large mesh, in turn: what a verdict costs more where most of what is known comes from memory.
func BenchmarkMeshes(b *testing.B) {
	small, large := know(b, meshes[0]), know(b, meshes[len(meshes)-1])
	for b.Loop() {
		var ratios, few, many []float64
		for range 9 {
			few, many = append(few, small.judge(b)), append(many, large.judge(b))
			ratios = append(ratios, many[len(many)-1]/few[len(few)-1])
		}
		for _, list := range [][]float64{ratios, few, many} {
			slices.Sort(list)
		}
		b.ReportMetric(few[4], "cpu-ns/small")
		b.ReportMetric(many[4], "cpu-ns/large")
		b.ReportMetric(ratios[4], "ratio")
	}
}
