package decode

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// bson puts a document's length before its elements, and the NUL behind them.
func bson(elements ...string) string {
	all := strings.Join(elements, "")
	return string(binary.LittleEndian.AppendUint32(nil, uint32(len(all)+5))) + all + "\x00"
}

func bsonText(text string) string {
	return string(binary.LittleEndian.AppendUint32(nil, uint32(len(text)+1))) + text + "\x00"
}

func TestBSON(t *testing.T) {
	for name, c := range map[string]struct {
		src, want string
		fault     Fault
		note      Ambiguity
	}{
		"hello":   {"\x16\x00\x00\x00\x02hello\x00\x06\x00\x00\x00world\x00\x00", "[] object\n  hello string \"world\"\n", OK, 0}, // both from bsonspec.org/faq.html
		"awesome": {"1\x00\x00\x00\x04BSON\x00&\x00\x00\x00\x020\x00\x08\x00\x00\x00awesome\x00\x011\x00333333\x14@\x102\x00\xc2\x07\x00\x00\x00\x00", "[] object\n  BSON array\n    [] string \"awesome\"\n    [] number \"5.05\"\n    [] number \"1986\"\n", OK, 0},
		"empty":   {bson(), "[] object\n", OK, 0},
		"fixed": {
			bson("\x08a\x00\x01", "\x08b\x00\x00", "\x0ac\x00", "\x12d\x00\xff\xff\xff\xff\xff\xff\xff\xff", "\x11e\x00\xff\xff\xff\xff\xff\xff\xff\xff", "\x07f\x00\xff23456789012", "\x09g\x00\x01\x00\x00\x00\x00\x00\x00\x00", "\x7fh\x00"),
			"[] object\n  a bool \"true\"\n  b bool \"false\"\n  c null \"\"\n  d number \"-1\"\n  e number \"18446744073709551615\"\n  f bytes \"\\xff23456789012\"\n  g number \"1\"\n  h null \"\"\n", OK, 0,
		},
		"nested":   {bson("\x03a\x00" + bson("\x04b\x00"+bson("\x100\x00\x01\x00\x00\x00"))), "[] object\n  a object\n    b array\n      [] number \"1\"\n", OK, 0},
		"binary":   {bson("\x05a\x00\x02\x00\x00\x00\x00\xff\xfe"), "[] object\n  a bytes \"\\xff\\xfe\"\n", OK, 0},
		"pairs":    {bson("\x0ba\x00^x\x00i\x00", "\x0cb\x00"+bsonText("c")+"\xff23456789012"), "[] object\n  a array\n    [] string \"^x\"\n    [] string \"i\"\n  b array\n    [] string \"c\"\n    [] bytes \"\\xff23456789012\"\n", OK, 0},
		"code":     {bson("\x0da\x00"+bsonText("f()"), "\x0fb\x00\x1d\x00\x00\x00"+bsonText("g()")+bson("\x10x\x00\x01\x00\x00\x00")), "[] object\n  a string \"f()\"\n  b object\n    $code string \"g()\"\n    $scope object\n      x number \"1\"\n", OK, 0},
		"index":    {bson("\x04a\x00" + bson("\x0a7\x00")), "[] object\n  a array\n    [] null \"\"\n", OK, KeyKind},
		"cut":      {bson("\x02a\x00" + bsonText("hello"))[:13], "[] object\n  a string \"he\"\n", Cut, 0},
		"lie":      {bson("\x02a\x00\x09\x00\x00\x00hello\x00"), "[] object\n", Syntax, 0},
		"inner":    {bson("\x03a\x00\x20\x00\x00\x00\x00"), "[] object\n", Syntax, 0},
		"early":    {"\x07\x00\x00\x00\x00\x00\x00", "[] object\n", Syntax, 0},
		"open":     {"\x08\x00\x00\x00\x0aa\x00\x0a", "[] object\n  a null \"\"\n", Syntax, 0},
		"type":     {bson("\x20a\x00"), "[] object\n", Syntax, 0},
		"negative": {"\xff\xff\xff\xff\x00", "", Syntax, 0},
	} {
		t.Run(name, func(t *testing.T) { expect(t, BSON, c.src, c.want, c.fault, c.note) })
	}
}

// randomBSON gives a document and what is to be read of it.
func randomBSON(r *rand.Rand, depth int) (document, want string) {
	indent := strings.Repeat("  ", 3-depth+1)
	var elements, told strings.Builder
	for i := range 1 + r.IntN(4) {
		name := fmt.Sprintf("%c%d", 'a'+r.IntN(26), i)
		switch kind := r.IntN(4); {
		case kind == 0 && depth > 0:
			inner, what := randomBSON(r, depth-1)
			elements.WriteString("\x03" + name + "\x00" + inner)
			fmt.Fprintf(&told, "%s%s object\n%s", indent, name, what)
		case kind < 2:
			n := r.Int64() - r.Int64()
			elements.WriteString("\x12" + name + "\x00" + string(binary.LittleEndian.AppendUint64(nil, uint64(n))))
			fmt.Fprintf(&told, "%s%s number \"%d\"\n", indent, name, n)
		default:
			text := strings.Repeat("é, ", r.IntN(40))
			elements.WriteString("\x02" + name + "\x00" + bsonText(text))
			fmt.Fprintf(&told, "%s%s string %q\n", indent, name, text)
		}
	}
	return bson(elements.String()), told.String()
}

func TestRandomBSON(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for range 2000 {
		document, want := randomBSON(r, 3)
		expect(t, BSON, document, "[] object\n"+want, OK, 0)
		if !candidate([]byte(document), FormatBSON) || !sniffBSON([]byte(document)) {
			t.Errorf("%q is not seen", document)
		}
		broken := []byte(document)
		broken[0]++
		if sniffBSON(broken) || sniffBSON(append(broken, 0)) && len(broken) > 255 {
			t.Errorf("%q is seen", broken)
		}
	}
}

func FuzzBSON(f *testing.F) {
	f.Add([]byte(bson("\x0ba\x00^x\x00i\x00", "\x0cb\x00"+bsonText("c")+"123456789012")))
	f.Add([]byte(bson("\x0fb\x00\x1d\x00\x00\x00"+bsonText("g()")+bson("\x10x\x00\x01\x00\x00\x00"), "\x04a\x00"+bson("\x0a7\x00"))))
	f.Add([]byte(bson("\x03a\x00" + bson("\x05b\x00\x02\x00\x00\x00\x00\xff\xfe")))[:12])
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, BSON, src)
		seen := len(src) > 0 && sniffBSON(src)
		_, n, fault := decode(t, BSON, src)
		if fault == OK && n != int(binary.LittleEndian.Uint32(src)) {
			t.Fatalf("took %d of %x", n, src)
		}
		if seen && (fault != OK || n != len(src)) {
			t.Fatalf("fault %q after %d of %x", fault, n, src)
		}
	})
}
