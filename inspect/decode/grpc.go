package decode

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
)

// The parts of a gRPC frame (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md): a flag, a length of four bytes, a message.
const (
	frameHead       = 5
	frameCompressed = 0x01
	frameTrailers   = 0x80 // gRPC-Web only: header lines in a frame (doc/PROTOCOL-WEB.md)
)

// GRPC reads every message of a body: an Array of what Protobuf finds in each. A compressed message is a leaf of bytes, to be unfolded like any other; so is one
// that is no protobuf. Trailers, which gRPC-Web puts into a last frame, are the leaf "#trailers".
func GRPC(src []byte, s Sink) (n int, f Fault) {
	if !s.Open(nil, Array) {
		return 0, Limit
	}
	p := protoReader{s: s}
	for n < len(src) {
		rest := src[n:]
		if len(rest) < frameHead {
			return n, Cut
		}
		length := int64(binary.BigEndian.Uint32(rest[1:]))
		if length > int64(len(rest)-frameHead) {
			return p.cutFrame(rest, n)
		}
		end := frameHead + int(length)
		if used, f := p.frame(rest[0], rest[frameHead:end]); f != OK {
			return n + used, f
		}
		n += end
	}
	s.Close()
	return n, OK
}

// GRPCWeb reads what GRPC does, and its text form: base64, several padded pieces of it joined (PROTOCOL-WEB.md, Stream).
func GRPCWeb(src []byte, s Sink) (n int, f Fault) {
	if len(src) == 0 || base64Class[src[0]] == 0 {
		return GRPC(src, s)
	}
	room := s.Grow(len(src))
	if room == nil {
		return 0, Limit
	}
	out := 0
	for rest := src; len(rest) > 0; {
		piece := rest
		if pad := bytes.IndexByte(rest, '='); pad >= 0 {
			for piece = rest[:pad]; pad < len(rest) && rest[pad] == '='; pad++ {
			}
			rest = rest[pad:]
		} else {
			rest = nil
		}
		size, err := base64.RawStdEncoding.Decode(room[out:], piece)
		if err != nil {
			return 0, Syntax
		}
		out += size
	}
	if n, f = GRPC(room[:out], s); n == out {
		n = len(src)
	}
	return n, f
}

// frame reads one whole message, and says how much of it was read.
func (p *protoReader) frame(flag byte, message []byte) (n int, f Fault) {
	size := frameHead + len(message)
	switch {
	case flag&frameTrailers != 0:
		return size, within(p.s.Leaf(word(p.s, "#trailers"), String, message, size))
	case flag == 0 && (len(message) == 0 || WireMessage(message)):
		if !p.s.Open(nil, Object) {
			return 0, Limit
		}
		if n, f = p.message(message, 0, 0); f == OK {
			p.s.Close()
		}
		return frameHead + n, f
	}
	ok := p.s.Leaf(nil, textOrBytes(message), message, size)
	if flag > frameCompressed {
		p.s.Note(FrameFlag)
	}
	return size, within(ok)
}

// cutFrame reads what there is of the last message.
func (p *protoReader) cutFrame(rest []byte, n int) (int, Fault) {
	message := rest[frameHead:]
	if rest[0] == 0 && wirePrefix(message) {
		if !p.s.Open(nil, Object) {
			return n, Limit
		}
		if used, f := p.message(message, 0, 0); f == Limit {
			return n + frameHead + used, f
		}
	} else if len(message) > 0 && !p.s.Leaf(nil, textOrBytes(message), message, len(rest)) {
		return n + len(rest), Limit
	}
	return n + len(rest), Cut
}

// WireMessage says whether src is a message of protobuf by the wire format, where it is known to be one of something.
func WireMessage(src []byte) bool { return wireEvidence(src, 0) >= 0 || wireValid(src) }

// wireValid tells whether src is whole by the wire format, in whatever order and length its fields are written.
func wireValid(src []byte) bool {
	v := protoReader{s: discard{}}
	_, f := v.message(src, 0, 0)
	return f == OK
}

// discard is a Sink that only lets a reader run.
type discard struct{}

func (discard) Open([]byte, Kind) bool              { return true }
func (discard) Close()                              {}
func (discard) Leaf([]byte, Kind, []byte, int) bool { return true }
func (discard) Fail(Fault, int)                     {}
func (discard) Note(Ambiguity)                      {}
func (discard) Grow(int) []byte                     { return nil }
func (discard) Room(int) int                        { return 0 }
func (discard) Work(int) bool                       { return true }

// sniffGRPC tells frames by their lengths, which fill src to its end. Where src is cut its last message must begin as one.
func sniffGRPC(src []byte) bool { return frames(src, frameCompressed) }

// sniffGRPCWeb is sniffGRPC with a frame of trailers.
func sniffGRPCWeb(src []byte) bool { return frames(src, frameTrailers|frameCompressed) }

func frames(src []byte, flags byte) bool {
	full := false // a message that is not empty was seen
	for n := 0; n < len(src); {
		rest := src[n:]
		if len(rest) < frameHead {
			return full
		}
		if rest[0]&^flags != 0 {
			return false
		}
		length := int64(binary.BigEndian.Uint32(rest[1:]))
		if length > int64(len(rest)-frameHead) {
			return length < 1<<24 && len(rest) > frameHead+2 && wirePrefix(rest[frameHead:])
		}
		full = full || length > 0
		n += frameHead + int(length)
	}
	return full || len(src) == frameHead
}
