package jetstream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postern/profile"
)

func open(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func key(n int) profile.Key {
	return profile.Key{Callee: fmt.Sprintf("spiffe://mesh.test/ns/shop/sa/c%d", n), Operation: uint64(n), Caller: "unknown", Day: int32(20000 + n), Replica: "r.1"}
}

// held is what a watch has told so far.
type held struct {
	sync.Mutex
	counts map[profile.Key]string
	ready  bool
	calls  int
}

func watch(t *testing.T, s *Store) *held {
	t.Helper()
	h := &held{counts: map[profile.Key]string{}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Watch(ctx, func(c profile.Count) {
			h.Lock()
			defer h.Unlock()
			h.calls++
			if c.Value == nil {
				delete(h.counts, c.Key)
			} else {
				h.counts[c.Key] = string(c.Value)
			}
		}, func() { h.Lock(); h.ready = true; h.Unlock() })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("watch: %v", err)
		}
	})
	return h
}

// eventually waits until what another goroutine or replica does is seen; the time only bounds a failure.
func eventually(t *testing.T, what string, seen func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if seen() {
			return
		}
	}
	t.Fatalf("not seen in time: %s", what)
}

func (h *held) shows(want map[profile.Key]string) func() bool {
	return func() bool { h.Lock(); defer h.Unlock(); return h.ready && cmp.Equal(want, h.counts) }
}

func TestCountsAreWatchedReplacedDeletedAndSurviveARestart(t *testing.T) {
	folder := t.TempDir()
	s := open(t, Config{Folder: folder})
	if err := s.Put(t.Context(), profile.Count{Key: key(1), Value: []byte("old")}, profile.Count{Key: key(2), Value: []byte("two")}); err != nil {
		t.Fatal(err)
	}
	h := watch(t, s)
	eventually(t, "what was there before the watch", h.shows(map[profile.Key]string{key(1): "old", key(2): "two"}))
	for range 2 { // a repeated put changes nothing
		if err := s.Put(t.Context(), profile.Count{Key: key(1), Value: []byte("new")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Delete(t.Context(), key(2)); err != nil {
		t.Fatal(err)
	}
	want := map[profile.Key]string{key(1): "new"}
	eventually(t, "the change and the deletion", h.shows(want))
	hashKey := s.HashKey()
	s.Close()

	again := open(t, Config{Folder: folder})
	eventually(t, "the counts after a restart", watch(t, again).shows(want))
	if again.HashKey() != hashKey {
		t.Error("the hash key changed: every stored hash is lost")
	}
}

func TestDecisionsKeepTheirOrderWhoAndWhen(t *testing.T) {
	folder := t.TempDir()
	s := open(t, Config{Folder: folder})
	var want []profile.Decision
	for i := range 20 {
		d, err := s.Decide(t.Context(), "ops: Größe "+fmt.Sprint(i), fmt.Appendf(nil, `{"v":1,"n":%d}`, i))
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, d)
	}
	s.Close()
	again := open(t, Config{Folder: folder})
	var mu sync.Mutex
	var got []profile.Decision
	readyAt := -1
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- again.Decisions(ctx, func(d profile.Decision) { mu.Lock(); got = append(got, d); mu.Unlock() }, func() { mu.Lock(); readyAt = len(got); mu.Unlock() })
	}()
	eventually(t, "all decisions", func() bool { mu.Lock(); defer mu.Unlock(); return readyAt >= 0 })
	last, err := again.Decide(t.Context(), "late", []byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new decision", func() bool { mu.Lock(); defer mu.Unlock(); return len(got) == 21 })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(append(want, last), got); diff != "" {
		t.Error(diff)
	}
	if readyAt != 20 {
		t.Errorf("ready after %d decisions, want 20", readyAt)
	}
}

func TestDenialsAreFoundByIDAndPaged(t *testing.T) {
	s := open(t, Config{Folder: t.TempDir()})
	var mu sync.Mutex
	var followed []string
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		if err := s.FollowDenials(ctx, func(d profile.Denial) { mu.Lock(); followed = append(followed, d.ID); mu.Unlock() }); err != nil {
			t.Error(err)
		}
	}()
	eventually(t, "a follower sees what is new", func() bool { // the first ones may come before it listens
		if err := s.Deny(t.Context(), "probe", []byte("{}")); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		return len(followed) > 0
	})
	for i := range 7 {
		if err := s.Deny(t.Context(), fmt.Sprintf("id-%d", i), fmt.Appendf(nil, "%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	d, err := s.Denial(t.Context(), "id-3")
	if err != nil || string(d.Record) != "3" {
		t.Errorf("id-3: %+v, %v", d, err)
	}
	if _, err := s.Denial(t.Context(), "never"); !errors.Is(err, profile.ErrNoDenial) {
		t.Errorf("want ErrNoDenial, got %v", err)
	}
	var got []string
	for before := uint64(0); len(got) < 7; {
		page, err := s.Denials(t.Context(), before, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page {
			got, before = append(got, d.ID), d.Seq
		}
	}
	if want := "id-6 id-5 id-4 id-3 id-2 id-1 id-0"; !strings.HasPrefix(strings.Join(got, " "), want) {
		t.Errorf("got %v, want %s first", got, want)
	}
	eventually(t, "the follower has the last one", func() bool { mu.Lock(); defer mu.Unlock(); return followed[len(followed)-1] == "id-6" })
}

func TestDenialsAreBounded(t *testing.T) {
	s := open(t, Config{Folder: t.TempDir(), DenialBytes: 64 << 10})
	random := make([]byte, 4<<10)
	for i := range 100 {
		if err := s.Deny(t.Context(), fmt.Sprint(i), random); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Denial(t.Context(), "99"); err != nil {
		t.Errorf("the newest: %v", err)
	}
	if _, err := s.Denial(t.Context(), "0"); !errors.Is(err, profile.ErrNoDenial) {
		t.Errorf("the oldest should have gone: %v", err)
	}
}

func TestANewerStoreIsRefusedUntouched(t *testing.T) {
	folder := t.TempDir()
	s := open(t, Config{Folder: folder})
	if _, err := s.meta.Put(t.Context(), "version", []byte(strconv.Itoa(version+1))); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(t.Context(), Config{Folder: folder}); !errors.Is(err, ErrNewer) {
		t.Fatalf("want ErrNewer, got %v", err)
	}
	if _, err := Open(t.Context(), Config{Folder: folder}); !errors.Is(err, ErrNewer) {
		t.Errorf("the refusal changed the store: %v", err)
	}
}

// A store of an older version is opened, what it holds is there, and a program that knows no more than that version would refuse it from then on.
func TestAnOlderStoreIsRaised(t *testing.T) {
	folder := t.TempDir()
	s := open(t, Config{Folder: folder})
	key := s.HashKey()
	if _, err := s.meta.Put(t.Context(), "version", []byte("1")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open(t, Config{Folder: folder})
	entry, err := s.meta.Get(t.Context(), "version")
	if err != nil {
		t.Fatal(err)
	}
	if got := string(entry.Value()); got != strconv.Itoa(version) || s.HashKey() != key {
		t.Errorf("version %s, want %d; same key %v", got, version, s.HashKey() == key)
	}
}

func TestAFolderHasOneOwner(t *testing.T) {
	folder := t.TempDir()
	s := open(t, Config{Folder: folder})
	if _, err := Open(t.Context(), Config{Folder: folder}); err == nil || !strings.Contains(err.Error(), "in use by another Postern") {
		t.Errorf("second owner: %v", err)
	}
	s.Close()
	open(t, Config{Folder: folder})
}

func TestBadConfigurationChangesNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]Config{
		"neither folder nor URL": {},
		"both":                   {Folder: t.TempDir(), URL: "nats://127.0.0.1:1"},
		"tenant with a dot":      {Folder: t.TempDir(), Tenant: "a.b"},
		"tenant with a wildcard": {Folder: t.TempDir(), Tenant: ">"},
		"folder is a file":       {Folder: file},
		"nobody listens":         {URL: "nats://127.0.0.1:1", FirstConnectWithin: time.Millisecond, ReconnectEvery: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := Open(t.Context(), cfg); err == nil {
				s.Close()
				t.Fatal("want an error")
			}
			if cfg.Folder != "" && cfg.Folder != file {
				if left, _ := os.ReadDir(cfg.Folder); len(left) > 0 {
					t.Errorf("left %v behind", left)
				}
			}
		})
	}
}

func TestTenantsShareNothing(t *testing.T) {
	folder := t.TempDir()
	a := open(t, Config{Folder: folder, Tenant: "a"})
	if err := a.Put(t.Context(), profile.Count{Key: key(1), Value: []byte("a's")}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Decide(t.Context(), "a", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	key := a.HashKey()
	a.Close()
	b := open(t, Config{Folder: folder, Tenant: "a_b"})
	eventually(t, "an empty tenant", watch(t, b).shows(map[profile.Key]string{}))
	if b.HashKey() == key {
		t.Error("two tenants have one hash key")
	}
	if d, err := b.Decide(t.Context(), "b", []byte("{}")); err != nil || d.Seq != 1 {
		t.Errorf("first decision of b: %+v, %v", d, err)
	}
}

func FuzzKey(f *testing.F) {
	f.Add("spiffe://mesh.test/ns/shop/sa/web", uint64(7), "", int32(-1), "a.b*>= \x00é")
	f.Fuzz(func(t *testing.T, callee string, operation uint64, caller string, day int32, replica string) {
		k := profile.Key{Callee: callee, Operation: operation, Caller: caller, Day: day, Replica: replica}
		text := keyText(k)
		if strings.ContainsAny(text, "*> \t\r\n\x00") || strings.Contains(text, "..") {
			t.Fatalf("%q is no subject", text)
		}
		back, err := parseKey(text)
		if err != nil || back != k {
			t.Fatalf("%+v came back as %+v, %v", k, back, err)
		}
	})
}
