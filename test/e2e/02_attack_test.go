package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

// purchase is an order as a partner's system sends it: an XML document inside JSON. An attack and its twin differ in the entity alone.
func purchase(entity string) string {
	document := `<?xml version="1.0"?><!DOCTYPE order [<!ENTITY company ` + entity + `>]><order><buyer>&company;</buyer><item sku="A-1001" qty="2"/></order>`
	text, _ := json.Marshal(map[string]any{"partner": "ostermann", "payload": map[string]any{"document": document}}) // strings always encode
	return string(text)
}

const (
	readsAFile = `SYSTEM "file:///etc/passwd"`
	harmless   = `"Ostermann GmbH"`
)

// inProtobuf puts text into field 2 of a message, beside an id.
func inProtobuf(text string) []byte {
	m := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "7d1f6e0a-3a8e-4b52-9c54-5ac5a2a3c911")
	return protowire.AppendString(protowire.AppendTag(m, 2, protowire.BytesType), text)
}

// Test02Attack: in enforce an attack is denied from the first call, under all its layers, and its harmless twin passes.
func Test02Attack(t *testing.T) {
	t.Parallel()
	w, p := withProgram(t, "POSTERN_MODE=enforce")
	w.callee()
	web := w.caller("web")
	var bytes int64 // that were shown to Postern
	for name, client := range map[string]*http.Client{"HTTP/1": web.client, "HTTP/2": web.h2} {
		attack, twin := purchase(readsAFile), purchase(harmless)
		r := web.do(client, http.MethodPost, "/v1/purchases", strings.NewReader(attack), "content-type", "application/json")
		if r.status != 403 || !strings.HasPrefix(r.header.Get("x-postern-reason"), "attack/") {
			t.Errorf("%s: the attack is answered %d %s", name, r.status, r.body)
		}
		d := p.denial(r.header.Get("x-postern-decision-id"))
		d.holds(t, "xxe", "body|json.payload.document")
		if f := d.Features; f.BodyBytes != int64(len(attack)) || f.Decoded+f.Opaque+f.Unexamined != f.BodyBytes {
			t.Errorf("%s: the byte account of %d bytes: %+v", name, len(attack), f)
		}
		if r = web.do(client, http.MethodPost, "/v1/purchases", strings.NewReader(twin), "content-type", "application/json"); r.status != 200 {
			t.Errorf("%s: the twin is answered %d %s", name, r.status, r.body)
		}
		bytes += int64(len(attack) + len(twin))
	}
	reached := w.app.reached.Load()
	_, trailer, err := web.call("/shop.Orders/Place", inProtobuf(purchase(readsAFile)))
	if status.Code(err) != codes.PermissionDenied || !strings.Contains(fmt.Sprint(err), "attack/") || len(trailer.Get("x-postern-decision-id")) != 1 {
		t.Fatalf("gRPC: the attack is answered %v, %v", err, trailer)
	}
	d := p.denial(trailer.Get("x-postern-decision-id")[0])
	d.holds(t, "xxe", "body|grpc")
	if n := w.app.reached.Load() - reached; n != 0 {
		t.Errorf("gRPC: the attack reached the application")
	}
	if _, _, err = web.call("/shop.Orders/Place", inProtobuf(purchase(harmless))); err != nil {
		t.Errorf("gRPC: the twin is answered %v", err)
	}
	bytes += int64(5 + len(inProtobuf(purchase(readsAFile))) + 5 + len(inProtobuf(purchase(harmless))))
	if n := p.metric("postern_decode_bytes_total"); n != float64(bytes) {
		t.Errorf("the byte account has %v bytes, %d were sent", n, bytes)
	}
	if deny, allow := p.metric("postern_decisions_total", `verdict="deny"`), p.metric("postern_decisions_total", `verdict="allow"`); deny != 3 || allow != 3 {
		t.Errorf("%v denied, %v allowed", deny, allow)
	}
}
