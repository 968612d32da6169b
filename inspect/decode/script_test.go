package decode

import (
	"math/rand/v2"
	"testing"
	"unicode/utf16"
)

func TestOneScript(t *testing.T) {
	for text, is := range map[string]bool{
		"": true, "plain text, 17": true, "Zoë – “naïve”": true, "日本語のテキスト、２０２６年": true, "Привет, мир": true, "안녕하세요 Ada": true, "สวัสดี": true, "नमस्ते": true, "Hello 😀": true, "x → y ✓": true,
		"Привет, Zoë": false, "日한": false, "a\u0080": false, "\ue000": false, "a\xff": false, "日�": false,
	} {
		if OneScript([]byte(text)) != is {
			t.Errorf("%q: %v", text, !is)
		}
	}
	r, passed := rand.New(rand.NewPCG(1, 2)), 0
	const rounds = 20_000
	for range rounds {
		var units [7]uint16
		for i := range units {
			units[i] = uint16(r.Uint32())
		}
		if OneScript([]byte(string(utf16.Decode(units[:])))) {
			passed++
		}
	}
	if passed > rounds/100 {
		t.Errorf("%d of %d random texts are of one script", passed, rounds)
	}
	last := rune(-1)
	for _, row := range scripts {
		if row.first <= last || row.last < row.first {
			t.Errorf("%x is out of order", row.first)
		}
		last = row.last
	}
}
