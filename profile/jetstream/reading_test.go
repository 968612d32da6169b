package jetstream

import (
	"slices"
	"sync"
	"testing"
	"time"

	"postern/profile"
)

// A paused consumer sends its heartbeats and nothing else (ADR-8 of NATS, consumer pause): to its reader it looks as one that has been forgotten.
func TestAReaderWhoseConsumerFallsSilentBeginsAnew(t *testing.T) {
	t.Parallel()
	s := open(t, Config{Folder: t.TempDir(), Replica: "r.1"})
	s.lookEvery = 200 * time.Millisecond
	counts := watch(t, s)
	var mu sync.Mutex
	var seen []uint64
	ready := make(chan struct{})
	go func() {
		err := s.Decisions(t.Context(), func(d profile.Decision) { mu.Lock(); seen = append(seen, d.Seq); mu.Unlock() }, func() { close(ready) })
		if err != nil {
			t.Error(err)
		}
	}()
	<-ready
	eventually(t, "the counts are read", counts.shows(map[profile.Key]string{}))
	for _, name := range []string{s.decisionsName(), streamOf(s.countsName())} {
		pauseAll(t, s, name)
	}
	want := map[profile.Key]string{}
	for i := range 3 {
		if _, err := s.Decide(t.Context(), "ops", []byte("{}")); err != nil {
			t.Fatal(err)
		}
		c := profile.Count{Key: key(i), Value: []byte("some")}
		want[c.Key] = "some"
		if err := s.Put(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all decisions, once and in order", func() bool { mu.Lock(); defer mu.Unlock(); return slices.Equal(seen, []uint64{1, 2, 3}) })
	eventually(t, "all counts", counts.shows(want))
}

func pauseAll(t *testing.T, s *Store, stream string) {
	t.Helper()
	of, err := s.js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for info := range of.ListConsumers(t.Context()).Info() {
		if _, err := of.PauseConsumer(t.Context(), info.Name, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n == 0 {
		t.Fatalf("%s has no consumer", stream)
	}
}

func TestLookTellsAStandstillFromSlowness(t *testing.T) {
	t.Parallel()
	s := open(t, Config{Folder: t.TempDir()})
	stream := s.decisionsName()
	decide := func() {
		if _, err := s.js.Publish(t.Context(), s.cfg.Tenant+".decision", []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	decide()
	r, err := s.startReading(t.Context(), stream, 0)
	if err != nil {
		t.Fatal(err)
	}
	look := func(want error) {
		t.Helper()
		if err := r.look(t.Context()); err != want { //nolint:errorlint // it is returned as it is
			t.Errorf("look: %v, want %v", err, want)
		}
	}
	r.saw(1)
	look(nil) // all there is was told
	look(nil)
	decide()
	look(nil) // it may be on its way
	r.saw(2)
	look(nil)
	decide()
	decide()
	look(nil)
	r.saw(3)
	look(nil) // slow, but it comes
	look(errBehind)
}
