package inspect

import (
	"bytes"
	"unicode/utf8"

	"postern/inspect/decode"
)

// roots opens the parts of the message in the order of Root.
func (w *walk) roots() {
	m := w.tree.Message
	path, query, found := bytes.Cut(m.Path, []byte("?"))
	w.part(PathRoot, path, decode.Path)
	if found {
		w.part(QueryRoot, query, decode.Form)
		if bytes.IndexByte(query, '?') >= 0 {
			w.last = w.tree.Root(QueryRoot)
			w.Note(decode.QueryMark)
		}
	}
	w.headers(m)
	w.body(m)
}

// part opens a root that is a structure by itself.
func (w *walk) part(r Root, v []byte, decoder decode.Decoder) {
	i := w.openRoot(r, decode.Object, v)
	if i < 0 {
		return
	}
	if r == PathRoot {
		w.tree.Nodes[i].Kind = decode.Array
	}
	w.work -= len(v)
	if f := w.barrier(decoder, v); f != decode.OK {
		w.tree.Nodes[i].Fault = f
	}
	w.closeRoot(i)
}

func (w *walk) barrier(decoder decode.Decoder, v []byte) (fault decode.Fault) {
	defer func() {
		if r := recover(); r != nil {
			w.panicked(r)
			fault = decode.Panic
		}
	}()
	_, fault = decoder(v, w)
	return fault
}

func (w *walk) openRoot(r Root, kind decode.Kind, v []byte) int32 {
	w.root, w.at, w.depth, w.layers = r, -1, 0, 0
	i := w.add(kind, 0, len(v))
	if i >= 0 {
		w.tree.Nodes[i].Raw = v
		w.enter(i)
	}
	return i
}

func (w *walk) closeRoot(i int32) {
	w.close(i)
	w.at, w.depth = -1, 0
}

// headers adds each line as a member, and the cookies as a root of their own.
func (w *walk) headers(m *Message) {
	if len(m.Header) == 0 {
		return
	}
	i := w.openRoot(HeaderRoot, decode.Object, nil)
	if i < 0 {
		return
	}
	if bytes.IndexByte(m.Host, ',') >= 0 { // two lines, joined by Envoy
		w.last = i
		w.Note(decode.HostTwo)
	}
	cookies := false
	for k := range m.Header {
		h := &m.Header[k]
		if string(h.Name) == "cookie" {
			cookies = true
			continue
		}
		if !w.Leaf(h.Name, decode.String, h.Value, len(h.Value)) {
			break
		}
		w.noteHeader(m, k)
	}
	w.closeRoot(i)
	if !cookies {
		return
	}
	if i = w.openRoot(CookieRoot, decode.Object, nil); i < 0 {
		return
	}
	for k := range m.Header {
		if string(m.Header[k].Name) == "cookie" {
			if f := w.barrier(decode.Cookies, m.Header[k].Value); f != decode.OK {
				w.tree.Nodes[i].Fault = f
			}
		}
	}
	w.closeRoot(i)
}

// body opens the body: first as what its sender says it is, then as what it looks like.
func (w *walk) body(m *Message) {
	if len(m.Body) == 0 {
		if m.Size > 0 || m.Cut {
			if i := w.openRoot(BodyRoot, decode.None, nil); i >= 0 {
				w.tree.Nodes[i].Fault = decode.Cut
			}
		}
		return
	}
	v := m.Body[:min(len(m.Body), w.limits.Bytes)]
	i := w.openRoot(BodyRoot, decode.String, v)
	if i < 0 {
		return
	}
	n := &w.tree.Nodes[i]
	n.Size = int32(len(m.Body)) //nolint:gosec // an in-memory body
	switch {
	case m.Cut || m.Size > int64(len(m.Body)):
		n.Fault = decode.Cut
	case len(v) < len(m.Body):
		n.Fault = decode.Limit
	}
	said := decode.ContentType(m.Get("content-type"))
	w.promises = w.codings(m, said.Format)
	if w.promises < 2 && said.UTF8 && !utf8.Valid(v) && !m.Cut {
		w.Note(decode.CharsetLie)
	}
	w.unfold(i, v)
	w.promises = 0
	if first := int(i) + 1; first < len(w.tree.Nodes) && said.Plain {
		if layer := &w.tree.Nodes[first]; decode.Formats[layer.Layer].Sure && layer.Size == w.tree.Nodes[i].Size { // who reads it as text lets through what who guesses takes for a document
			w.last = i
			w.Note(decode.TypeLie)
		}
	}
	if first := i + 1; int(first) < len(w.tree.Nodes) && decode.Formats[w.tree.Nodes[first].Layer].Binary {
		w.tree.Nodes[i].Kind = decode.Bytes
	} else if int(first) == len(w.tree.Nodes) {
		w.tree.Nodes[i].Kind = textKind(v)
	}
	w.closeRoot(i)
}

// codings notes what the sender promises of the body: its media type, and what was done to it after, the last of which must be undone first.
func (w *walk) codings(m *Message, media decode.Format) (n int) {
	if media != 0 {
		w.promise[0] = media
		n = 1
	}
	for k := range m.Header {
		if string(m.Header[k].Name) != "content-encoding" {
			continue
		}
		for list, more := m.Header[k].Value, true; more && n < maxPromises; {
			var coding []byte
			coding, list, more = bytes.Cut(list, []byte(","))
			if f := decode.ByCoding(bytes.TrimSpace(coding)); f != 0 {
				w.promise[n] = f
				n++
			}
		}
	}
	return n
}
