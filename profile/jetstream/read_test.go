package jetstream

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postern/profile"
)

// TestRead: of the counts that are asked for those are told that are there, each as it was last written.
func TestRead(t *testing.T) {
	t.Parallel()
	s := open(t, Config{Folder: t.TempDir(), Replica: "r.1"})
	for _, c := range []profile.Count{{Key: key(1), Value: []byte("old")}, {Key: key(1), Value: []byte("new")}, {Key: key(2), Value: []byte("two")}, {Key: key(3), Value: []byte("three")}} {
		if err := s.Put(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Delete(t.Context(), key(2)); err != nil {
		t.Fatal(err)
	}
	got := map[profile.Key]string{}
	read := func() error {
		clear(got)
		return s.Read(t.Context(), func(c profile.Count) { got[c.Key] = string(c.Value) }, key(1), key(2), key(3), key(4))
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	want := map[profile.Key]string{key(1): "new", key(3): "three"}
	if diff := cmp.Diff(want, maps.Clone(got)); diff != "" {
		t.Error(diff)
	}
	s.Close()
	if err := read(); err == nil {
		t.Error("a store that is closed was read")
	}
}
