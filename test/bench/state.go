package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"postern/inspect"
	"postern/profile"
	"postern/profile/jetstream"
)

const (
	callsEach  = 8   // of each operation of each edge: operations are mature at stateRate
	stateRate  = .01 // of false denials that the meshes are judged with
	startWait  = 5 * time.Minute
	flushEvery = 10 * time.Second // of the program
)

// stateFigures are what the knowledge of one mesh costs.
type stateFigures struct {
	heap                  int           // bytes of the Learner and its Snapshot
	learn                 time.Duration // of one call
	renewAll, renewOne    time.Duration // of the models of all callees, and of one
	counts, bytes, stored int64         // written where every edge has asked for everything, before and after the store compresses them
	flush                 time.Duration
	start                 time.Duration // of the program on that store, until it is ready
	resident              int64         // bytes of its process then
}

// state measures what the knowledge of a small and a large mesh costs, and whether a Check depends on its size.
func state(ctx context.Context, out io.Writer, s settings) error {
	var figures []stateFigures
	var subjects []*subject
	for _, m := range meshes {
		folder, err := os.MkdirTemp("", "postern-state-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder) //nolint:errcheck // temporary
		f, err := learnMesh(ctx, m, filepath.Join(folder, "data"))
		if err != nil {
			return fmt.Errorf("mesh of %d edges: %w", m, err)
		}
		if s.postern != "" {
			begun := time.Now()
			u, err := launch(ctx, s.postern, folder, startWait, fmt.Sprint("POSTERN_FALSE_DENY_RATE=", stateRate))
			if err != nil {
				return err
			}
			defer u.stop()
			f.start = time.Since(begun)
			if f.resident, err = residentBytes(u.pid); err != nil {
				return err
			}
			subjects = append(subjects, u)
		}
		figures = append(figures, f)
		fmt.Fprintf(os.Stderr, "mesh of %d edges learned\n", m)
	}
	printState(out, figures)
	if len(subjects) < len(meshes) {
		return nil
	}
	return compareMeshes(ctx, out, s, subjects)
}

// metered counts what is put into a store.
type metered struct {
	profile.Store
	counts, bytes atomic.Int64
}

func (m *metered) Put(ctx context.Context, counts ...profile.Count) error {
	err := m.Store.Put(ctx, counts...)
	for _, c := range counts {
		m.counts.Add(1)
		m.bytes.Add(int64(len(c.Value)))
	}
	return err
}

// learnMesh has a Learner hear a mesh and keeps it in an embedded store.
func learnMesh(ctx context.Context, m mesh, folder string) (f stateFigures, err error) {
	embedded, err := jetstream.Open(ctx, jetstream.Config{Folder: folder, Replica: "local"})
	if err != nil {
		return f, err
	}
	defer embedded.Close()
	before := liveHeap()
	store := &metered{Store: embedded}
	learner, err := profile.New(profile.Config{Mode: profile.Enforce, FalseDenyRate: stateRate, Replica: "local", Flush: 100 * time.Millisecond, Publish: time.Hour}, store)
	if err != nil {
		return f, err
	}
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		return f, err
	}
	r, now := rand.New(rand.NewPCG(1, 1)), time.Now()
	hear := func(id string, edge, n int) {
		message := messageOf(m.check(r, edge, n))
		tree := inspector.Inspect(&message)
		begun := time.Now()
		learner.Learn(id, now, m.edge(edge), "v2", tree)
		f.learn += time.Since(begun)
		inspector.Free(tree)
	}
	m.lessons(hear)
	f.learn /= time.Duration(callsEach * int(m) * operationsEach)
	f.renewAll = timed(learner.Publish)
	f.heap = liveHeap() - before
	hear("one more", 0, 0)
	f.renewOne = timed(learner.Publish)
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	begun := time.Now()
	go func() { ended <- learner.Run(running) }()
	for store.counts.Load() < int64(m)*operationsEach && ctx.Err() == nil {
		time.Sleep(5 * time.Millisecond)
	}
	f.flush = time.Since(begun)
	stop()
	err = <-ended
	f.counts, f.bytes, f.stored = store.counts.Load(), store.bytes.Load(), size(folder)
	return f, err
}

func timed(f func()) time.Duration {
	begun := time.Now()
	f()
	return time.Since(begun)
}

// liveHeap is what is in use once all garbage is gone, bytes.
func liveHeap() int {
	var s runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&s)
	return int(s.HeapAlloc)
}

// size is that of all files of a folder.
func size(folder string) (n int64) {
	_ = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

// residentBytes is what a process holds of the memory, from /proc/PID/status (proc(5)).
func residentBytes(pid int) (n int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	if _, err := fmt.Sscan(after, &n); err != nil {
		return 0, fmt.Errorf("/proc/%d/status: %w", pid, err)
	}
	return n << 10, nil
}

func printState(out io.Writer, figures []stateFigures) {
	_, _ = fmt.Fprintf(out, "What is known of a mesh: %d callers a callee, %d operations each, %d fields each, %d calls of each operation by each caller\n\n", callersEach, operationsEach, fieldsEach, callsEach)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "edges\tlearner and models\tlearning a call\tmodels of all callees\tof one\tflush, all changed\twritten\tstored\ta second at %v\tstart\tprocess\n", flushEvery)
	for i, f := range figures {
		_, _ = fmt.Fprintf(w, "%d\t%d MiB\t%v\t%v\t%v\t%d counts in %v\t%d KiB\t%d KiB\t%d KiB\t%v\t%d MiB\n", meshes[i], f.heap>>20, f.learn.Round(time.Microsecond), f.renewAll.Round(time.Millisecond), f.renewOne.Round(time.Millisecond),
			f.counts, f.flush.Round(time.Millisecond), f.bytes>>10, f.stored>>10, f.stored>>10/int64(flushEvery/time.Second), f.start.Round(time.Millisecond), f.resident>>20)
	}
	_ = w.Flush()
}

// idle waits until a process has made its models and does nothing more: what it does meanwhile is no Check's.
func idle(ctx context.Context, pid int) error {
	for range 600 {
		before, err := cpuTime(pid)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Second):
		}
		after, err := cpuTime(pid)
		if err != nil {
			return err
		}
		if after-before < 100*time.Millisecond {
			return nil
		}
	}
	return fmt.Errorf("process %d is still busy after 20 minutes", pid)
}

// compareMeshes measures what a Check costs the program in the small and in the large mesh, in turn.
func compareMeshes(ctx context.Context, out io.Writer, s settings, subjects []*subject) error {
	payloads := meshPayloads()
	for i, u := range subjects {
		if err := idle(ctx, u.pid); err != nil {
			return err
		}
		if err := examineAt(ctx, u.address, payloads[i:i+1]); err != nil {
			return err
		}
	}
	var cpu [len(meshes)][]float64
	var ratios []float64
	for round := range s.rounds {
		for i := range subjects {
			i = (i + round) % len(subjects) // whoever goes first finds a cooler machine
			m, err := measure(ctx, s, subjects[i], payloads[i])
			if err != nil {
				return fmt.Errorf("%s: %w", payloads[i].name, err)
			}
			cpu[i] = append(cpu[i], float64(m.cpu))
		}
		ratios = append(ratios, cpu[1][round]/cpu[0][round])
	}
	slices.Sort(ratios)
	_, err := fmt.Fprintf(out, "\nCPU time of one Check over all edges: %v in the mesh of %d edges, %v in that of %d; ratio, median [least, most] of %d rounds: %.2f [%.2f, %.2f], budget 1.15\n\n",
		time.Duration(cpu[0][0]).Round(100*time.Nanosecond), meshes[0], time.Duration(cpu[1][0]).Round(100*time.Nanosecond), meshes[1], s.rounds, ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1])
	return err
}
