package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"postern/inspect"
	"postern/inspect/detect"
)

// mislabelled lists labels of the data that are wrong: an id, a blank, the reason. They are counted nowhere; of a class at most 2 % may be in it.
//
//go:embed mislabelled.txt
var mislabelled string

// accepted are the classes that count as right for a label besides the label itself: the data's classes are wider or older than ours.
var accepted = map[string][]string{
	"cmdi":           {"shellshock", "ssi", "code-injection"},
	"code-injection": {"el", "cmdi", "ssti", "ognl"},
	"traversal":      {"rfi", "lfi"},
	"ssti":           {"el", "code-injection", "xss"},
	"ssrf":           {"rfi", "open-redirect"},
	"open-redirect":  {"ssrf", "rfi", "xss"},
	"crlf":           {"xss", "mail", "open-redirect"},
	"php-injection":  {"code-injection", "cmdi", "rfi", "traversal"},
	"ldap":           {"xpath"},
	"xxe":            {"ssrf", "xinclude"},
	"rest":           {},
}

// ordinary and codelike are the kinds of harmless values, by the bound they are held to.
var (
	ordinary = []string{"names", "short-value", "param-value", "query-string", "quotes-prose", "email-address", "user-agent"}
	codelike = []string{"sql-code", "sql-tutorial", "shell-doc", "code-snippet", "markdown-html", "security-prose", "tech-prose", "config-json-yaml", "fp-strings", "naughty-unicode", "data-uri"}
)

type detection struct {
	inspector  *inspect.Inspector
	wrong      map[string]bool
	found      map[string]*[4]rate // by class: query any, query right, JSON any, JSON right
	flagged    map[string]*[2]rate // by kind: query, JSON
	blamed     map[string]int      // harmless kind as class
	seen       []observation
	wrongCount map[string]int
}

// detectQuality measures what the detectors find in attacks and in harmless values, each in a query parameter and in a JSON string, opened as a call is.
func detectQuality(out io.Writer, c corpora) error {
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		return err
	}
	d := detection{inspector, wrongLabels(), map[string]*[4]rate{}, map[string]*[2]rate{}, map[string]int{}, nil, map[string]int{}}
	for _, name := range []string{"payloads_attack", "payloads_benign"} {
		if err := c.read(name, d.payload); err != nil {
			return err
		}
	}
	d.print(out)
	reliability(out, d.seen)
	return d.requests(out, c)
}

// wrongLabels are the ids in mislabelled.txt.
func wrongLabels() map[string]bool {
	wrong := map[string]bool{}
	for line := range strings.Lines(mislabelled) {
		if id, _, ok := strings.Cut(line, " "); ok && !strings.HasPrefix(line, "#") {
			wrong[id] = true
		}
	}
	return wrong
}

// payload weighs one line of the payload lists.
func (d *detection) payload(s *sample) {
	if s.Weak {
		return
	}
	if d.wrong[s.ID] {
		d.wrongCount[s.Class]++
		return
	}
	inQuery := d.look(&inspect.Message{Method: []byte("GET"), Path: []byte("/search?q=" + url.QueryEscape(string(s.Payload))), Size: -1})
	body := jsonString(s.Payload)
	inJSON := d.look(&inspect.Message{
		Method: []byte("POST"), Path: []byte("/search"), Body: body, Size: int64(len(body)),
		Header: []inspect.Header{{Name: []byte("content-type"), Value: []byte("application/json")}},
	})
	d.seen = append(d.seen, observe(s, inQuery))
	if !s.attack() {
		k := entry(d.flagged, s.Class)
		k[0].add(d.attackIn(inQuery, s.Class, true))
		k[1].add(d.attackIn(inJSON, s.Class, false))
		return
	}
	k := entry(d.found, s.Class)
	k[0].add(d.attackIn(inQuery, "", false))
	k[1].add(rightIn(inQuery, s.Class))
	k[2].add(d.attackIn(inJSON, "", false))
	k[3].add(rightIn(inJSON, s.Class))
}

func entry[T any](m map[string]*T, key string) *T {
	if m[key] == nil {
		m[key] = new(T)
	}
	return m[key]
}

// jsonString is {"q":"…"}; bytes that are no UTF-8 are taken as Latin-1, as a client that reads them must.
func jsonString(v []byte) []byte {
	text := string(v)
	if !utf8.Valid(v) {
		runes := make([]rune, len(v))
		for i, b := range v {
			runes[i] = rune(b)
		}
		text = string(runes)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(map[string]string{"q": text}); err != nil {
		panic(err) // a string always encodes
	}
	return b.Bytes()
}

// look opens a message and gives the highest score of each attack class in it.
func (d *detection) look(m *inspect.Message) map[string]float32 {
	tree := d.inspector.Inspect(m)
	defer d.inspector.Free(tree)
	best := map[string]float32{}
	for i := range tree.Findings {
		if f := &tree.Findings[i]; detect.Attack(f.Class) {
			best[f.Class] = max(best[f.Class], f.Score)
		}
	}
	return best
}

// attackIn tells whether any class reaches the threshold; harmless values name it as to blame.
func (d *detection) attackIn(best map[string]float32, kind string, blame bool) bool {
	hit := false
	for class, score := range best {
		if score >= detect.DefaultScore {
			hit = true
			if blame {
				d.blamed[kind+" as "+class]++
			}
		}
	}
	return hit
}

func rightIn(best map[string]float32, label string) bool {
	for class, score := range best {
		if score >= detect.DefaultScore && (class == label || slices.Contains(accepted[label], class)) {
			return true
		}
	}
	return false
}

func (d *detection) print(out io.Writer) {
	fmt.Fprintf(out, "Attacks found at score %.2f, in a query parameter and in a JSON string (goal: each class >= 97 %%; any attack class, and the label's own or one it covers)\n\n", detect.DefaultScore)
	fmt.Fprintf(out, "%-16s %-36s %-36s %-36s %-36s %s\n", "class", "query: any", "query: right", "JSON: any", "JSON: right", "left out")
	for _, class := range slices.Sorted(maps.Keys(d.found)) {
		k := d.found[class]
		fmt.Fprintf(out, "%-16s %-36v %-36v %-36v %-36v %d\n", class, k[0], k[1], k[2], k[3], d.wrongCount[class])
	}
	for _, g := range []struct {
		name  string
		bound string
		kinds []string
	}{{"Ordinary values flagged", "0.1 %", ordinary}, {"Code-like texts flagged as an attack", "3 %", codelike}} {
		fmt.Fprintf(out, "\n%s (goal: <= %s)\n\n", g.name, g.bound)
		var all [2]rate
		for _, kind := range g.kinds {
			k := entry(d.flagged, kind)
			fmt.Fprintf(out, "%-16s query %-36v JSON %-36v left out %d\n", kind, k[0], k[1], d.wrongCount[kind])
			for i := range all {
				all[i].hits += k[i].hits
				all[i].of += k[i].of
			}
		}
		fmt.Fprintf(out, "%-16s query %-36v JSON %v\n", "all", all[0], all[1])
	}
	fmt.Fprintln(out)
	for _, b := range slices.Sorted(maps.Keys(d.blamed)) {
		fmt.Fprintf(out, "  %s: %d\n", b, d.blamed[b])
	}
}
