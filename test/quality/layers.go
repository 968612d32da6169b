package main

import (
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"postern/inspect"
	"postern/inspect/decode"
)

// The truth of this section. An ordinary value is what a person or a program wrote, and a layer seen in it is there only if its writer would name it. It was settled in
// two ways. Which kinds of value hold which layer was read off: every layer seen in a sample of each kind was looked at, and holds has what was found. For single values a
// decoder that is not ours settles it (really): it must take the whole value, and give what hardly an accident gives. All else counts as wrong, among it what can be
// argued about: a sentence in double quotes (which is a JSON string too), an escape or a reference that stands in the midst of a program or a manual page.
//
// The protobuf in query strings is Google's ($req, gclid, ctc_id, cid, pscrd, eitems …: numbers are Unix times, texts are browser versions); about ten of the 130 are of
// keys nobody could name. The plus in fp-strings stands in searches as a browser sends them ("%22CLIP+ON%22+-EARRING%2A"). The forms in short-value are cut query strings.
// Many of short-value are the commands that somebody tried on a web server; the escapes in them (\x09 for a blank) are real.
var holds = map[string][]decode.Format{
	"query-string":     {decode.FormatForm, decode.FormatPercent, decode.FormatPlus, decode.FormatJSON, decode.FormatBase64, decode.FormatJWT, decode.FormatProtobuf},
	"param-value":      {decode.FormatForm, decode.FormatPercent, decode.FormatPlus},
	"data-uri":         {decode.FormatDataURL, decode.FormatBase64, decode.FormatPercent, decode.FormatXML},
	"config-json-yaml": {decode.FormatJSON, decode.FormatYAML, decode.FormatNDJSON},
	"markdown-html":    {decode.FormatXML, decode.FormatEntities},
	"code-snippet":     {decode.FormatJSON, decode.FormatGraphQL, decode.FormatEscapes, decode.FormatXML},
	"short-value":      {decode.FormatPlus, decode.FormatForm}, // many come from forms, as they were sent
	"naughty-unicode":  {decode.FormatEntities, decode.FormatPercent},
	"fp-strings":       {decode.FormatPercent, decode.FormatPlus, decode.FormatEntities, decode.FormatJSON},
	"api":              {decode.FormatForm, decode.FormatPercent, decode.FormatPlus, decode.FormatJWT},
	"web":              {decode.FormatForm, decode.FormatPercent, decode.FormatPlus},
}

// really says whether a layer is there beyond doubt, by the standard library's decoder. Nobody writes %41, \x41 or &#65; but to escape; base64 and hexadecimal digits that
// give nine printable characters and no other byte are no accident (GitHub's node_id, 1 random text in 7,000), nor are eight before padding; zlib and gzip have a sum.
func really(f decode.Format, text string) bool {
	switch f {
	case decode.FormatPercent:
		if i := max(strings.LastIndexByte(text, '%'), 0); i > 0 && len(text)-i < 3 {
			text = text[:i] // cut in the midst of an escape
		}
		plain, err := url.PathUnescape(text)
		return err == nil && plain != text
	case decode.FormatEscapes:
		plain, err := strconv.Unquote(`"` + text + `"`)
		return err == nil && plain != text && strings.ContainsAny(text, "xu0")
	case decode.FormatEntities:
		plain := html.UnescapeString(text)
		return plain != text && !strings.ContainsAny(text, "<>") && strings.Count(text, "&") == strings.Count(text, ";")
	case decode.FormatBase64:
		plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
		return err == nil && printed(plain, len(text)-len(strings.TrimRight(text, "=")))
	case decode.FormatHex:
		plain, err := hex.DecodeString(text)
		return err == nil && printed(plain, 0)
	case decode.FormatZlib:
		r, err := zlib.NewReader(strings.NewReader(text))
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		return err == nil
	case decode.FormatJSON:
		return strings.HasPrefix(text, `{"`) && json.Valid([]byte(text))
	case decode.FormatAuth:
		scheme, credentials, ok := strings.Cut(text, " ")
		first, _, _ := strings.Cut(credentials, ".")
		return ok && (scheme == "Basic" && really(decode.FormatBase64, credentials) || scheme == "Bearer" && really(decode.FormatBase64, first))
	case decode.FormatURL:
		u, err := url.Parse(text)
		return err == nil && (u.Host != "" || strings.HasPrefix(text, "/")) && (len(u.Query()) > 0 || strings.Contains(u.Path, "/"))
	case decode.FormatRest, decode.FormatTokens:
		return true // no layer, but what is left behind one, or words of a text: these count for themselves
	}
	return false
}

// printed says whether a text that was undone is one: long enough, and of characters that are printed.
func printed(plain []byte, padding int) bool {
	return len(plain) >= 9-min(padding, 1) && utf8.Valid(plain) && !strings.ContainsFunc(strings.TrimRight(string(plain), "\r\n"), func(r rune) bool { return !unicode.IsPrint(r) })
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
			if f := tree.Nodes[j].Layer; f != 0 && !slices.Contains(holds[kind], f) && !really(f, string(tree.Nodes[tree.Nodes[j].Parent].Raw)) {
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
