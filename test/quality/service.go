package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/url"
	"strings"

	"postern/inspect"
)

// The invented service of this section takes JSON: a ticket with a text that people write, in chains of wrappings of which some are seen while it is learned.

var seenChains = []string{"", "base64", "json", "json base64", "base64 json"}

var otherChains = []string{"hex", "percent", "gzip base64", "base64 base64", "json json", "html", "base64 gzip base64", "json hex json"}

// wrapText puts a text into the layers of a chain, the first being the innermost.
func wrapText(text, chain string) string {
	for layer := range strings.FieldsSeq(chain) {
		switch layer {
		case "base64":
			text = base64.StdEncoding.EncodeToString([]byte(text))
		case "hex":
			text = hex.EncodeToString([]byte(text))
		case "percent":
			text = strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
		case "html":
			text = html.EscapeString(text)
		case "gzip":
			var out bytes.Buffer
			z := gzip.NewWriter(&out)
			z.Write([]byte(text)) //nolint:errcheck // into memory
			z.Close()             //nolint:errcheck // into memory
			text = out.String()
		case "json":
			inner, err := json.Marshal(map[string]any{"text": text, "v": 2})
			if err != nil {
				panic(err)
			}
			text = string(inner)
		}
	}
	return text
}

// mixed is a text that nobody wrote: a run of words of one and of another, so that hardly a text comes twice.
func mixed(r *rand.Rand, texts []string) string {
	var words []string
	for range 2 {
		all := strings.Fields(texts[r.IntN(len(texts))])
		if len(all) == 0 {
			continue
		}
		from := r.IntN(len(all))
		words = append(words, all[from:from+1+r.IntN(len(all)-from)]...)
	}
	return strings.Join(words, " ")
}

// ticket is one call of the service with a text in a chain.
func ticket(r *rand.Rand, text, chain string) *inspect.Message {
	kinds := [...]string{"question", "fault", "order", "praise"}
	body := map[string]any{
		"id": fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48)), "kind": kinds[r.IntN(len(kinds))],
		"customer": map[string]any{"number": 10000 + r.IntN(90000), "country": [...]string{"DE", "FR", "ES", "IT"}[r.IntN(4)], "mail": fmt.Sprintf("user%d@example.com", r.IntN(5000))},
		"amount":   float64(r.IntN(100000)) / 100,
	}
	note := wrapText(text, chain)
	path := "/tickets"
	switch r.IntN(3) {
	case 0:
		body["note"] = note
	case 1:
		path = fmt.Sprintf("/tickets/%d/answers", r.IntN(100000))
		body["answers"] = []any{map[string]any{"by": "agent", "text": note, "at": fmt.Sprintf("2026-0%d-1%dT08:00:00Z", 1+r.IntN(9), r.IntN(10))}}
	default:
		path = "/notes"
		body = map[string]any{"a": map[string]any{"b": map[string]any{"note": note, "rank": r.IntN(10)}}}
	}
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return &inspect.Message{
		Method: []byte("POST"), Path: []byte(path), Body: raw, Size: int64(len(raw)),
		Header: []inspect.Header{{Name: []byte("content-type"), Value: []byte("application/json")}, {Name: []byte("user-agent"), Value: []byte("Go-http-client/1.1")}},
	}
}

// service measures payloads in the text of a learned service, and harmless texts in the same chains.
func service(out io.Writer, c corpora) error {
	var texts, attacks []string
	for name, list := range map[string]*[]string{"payloads_benign": &texts, "payloads_attack": &attacks} {
		err := c.read(name, func(s *sample) {
			prose := s.Class == "quotes-prose" || s.Class == "tech-prose" || s.Class == "names"
			if text := string(s.Payload); !s.Weak && len(text) > 3 && len(text) < 400 && (s.attack() || prose) && strings.ToValidUTF8(text, "") == text {
				*list = append(*list, text)
			}
		})
		if err != nil {
			return err
		}
	}
	r := rand.New(rand.NewPCG(21, 22))
	r.Shuffle(len(texts), func(i, k int) { texts[i], texts[k] = texts[k], texts[i] })
	r.Shuffle(len(attacks), func(i, k int) { attacks[i], attacks[k] = attacks[k], attacks[i] })
	half := len(texts) / 2
	for _, asked := range []struct {
		rate  float64
		calls int
	}{{1e-3, 9000}, {1e-4, 40000}} {
		var learned []call
		for range asked.calls {
			learned = append(learned, call{r.IntN(20), ticket(r, mixed(r, texts[:half]), seenChains[r.IntN(len(seenChains))]), false, "", ""})
		}
		m, err := train(asked.rate, learned)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "asked %g %%, %d calls learned\n\n| chains | attacks denied | texts denied |\n|---|---|---|\n", 100*asked.rate, asked.calls)
		for _, chains := range []struct {
			name string
			list []string
		}{{"seen", seenChains}, {"not seen", otherChains}} {
			var odd, plain rate
			for i := range 4000 {
				chain := chains.list[r.IntN(len(chains.list))]
				odd.add(!m.judge(call{from: r.IntN(20), message: ticket(r, attacks[i%len(attacks)], chain)}).Allow)
				plain.add(!m.judge(call{from: r.IntN(20), message: ticket(r, mixed(r, texts[half:]), chain)}).Allow)
			}
			fmt.Fprintf(out, "| %s | %v | %v |\n", chains.name, odd, plain)
		}
		fmt.Fprintln(out)
	}
	return nil
}
