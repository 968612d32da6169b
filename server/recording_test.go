package server

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"postern/server/record"
)

func TestJudgedCallsAreRecordedWithTheirEnd(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "calls")
	r := start(t, "POSTERN_RECORD="+folder, "POSTERN_MODE=enforce")
	f := r.traffic(t)
	f.call(t, request("POST", "/a?b=c", `{"n":1}`), 200)
	f.call(t, request("POST", "/a", "\xff\xfe"), 500)
	f.call(t, request("POST", "/a", attack), 200) // denied: whatever its log says
	check(t, f.c, request("GET", "/unended", ""))
	if _, err := f.log.CloseAndRecv(); err != nil {
		t.Fatal(err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(folder, "*.jsonl.gz"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	file, err := os.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	byPath := map[string]record.Record{}
	var bodies []string
	err = new(record.Reader).Read(file, func(one *record.Record) error {
		byPath[one.Path] = *one
		bodies = append(bodies, string(one.Body))
		return nil
	}, func(b *record.LineError) { t.Error(b) })
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(bodies)
	if len(bodies) != 4 || bodies[0] != "" || bodies[2] != attack || bodies[3] != "\xff\xfe" {
		t.Errorf("bodies %q", bodies)
	}
	if one := byPath["/a?b=c"]; one.Status != 200 || one.Source != "spiffe://m/ns/shop/sa/web" || one.Destination != "spiffe://m/ns/shop/sa/orders" || one.Time.IsZero() || one.ID == "" {
		t.Errorf("%+v", one)
	}
	if one := byPath["/unended"]; one.Status != 0 || one.Method != "GET" {
		t.Errorf("%+v", one)
	}
}
