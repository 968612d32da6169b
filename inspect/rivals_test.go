package inspect

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// squeezed is a compressed sentence of which the bytes fit, escaped.
func squeezed(t *testing.T, fits func([]byte) bool, escape func(string) string) string {
	t.Helper()
	for i := range 1000 {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		_, _ = fmt.Fprintf(w, "please send somebody to room %d, it's the lamp", i)
		_ = w.Close()
		if fits(b.Bytes()) {
			return escape(b.String())
		}
	}
	t.Fatal("none fits")
	return ""
}

// mimeLines is base64 in lines of 76, as mails have it, of a compressed sentence.
func mimeLines(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte("even the Czar won't have more than 769373269 of them, whatever the weather, he said"))
	_ = w.Close()
	text := base64.StdEncoding.EncodeToString(b.Bytes())
	return text[:76] + "\r\n" + text[76:]
}

// TestOutdone tells which readings of a text in JSON others outdo.
func TestOutdone(t *testing.T) {
	p := inspector(t)
	for _, c := range []struct {
		name, text string
		outdone    []string
	}{
		{"one way to read it", "it%27s%20the%20lamp", nil},
		{"plus for a space", "it%27s+the+lamp", []string{"percent"}},
		{"compressed, which a space breaks", squeezed(t, func(v []byte) bool { return bytes.Contains(v, []byte(" ")) && !bytes.Contains(v, []byte("+")) }, url.QueryEscape), []string{"percent"}},
		{"compressed, which a plus must not become", squeezed(t, func(v []byte) bool { return bytes.Contains(v, []byte("+")) && !bytes.Contains(v, []byte(" ")) }, url.PathEscape), []string{"plus"}},
		{"a form with an object", "id=5&q=%7B%22a%22%3A%22it%27s+the+lamp%22%7D", []string{"percent", "plus"}},
		{"a form with base64 in lines, whose first alone is cut", "id=5&q=" + url.QueryEscape(mimeLines(t)), []string{"percent"}},
		{"a form of words", "id=5&q=it%27s%20here", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := `{"text":"` + c.text + `"}`
			tree := p.Inspect(&Message{Method: []byte("POST"), Path: []byte("/"), Body: []byte(body), Size: -1})
			defer p.Free(tree)
			var outdone []string
			for i := range tree.Nodes {
				if path := tree.Path(int32(i)); tree.Outdone(int32(i)) && strings.Count(path, "|") == 2 {
					outdone = append(outdone, path[strings.LastIndex(path, "|")+1:])
				}
			}
			if diff := cmp.Diff(c.outdone, outdone); diff != "" {
				t.Error(diff, string(tree.AppendText(nil, 0)))
			}
			if tree.Opaque+tree.Unexamined > 0 {
				t.Errorf("%d bytes opaque, %d unexamined", tree.Opaque, tree.Unexamined)
			}
		})
	}
}

// TestCompressedOutdoesEscapes: escapes of JSON that zstd left as they were are no escapes of the compressed bytes.
func TestCompressedOutdoesEscapes(t *testing.T) {
	p := inspector(t)
	const body = `{"note":"KLUv/QQAwQIAImlkPTgyODlcdTAwMjZsYW5nPWVuXHUwMDI2cT00ZTY5NjU2YzJkNjI2OTZhMmQ1MzY5NmU3NDJkNTQ3Mjc1Njk2NDY1NmUyMDZlNjk2YjYxMjA3Mzc1IkiR70w="}`
	tree := p.Inspect(&Message{Method: []byte("POST"), Path: []byte("/"), Body: []byte(body), Size: -1})
	defer p.Free(tree)
	outdone := map[string]bool{}
	for i := range tree.Nodes {
		outdone[tree.Path(int32(i))] = tree.Outdone(int32(i))
	}
	const escapes, text = "body|json.note|base64|escape", "body|json.note|base64|zstd"
	if other, found := outdone[escapes]; !found || !other || outdone[text] {
		t.Errorf("outdone: %v\n%s", outdone, tree.AppendText(nil, 0))
	}
}
