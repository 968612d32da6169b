package envoy

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"postern/inspect"
)

// sample is a CheckRequest as the recommended configuration makes it.
func sample() *authv3.CheckRequest {
	address := &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{Address: "127.0.0.1", PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: 8080}}}}
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source:      &authv3.AttributeContext_Peer{Address: address, Principal: "spiffe://mesh.test/ns/shop/sa/web", Service: "spoofed", Labels: map[string]string{"version": "spoofed"}},
		Destination: &authv3.AttributeContext_Peer{Address: address, Principal: "spiffe://mesh.test/ns/shop/sa/orders", Labels: map[string]string{"app": "orders", "version": "v2"}},
		Request: &authv3.AttributeContext_Request{Time: timestamppb.Now(), Http: &authv3.AttributeContext_HttpRequest{
			Id: "18126513563248170724", Method: "POST", Path: "/api/orders?x=1", Host: "orders.shop", Scheme: "https", Protocol: "HTTP/1.1", Size: 5,
			HeaderMap: &corev3.HeaderMap{Headers: []*corev3.HeaderValue{
				{Key: ":method", RawValue: []byte("POST")},
				{Key: "content-type", RawValue: []byte("application/json")},
				{Key: "x-a", RawValue: []byte("1")},
				{Key: "x-a", RawValue: []byte("2\xff")},
				{Key: "content-length", Value: "5"},
				{Key: "x-envoy-auth-partial-body", RawValue: []byte("false")},
			}},
			RawBody: []byte("{\"a\"}"),
		}},
		ContextExtensions: map[string]string{"direction": "inbound", "workload": "shop/orders", "version": "v3"},
		TlsSession:        &authv3.AttributeContext_TLSSession{Sni: "orders.shop.svc"},
	}}
}

// generated is the same as attributes.read, by way of the generated decoder.
func generated(message []byte) (*attributes, error) {
	var c authv3.CheckRequest
	if err := proto.Unmarshal(message, &c); err != nil {
		return nil, err
	}
	x, h := c.GetAttributes(), c.GetAttributes().GetRequest().GetHttp()
	a := &attributes{
		caller: []byte(x.GetSource().GetPrincipal()), callee: []byte(x.GetDestination().GetPrincipal()), label: []byte(x.GetDestination().GetLabels()["version"]),
		direction: []byte(x.GetContextExtensions()["direction"]), workload: []byte(x.GetContextExtensions()["workload"]), revision: []byte(x.GetContextExtensions()["version"]),
		method: []byte(h.GetMethod()), path: []byte(h.GetPath()), query: []byte(h.GetQuery()), host: []byte(h.GetHost()), protocol: []byte(h.GetProtocol()),
		text: []byte(h.GetBody()), raw: h.GetRawBody(),
	}
	for _, v := range h.GetHeaderMap().GetHeaders() {
		value := v.GetRawValue()
		if len(value) == 0 {
			value = []byte(v.GetValue())
		}
		a.header = append(a.header, inspect.Header{Name: []byte(v.GetKey()), Value: value})
	}
	for k, v := range h.GetHeaders() {
		a.joined = append(a.joined, inspect.Header{Name: []byte(k), Value: []byte(v)})
	}
	return a, nil
}

// plain gives attributes a form in which both decoders must agree: empty and absent are one, the last entry of a map counts.
func plain(a *attributes) map[string]any {
	joined := map[string]string{}
	for _, h := range a.joined {
		joined[string(h.Name)] = string(h.Value)
	}
	var header []string
	for _, h := range a.header {
		header = append(header, string(h.Name)+": "+string(h.Value))
	}
	m := map[string]any{"joined": joined, "header": header}
	for i, b := range [][]byte{a.caller, a.callee, a.label, a.direction, a.workload, a.revision, a.method, a.path, a.query, a.host, a.protocol, a.text, a.raw} {
		m[string(rune('a'+i))] = string(b)
	}
	return m
}

func TestAttributesAgreeWithTheGeneratedDecoder(t *testing.T) {
	message, err := proto.Marshal(sample())
	if err != nil {
		t.Fatal(err)
	}
	want, err := generated(message)
	if err != nil {
		t.Fatal(err)
	}
	var got attributes
	if err := got.read(message); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(plain(want), plain(&got)); d != "" {
		t.Fatalf("(-generated +own):\n%s", d)
	}
	if string(got.revision) != "v3" || len(got.header) != 6 {
		t.Fatalf("fields are missing: %+v", plain(&got))
	}
	for n := range message {
		var cut attributes
		_ = cut.read(message[:n]) // never panics
	}
}

func FuzzAttributes(f *testing.F) {
	message, _ := proto.Marshal(sample())
	f.Add(message)
	withMap := sample()
	withMap.Attributes.Request.Http.Headers = map[string]string{"a": "b", "c": "d", "x-a": "3"}
	withMap.Attributes.Request.Http.Body, withMap.Attributes.Request.Http.Query = "text", "q=1"
	again, _ := proto.Marshal(withMap)
	f.Add(again)
	f.Add(slices.Concat(message, again)) // two of everything: merged
	f.Add([]byte{0x0a, 0x03, 0x22, 0x01, 0x12})
	f.Add(binary.AppendUvarint([]byte{0x0a}, 1<<40))
	f.Fuzz(func(t *testing.T, message []byte) {
		want, refused := generated(message)
		var got attributes
		err := got.read(message)
		if refused != nil {
			return // ours looks at less, and takes text that is not UTF-8
		}
		if err != nil {
			t.Fatalf("refused what the generated decoder takes: %v", err)
		}
		if d := cmp.Diff(plain(want), plain(&got)); d != "" {
			t.Fatalf("(-generated +own):\n%s", d)
		}
	})
}

func TestReadAllocatesNothing(t *testing.T) {
	message, _ := proto.Marshal(sample())
	a := attributes{header: make([]inspect.Header, 0, 64)}
	n := testing.AllocsPerRun(100, func() {
		a = attributes{header: a.header[:0]}
		if err := a.read(message); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkRead(b *testing.B) {
	message, _ := proto.Marshal(sample())
	a := attributes{header: make([]inspect.Header, 0, 64)}
	b.SetBytes(int64(len(message)))
	for b.Loop() {
		a = attributes{header: a.header[:0]}
		_ = a.read(message)
	}
}

func TestFillMessage(t *testing.T) {
	type header = map[string]string
	cases := []struct {
		name    string
		headers header
		lines   []string // name, value, …
		body    string
		cut     bool
		size    int64
		want    []string
	}{
		{"nothing", nil, nil, "", false, -1, nil},
		{"pseudo headers are not the sender's", header{":path": "/", "a": "b"}, nil, "", false, -1, []string{"a: b"}},
		{"whole body", header{"content-length": "4"}, []string{"x-envoy-auth-partial-body", "false"}, "body", false, 4, []string{"content-length: 4"}},
		{"partial body", nil, []string{"x-envoy-auth-partial-body", "true"}, "body", true, -1, nil},
		{"partial body of known size", nil, []string{"content-length", "5000", "x-envoy-auth-partial-body", "true"}, "body", true, 5000, []string{"content-length: 5000"}},
		{"body not buffered", nil, []string{"content-length", "10"}, "", true, 10, []string{"content-length: 10"}},
		{"chunked body not buffered", nil, []string{"transfer-encoding", "chunked"}, "", true, -1, []string{"transfer-encoding: chunked"}},
		{"typed body not buffered", nil, []string{"content-type", "text/plain"}, "", true, -1, []string{"content-type: text/plain"}},
		{"empty body of a type", nil, []string{"content-type", "text/plain", "content-length", "0"}, "", false, 0, []string{"content-type: text/plain", "content-length: 0"}},
		{"gRPC stream not buffered", nil, []string{"content-type", "application/grpc+proto"}, "", true, -1, []string{"content-type: application/grpc+proto"}},
		{"grpc-web is HTTP", nil, []string{"content-type", "application/grpc-web", "content-length", "0"}, "", false, 0, []string{"content-type: application/grpc-web", "content-length: 0"}},
		{"odd length", nil, []string{"content-length", "+4"}, "body", false, -1, []string{"content-length: +4"}},
		{"duplicates kept, in order", nil, []string{"b", "1", "a", "2", "b", "3"}, "", false, -1, []string{"b: 1", "a: 2", "b: 3"}},
		{"both forms", header{"A": "other", "c": "3"}, []string{"a", "1"}, "", false, -1, []string{"a: 1", "c: 3"}},
		{"forwarded certificate of nobody", nil, []string{"x-forwarded-client-cert", "URI=spiffe://m/x;Hash=1"}, "", false, -1, []string{"x-forwarded-client-cert: URI=spiffe://m/x"}},
		{"pod's name", nil, []string{"x-envoy-peer-metadata-id", "sidecar~10.1.2.3~web-7d"}, "", false, -1, nil},
		{"upper case", nil, []string{"X-A", "1"}, "", false, -1, []string{"x-a: 1"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, r := &server{}, &request{}
			for _, k := range slices.Sorted(maps.Keys(c.headers)) {
				r.joined = append(r.joined, inspect.Header{Name: []byte(k), Value: []byte(c.headers[k])})
			}
			for pair := range slices.Chunk(c.lines, 2) {
				r.header = append(r.header, inspect.Header{Name: []byte(pair[0]), Value: []byte(pair[1])})
			}
			r.raw = []byte(c.body)
			s.fillMessage(r)
			m := r.call.Message
			if m.Cut != c.cut || m.Size != c.size || !bytes.Equal(m.Body, []byte(c.body)) {
				t.Errorf("cut %v, size %d, body %q", m.Cut, m.Size, m.Body)
			}
			var got []string
			for _, h := range m.Header {
				got = append(got, string(h.Name)+": "+string(h.Value))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("headers (-want +got):\n%s", d)
			}
			if strings.HasPrefix(c.name, "gRPC") != r.call.GRPC {
				t.Errorf("gRPC %v", r.call.GRPC)
			}
		})
	}
}
