package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"postern/inspect"
	"postern/profile"
)

// payload is one kind of request, with the most that deciding about it may cost beside the no-op server.
type payload struct {
	name   string
	budget float64
	make   func(r *rand.Rand) (method, path, contentType string, body []byte)
	mesh   mesh // calls of all its edges, instead of make
}

// variants is how many different requests of a payload are sent in turn: the same bytes again and again would flatter every cache (the client's
// memory is its own).
const variants = 1024

func payloads() []payload {
	return []payload{
		{name: "GET", budget: 0.60, make: func(r *rand.Rand) (string, string, string, []byte) {
			return "GET", fmt.Sprintf("/api/v1/orders/%d?expand=items&page=%d", 100000+r.IntN(900000), r.IntN(20)), "", nil
		}},
		{name: "JSON 1 KiB", budget: 0.80, make: func(r *rand.Rand) (string, string, string, []byte) {
			return "POST", "/api/v1/orders", "application/json", order(r, 4)
		}},
		{name: "JSON 16 KiB", budget: 3.0, make: func(r *rand.Rand) (string, string, string, []byte) {
			return "POST", "/api/v1/imports", "application/json", order(r, 91)
		}},
		{name: "matryoshka", budget: 1.0, make: func(r *rand.Rand) (string, string, string, []byte) {
			return "POST", "/api/v1/events", "application/json", matryoshka(r)
		}},
		{name: "gRPC 300 B", budget: 0.70, make: func(r *rand.Rand) (string, string, string, []byte) {
			return "POST", "/shop.v1.Payments/Charge", "application/grpc", frame(r)
		}},
	}
}

// requests makes the variants of a payload, encoded as Envoy sends them under the recommended configuration.
func (p payload) requests() ([][]byte, error) {
	r := rand.New(rand.NewPCG(1, uint64(len(p.name))))
	var all [][]byte
	n := variants
	if p.mesh > 0 {
		n *= 16 // of 20,000 operations of edges most are called
	}
	for range n {
		message, err := proto.Marshal(check(r, p))
		if err != nil {
			return nil, err
		}
		all = append(all, message)
	}
	return all, nil
}

func check(r *rand.Rand, p payload) *authv3.CheckRequest {
	if p.mesh > 0 {
		return p.mesh.check(r, r.IntN(int(p.mesh)), r.IntN(operationsEach))
	}
	method, path, contentType, body := p.make(r)
	return checkOf(r, profile.Edge{From: "spiffe://mesh.test/ns/shop/sa/storefront", To: "spiffe://mesh.test/ns/shop/sa/orders"}, method, path, contentType, body)
}

func checkOf(r *rand.Rand, edge profile.Edge, method, path, contentType string, body []byte) *authv3.CheckRequest {
	id := fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64()>>16)
	headers := [][2]string{
		{":method", method},
		{":path", path},
		{":authority", "orders.shop.svc:8080"},
		{":scheme", "https"},
		{"user-agent", "storefront/1.8.2 Go-http-client/1.1"},
		{"accept", "application/json"},
		{"accept-encoding", "gzip"},
		{"x-forwarded-proto", "https"},
		{"x-request-id", id},
		{"traceparent", fmt.Sprintf("00-%016x%016x-%016x-01", r.Uint64(), r.Uint64(), r.Uint64())},
		{"x-forwarded-client-cert", "By=spiffe://mesh.test/ns/shop/sa/orders;Hash=468ed33be74eee6556d90c0149c1309e9ba61d6425303443c0748a02dd8de688;URI=spiffe://mesh.test/ns/shop/sa/storefront"},
	}
	if body != nil {
		headers = append(headers, [2]string{"content-type", contentType}, [2]string{"content-length", strconv.Itoa(len(body))}, [2]string{"x-envoy-auth-partial-body", "false"})
	}
	m := &corev3.HeaderMap{}
	for _, h := range headers {
		m.Headers = append(m.Headers, &corev3.HeaderValue{Key: h[0], RawValue: []byte(h[1])})
	}
	peer := func(principal string, port uint32) *authv3.AttributeContext_Peer {
		return &authv3.AttributeContext_Peer{Principal: principal, Address: &corev3.Address{Address: &corev3.Address_SocketAddress{
			SocketAddress: &corev3.SocketAddress{Address: "10.1.2.3", PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: port}},
		}}}
	}
	destination := peer(edge.To, 8080)
	destination.Labels = map[string]string{"app": "orders", "version": "v2", "namespace": "shop"}
	return &authv3.CheckRequest{Attributes: &authv3.AttributeContext{
		Source: peer(edge.From, uint32(30000+r.IntN(9999))), Destination: destination,
		Request: &authv3.AttributeContext_Request{Time: timestamppb.Now(), Http: &authv3.AttributeContext_HttpRequest{
			Id: strconv.FormatUint(r.Uint64(), 10), Method: method, Path: path, Host: "orders.shop.svc:8080", Scheme: "https", Protocol: "HTTP/1.1",
			Size: int64(len(body)), HeaderMap: m, RawBody: body,
		}},
		ContextExtensions: map[string]string{"direction": "inbound", "workload": "shop/orders"},
		TlsSession:        &authv3.AttributeContext_TLSSession{Sni: "orders.shop.svc"},
	}}
}

var (
	given   = []string{"Anna", "José", "Wei", "Fatima", "Olu", "Marta", "Ivan", "Sofia", "Noor", "Pierre", "Aiko", "Lars"}
	family  = []string{"Keller", "García", "Zhang", "Haddad", "Adeyemi", "Kowalska", "Petrov", "Rossi", "Khan", "Moreau", "Tanaka", "Berg"}
	streets = []string{"Main Street", "Rue Neuve", "Hauptstr.", "Via Roma", "Calle Mayor", "High Road", "Station Lane"}
	notes   = []string{"leave at the door", "please ring twice", "gift wrap, blue paper", "call before delivery", "", "none"}
)

func pick(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

// order is a JSON body of 8 + 12·items leaves: 56 in about 1 KiB, 1,040 in about 16 KiB.
func order(r *rand.Rand, items int) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"id":"%08x","customer":{"name":%q,"email":"%s%d@example.com","vip":%t},"address":{"street":"%s %d","zip":"%05d","city":"Springfield","phone":"+49 30 %07d"},"currency":"EUR","channel":"web","items":[`,
		r.Uint32(), pick(r, given)+" "+pick(r, family), pick(r, given[:1]), r.IntN(1000), r.IntN(2) == 0, pick(r, streets), r.IntN(200), r.IntN(100000), r.IntN(1e7))
	for i := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"sku":"A%04d-%02d","quantity":%d,"unit_price":%d.%02d,"gift":%t,"tax_rate":0.%02d,"size":"%s","note":%q,"weight_grams":%d,"parcel_size":[%d,%d,%d],"discount":null}`,
			r.IntN(10000), r.IntN(100), 1+r.IntN(9), r.IntN(500), r.IntN(100), r.IntN(2) == 0, r.IntN(30), pick(r, []string{"S", "M", "L", "XL"}), pick(r, notes), r.IntN(5000), r.IntN(100), r.IntN(100), r.IntN(100))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// matryoshka is JSON in base64 in JSON, with XML inside: about 2.5 KiB.
func matryoshka(r *rand.Rand) []byte {
	var x bytes.Buffer
	x.WriteString(`<?xml version="1.0" encoding="UTF-8"?><order xmlns="urn:erp:order:1">`)
	for i := range 7 {
		fmt.Fprintf(&x, `<line no="%d"><sku>A%04d</sku><qty>%d</qty><price currency="EUR">%d.%02d</price></line>`, i+1, r.IntN(10000), 1+r.IntN(9), r.IntN(500), r.IntN(100))
	}
	x.WriteString(`</order>`)
	inner, _ := json.Marshal(map[string]any{ // strings and maps always encode
		"kind": "erp.order", "document": x.String(), "buyer": pick(r, given) + " " + pick(r, family), "note": pick(r, notes), "detail": json.RawMessage(order(r, 1)),
	})
	outer, _ := json.Marshal(map[string]any{"event": "order.created", "attempt": r.IntN(3), "source": "erp-adapter", "data": base64.StdEncoding.EncodeToString(inner)})
	return outer
}

// frame is one gRPC message of about 300 bytes: nested messages, numbers and text.
func frame(r *rand.Rand) []byte {
	text := func(b []byte, n protowire.Number, s string) []byte {
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), s)
	}
	number := func(b []byte, n protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
	}
	card := text(text(number(number(nil, 3, 1+r.Uint64()%12), 4, 2030), 1, fmt.Sprintf("4%015d", r.Uint64()%1e15)), 2, pick(r, given)+" "+pick(r, family))
	amount := number(number(text(nil, 1, "EUR"), 2, r.Uint64()%10000), 3, r.Uint64()%100)
	m := text(nil, 1, fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64()>>16))
	m = text(m, 2, string(amount))
	m = text(m, 3, string(card))
	m = text(m, 4, pick(r, streets)+" "+strconv.Itoa(r.IntN(200))+", Springfield")
	for range 3 {
		m = text(m, 5, string(number(number(text(nil, 1, fmt.Sprintf("A%04d", r.IntN(10000))), 2, 1+r.Uint64()%9), 3, r.Uint64()%50000)))
	}
	m = text(m, 6, "order "+strconv.Itoa(r.IntN(1e6))+": "+pick(r, notes)+"; delivered by the usual carrier to the address above")
	return append([]byte{0, 0, 0, byte(len(m) >> 8), byte(len(m))}, m...)
}

// messageOf is a check's message as the Envoy side hands it on.
func messageOf(q *authv3.CheckRequest) inspect.Message {
	h := q.GetAttributes().GetRequest().GetHttp()
	m := inspect.Message{Method: []byte(h.GetMethod()), Host: []byte(h.GetHost()), Path: []byte(h.GetPath()), Body: h.GetRawBody(), Size: int64(len(h.GetRawBody()))}
	for _, v := range h.GetHeaderMap().GetHeaders() {
		if k := v.GetKey(); k[0] != ':' && k != "x-envoy-auth-partial-body" && k != "x-forwarded-client-cert" {
			m.Header = append(m.Header, inspect.Header{Name: []byte(v.GetKey()), Value: v.GetRawValue()})
		}
	}
	return m
}
