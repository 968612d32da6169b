package inspect

import (
	"testing"

	"postern/inspect/decode"
)

// FuzzInspect holds the whole walk to its invariants: an exact account, a sound tree, paths that parse back to the same shape, no panic, no more than the limits.
func FuzzInspect(f *testing.F) {
	f.Add([]byte(`{"a":"eyJjbWQiOiAicm0gLXJmIC8ifQ==","a":"%2527x"} rest`), []byte("/a/%2e%2e?b=c&d"), "application/json", 100)
	f.Add([]byte("a=1&b=%3Cscript%3E"), []byte("?"), "text/plain", 0)
	f.Add(matryoshka(), []byte("/"), "application/xml; charset=x", -1)
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n"), []byte("//"), "multipart/form-data; boundary=x", 9)
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x4b\x4c\x4a\x06\x00\xc2\x41\x24\x35\x03\x00\x00\x00"), []byte("/"), "", 40)
	f.Add([]byte("\x00\x00\x00\x00\x07\x0a\x05hello"), []byte("/a.B/C"), "application/grpc", 12)
	limits := DefaultLimits()
	limits.Work, limits.Nodes, limits.Unfolded = 8, 512, 1<<16
	p, err := New(limits)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body, path []byte, contentType string, size int) {
		m := &Message{Path: path, Body: body, Size: int64(size), Cut: size%2 == 1, Header: []Header{
			{[]byte("content-type"), []byte(contentType)}, {[]byte("cookie"), path}, {[]byte("x"), body[:min(len(body), 64)]},
		}}
		tree := p.Inspect(m)
		defer p.Free(tree)
		if len(tree.Panics) > 0 {
			t.Fatal(tree.Panics[0])
		}
		want := max(int64(len(body)), m.Size)
		if sum := tree.Decoded + tree.Opaque + tree.Unexamined; sum != want || tree.Decoded < 0 || tree.Opaque < 0 || tree.Unexamined < 0 {
			t.Fatalf("account %d + %d + %d, want %d\n%s", tree.Decoded, tree.Opaque, tree.Unexamined, want, tree.AppendText(nil, 0))
		}
		sound(t, tree, limits)
	})
}

// sound holds a tree to its form.
func sound(t *testing.T, tree *Tree, limits Limits) {
	t.Helper()
	if len(tree.Nodes) > limits.Nodes {
		t.Fatalf("%d nodes", len(tree.Nodes))
	}
	for i := range tree.Nodes {
		n := &tree.Nodes[i]
		at := int32(i)
		if n.Parent >= at || n.End <= at || int(n.End) > len(tree.Nodes) || n.Parent >= 0 && n.End > tree.Nodes[n.Parent].End {
			t.Fatalf("node %d: parent %d, end %d of %d", i, n.Parent, n.End, len(tree.Nodes))
		}
		if n.Layer != 0 && n.Kind == decode.Layer && n.Fault == decode.OK && n.End > at+1 {
			t.Fatalf("node %d: a layer without a document has members", i)
		}
		printed := tree.Path(at)
		parsed, err := ParsePath(printed)
		if err != nil || parsed.Shape() != n.Shape || parsed.String() != printed {
			t.Fatalf("node %d: path %s parses to %s, %v", i, printed, parsed, err)
		}
	}
	for k, f := range tree.Findings {
		if f.Node < 0 || int(f.Node) >= len(tree.Nodes) || k > 0 && f.Node < tree.Findings[k-1].Node {
			t.Fatalf("finding %d at node %d", k, f.Node)
		}
		text := tree.Nodes[f.Node].Raw
		if f.Key {
			text = tree.Nodes[f.Node].Name
		}
		if f.From < 0 || f.From > f.To || int(f.To) > len(text) {
			t.Fatalf("finding %s at %d:%d of %d bytes", f.Class, f.From, f.To, len(text))
		}
	}
}
