package server

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postern/server/admin"
)

// TestAProfileFileRestoresANewStore exports, imports into a new store with the file's key, twice, and restarts: what was learned and decided is there, once.
func TestAProfileFileRestoresANewStore(t *testing.T) {
	t.Parallel()
	old, f := learned(t, 400)
	old.must(t, "profile", "mode", "-callee", "shop/orders", "enforce")
	_, id := f.call(t, odd(0), 200)
	_ = explained(t, old, id) // waits until it is stored
	old.must(t, "profile", "approve", "-denial", id)
	old.must(t, "profile", "approve", "-callee", "shop/orders", "-operation", "POST /orders", "-field", "body|json.gone", "-class", "new-field")
	old.must(t, "profile", "withdraw", "-decision", "4")
	file := filepath.Join(old.folder, "backup.json")
	if err := os.WriteFile(file, []byte(old.must(t, "profile", "export")), 0o600); err != nil {
		t.Fatal(err)
	}

	folder := t.TempDir()
	environ := []string{"POSTERN_FALSE_DENY_RATE=0.02", "POSTERN_HASH_KEY_FILE=" + file}
	restored := startIn(t, folder, environ...)
	for range 2 {
		restored.must(t, "profile", "import", file)
	}
	log := restored.must(t, "profile", "log")
	if err := restored.stop(); err != nil {
		t.Fatal(err)
	}
	again := startIn(t, folder, environ...)
	if after := again.must(t, "profile", "log"); after != log {
		t.Errorf("after a restart the log is\n%s, before it was\n%s", after, log)
	}
	if n := strings.Count(log, "approve"); n != 2 || strings.Count(log, "enforce") != 1 || !strings.Contains(log, "decision 2") {
		t.Errorf("the log has %d approvals, want the two in force, once, and who decided it first:\n%s", n, log)
	}
	var c admin.Callee
	if err := json.Unmarshal([]byte(again.must(t, "profile", "show", "-json", "shop/orders")), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Operations) != 1 || c.Operations[0].Calls < 400 {
		t.Errorf("learned after the restart: %+v", c.Operations)
	}
	g := again.traffic(t)
	if ok, _ := g.call(t, odd(0), 200); !ok {
		t.Error("what was approved is denied")
	}
	if ok, _ := g.call(t, odd(1), 200); ok {
		t.Error("an attack is allowed")
	}
}

func TestAnImportIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	r := start(t)
	for name, c := range map[string]struct{ text, want string }{
		"nonsense":    {"[1,2", "unexpected"},
		"another key": {`{"format":"postern-profile/1","hash_key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","decisions":[],"counts":[]}`, "POSTERN_HASH_KEY_FILE"},
		"newer":       {`{"format":"postern-profile/2","hash_key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","decisions":[],"counts":[]}`, "newer"},
	} {
		file := filepath.Join(r.folder, "file")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, stderr, code := r.postern(t, "profile", "import", file); code == 0 || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: %d %s", name, code, stderr)
		}
	}
	if out, _, _ := r.postern(t, "profile", "log"); strings.Contains(out, "mode") {
		t.Errorf("something was decided: %s", out)
	}
}
