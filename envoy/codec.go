package envoy

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
)

// codec reads a CheckRequest from the wire without copying it and sends an answer that is already encoded. Every other message (access log,
// health) goes through the generated code.
type codec struct{ generated encoding.CodecV2 }

// Name is the content subtype it answers to.
func (codec) Name() string { return "proto" }

// Marshal returns the wire form of an answer or of a generated message.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if a, ok := v.(answer); ok {
		return mem.BufferSlice{mem.SliceBuffer(a)}, nil
	}
	return c.generated.Marshal(v)
}

// Unmarshal fills a request or a generated message. A CheckRequest that cannot be read is not an error of the transport: the handler
// answers it by the fail matrix, as it does every failure.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	r, ok := v.(*request)
	if !ok {
		return c.generated.Unmarshal(data, v)
	}
	r.wire = data.MaterializeToBuffer(mem.DefaultBufferPool()) // one buffer is only referred to; several are joined
	r.malformed = r.read(r.wire.ReadOnlyData())
	return nil
}
