package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestACopyOfTheDataFolderRestoresAll is the backup of an embedded store as doc.go of profile/jetstream has it: stop, copy the folder, and start on the copy.
func TestACopyOfTheDataFolderRestoresAll(t *testing.T) {
	t.Parallel()
	old, f := learned(t, 300)
	old.must(t, "profile", "mode", "-callee", "shop/orders", "enforce")
	_, id := f.call(t, odd(1), 200)
	_ = explained(t, old, id) // waits until it is stored
	log, show, denial := old.must(t, "profile", "log"), old.must(t, "profile", "show", "-json", "shop/orders"), old.must(t, "denials")
	if !strings.Contains(denial, id) {
		t.Fatalf("the denial %s is not stored: %s", id, denial)
	}
	if err := old.stop(); err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "p") //nolint:usetesting // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.CopyFS(filepath.Join(folder, "data"), os.DirFS(filepath.Join(old.folder, "data"))); err != nil {
		t.Fatal(err)
	}
	restored := startIn(t, folder, "POSTERN_FALSE_DENY_RATE=0.02")
	for what, x := range map[string][2]string{
		"log": {log, restored.must(t, "profile", "log")}, "profile": {show, restored.must(t, "profile", "show", "-json", "shop/orders")}, "denials": {denial, restored.must(t, "denials")},
	} {
		if x[0] != x[1] {
			t.Errorf("%s before the backup\n%s\nand restored\n%s", what, x[0], x[1])
		}
	}
	if ok, _ := restored.traffic(t).call(t, odd(1), 200); ok {
		t.Error("the attack is allowed by what was restored")
	}
}
