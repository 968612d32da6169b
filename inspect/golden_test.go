package inspect

import (
	"bytes"
	"encoding/base64"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"postern/inspect/decode"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// TestGoldens opens each request of testdata/*.txtar and compares the tree, as text without the detectors' findings, with the one kept beside it. An archive holds pairs of
// NAME.request (a start line, header lines, an empty line, the body; or, where a line "base64" stands instead of the empty one, the body in base64) and NAME.tree.
func TestGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out []txtar.File
		trees := map[string]string{}
		for _, f := range archive.Files {
			if name, ok := strings.CutSuffix(f.Name, ".tree"); ok {
				trees[name] = string(f.Data)
			}
		}
		for _, f := range archive.Files {
			name, ok := strings.CutSuffix(f.Name, ".request")
			if !ok {
				continue
			}
			t.Run(filepath.Base(file)+"/"+name, func(t *testing.T) {
				got := strip(text(t, request(t, f.Data)))
				out = append(out, f, txtar.File{Name: name + ".tree", Data: []byte(got)})
				if d := cmp.Diff(trees[name], got); d != "" && !*update {
					t.Errorf("tree (-kept +now):\n%s", d)
				}
			})
		}
		if *update {
			archive.Files = out
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// request reads a request of a golden.
func request(t *testing.T, data []byte) *Message {
	t.Helper()
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	method, path, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		t.Fatalf("start line %q", line)
	}
	m := &Message{Method: method, Path: path, Size: -1}
	for {
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		if name, value, header := bytes.Cut(line, []byte(": ")); header {
			m.Header = append(m.Header, Header{Name: name, Value: value})
			continue
		}
		if string(line) != "base64" {
			m.Body = bytes.TrimSuffix(rest, []byte("\n"))
			return m
		}
		body, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(rest)), ""))
		if err != nil {
			t.Fatal(err)
		}
		m.Body = body
		return m
	}
}

// TestGoldensCoverFormats: every structure that has a reader is seen in some golden.
func TestGoldensCoverFormats(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	for f := range decode.Formats {
		row := &decode.Formats[f]
		if row.Decode != nil && !row.Wrapping && !bytes.Contains(all, []byte("|"+row.Name)) {
			t.Errorf("no golden shows %s", row.Name)
		}
	}
}
