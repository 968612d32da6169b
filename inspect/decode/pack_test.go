package decode

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/goccy/go-yaml"
	"github.com/vmihailenco/msgpack/v5"
)

func TestMessagePack(t *testing.T) {
	for name, c := range map[string]struct {
		src, want string
		fault     Fault
		note      Ambiguity
	}{
		"map":       {"\x83\xa1a\x01\xa1b\xa5hello\xa1c\x93\xc0\xc2\xc3", "[] object\n  a number \"1\"\n  b string \"hello\"\n  c array\n    [] null \"\"\n    [] bool \"false\"\n    [] bool \"true\"\n", OK, 0},
		"numbers":   {"\x96\xff\xd0\x80\xd1\xff\x00\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xcb\x40\x04\x00\x00\x00\x00\x00\x00\xca\xbf\x00\x00\x00", "[] array\n  [] number \"-1\"\n  [] number \"-128\"\n  [] number \"-256\"\n  [] number \"18446744073709551615\"\n  [] number \"2.5\"\n  [] number \"-0.5\"\n", OK, 0},
		"bytes":     {"\x81\xa1a\xc4\x02\xff\xfe", "[] object\n  a bytes \"\\xff\\xfe\"\n", OK, 0},
		"extension": {"\x81\xa1a\xd6\xff\x00\x00\x00\x01", "[] object\n  a bytes \"\\xff\\x00\\x00\\x00\\x01\"\n", OK, 0},
		"int key":   {"\x81\x05\xa1a", "[] object\n  5 string \"a\"\n", OK, KeyKind},
		"long":      {"\x81\xa1a\xd9\x01b", "[] object\n  a string \"b\"\n", OK, LongForm},
		"cut":       {"\x81\xa1a\xa5he", "[] object\n  a string \"he\"\n", Cut, 0},
		"unused":    {"\x81\xa1a\xc1", "[] object\n", Syntax, 0},
		"map key":   {"\x81\x80\x01", "[] object\n", Syntax, 0},
		"lies":      {"\xdf\xff\xff\xff\xff\xa1a\x01", "[] object\n  a number \"1\"\n", Cut, 0},
	} {
		t.Run(name, func(t *testing.T) { expect(t, MessagePack, c.src, c.want, c.fault, c.note) })
	}
}

func expect(t *testing.T, d Decoder, src, want string, fault Fault, note Ambiguity) {
	t.Helper()
	e, _, f := decode(t, d, []byte(src))
	if got := e.plain(); got != want || f != fault {
		t.Errorf("got fault %d\n%swant %d\n%s", f, got, fault, want)
	}
	if note != 0 && !has(e.notes, note) {
		t.Errorf("noted %v, want %v", e.notes, note)
	}
	if note == 0 && len(e.notes) > 0 {
		t.Errorf("noted %v", e.notes)
	}
}

func TestCBOR(t *testing.T) {
	for name, c := range map[string]struct {
		src, want string
		fault     Fault
		note      Ambiguity
	}{
		"map":        {"\xa3\x61a\x01\x61b\x65hello\x61c\x84\xf6\xf4\xf5\xf7", "[] object\n  a number \"1\"\n  b string \"hello\"\n  c array\n    [] null \"\"\n    [] bool \"false\"\n    [] bool \"true\"\n    [] null \"\"\n", OK, 0},
		"numbers":    {"\x85\x20\x38\xff\x1b\xff\xff\xff\xff\xff\xff\xff\xff\xf9\x3e\x00\xfb\x40\x04\x00\x00\x00\x00\x00\x00", "[] array\n  [] number \"-1\"\n  [] number \"-256\"\n  [] number \"18446744073709551615\"\n  [] number \"1.5\"\n  [] number \"2.5\"\n", OK, 0},
		"indefinite": {"\xbf\x61a\x7f\x62he\x63llo\xff\xff", "[] object\n  a string \"hello\"\n", OK, Indefinite},
		"self":       {"\xd9\xd9\xf7\x81\x61a", "[] array\n  [] string \"a\"\n", OK, 0},
		"tag":        {"\xc1\x1a\x51\x4b\x67\xb0", "[] number \"1363896240\"\n", OK, CBORTag},
		"int key":    {"\xa1\x05\x61a", "[] object\n  5 string \"a\"\n", OK, KeyKind},
		"long":       {"\xa1\x61a\x18\x01", "[] object\n  a number \"1\"\n", OK, LongForm},
		"cut":        {"\xa1\x61a\x65he", "[] object\n  a string \"he\"\n", Cut, 0},
		"break":      {"\x82\xff", "[] array\n", Syntax, 0},
		"reserved":   {"\x1c", "", Syntax, 0},
		"piece":      {"\x7f\x41a\xff", "", Syntax, 0},
		"lies":       {"\xbb\xff\xff\xff\xff\xff\xff\xff\xff\x61a\x01", "[] object\n  a number \"1\"\n", Cut, 0},
	} {
		t.Run(name, func(t *testing.T) { expect(t, CBOR, c.src, c.want, c.fault, c.note) })
	}
}

func TestPackNotSeen(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, size := range []int{4, 6, 8, 12, 16, 20, 32, 64} {
		pack, cb := 0, 0
		const rounds = 300000
		b := make([]byte, size)
		for range rounds {
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			if sniffMessagePack(b) {
				pack++
			}
			if sniffCBOR(b) {
				cb++
			}
		}
		if t.Logf("%d random bytes: MessagePack %d, CBOR %d of %d", size, pack, cb, rounds); pack > 60 || cb > 60 {
			t.Errorf("%d random bytes: seen too often", size)
		}
	}
}

// leaves flattens what a library decoded, as text.
func leaves(v any, out *[]string) {
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			leaves(v[k], out)
		}
	case yaml.MapSlice:
		for _, item := range v {
			leaves(item.Value, out)
		}
	case []any:
		for _, e := range v {
			leaves(e, out)
		}
	case string:
		*out = append(*out, v)
	case []byte:
		*out = append(*out, string(v))
	case nil:
		*out = append(*out, "")
	case float32, float64:
		*out = append(*out, "float")
	default:
		*out = append(*out, fmt.Sprint(v))
	}
}

// random writes a value of the kinds that both libraries know.
func random(r *rand.Rand, depth int) any {
	switch k := r.IntN(10); {
	case k < 2 && depth > 0:
		m := map[string]any{}
		for range r.IntN(5) {
			m[fmt.Sprintf("k%d", r.IntN(100))] = random(r, depth-1)
		}
		return m
	case k < 4 && depth > 0:
		a := []any{}
		for range r.IntN(5) {
			a = append(a, random(r, depth-1))
		}
		return a
	case k == 4:
		return r.Uint64() >> r.IntN(64)
	case k == 5:
		return -int64(r.Uint64() >> (1 + r.IntN(62)))
	case k == 6:
		return r.IntN(2) == 0
	case k == 7:
		return nil
	case k == 8:
		b := make([]byte, r.IntN(300))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	return strings.Repeat("x; ", r.IntN(120))
}

func TestPackGenerated(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	unseen := 0
	const rounds = 3000
	for range rounds {
		v := map[string]any{"name": "some value", "list": random(r, 4)}
		var want []string
		leaves(v, &want)
		var packed bytes.Buffer
		enc := msgpack.NewEncoder(&packed)
		enc.SetSortMapKeys(true)
		enc.UseCompactInts(true)
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		mode, err := cbor.EncOptions{Sort: cbor.SortBytewiseLexical}.EncMode()
		if err != nil {
			t.Fatal(err)
		}
		boxed, err := mode.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			d     Decoder
			src   []byte
			sniff func([]byte) bool
		}{"msgpack": {MessagePack, packed.Bytes(), sniffMessagePack}, "cbor": {CBOR, boxed, sniffCBOR}} {
			e, n, f := decode(t, c.d, c.src)
			var got []string
			for _, b := range e.values {
				got = append(got, string(b))
			}
			sort.Strings(got)
			sorted := append([]string(nil), want...)
			sort.Strings(sorted)
			if f != OK || n != len(c.src) || strings.Join(got, "\x00") != strings.Join(sorted, "\x00") {
				t.Fatalf("%s: fault %d after %d of %d\ngot  %q\nwant %q", name, f, n, len(c.src), got, sorted)
			}
			if !c.sniff(c.src) {
				unseen++
			}
		}
	}
	if unseen > 0 {
		t.Errorf("%d of %d documents not seen", unseen, 2*rounds)
	}
}

func FuzzMessagePack(f *testing.F) {
	f.Add([]byte("\x83\xa1a\x01\xa1b\xa5hello\xa1c\x93\xc0\xc2\xc3"))
	f.Add([]byte("\xdf\xff\xff\xff\xff\xa1a\x01"))
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, MessagePack, src)
		sniffMessagePack(src)
		e, n, fault := decode(t, MessagePack, src)
		if fault != OK { // the library would make a map as large as a lying count says
			return
		}
		var v any
		r := bytes.NewReader(src)
		d := msgpack.NewDecoder(r)
		d.UseLooseInterfaceDecoding(true)
		if err := d.Decode(&v); err != nil || fault != OK || bytes.ContainsAny(src, "\xc7\xc8\xc9\xd4\xd5\xd6\xd7\xd8") || len(e.notes) > 0 {
			return
		}
		var want []string
		leaves(v, &want)
		if took := len(src) - r.Len(); took != n || len(want) > len(e.values) { // a key that comes twice is kept once there
			t.Fatalf("took %d with %d leaves, the library %d with %q", n, len(e.values), took, want)
		}
	})
}

func FuzzCBOR(f *testing.F) {
	f.Add([]byte("\xa3\x61a\x01\x61b\x65hello\x61c\x84\xf6\xf4\xf5\xf7"))
	f.Add([]byte("\xbf\x61a\x7f\x62he\x63llo\xff\xff"))
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, CBOR, src)
		sniffCBOR(src)
		_, n, fault := decode(t, CBOR, src)
		var raw cbor.RawMessage
		rest, err := cbor.UnmarshalFirst(src, &raw)
		if err == nil && fault == OK && len(src)-len(rest) != n {
			t.Fatalf("took %d, the library %d of %x", n, len(src)-len(rest), src)
		}
		if err == nil && fault == Cut {
			t.Fatalf("cut after %d of %x, which the library takes", n, src)
		}
	})
}
