package record

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"postern/inspect"
	"postern/profile"
)

func readAll(t *testing.T, in io.Reader) (list []Record, bad []int, err error) {
	t.Helper()
	err = new(Reader).Read(in, func(r *Record) error { list = append(list, *r); return nil }, func(b *LineError) { bad = append(bad, b.Line) })
	return list, bad, err
}

func hs(pairs ...string) (list []inspect.Header) {
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, inspect.Header{Name: []byte(pairs[i]), Value: []byte(pairs[i+1])})
	}
	return list
}

func TestRecord(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 5000, time.UTC)
	for _, c := range []struct {
		name, line string
		want       Record
	}{
		{"least", `{"method":"GET","path":"/"}`, Record{ID: "1", Method: "GET", Path: "/", GRPCStatus: -1}},
		{
			"all", `{"id":"a","time":"2026-11-23T12:00:00.000005Z","source":"spiffe://m/ns/s/sa/w","destination":"spiffe://m/ns/s/sa/o","version":"v1","protocol":"HTTP/2","method":"POST",
			"host":"orders","path":"/a?b=%2F","headers":{"Content-Type":"x","b":["1","2"],"a":""},"body":"h\u00e9\u0000","status":200,"grpc_status":0,"new_key":{"x":[]}}`,
			Record{"a", noon, "spiffe://m/ns/s/sa/w", "spiffe://m/ns/s/sa/o", "v1", "HTTP/2", "POST", "orders", "/a?b=%2F", hs("content-type", "x", "b", "1", "b", "2", "a", ""), []byte("hé\x00"), false, 200, 0},
		},
		{"a broken client", `{"method":"GET","path":""}`, Record{ID: "1", Method: "GET", GRPCStatus: -1}},
		{"bytes", `{"method":"POST","path":"/","body":"","body_base64":"AP8="}`, Record{ID: "1", Method: "POST", Path: "/", Body: []byte{0, 255}, GRPCStatus: -1}},
		{"nulls", `{"id":null,"method":"POST","path":"/","body":null,"headers":null,"grpc_status":null,"time":null}`, Record{ID: "1", Method: "POST", Path: "/", GRPCStatus: -1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, bad, err := readAll(t, strings.NewReader(strings.ReplaceAll(c.line, "\n", "")))
			if err != nil || len(bad) > 0 {
				t.Fatal(bad, err)
			}
			if d := cmp.Diff([]Record{c.want}, list); d != "" {
				t.Fatal(d)
			}
			line, err := list[0].Append(nil)
			if err != nil {
				t.Fatal(err)
			}
			again, _, err := readAll(t, bytes.NewReader(line))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(list, again); d != "" {
				t.Errorf("written and read again: %s", d)
			}
		})
	}
}

func TestBadRecordsAreNamedAndSkipped(t *testing.T) {
	in := strings.Join([]string{
		"\xef\xbb\xbf" + `{"method":"GET","path":"/1"}`,
		`{"method":"GET"`,
		``,
		`{"method":"GET"}`,
		`{"method":"GET","path":"/","time":"yesterday"}`,
		`{"method":"GET","path":"/","headers":{"a":1}}`,
		`{"method":"GET","path":"/","headers":["a"]}`,
		`{"method":"GET","path":"/","body_base64":"&"}`,
		`{"method":"GET","path":"/","body":"a","body_base64":"YQ=="}`,
		"{\"method\":\"GET\",\"path\":\"/\",\"body\":\"\xff\"}",
		`[]`,
		`{"method":"GET","path":"/2"}`,
	}, "\r\n")
	list, bad, err := readAll(t, strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int{2, 4, 5, 6, 7, 8, 9, 10, 11}, bad); d != "" {
		t.Error(d)
	}
	if len(list) != 2 || list[0].ID != "1" || list[1].ID != "11" {
		t.Errorf("got %+v", list)
	}
}

func TestLongLineIsSkipped(t *testing.T) {
	long := `{"method":"GET","path":"/","body":"` + strings.Repeat("a", MaxLine) + "\"}\n"
	list, bad, err := readAll(t, strings.NewReader(long+`{"method":"GET","path":"/"}`))
	if err != nil || len(list) != 1 || len(bad) != 1 || bad[0] != 1 {
		t.Error(len(list), bad, err)
	}
}

func TestPacked(t *testing.T) {
	plain := []byte("{\"method\":\"GET\",\"path\":\"/\"}\n")
	var zipped, z bytes.Buffer
	g := gzip.NewWriter(&zipped)
	if _, err := g.Write(plain); err != nil || g.Close() != nil {
		t.Fatal(err)
	}
	w, err := zstd.NewWriter(&z)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	for name, in := range map[string][]byte{"plain": plain, "gzip": zipped.Bytes(), "zstd": z.Bytes()} {
		if list, bad, err := readAll(t, bytes.NewReader(in)); err != nil || len(bad) > 0 || len(list) != 1 {
			t.Error(name, list, bad, err)
		}
	}
	if list, bad, err := readAll(t, strings.NewReader("")); err != nil || len(list)+len(bad) > 0 {
		t.Error("empty", list, bad, err)
	}
	if _, _, err := readAll(t, bytes.NewReader(zipped.Bytes()[:zipped.Len()-6])); err == nil {
		t.Error("a cut gzip file is no error")
	}
}

const archive = `{"log":{"version":"1.2","pages":[{"id":"p"}],"entries":[
 {"startedDateTime":"2026-11-23T12:00:00.000+00:00","request":{"method":"POST","url":"https://u:p@shop.test:8443/a%2F?b=1#c","httpVersion":"h2","headers":[{"name":":path","value":"/a"},{"name":"X-A","value":"1"}],
  "postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a b","value":"1&2"}]}},"response":{"status":201}},
 {"request":{"method":"GET"}},
 {"request":{"method":"GET","url":"https://shop.test?x"},"response":{"status":0}}]}}`

func TestHAR(t *testing.T) {
	list, bad, err := readAll(t, strings.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	want := []Record{
		{
			ID: "1", Time: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), Protocol: "h2", Method: "POST", Host: "shop.test:8443", Path: "/a%2F?b=1",
			Headers: hs("x-a", "1", "content-type", "application/x-www-form-urlencoded"), Body: []byte("a+b=1%262"), Status: 201, GRPCStatus: -1,
		},
		{ID: "3", Method: "GET", Host: "shop.test", Path: "/?x", GRPCStatus: -1},
	}
	if d := cmp.Diff(want, list); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int{2}, bad); d != "" {
		t.Error(d)
	}
	for _, broken := range []string{`{"log":{"entries":[{"request"`, `{"log":{}}`, `{"log":{"entries":{}}}`} {
		if _, _, err := readAll(t, strings.NewReader(broken)); err == nil {
			t.Errorf("%s: no error", broken)
		}
	}
}

func TestCall(t *testing.T) {
	r := Record{Method: "POST", Path: "/", Headers: hs("content-length", "90"), Body: []byte("abc"), GRPCStatus: -1}
	c := r.Call()
	if c.Edge != (profile.Edge{From: profile.Unknown, To: profile.Unknown}) || c.Message.Cut || c.Message.Size != -1 {
		t.Errorf("whole: %+v", c)
	}
	r.Headers = append(r.Headers, hs("x-envoy-auth-partial-body", "true")...)
	if c = r.Call(); !c.Message.Cut || c.Message.Size != 90 {
		t.Errorf("cut by the proxy: %+v", c)
	}
	for _, e := range []struct {
		status, grpc int
		want         bool
	}{{0, -1, true}, {200, -1, true}, {302, -1, true}, {404, -1, false}, {100, -1, false}, {200, 0, true}, {200, 7, false}, {0, 3, false}} {
		if got := (&Record{Status: e.status, GRPCStatus: e.grpc}).EndedWell(); got != e.want {
			t.Errorf("status %d grpc-status %d: %v", e.status, e.grpc, got)
		}
	}
}

func TestStop(t *testing.T) {
	stop := errors.New("enough")
	err := new(Reader).Read(strings.NewReader("{\"method\":\"GET\",\"path\":\"/\"}\n"), func(*Record) error { return stop }, func(*LineError) {})
	if !errors.Is(err, stop) {
		t.Error(err)
	}
}

// FuzzRead: every line that is not blank is handed out or reported, and what was handed out is written and read back the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"method":"GET","path":"/","headers":{"a":["b","c"]},"body":"x"}`))
	f.Add([]byte(archive))
	f.Fuzz(func(t *testing.T, in []byte) {
		list, _, err := readAll(t, bytes.NewReader(in))
		if err != nil {
			return
		}
		for i := range list {
			line, err := list[i].Append(nil)
			if err != nil {
				t.Fatal(err)
			}
			again, bad, err := readAll(t, bytes.NewReader(line))
			if err != nil || len(bad) > 0 || len(again) != 1 {
				t.Fatalf("%q written as %q: %v %v", in, line, bad, err)
			}
			if again[0].ID != list[i].ID || !bytes.Equal(again[0].Body, list[i].Body) || len(again[0].Headers) != len(list[i].Headers) {
				t.Fatalf("%+v became %+v", list[i], again[0])
			}
		}
	})
}
