package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// record is a body of about size bytes as services send it: an order with its lines.
func record(size int) []byte {
	type line struct {
		SKU      string   `json:"sku"`
		Name     string   `json:"name"`
		Quantity int      `json:"quantity"`
		Price    float64  `json:"price"`
		Tags     []string `json:"tags"`
		Gift     bool     `json:"gift"`
	}
	order := struct {
		ID       string            `json:"order_id"`
		Customer map[string]string `json:"customer"`
		Lines    []line            `json:"lines"`
		Note     string            `json:"note"`
	}{
		"550e8400-e29b-41d4-a716-446655440000", map[string]string{"name": "Ada Lovelace", "email": "ada@example.org", "city": "London"}, nil, "please leave it at the door, thank you",
	}
	for i := 0; ; i++ {
		body, err := json.Marshal(order)
		if err != nil {
			panic(err)
		}
		if len(body) >= size {
			return body
		}
		order.Lines = append(order.Lines, line{fmt.Sprintf("SKU-%05d", 7919*i%100000), "Colourful socks, size 42", i%5 + 1, 17.32, []string{"brown", "geek"}, i%2 == 0})
	}
}

// matryoshka is JSON with base64 of JSON with XML.
func matryoshka() []byte {
	var lines strings.Builder
	for i := range 16 {
		fmt.Fprintf(&lines, `<line no="%d"><sku>SKU-%05d</sku><name>Colourful socks</name></line>`, i, 7919*i)
	}
	inner, err := json.Marshal(map[string]any{"id": 17, "document": "<order><to>Ada &amp; Co</to>" + lines.String() + "</order>", "ok": true})
	if err != nil {
		panic(err)
	}
	outer, err := json.Marshal(map[string]any{"kind": "envelope", "data": base64.StdEncoding.EncodeToString(inner)})
	if err != nil {
		panic(err)
	}
	return outer
}

func post(body []byte) *Message {
	return &Message{
		Method: []byte("POST"), Host: []byte("orders"), Path: []byte("/orders/17/lines"), Body: body, Size: int64(len(body)),
		Header: []Header{
			{[]byte("content-type"), []byte("application/json")},
			{[]byte("user-agent"), []byte("Go-http-client/2.0")},
			{[]byte("accept-encoding"), []byte("gzip")},
			{[]byte("x-request-id"), []byte("6f2b9a7e-8f1c-4c1e-9a55-2f6d7b1c0a11")},
			{[]byte("traceparent"), []byte("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")},
		},
	}
}

func get() *Message {
	m := post(nil)
	m.Method, m.Path, m.Size = []byte("GET"), []byte("/catalogue?size=10&tags=brown"), -1
	return m
}

// opened is Inspect without the detectors: the walk alone.
func (p *Inspector) opened(m *Message) *Tree {
	w := p.walks.Get().(*walk)
	w.begin(m, &p.limits)
	w.roots()
	w.account()
	return &w.tree
}

func BenchmarkInspect(b *testing.B) {
	p := inspector(b)
	for _, c := range []struct {
		name string
		m    *Message
	}{{"get", get()}, {"1KiB", post(record(1 << 10))}, {"16KiB", post(record(16 << 10))}, {"matryoshka", post(matryoshka())}} {
		size := int64(len(c.m.Body) + len(c.m.Path))
		measure(b, c.name+"/walk", size, func() { p.Free(p.opened(c.m)) })
		measure(b, c.name+"/whole", size, func() { p.Free(p.Inspect(c.m)) })
		if c.m.Body != nil {
			measure(b, c.name+"/standard", size, func() { standard(b, c.m.Body) })
		}
	}
}

// measure reports the CPU time beside that of the clock, which says little where others work too.
func measure(b *testing.B, name string, size int64, f func()) {
	b.Run(name, func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		n, begun := 0, used(b)
		for b.Loop() {
			f()
			n++
		}
		b.ReportMetric(float64(used(b)-begun)/float64(n), "cpu-ns/op")
	})
}

// used is the CPU time of this process in nanoseconds.
func used(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// standard decodes the same layers with the standard library.
func standard(b *testing.B, body []byte) {
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		b.Fatal(err)
	}
	data, ok := v["data"].(string)
	if !ok {
		return
	}
	inner, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(inner, &v); err != nil {
		b.Fatal(err)
	}
	document, ok := v["document"].(string)
	if !ok {
		b.Fatal("no document")
	}
	for d := xml.NewDecoder(bytes.NewReader([]byte(document))); ; {
		if _, err := d.Token(); err != nil {
			return
		}
	}
}
