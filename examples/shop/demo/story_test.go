package demo

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The demo as people run it. Its own lines say what did not hold.
func TestStory(t *testing.T) {
	if os.Getenv("POSTERN_E2E") != "required" {
		t.Skip("the whole demo, half a minute: `make test` or `make e2e` runs it")
	}
	folder, root := t.TempDir(), filepath.Join("..", "..", "..")
	for name, pkg := range map[string]string{"postern": "./server/cmd/postern", "shop": "./examples/shop"} {
		build := exec.Command("go", "build", "-o", filepath.Join(folder, name), pkg)
		build.Dir = root
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	demo := exec.Command(filepath.Join(folder, "shop"), "demo", "-once", "-postern", filepath.Join(folder, "postern"))
	demo.Dir = root
	begun := time.Now()
	out, err := demo.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("the story took %s", time.Since(begun).Round(time.Second))
}
