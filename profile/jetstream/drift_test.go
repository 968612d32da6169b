package jetstream

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"postern/inspect"
	"postern/profile"
)

const drifter = "spiffe://mesh.test/ns/shop/sa/orders"

// drift learns a callee on the folder's store, then has its calls change, and says so once learning of it pauses and the store knows.
func drift(folder string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := Open(ctx, Config{Folder: folder})
	if err != nil {
		return err
	}
	l, err := profile.New(profile.Config{Mode: profile.Shadow, FalseDenyRate: .01, Replica: "a", Publish: 50 * time.Millisecond, Flush: 100 * time.Millisecond}, s)
	if err != nil {
		return err
	}
	go l.Run(ctx) //nolint:errcheck // it ends with the process
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		return err
	}
	tree := func(i int, member string) *inspect.Tree {
		body := fmt.Sprintf(`{"item":"lamp-%d","%s":%d}`, i%7, member, i%9)
		return inspector.Inspect(&inspect.Message{Method: []byte("POST"), Path: []byte("/orders"), Body: []byte(body), Size: int64(len(body))})
	}
	at := time.Now()
	edge := func(i int) profile.Edge {
		return profile.Edge{From: fmt.Sprint("spiffe://mesh.test/ns/shop/sa/c", i%5), To: drifter}
	}
	for i := range 1500 {
		l.Learn(fmt.Sprint(i), at, edge(i), "", tree(i, "amount"))
	}
	l.Publish()
	for i := 0; ; i++ {
		t, id := tree(i, "quantity"), fmt.Sprint("new", i)
		v := l.Snapshot().Judge(edge(i), "", t)
		l.Saw(id, at, edge(i), "", t, &v)
		l.Ended(id, true, at)
		if slices.ContainsFunc(l.Decided(), func(d profile.Decision) bool { return d.By == "postern" }) {
			fmt.Println("drifting", l.Drifting())
			select {}
		}
		time.Sleep(time.Millisecond)
	}
}

// TestDriftOutlivesAKill: a kill -9 after the alarm does not have a changed callee be learned again, on the replica that comes back and on one that comes anew.
func TestDriftOutlivesAKill(t *testing.T) {
	folder := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), "POSTERN_DRIFTER="+folder)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if lines.Scan(); !strings.HasPrefix(lines.Text(), "drifting ["+drifter) {
		t.Fatalf("%q", lines.Text())
	}
	if err := child.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed: that is no error here
	s, err := Open(t.Context(), Config{Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, replica := range []string{"a", "b"} {
		l, err := profile.New(profile.Config{Replica: replica}, s)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx) }()
		for end := time.Now().Add(20 * time.Second); !slices.Equal(l.Drifting(), []string{drifter}); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("replica %s: drifting %v", replica, l.Drifting())
				break
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
