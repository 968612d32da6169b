// Package test holds what is true of the whole tree.
package test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers from the left to the right: a package imports only its own layer and those to the right of it.
var layers = []string{"server", "envoy", "profile", "inspect"}

// alone names packages that import nothing of ours at all.
var alone = []string{"inspect/decode", "inspect/detect", "profile/sketch"}

// doors names, for each outside world, the only packages of the program that may import it.
var doors = map[string][]string{
	"github.com/envoyproxy/go-control-plane": {"envoy"},
	"github.com/nats-io":                     {"profile/jetstream"},
	"go.opentelemetry.io":                    {"server"},
	"google.golang.org/grpc":                 {"envoy", "server"},
}

// TestLayers parses the files itself: a test that asks the go command is cached and misses changes.
func TestLayers(t *testing.T) {
	seen := 0
	for _, layer := range layers {
		err := filepath.WalkDir(filepath.Join("..", layer), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			seen++
			folder, _ := strings.CutPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
			for _, i := range file.Imports {
				name, err := strconv.Unquote(i.Path.Value)
				if err != nil {
					return err
				}
				if why := forbidden(folder, name, strings.HasSuffix(path, "_test.go")); why != "" {
					t.Errorf("%s imports %s: %s", path, name, why)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 20 {
		t.Errorf("only %d files were read: does the test look in the right place?", seen)
	}
}

// forbidden says why a file of the folder may not import the package, or "". Tests may use what their subject speaks with, but not reach to the left.
func forbidden(folder, name string, test bool) string {
	if ours, ok := strings.CutPrefix(name, "postern/"); ok {
		layer, own := layerOf(ours), layerOf(folder)
		switch {
		case layer < 0:
			return "it is no part of the program"
		case layer < own:
			return layers[own] + " lies to the right of " + layers[layer]
		case slices.Contains(alone, folder) && !strings.HasPrefix(ours, folder):
			return folder + " imports nothing of ours"
		}
		return ""
	}
	for world, packages := range doors {
		if strings.HasPrefix(name, world) && !test && !slices.ContainsFunc(packages, func(p string) bool { return folder == p || strings.HasPrefix(folder, p+"/") }) {
			return world + " has one door: " + strings.Join(packages, ", ")
		}
	}
	return ""
}

// layerOf is the place of a package in layers, -1 for none.
func layerOf(name string) int {
	first, _, _ := strings.Cut(name, "/")
	return slices.Index(layers, first)
}

func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		folder, name string
		test, want   bool
	}{
		{"server", "postern/envoy", false, false},
		{"server/admin", "postern/inspect/decode", false, false},
		{"envoy", "postern/server", false, true},
		{"inspect", "postern/profile", true, true},
		{"inspect", "postern/inspect/decode", false, false},
		{"inspect/decode", "postern/inspect", false, true},
		{"inspect/decode", "postern/inspect/decode/internal", false, false},
		{"profile", "postern/examples/shop", false, true},
		{"profile", "github.com/nats-io/nats.go", false, true},
		{"profile/jetstream", "github.com/nats-io/nats.go/jetstream", false, false},
		{"inspect/decode", "google.golang.org/grpc/encoding", true, false},
		{"inspect", "strings", false, false},
	} {
		if got := forbidden(c.folder, c.name, c.test) != ""; got != c.want {
			t.Errorf("%s imports %s: forbidden %v, want %v", c.folder, c.name, got, c.want)
		}
	}
}
