package nest

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/url"

	"github.com/goccy/go-yaml"
)

// operation is a call of one protocol with one field for the payload.
type operation struct {
	name  string
	takes class
	call  func(random *rand.Rand, value []byte) Case
}

// operations is every operation, each of another protocol or place.
var operations = []operation{
	{"query", anyBytes, func(r *rand.Rand, v []byte) Case {
		return get("/api/v1/search?page=" + fmt.Sprint(r.IntN(20)) + "&q=" + url.QueryEscape(string(v)))
	}},
	{"path", anyBytes, func(_ *rand.Rand, v []byte) Case { return get("/files/" + url.PathEscape(string(v)) + "/meta") }},
	{"header", lineText, func(_ *rand.Rand, v []byte) Case {
		c := get("/api/v1/orders")
		c.Headers = append(c.Headers, [2]string{"x-request-context", string(v)})
		return c
	}},
	{"cookie", anyBytes, func(r *rand.Rand, v []byte) Case {
		c := get("/account")
		c.Headers = append(c.Headers, [2]string{"cookie", fmt.Sprintf("sid=%x; prefs=%s", noise(r, 16), url.QueryEscape(string(v)))})
		return c
	}},
	{"form", anyBytes, func(r *rand.Rand, v []byte) Case {
		return post("/login", "application/x-www-form-urlencoded", []byte(url.Values{"user": {word(r)}, "comment": {string(v)}}.Encode()))
	}},
	{"rest", utf8Text, func(r *rand.Rand, v []byte) Case {
		return post("/api/v1/orders", "application/json", jsonOf(record(r, "note", string(v))))
	}},
	{"bulk", utf8Text, func(r *rand.Rand, v []byte) Case {
		return post("/api/v1/_bulk", "application/x-ndjson", bytes.Join([][]byte{jsonOf(record(r, "t", word(r))), jsonOf(record(r, "t", string(v))), nil}, []byte("\n")))
	}},
	{"graphql", utf8Text, func(r *rand.Rand, v []byte) Case {
		return post("/graphql", "application/json", jsonOf(map[string]any{"query": "mutation Add($c: String!, $n: Int) { addComment(text: $c, stars: $n) { id } }", "variables": map[string]any{"c": string(v), "n": r.IntN(5)}}))
	}},
	{"json-rpc", utf8Text, func(r *rand.Rand, v []byte) Case {
		return post("/rpc", "application/json", jsonOf(map[string]any{"jsonrpc": "2.0", "id": r.IntN(999), "method": "ticket.create", "params": []any{word(r), string(v)}}))
	}},
	{"mcp", utf8Text, func(r *rand.Rand, v []byte) Case {
		return post("/mcp", "application/json", jsonOf(map[string]any{"jsonrpc": "2.0", "id": r.IntN(999), "method": "tools/call", "params": map[string]any{"name": "lookup", "arguments": map[string]any{"term": string(v)}}}))
	}},
	{"soap", xmlText, func(r *rand.Rand, v []byte) Case {
		c := post("/ws/customer", "text/xml; charset=utf-8", fmt.Appendf(nil, `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><Find><limit>%d</limit><name>%s</name></Find></soap:Body></soap:Envelope>`, r.IntN(50), xmlOf(v)))
		c.Headers = append(c.Headers, [2]string{"soapaction", `"Find"`})
		return c
	}},
	{"grpc", anyBytes, func(r *rand.Rand, v []byte) Case { return grpc("application/grpc", 0, message(r, v)) }},
	{"grpc-gzip", anyBytes, func(r *rand.Rand, v []byte) Case {
		gzip, _ := find(layers, func(l layer) bool { return l.name == "gzip" })
		c := grpc("application/grpc+proto", 1, gzip.wrap(r, message(r, v)))
		c.Headers = append(c.Headers, [2]string{"grpc-encoding", "gzip"})
		return c
	}},
	{"grpc-web-text", anyBytes, func(r *rand.Rand, v []byte) Case {
		c := grpc("application/grpc-web-text", 0, message(r, v))
		c.Body = []byte(base64.StdEncoding.EncodeToString(c.Body))
		return c
	}},
	{"multipart", anyBytes, func(r *rand.Rand, v []byte) Case {
		body, boundary := multipartOf(r, v)
		return post("/upload", "multipart/form-data; boundary="+boundary, body)
	}},
	{"yaml", utf8Text, func(r *rand.Rand, v []byte) Case {
		return post("/config", "application/yaml", yamlOf(yaml.MapSlice{{Key: "service", Value: word(r)}}, "banner", string(v)))
	}},
	{"msgpack", anyBytes, func(r *rand.Rand, v []byte) Case {
		return post("/ingest", "application/msgpack", msgpackOf(binaryRecord(r, v)))
	}},
	{"cbor", anyBytes, func(r *rand.Rand, v []byte) Case {
		return post("/telemetry", "application/cbor", cborOf(binaryRecord(r, v)))
	}},
	{"cloudevent", utf8Text, func(r *rand.Rand, v []byte) Case {
		return post("/events", "application/cloudevents+json", jsonOf(map[string]any{"specversion": "1.0", "type": "com.example.order.noted", "source": "/orders", "id": fmt.Sprintf("%x", noise(r, 8)), "datacontenttype": "application/json", "data": map[string]any{"note": string(v)}}))
	}},
	{"csv", utf8Text, func(r *rand.Rand, v []byte) Case { return post("/import", "text/csv", csvOf(r, string(v))) }},
}

func get(target string) Case {
	return Case{Method: "GET", Path: target, Headers: [][2]string{{"host", "svc.local"}, {"accept", "application/json"}}}
}

func post(target, contentType string, body []byte) Case {
	return Case{Method: "POST", Path: target, Headers: [][2]string{{"host", "svc.local"}, {"content-type", contentType}, {"content-length", fmt.Sprint(len(body))}}, Body: body}
}

// grpc is a unary call: one frame of a flag, a length and a message.
func grpc(contentType string, flag byte, message []byte) Case {
	body := binary.BigEndian.AppendUint32([]byte{flag}, uint32(len(message)))
	c := post("/shop.Reviews/Add", contentType, append(body, message...))
	c.Headers = append(c.Headers, [2]string{"te", "trailers"})
	return c
}
