package inspect

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"postern/inspect/decode"
)

// guesses holds Promising to the walk: what it gives up, the walk gives up when it opens it.
func guesses(t *testing.T, p *Inspector, v []byte) {
	t.Helper()
	for _, f := range []decode.Format{decode.FormatBase64, decode.FormatHex, decode.FormatBase32} {
		set, _ := decode.Look(v)
		var room decode.GuessRoom
		if !set.Has(f) || !decode.Formats[f].Sniff(v) || decode.Promising(f, v, &room) {
			continue
		}
		w := p.walks.Get().(*walk) //nolint:forcetypeassert // the pool holds nothing else
		w.begin(&Message{Body: v}, &p.limits)
		if i := w.openRoot(BodyRoot, decode.String, v); w.try(i, f, v, false) {
			t.Errorf("%q is given up, and is %s:\n%s", v, f, w.tree.AppendText(nil, 0))
		}
		w.end()
		p.walks.Put(w)
	}
}

func TestPromising(t *testing.T) {
	p := inspector(t)
	r := rand.New(rand.NewPCG(1, 2))
	insides := []string{
		"hello there", "\n\x04test", "\x08\x01\x12\x03abc", "\x82\xa1a\x01\xa1b\x02", "\xa2\x61a\x01\x61b\x02", "\x4b\x4c\x4a\x06\x00", "\x0b\x02\x80order\x03", "\x00\x00\x00\x03abc", "\x03ab",
		"\xff\xfea\x00b\x00", "a\x00b\x00c\x00d\x00", "\x00\x00\x00a\x00\x00\x00b", "\xc0\xaf\xc0\xae", "\x1f\x8b\x08\x00", "<b>x</b>", "{\"a\":1}", "a=1&b=2", "rm -rf /", "' or 1=1--", "\x01a\x01b\x01",
	}
	for range 20000 {
		inner := []byte(insides[r.IntN(len(insides))])
		for range r.IntN(3) {
			inner[r.IntN(len(inner))] = byte(r.Uint32())
		}
		if r.IntN(3) == 0 {
			inner = append(inner, insides[r.IntN(len(insides))]...)
		}
		guesses(t, p, []byte(base64.StdEncoding.EncodeToString(inner)))
		guesses(t, p, []byte(base64.RawURLEncoding.EncodeToString(inner)))
		guesses(t, p, []byte(base32.StdEncoding.EncodeToString(inner)))
		guesses(t, p, []byte(hex.EncodeToString(inner)))
		guesses(t, p, bytes.ToUpper([]byte(hex.EncodeToString(inner))))
	}
}

func FuzzPromising(f *testing.F) {
	for _, s := range []string{"home-office", "CgR0ZXN0", "A1234-56", "deadbeef", "aGVsbG8=", "68656c6c6f"} {
		f.Add([]byte(s))
	}
	p := inspector(f)
	f.Fuzz(func(t *testing.T, v []byte) { guesses(t, p, v) })
}
