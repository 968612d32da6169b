package record

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestWriterKeepsItsBound(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "calls")
	const most = 1 << 20
	w, err := NewWriter(folder, most)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	body := make([]byte, 10_000)
	const n = 300 // three times the bound
	for i := range n {
		if _, err := rand.Read(body); err != nil { // does not pack
			t.Fatal(err)
		}
		now = now.Add(time.Second)
		if err := w.Write(&Record{ID: "x", Method: "POST", Path: "/", Body: body, Status: i, GRPCStatus: -1}, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	last, read := 0, 0
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s is readable by others: %v", name, info.Mode())
		}
		sum += info.Size()
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		list, bad, err := readAll(t, file)
		if err != nil || len(bad) > 0 {
			t.Error(name, bad, err)
		}
		for _, r := range list {
			if read > 0 && r.Status != last+1 {
				t.Errorf("%d after %d", r.Status, last)
			}
			last, read = r.Status, read+1
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if sum > most || sum < most/2 || last != n-1 {
		t.Errorf("%d bytes in %d files, last record %d", sum, len(names), last)
	}
}

func TestFlushedRecordsCanBeReadOfAFileThatWasNeverClosed(t *testing.T) {
	folder := t.TempDir()
	w, err := NewWriter(folder, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(&Record{Method: "GET", Path: "/", GRPCStatus: -1}, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(folder, "*"))
	file, err := os.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	list, bad, err := readAll(t, file)
	if len(list) != 1 || len(bad) > 0 || err == nil {
		t.Error(list, bad, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
