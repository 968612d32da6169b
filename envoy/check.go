package envoy

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"time"

	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"

	"postern/inspect"
	"postern/profile"
)

// request is one Check on its way; it is pooled and belongs to one goroutine.
type request struct {
	attributes
	call      Call
	wire      mem.Buffer // what the attributes and the call point into
	malformed error
	random    *rand.ChaCha8 // seeded by the system; one for each request, so that no check waits for another
}

func newRequest() any {
	var seed [32]byte
	_, _ = crand.Read(seed[:]) // never fails: crypto/rand ends the process first
	return &request{random: rand.NewChaCha8(seed)}
}

// free gives the bytes back and forgets everything but the room for headers.
func (s *server) free(r *request) {
	if r.wire != nil {
		r.wire.Free()
	}
	header, joined := r.header[:0], r.joined[:0]
	if cap(header)+cap(joined) > 1024 { // one hostile request does not make every later one heavy
		header, joined = nil, nil
	}
	clear(header[:cap(header)])
	clear(joined[:cap(joined)])
	*r = request{random: r.random, attributes: attributes{header: header, joined: joined}}
	s.requests.Put(r)
}

// id makes a decision id: 128 bits that nobody can guess, so that an access log entry which names it comes from the proxy that asked.
func (r *request) id() string {
	var b [16]byte
	binary.NativeEndian.PutUint64(b[:], r.random.Uint64())
	binary.NativeEndian.PutUint64(b[8:], r.random.Uint64())
	var text [32]byte
	hex.Encode(text[:], b[:])
	return string(text[:])
}

// fill makes the Call out of the attributes.
func (s *server) fill(ctx context.Context, r *request, now time.Time) {
	c := &r.call
	c.ID, c.At, c.Version = r.id(), now, ""
	c.Edge = profile.Edge{From: profile.Unauthenticated, To: profile.Unknown}
	if c.Traceparent = incoming(ctx, "traceparent"); c.Traceparent != "" {
		c.Tracestate = incoming(ctx, "tracestate")
	}
	if r.malformed != nil {
		return
	}
	s.fillMessage(r)
	c.Edge = s.edge(&r.attributes, c.Message.Header)
	c.Outbound = string(r.direction) == "outbound"
	c.Protocol = s.names.text(r.protocol)
	c.Version = s.names.text(r.revision)
	if c.Version == "" {
		c.Version = s.names.text(r.label)
	}
}

// incoming returns the first value of the call's gRPC metadata under key, without copying the rest.
func incoming(ctx context.Context, key string) string {
	if values := metadata.ValueFromIncomingContext(ctx, key); len(values) > 0 {
		return values[0]
	}
	return ""
}

// fillMessage makes the message, as its sender wrote it: without what Envoy adds for us.
func (s *server) fillMessage(r *request) {
	m := &r.call.Message
	m.Method, m.Host, m.Path, m.Body, m.Size = r.method, r.host, r.path, r.raw, -1
	if len(m.Body) == 0 {
		m.Body = r.text
	}
	if len(r.query) > 0 && bytes.IndexByte(m.Path, '?') < 0 { // Envoy leaves query empty, the protocol allows it
		m.Path = bytes.Join([][]byte{m.Path, r.query}, []byte{'?'})
	}
	m.Header = r.headers()
	partial, described := "", false
	kept := m.Header[:0]
	for _, h := range m.Header {
		if len(h.Name) == 0 || h.Name[0] == ':' {
			continue
		}
		h.Name = lower(h.Name)
		switch string(h.Name) {
		case "x-envoy-auth-partial-body":
			partial = string(h.Value)
			continue
		case "x-envoy-peer-metadata", "x-envoy-peer-metadata-id": // Istio's: names the caller's pod, new with each restart
			continue
		case certificateHeader:
			if h.Value = withoutCertificates(h.Value, isID(r.caller)); h.Value == nil {
				continue
			}
		case "content-length":
			m.Size = length(h.Value)
		case "transfer-encoding":
			described = true
		case "content-type":
			described = described || !bodyless(m.Method)
			r.call.GRPC = r.call.GRPC || isGRPC(h.Value)
		}
		kept = append(kept, h)
	}
	m.Header = kept
	m.Cut = partial == "true" || m.Size > int64(len(m.Body)) ||
		// Nothing was buffered for us though a body of unknown length is told of: it is unexamined, not empty. (Envoy drops transfer-encoding.)
		partial == "" && len(m.Body) == 0 && m.Size < 0 && (described || r.call.GRPC)
}

// bodyless tells whether requests of a method have no body as a rule, even where a careless client names its type.
func bodyless(method []byte) bool {
	switch string(method) {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// headers returns header_map and, of headers, what is not in it. Envoy fills the one or the other.
func (r *request) headers() []inspect.Header {
	if len(r.header) == 0 {
		return r.joined
	}
	known := r.header
	for _, h := range r.joined {
		there := false
		for i := range known {
			there = there || bytes.EqualFold(known[i].Name, h.Name)
		}
		if !there {
			r.header = append(r.header, h)
		}
	}
	return r.header
}

// lower returns name in lower case; Envoy's names are, so that this copies nothing.
func lower(name []byte) []byte {
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			return bytes.ToLower(name)
		}
	}
	return name
}

// length reads a Content-Length in bytes, -1 where it is none.
func length(value []byte) int64 {
	if len(value) == 0 || value[0] < '0' || value[0] > '9' {
		return -1
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// isGRPC tells whether a content type is gRPC's own, as Envoy decides it: grpc-web and its kin are answered as HTTP.
func isGRPC(contentType []byte) bool {
	const name = "application/grpc"
	if len(contentType) < len(name) || string(contentType[:len(name)]) != name {
		return false
	}
	rest := contentType[len(name):]
	return len(rest) == 0 || rest[0] == '+' || rest[0] == ';'
}
