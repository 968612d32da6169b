package decode

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func TestProtobuf(t *testing.T) {
	str := func(b []byte, n protowire.Number, v string) []byte {
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), v)
	}
	num := func(b []byte, n protowire.Number, v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
	}
	money := num(num(str(nil, 1, "USD"), 2, 5), 3, 990000000)
	group := protowire.AppendTag(num(protowire.AppendTag(nil, 7, protowire.StartGroupType), 1, 3), 7, protowire.EndGroupType)
	double := protowire.AppendFixed64(protowire.AppendTag(nil, 4, protowire.Fixed64Type), math.Float64bits(2.5))
	single := protowire.AppendFixed32(protowire.AppendTag(nil, 5, protowire.Fixed32Type), math.Float32bits(-0.25))
	for name, c := range map[string]struct {
		src   []byte
		want  string
		fault Fault
	}{
		"scalars":  {append(num(num(str(nil, 1, "hello"), 2, 150), 3, math.MaxUint64), double...), "1 string \"hello\"\n2 number \"150\"\n3 number \"-1\"\n4 number \"2.5\"\n", OK},
		"fixed32":  {single, "5 number \"-0.25\"\n", OK},
		"nested":   {str(str(nil, 1, string(money)), 2, ""), "1 object\n  1 string \"USD\"\n  2 number \"5\"\n  3 number \"990000000\"\n2 string \"\"\n", OK},
		"repeated": {str(str(nil, 1, "a b"), 1, "c d"), "1 string \"a b\"\n1 string \"c d\"\n", OK},
		"uuid":     {str(num(nil, 1, 1), 2, string(str(nil, 1, "0b5b1c0e-8f6c-4f0e-9d55-5c7f3a1e2b44"))), "1 number \"1\"\n2 object\n  1 string \"0b5b1c0e-8f6c-4f0e-9d55-5c7f3a1e2b44\"\n", OK},
		"newline":  {str(nil, 1, "\n  indented text"), "1 string \"\\n  indented text\"\n", OK},
		"packed":   {str(nil, 3, "\x01\x02\x03\x04"), "3 array\n  [] number \"1\"\n  [] number \"2\"\n  [] number \"3\"\n  [] number \"4\"\n", OK},
		"bytes":    {str(nil, 3, "\xff\xd8\xff\xe0\x00"), "3 bytes \"\\xff\\xd8\\xff\\xe0\\x00\"\n", OK},
		"group":    {group, "7 object\n? group\n  1 number \"3\"\n", OK},
		"big name": {num(nil, 536870911, 1), "536870911 number \"1\"\n", OK},
		"cut":      {str(nil, 1, "hello")[:5], "1 string \"hel\"\n", Cut},
		"cut deep": {str(num(nil, 1, 3), 2, string(str(str(nil, 1, "EUR"), 2, "hello, world")))[:13], "1 number \"3\"\n2 object\n  1 string \"EUR\"\n  2 string \"he\"\n", Cut},
		"wire 6":   {[]byte("\x0e\x01"), "", Syntax},
		"field 0":  {[]byte("\x02\x01a"), "", Syntax},
		"empty":    {nil, "", OK},
	} {
		t.Run(name, func(t *testing.T) {
			e, _, f := decode(t, Protobuf, c.src)
			if f != c.fault {
				t.Errorf("fault %d, want %d", f, c.fault)
			}
			if got := e.plain(); name != "group" && got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestProtobufAmbiguities(t *testing.T) {
	for src, want := range map[string]Ambiguity{
		"\x88\x00\x01":     LongVarint, // tag
		"\x08\x81\x00":     LongVarint, // value
		"\x0a\x81\x00a":    LongVarint, // length
		"\x0b\x08\x01\x0c": Group,
	} {
		if e, _, _ := decode(t, Protobuf, []byte(src)); !has(e.notes, want) {
			t.Errorf("%q: noted %v, want %v", src, e.notes, want)
		}
	}
}

// message writes a message of random fields and says which texts are in it.
func message(r *rand.Rand, depth int) (b []byte, values []string) {
	number := protowire.Number(0)
	for range 1 + r.IntN(5) {
		number += protowire.Number(1 + r.IntN(3))
		switch kind := r.IntN(6); {
		case kind == 0:
			b = protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), r.Uint64()>>r.IntN(64))
		case kind == 1:
			b = protowire.AppendFixed64(protowire.AppendTag(b, number, protowire.Fixed64Type), r.Uint64())
		case kind == 2 && depth > 0:
			inner, texts := message(r, depth-1)
			b = protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), inner)
			values = append(values, texts...)
		default:
			text := make([]byte, 8+r.IntN(60))
			for i := range text {
				text[i] = " abcdefghijklmnopqrstuvwxyz0123456789{}<>'\"-;=\n"[r.IntN(47)]
			}
			b = protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), text)
			values = append(values, string(text))
		}
	}
	return b, values
}

func TestProtobufGenerated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	missed, unseen, total := 0, 0, 0
	for range 20000 {
		b, values := message(r, 4)
		e, n, f := decode(t, Protobuf, b)
		if f != OK || n != len(b) {
			t.Fatalf("fault %d at %d of %q", f, n, b)
		}
		total += len(values)
		for _, v := range values {
			found := false
			for _, got := range e.values {
				found = found || string(got) == v
			}
			if !found {
				missed++
			}
		}
		if len(values) > 0 && !sniffProtobuf(b) {
			unseen++
		}
	}
	if missed*1000 > total || unseen*1000 > 20000 {
		t.Errorf("%d of %d texts missed, %d of 20000 messages not seen", missed, total, unseen)
	}
	t.Logf("%d of %d texts missed, %d of 20000 messages not seen", missed, total, unseen)
}

func TestProtobufNotSeen(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, size := range []int{4, 8, 12, 16, 20, 24, 32, 48, 64} {
		seen := 0
		const rounds = 200000
		b := make([]byte, size)
		for range rounds {
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			if sniffProtobuf(b) {
				seen++
			}
		}
		t.Logf("%d random bytes: %d of %d", size, seen, rounds)
		if seen > rounds/1000 {
			t.Errorf("%d random bytes are taken for a message %d times in %d", size, seen, rounds)
		}
	}
	for _, text := range []string{"", "a", "hello, world", "\nhello", "z0 is a register", "{\"a\":1}", "<a/>", "SELECT 1", "1234567890", "\t\tindented", "ünïcode"} {
		if sniffProtobuf([]byte(text)) {
			t.Errorf("%q is taken for a message", text)
		}
	}
}

func FuzzProtobuf(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 10 {
		b, _ := message(r, 3)
		f.Add(b)
	}
	f.Add([]byte("\x0b\x08\x01\x0c"))
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, Protobuf, src)
		e, n, fault := decode(t, Protobuf, src)
		valid, fields := fieldsOf(src)
		if valid != (fault == OK) && fault != Limit {
			t.Fatalf("fault %d at %d; protowire says valid is %v", fault, n, valid)
		}
		if valid && fields > 0 && len(e.values) == 0 && !bytes.ContainsAny(src, "\x0b\x13\x1b\x23") && e.out.Len() == 0 {
			t.Fatalf("%d fields, nothing reported", fields)
		}
	})
}

// fieldsOf is what protowire says of a message.
func fieldsOf(src []byte) (valid bool, fields int) {
	for len(src) > 0 {
		number, kind, n := protowire.ConsumeTag(src)
		if n < 0 || kind == protowire.EndGroupType || number > protowire.MaxValidNumber {
			return false, fields
		}
		m := protowire.ConsumeFieldValue(number, kind, src[n:])
		if m < 0 {
			return false, fields
		}
		if kind == protowire.StartGroupType { // protowire lets numbers that are too large pass in there
			content, _ := protowire.ConsumeGroup(number, src[n:])
			if ok, _ := fieldsOf(content); !ok {
				return false, fields
			}
		}
		src = src[n+m:]
		fields++
	}
	return true, fields
}
