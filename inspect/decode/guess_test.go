package decode

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"testing"
)

// What the head of a block rules out, the reader of the standard library cannot read either.
func holdsDeflate(t *testing.T, src []byte) {
	t.Helper()
	if len(src) < 5 || sniffDeflate(src) {
		return
	}
	if out, err := io.ReadAll(flate.NewReader(bytes.NewReader(src))); err == nil {
		t.Fatalf("%x is ruled out, and inflates to %d bytes", src, len(out))
	}
}

func TestDeflateIsNotRuledOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"order", "id", "\x00", "é", "aaaaaaaa", "{\"a\":1}", " ", "\xff\xfe"}
	for range 20000 {
		var text []byte
		for range r.IntN(12) {
			text = append(text, words[r.IntN(len(words))]...)
		}
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, r.IntN(10))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if r.IntN(4) == 0 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		holdsDeflate(t, b.Bytes())
		noise := make([]byte, 5+r.IntN(12))
		for i := range noise {
			noise[i] = byte(r.Uint32())
		}
		noise[0] = noise[0]&^6 | 2 // the fixed codes
		holdsDeflate(t, noise)
	}
}

func FuzzDeflateIsNotRuledOut(f *testing.F) {
	f.Add([]byte("\x4b\x4c\x4a\x06\x00"))
	f.Fuzz(holdsDeflate)
}
