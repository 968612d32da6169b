package jetstream

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"postern/profile"
)

// mount puts a file system of its own over a folder: as root, permissions alone stop nobody.
func mount(t *testing.T, options string, flags uintptr) string {
	t.Helper()
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", flags, options); err != nil {
		t.Skipf("mounting needs root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	return folder
}

// run keeps a store healing for as long as the test lasts.
func run(t *testing.T, s *Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestAFullDiskIsAnErrorAndPasses(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds: the client waits for a heartbeat before it asks again")
	}
	folder := mount(t, "size=6m", 0)
	ballast := filepath.Join(folder, "ballast")
	s := open(t, Config{Folder: filepath.Join(folder, "data"), DenialBytes: 1 << 20})
	run(t, s)
	h := watch(t, s)
	before, err := s.Decide(t.Context(), "before", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, ballast)
	random := make([]byte, 32<<10)
	_, _ = rand.Read(random)
	if err := s.Put(t.Context(), profile.Count{Key: key(1), Value: random}); err == nil {
		t.Error("a put on a full disk was acknowledged")
	}
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := s.Decide(short, "full", random); err == nil {
		t.Error("a decision on a full disk was acknowledged")
	}
	if s.Up() {
		t.Error("the store should be down")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the store is up again", s.Up)
	after, err := s.Decide(t.Context(), "after", []byte("{}"))
	if err != nil || after.Seq <= before.Seq {
		t.Errorf("after: %+v, %v", after, err)
	}
	if err := s.Put(t.Context(), profile.Count{Key: key(2), Value: []byte("after")}); err != nil {
		t.Error(err)
	}
	eventually(t, "the watch goes on", func() bool { h.Lock(); defer h.Unlock(); return h.counts[key(2)] == "after" })
	if n := countDecisions(t, s); n != after.Seq {
		t.Errorf("%d decisions can be read, want %d", n, after.Seq)
	}
}

func TestAReadOnlyFolderIsAClearError(t *testing.T) {
	folder := mount(t, "size=1m", syscall.MS_RDONLY)
	if _, err := Open(t.Context(), Config{Folder: folder}); !errors.Is(err, syscall.EROFS) {
		t.Errorf("want an error that says read-only, got %v", err)
	}
}

func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // nothing is lost with it
	for block := make([]byte, 4096); ; {
		if _, err := f.Write(block); err != nil {
			return
		}
	}
}
