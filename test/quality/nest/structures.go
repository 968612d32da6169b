package nest

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/fxamacker/cbor/v2"
	"github.com/goccy/go-yaml"
	"github.com/vmihailenco/msgpack/v5"
	"google.golang.org/protobuf/encoding/protowire"
)

// structures hold the payload in one of several fields.
var structures = []layer{
	{"json", utf8Text, utf8Text, false, func(r *rand.Rand, b []byte) []byte { return jsonOf(record(r, "note", string(b))) }, nil},
	{"json-deep", utf8Text, utf8Text, false, func(r *rand.Rand, b []byte) []byte {
		return jsonOf(map[string]any{"items": []any{record(r, "sku", word(r)), record(r, "text", string(b))}, "total": r.IntN(9999)})
	}, nil},
	{"json-array", utf8Text, utf8Text, false, func(r *rand.Rand, b []byte) []byte { return jsonOf([]any{word(r), string(b), r.IntN(100)}) }, nil},
	{"ndjson", utf8Text, utf8Text, true, func(r *rand.Rand, b []byte) []byte {
		return bytes.Join([][]byte{jsonOf(record(r, "line", word(r))), jsonOf(record(r, "line", string(b))), nil}, []byte("\n"))
	}, nil},
	{"xml", xmlText, xmlText, false, func(r *rand.Rand, b []byte) []byte {
		return fmt.Appendf(nil, "<?xml version=\"1.0\"?>\n<order><id>%d</id><comment>%s</comment></order>", r.IntN(9999), xmlOf(b))
	}, nil},
	{"xml-attribute", xmlText, xmlText, false, func(r *rand.Rand, b []byte) []byte {
		return fmt.Appendf(nil, `<items><item qty="%d" label="%s"/></items>`, r.IntN(9), xmlOf(b))
	}, nil},
	{"xml-cdata", xmlText, xmlText, true, func(r *rand.Rand, b []byte) []byte {
		return fmt.Appendf(nil, "<doc><n>%d</n><body><![CDATA[%s]]></body></doc>", r.IntN(99), bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("]]>"), []byte("]]]]><![CDATA[>")), []byte("\r"), []byte("]]>&#13;<![CDATA[")))
	}, nil},
	{"form", anyBytes, lineText, true, func(r *rand.Rand, b []byte) []byte {
		return []byte(url.Values{"id": {fmt.Sprint(r.IntN(9999))}, "q": {string(b)}, "lang": {"en"}}.Encode())
	}, nil},
	{"multipart", anyBytes, anyBytes, true, func(r *rand.Rand, b []byte) []byte { body, _ := multipartOf(r, b); return body }, nil},
	{"yaml", utf8Text, utf8Text, true, func(r *rand.Rand, b []byte) []byte {
		return yamlOf(yaml.MapSlice{{Key: "name", Value: word(r)}, {Key: "replicas", Value: r.IntN(9)}}, "notes", string(b))
	}, nil},
	{"protobuf", anyBytes, anyBytes, false, func(r *rand.Rand, b []byte) []byte { return message(r, b) }, nil},
	{"msgpack", anyBytes, anyBytes, true, func(r *rand.Rand, b []byte) []byte { return msgpackOf(binaryRecord(r, b)) }, nil},
	{"cbor", anyBytes, anyBytes, true, func(r *rand.Rand, b []byte) []byte { return cborOf(binaryRecord(r, b)) }, nil},
	{"jwt", utf8Text, lineText, true, func(r *rand.Rand, b []byte) []byte {
		encode := base64.RawURLEncoding.EncodeToString
		return fmt.Appendf(nil, "%s.%s.%s", encode([]byte(`{"alg":"HS256","typ":"JWT"}`)), encode(jsonOf(record(r, "sub", string(b)))), encode(noise(r, 32)))
	}, nil},
	{"csv", utf8Text, utf8Text, true, func(r *rand.Rand, b []byte) []byte { return csvOf(r, string(b)) }, nil},
	{"graphql", utf8Text, utf8Text, true, func(r *rand.Rand, b []byte) []byte {
		return jsonOf(map[string]any{"query": "query Find($t: String!) { find(text: $t) { id name } }", "operationName": "Find", "variables": map[string]any{"t": string(b), "n": r.IntN(50)}})
	}, nil},
}

func xmlOf(b []byte) []byte {
	var out bytes.Buffer
	if err := xml.EscapeText(&out, b); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func csvOf(r *rand.Rand, field string) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.WriteAll([][]string{{"id", "name", "remark"}, {fmt.Sprint(r.IntN(999)), word(r), word(r)}, {fmt.Sprint(r.IntN(999)), word(r), field}}); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// multipartOf is form data with the payload as a part of its own (RFC 7578), and the boundary.
func multipartOf(r *rand.Rand, b []byte) (body []byte, boundary string) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	if err := w.SetBoundary(fmt.Sprintf("----part%016x", r.Uint64())); err != nil {
		panic(err)
	}
	if err := w.WriteField("title", word(r)); err != nil {
		panic(err)
	}
	part := must(w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="document"; filename="a.bin"`}, "Content-Type": {"application/octet-stream"}}))
	must(part.Write(b))
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes(), w.Boundary()
}

// message is a protobuf message: an id, a name, the payload in a nested message, a flag.
func message(r *rand.Rand, b []byte) []byte {
	inner := protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), b)
	m := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), r.Uint64N(1<<40))
	m = protowire.AppendString(protowire.AppendTag(m, 2, protowire.BytesType), word(r))
	m = protowire.AppendBytes(protowire.AppendTag(m, 3, protowire.BytesType), inner)
	return protowire.AppendVarint(protowire.AppendTag(m, 4, protowire.VarintType), uint64(r.IntN(2)))
}

func record(r *rand.Rand, field, value string) map[string]any {
	return map[string]any{"id": r.IntN(99999), "name": word(r), "active": r.IntN(2) == 0, "price": float64(r.IntN(99999)) / 100, field: value}
}

// binaryRecord holds the payload as text where it is text, else as bytes.
func binaryRecord(r *rand.Rand, b []byte) map[string]any {
	m := record(r, "data", "")
	if classOf(b) > anyBytes {
		m["data"] = string(b)
	} else {
		m["data"] = b
	}
	return m
}

var words = []string{"alpha", "Berlin", "blue kettle", "Miller & Sons", "north", "invoice", "Straße 12", "ready", "Zoë", "paid in full", "green tea", "O'Neill", "box of 12", "express", "weekly"}

func word(r *rand.Rand) string { return words[r.IntN(len(words))] }

func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// yamlOf is a mapping with one text more. The library writes a carriage return as it is, where its own reader takes it for a line end (YAML 1.2.2, 5.4): a text with one is
// put in double quotes, which JSON's are too.
func yamlOf(rest yaml.MapSlice, key, value string) []byte {
	if strings.Contains(value, "\r") {
		return append(must(yaml.Marshal(rest)), fmt.Sprintf("%s: %s\n", key, jsonOf(value))...)
	}
	return must(yaml.Marshal(append(rest, yaml.MapItem{Key: key, Value: value})))
}

// msgpackOf and cborOf sort the keys, so that the same seed gives the same bytes.
func msgpackOf(m map[string]any) []byte {
	var out bytes.Buffer
	e := msgpack.NewEncoder(&out)
	e.SetSortMapKeys(true)
	if err := e.Encode(m); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func cborOf(m map[string]any) []byte {
	mode := must(cbor.EncOptions{Sort: cbor.SortCanonical}.EncMode())
	return must(mode.Marshal(m))
}
