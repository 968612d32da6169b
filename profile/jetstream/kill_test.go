package jetstream

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"postern/profile"
)

// kills is how often TestKilledAtAnyMoment kills.
func kills() int {
	if testing.Short() {
		return 5
	}
	return 50
}

// TestMain lets the test binary be the victim of TestKilledAtAnyMoment, or of TestDriftOutlivesAKill.
func TestMain(m *testing.M) {
	if folder := os.Getenv("POSTERN_VICTIM"); folder != "" {
		victim(folder)
	}
	if folder := os.Getenv("POSTERN_DRIFTER"); folder != "" {
		fmt.Println("error", drift(folder))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// victim decides and counts for as long as it lives, and prints each thing that was acknowledged.
func victim(folder string) {
	ctx := context.Background()
	s, err := Open(ctx, Config{Folder: folder})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	go func() {
		for i := 0; ; i++ {
			_ = s.Put(ctx, profile.Count{Key: key(i % 50), Value: fmt.Appendf(nil, "%d", i)})
		}
	}()
	for i := 0; ; i++ {
		d, err := s.Decide(ctx, "victim", []byte("{}"))
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println("decided", d.Seq)
	}
}

// No moment of a kill -9 may lose an acknowledged decision or leave a store that does not start.
func TestKilledAtAnyMoment(t *testing.T) {
	folder := t.TempDir()
	var acknowledged uint64
	random := rand.New(rand.NewPCG(1, 2))
	for n := range kills() {
		last := runVictim(t, folder, time.Duration(random.IntN(300))*time.Millisecond)
		acknowledged = max(acknowledged, last)
		s, err := Open(t.Context(), Config{Folder: folder})
		if err != nil {
			t.Fatalf("kill %d: %v", n, err)
		}
		d, err := s.Decide(t.Context(), "after", []byte("{}"))
		if err != nil {
			t.Fatalf("kill %d: %v", n, err)
		}
		if d.Seq <= acknowledged {
			t.Fatalf("kill %d: decision %d was acknowledged, but the next one is %d", n, acknowledged, d.Seq)
		}
		if seen := countDecisions(t, s); seen != d.Seq {
			t.Fatalf("kill %d: %d decisions of %d can be read", n, seen, d.Seq)
		}
		acknowledged = d.Seq
		s.Close()
	}
}

// runVictim starts a child on the folder, kills it some time after its first decision, and returns the last one that it was told of.
func runVictim(t *testing.T, folder string, after time.Duration) (last uint64) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), "POSTERN_VICTIM="+folder)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var once bool
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if text, bad := strings.CutPrefix(lines.Text(), "error "); bad {
			t.Fatal(text)
		}
		if _, err := fmt.Sscanf(lines.Text(), "decided %d", &last); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		if !once {
			once = true
			time.AfterFunc(after, func() { _ = child.Process.Signal(syscall.SIGKILL) })
		}
	}
	_ = child.Wait() // it was killed: that is no error here
	if last == 0 {
		t.Fatal("the victim decided nothing")
	}
	return last
}

func countDecisions(t *testing.T, s *Store) (n uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Decisions(ctx, func(profile.Decision) { n++ }, cancel); err != nil {
		t.Fatal(err)
	}
	return n
}
