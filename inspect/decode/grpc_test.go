package decode

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func frame(flag byte, message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{flag}, uint32(len(message))), message...)
}

func squeezed(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func TestGRPC(t *testing.T) {
	hello := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "hello")
	zip := squeezed(hello)
	for name, c := range map[string]struct {
		src   []byte
		want  string
		fault Fault
		sniff bool
	}{
		"one":      {frame(0, hello), "[] array\n  [] object\n    1 string \"hello\"\n", OK, true},
		"several":  {bytes.Join([][]byte{frame(0, hello), frame(0, nil), frame(0, hello)}, nil), "[] array\n  [] object\n    1 string \"hello\"\n  [] object\n  [] object\n    1 string \"hello\"\n", OK, true},
		"empty":    {frame(0, nil), "[] array\n  [] object\n", OK, true},
		"json":     {frame(0, []byte(`{"a":1}`)), "[] array\n  [] string \"{\\\"a\\\":1}\"\n", OK, true},
		"trailers": {append(frame(0, hello), frame(0x80, []byte("grpc-status: 0\r\n"))...), "[] array\n  [] object\n    1 string \"hello\"\n  #trailers string \"grpc-status: 0\\r\\n\"\n", OK, false},
		"cut":      {frame(0, hello)[:10], "[] array\n  [] object\n    1 string \"hel\"\n", Cut, true},
		"cut late": {append(frame(0, hello), 0, 0), "[] array\n  [] object\n    1 string \"hello\"\n", Cut, true},
	} {
		t.Run(name, func(t *testing.T) {
			e, _, f := decode(t, GRPC, c.src)
			if got := e.plain(); got != c.want || f != c.fault {
				t.Errorf("got fault %d\n%swant %d\n%s", f, got, c.fault, c.want)
			}
			if got := sniffGRPC(c.src); got != c.sniff {
				t.Errorf("seen: %v", got)
			}
		})
	}
	if e, _, _ := decode(t, GRPC, frame(1, zip)); len(e.values) != 1 || !bytes.Equal(e.values[0], zip) {
		t.Errorf("compressed: %q", e.values)
	}
	if e, _, _ := decode(t, GRPC, frame(2, hello)); !has(e.notes, FrameFlag) {
		t.Error("a flag of 2 is not noted")
	}
	if src := append(frame(0, hello), frame(0x80, []byte("grpc-status: 0\r\n"))...); !sniffGRPCWeb(src) || sniffGRPC(src) {
		t.Error("gRPC-Web is not told from gRPC")
	}
}

func TestGRPCWebText(t *testing.T) {
	hello := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "hello")
	text := base64.StdEncoding.EncodeToString(frame(0, hello)) + base64.StdEncoding.EncodeToString(frame(0x80, []byte("grpc-status: 0\r\n")))
	expect(t, GRPCWeb, text, "[] array\n  [] object\n    1 string \"hello\"\n  #trailers string \"grpc-status: 0\\r\\n\"\n", OK, 0)
}

func TestGRPCNotSeen(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	b := make([]byte, 40)
	seen := 0
	for range 300000 {
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		b[0] = 0
		if n := 5 + r.IntN(35); sniffGRPC(b[:n]) {
			seen++
		}
	}
	if t.Logf("%d of 300000", seen); seen > 60 {
		t.Errorf("%d of 300000 random values that begin with NUL are taken for gRPC", seen)
	}
	if sniffGRPC(make([]byte, 20)) || sniffGRPC(nil) || sniffGRPC([]byte("\x00\x00\x00\x01")) {
		t.Error("zeros are taken for gRPC")
	}
}

func FuzzGRPC(f *testing.F) {
	hello := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "hello")
	f.Add(frame(0, hello))
	f.Add(append(frame(1, squeezed(hello)), frame(0x80, []byte("grpc-status: 0\r\n"))...))
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, GRPC, src)
		lawful(t, GRPCWeb, src)
		sniffGRPC(src)
		sniffGRPCWeb(src)
	})
}
