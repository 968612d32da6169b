package inspect

import (
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"unicode/utf16"

	"postern/inspect/decode"
)

// An identifier in hexadecimal digits that begins as UTF-16 with a byte order mark does is none; a text is, whatever its script.
func TestMarkedIdentifier(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	taken := 0
	const rounds = 2000
	for range rounds {
		id := make([]byte, 8+2*r.IntN(5))
		for i := range id {
			id[i] = byte(r.Uint32())
		}
		id[0], id[1] = 0xff, 0xfe
		if opensAs(t, hex.EncodeToString(id), decode.FormatUTF16) {
			taken++
		}
	}
	if taken > rounds/8 {
		t.Errorf("%d of %d identifiers are taken for UTF-16", taken, rounds)
	}
	for _, text := range []string{"日本語のテキスト", "Привет, мир", "plain text", "안녕하세요"} {
		raw := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(text)) {
			raw = append(raw, byte(u), byte(u>>8))
		}
		if !opensAs(t, hex.EncodeToString(raw), decode.FormatUTF16) {
			t.Errorf("%q in hexadecimal digits of UTF-16 stays closed", text)
		}
	}
}

func opensAs(t *testing.T, value string, f decode.Format) bool {
	t.Helper()
	body, err := json.Marshal(map[string]string{"id": value})
	if err != nil {
		t.Fatal(err)
	}
	p := inspector(t)
	tree := p.Inspect(&Message{Body: body, Size: -1})
	defer p.Free(tree)
	for i := range tree.Nodes {
		if tree.Nodes[i].Layer == f {
			return true
		}
	}
	return false
}
