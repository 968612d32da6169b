package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"postern/inspect"
	"postern/inspect/decode"
)

// The truth of this section. An ordinary value is what a person or a program wrote, and a layer seen in it is there only if its writer would name it. Which kinds
// of value hold which layer was settled by reading every layer seen in a sample of each kind; what is not listed here counts as wrong,
// unless the standard library's decoder settles it (really). The protobuf in query strings is Google's ($req, gclid, ctc_id, cid, pscrd, eitems …: numbers are Unix times,
// texts are browser versions); about ten of the 130 are of keys nobody could name.
var holds = map[string][]decode.Format{
	"query-string":     {decode.FormatForm, decode.FormatPercent, decode.FormatPlus, decode.FormatJSON, decode.FormatBase64, decode.FormatJWT, decode.FormatProtobuf},
	"param-value":      {decode.FormatForm, decode.FormatPercent, decode.FormatPlus},
	"data-uri":         {decode.FormatDataURL, decode.FormatBase64, decode.FormatPercent, decode.FormatXML},
	"config-json-yaml": {decode.FormatJSON, decode.FormatYAML, decode.FormatNDJSON},
	"markdown-html":    {decode.FormatXML, decode.FormatEntities},
	"code-snippet":     {decode.FormatJSON, decode.FormatGraphQL, decode.FormatEscapes, decode.FormatXML},
	"short-value":      {decode.FormatPlus}, // many come from forms, as they were sent
	"naughty-unicode":  {decode.FormatEntities, decode.FormatPercent},
	"fp-strings":       {decode.FormatPercent, decode.FormatEntities, decode.FormatJSON},
	"api":              {decode.FormatForm, decode.FormatPercent, decode.FormatPlus, decode.FormatJWT},
	"web":              {decode.FormatForm, decode.FormatPercent, decode.FormatPlus},
}

// really says whether a wrapping is there beyond doubt: nobody writes %41 but to escape, and base64 of 12 bytes and more that gives printable text alone is no accident
// (1 random text in 20,000), as GitHub's node_id shows.
func really(f decode.Format, text []byte) bool {
	switch f {
	case decode.FormatPercent:
		plain, err := url.PathUnescape(string(text))
		return err == nil && plain != string(text)
	case decode.FormatBase64:
		plain, err := base64.StdEncoding.DecodeString(string(text))
		return err == nil && len(plain) >= 9 && utf8.Valid(plain) && !strings.ContainsFunc(string(plain), func(r rune) bool { return !unicode.IsPrint(r) })
	}
	return false
}

// misread counts the leaves of ordinary bodies in which a layer is seen that is not there.
type misread struct {
	inspector *inspect.Inspector
	all       rate
	right     map[string]*rate
	examples  map[string]int
}

// falseLayers measures how often a layer is seen in an ordinary value that has none.
func falseLayers(out io.Writer, c corpora) error {
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		return err
	}
	m := &misread{inspector: inspector, right: map[string]*rate{}, examples: map[string]int{}}
	value := func(s *sample) {
		text, err := json.Marshal([]string{string(s.Payload)})
		if err == nil {
			m.read(s.Class, &inspect.Message{Method: []byte("POST"), Path: []byte("/"), Body: text, Size: -1})
		}
	}
	whole := func(kind string) func(*sample) {
		return func(s *sample) { m.read(kind, requestOf(s)) }
	}
	for _, file := range []struct {
		name string
		each func(*sample)
	}{{"payloads_benign", value}, {"api_json_benign", whole("api")}, {"weblog_benign", whole("web")}} {
		if err := c.read(file.name, file.each); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "Leaves of ordinary calls in which a layer is seen that is not there: %v\n\nRight, by kind of value:\n", m.all)
	worst(out, m.right, 30)
	fmt.Fprintln(out, "\nWhat was seen:")
	for _, what := range slices.SortedFunc(maps.Keys(m.examples), func(a, b string) int { return m.examples[b] - m.examples[a] }) {
		fmt.Fprintf(out, "- %s: %d\n", what, m.examples[what])
	}
	return nil
}

// requestOf is a whole request of the data as a proxy would hand it on.
func requestOf(s *sample) *inspect.Message {
	target := s.Path
	if s.Query != "" {
		target += "?" + s.Query
	}
	m := &inspect.Message{Method: []byte(s.Method), Path: []byte(target), Body: s.Body, Size: int64(len(s.Body))}
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		if strings.EqualFold(name, "host") {
			m.Host = []byte(s.Headers[name])
			continue
		}
		m.Header = append(m.Header, inspect.Header{Name: []byte(strings.ToLower(name)), Value: []byte(s.Headers[name])})
	}
	return m
}

// read counts each leaf that no layer lies over but that of the body, query or path itself; what is opened inside it belongs to it.
func (m *misread) read(kind string, message *inspect.Message) {
	tree := m.inspector.Inspect(message)
	defer m.inspector.Free(tree)
	for i := 0; i < len(tree.Nodes); i++ {
		n := &tree.Nodes[i]
		if !n.Leaf() || n.Parent < 0 || len(n.Raw) == 0 {
			continue
		}
		wrong := ""
		for j := i + 1; j < int(n.End) && wrong == ""; j++ {
			if f := tree.Nodes[j].Layer; f != 0 && !slices.Contains(holds[kind], f) && !really(f, tree.Nodes[tree.Nodes[j].Parent].Raw) {
				wrong = f.String()
			}
		}
		m.all.add(wrong != "")
		tally(m.right, kind, wrong == "")
		if wrong != "" {
			m.examples[wrong+" in "+kind]++
		}
		i = int(n.End) - 1
	}
}
