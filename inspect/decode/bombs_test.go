package decode

import (
	"bytes"
	"strings"
	"testing"
)

// count is a Sink that only counts what a decoder asks for.
type count struct {
	discard
	nodes, depth, deepest, grown int
}

func (c *count) Open([]byte, Kind) bool {
	c.nodes++
	c.depth++
	c.deepest = max(c.deepest, c.depth)
	return true
}

func (c *count) Close() { c.depth-- }

func (c *count) Leaf([]byte, Kind, []byte, int) bool {
	c.nodes++
	return true
}

func (c *count) Grow(n int) []byte {
	c.grown += n
	return make([]byte, n)
}

// bombs are inputs made to cost more than their size, by format.
func bombs(size int) map[string]struct {
	d   Decoder
	src string
} {
	many := func(s string) string { return strings.Repeat(s, size/len(s)) }
	type bomb = struct {
		d   Decoder
		src string
	}
	nested := func(tag byte) string { // a message in a message in a message …
		b := []byte("x")
		for len(b) < size {
			b = append(protoHead(tag, len(b)), b...)
			if len(b) > 4096 {
				return strings.Repeat(string(b), size/len(b))
			}
		}
		return string(b)
	}
	return map[string]bomb{
		"xml deep":             {XML, many("<a>")},
		"xml attributes":       {XML, "<a " + many(`b="" `) + "/>"},
		"xml names":            {XML, "<a " + many(`bc:d="&amp;" `) + "/>"},
		"xml laughs":           {XML, "<!DOCTYPE l [<!ENTITY a0 \"ha\">" + many(`<!ENTITY a "&b;&b;&b;&b;">`) + "]><l>&a;</l>"},
		"xml declarations":     {XML, many("<!ENTITY a '") + "<a/>"},
		"xml instructions":     {XML, many("<?a?>") + "<a/>"},
		"xml comments":         {XML, "<a>x" + many("<!---->") + "</a>"},
		"xml sections":         {XML, "<a>" + many("<![CDATA[]]>") + "</a>"},
		"xml open sections":    {XML, "<a>" + many("<![CDATA[")},
		"xml references":       {XML, "<a>" + many("&#") + "</a>"},
		"xml ampersands":       {XML, "<a>" + many("&") + "</a>"},
		"xml no end":           {XML, "<a>" + many("&a") + "<b c='"},
		"protobuf deep":        {Protobuf, nested(1<<3 | wireBytes)},
		"protobuf groups":      {Protobuf, many("\x0b")},
		"protobuf many":        {Protobuf, many("\x08\x00")},
		"grpc empty":           {GRPC, many("\x00\x00\x00\x00\x00")},
		"multipart parts":      {Multipart, "--x\r\n" + many("\r\n--x\r\n")},
		"multipart prefixes":   {Multipart, "--x\r\n" + many("\r\n--xy")},
		"multipart headers":    {Multipart, "--x\r\n" + many("a:b\r\n")},
		"multipart folds":      {Multipart, "--x\r\na:b\r\n" + many(" c\r\n")},
		"multipart parameters": {Multipart, "--x\r\nContent-Disposition: form-data" + many(";a=b") + "\r\n\r\n"},
		"multipart boundaries": {Multipart, "--x\r\n\r\n" + many("\n--\nContent-A")},
		"multipart nested":     {Multipart, "--x\r\n" + many("--x-\r\nContent-Type: multipart/mixed\r\n\r\n")},
		"yaml flow":            {YAML, "a: " + many("[")},
		"yaml maps":            {YAML, "a: " + many("{a: ")},
		"yaml dashes":          {YAML, many("- ")},
		"yaml laughs":          {YAML, "a: &a [x]\n" + many("b: &b [*a,*a,*a]\n")},
		"yaml blanks":          {YAML, "a:\n" + many("\n #\n")},
		"yaml plain":           {YAML, "a: b\n" + many("  c\n")},
		"yaml quotes":          {YAML, many("- \"a\n")},
		"yaml literals":        {YAML, many("- |\n")},
		"yaml escapes":         {YAML, "a: \"" + many("\\U0001F600") + "\""},
		"graphql deep":         {GraphQL, many("{a")},
		"graphql lists":        {GraphQL, "{a(b:" + many("[")},
		"graphql aliases":      {GraphQL, "{" + many("a:b ") + "}"},
		"graphql blocks":       {GraphQL, "{a(b:\"\"\"" + many(" \n") + "\"\"\")}"},
		"graphql operations":   {GraphQL, many("query a{b}")},
		"msgpack deep":         {MessagePack, many("\x91")},
		"msgpack lies":         {MessagePack, many("\xdd\xff\xff\xff\xff")},
		"bson deep":            {BSON, many("\xff\xff\xff\x00\x03a\x00")},
		"bson elements":        {BSON, "\xff\xff\xff\x00" + many("\x0a\x00")},
		"cbor deep":            {CBOR, many("\x81")},
		"cbor tags":            {CBOR, many("\xc1")},
		"cbor pieces":          {CBOR, "\x9f" + many("\x7f\x61a\xff")},
		"cbor open pieces":     {CBOR, "\x7f" + many("\x61a")},
		"jwt dots":             {JWT, "e30." + many(".")},
		"csv quotes":           {CSV, many(`""`)},
		"csv rows":             {CSV, many("\n")},
		"csv columns":          {CSV, many(",")},
		"mime headers":         {MIME, many("a:b\n")},
		"php deep":             {PHP, many("a:1:{i:0;")},
		"pickle":               {Pickle, many("\x8c\x00")},
		"java lengths":         {Java, many("r  ")},
		"data url":             {DataURL, "data:," + many("%")},
	}
}

func protoHead(tag byte, n int) []byte {
	b := []byte{tag}
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

// TestBombs: what a decoder asks of memory and nodes is linear in its input, however it is made, and its depth is bounded.
func TestBombs(t *testing.T) {
	const size = 64 << 10
	for name, b := range bombs(size) {
		src := []byte(b.src)
		c := count{}
		b.d(src, &c)
		if c.grown > 8*len(src)+4096 || c.nodes > 2*len(src) || c.deepest > maxDepth+8 {
			t.Errorf("%s: %d bytes make %d nodes, %d deep, and %d bytes of the arena", name, len(src), c.nodes, c.deepest, c.grown)
		}
	}
}

// BenchmarkBombs shows that time is linear too: compare the sizes.
func BenchmarkBombs(b *testing.B) {
	for _, size := range []int{64 << 10, 512 << 10} {
		for name, bomb := range bombs(size) {
			src := []byte(bomb.src)
			b.Run(strings.ReplaceAll(name, " ", "-")+"/"+map[bool]string{true: "small", false: "large"}[size == 64<<10], func(b *testing.B) {
				b.SetBytes(int64(len(src)))
				for b.Loop() {
					bomb.d(src, &arena{})
				}
			})
		}
	}
}

// arena is a Sink with memory of its own, as the walk has.
type arena struct {
	discard
	room []byte
}

// Grow implements Sink.
func (a *arena) Grow(n int) []byte {
	if n > cap(a.room)-len(a.room) {
		a.room = make([]byte, 0, max(n, 64<<10))
	}
	a.room = a.room[:len(a.room)+n]
	return a.room[len(a.room)-n:]
}

var soap = []byte(`<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><PlaceOrder xmlns="urn:shop"><customer id="c-881">` +
	strings.Repeat(`<item sku="kettle-2"><name>Blue kettle &amp; lid</name><amount>2</amount><price currency="EUR">39.90</price></item>`, 8) + `</customer></PlaceOrder></soap:Body></soap:Envelope>`)

func BenchmarkXML(b *testing.B) {
	b.Run("postern", func(b *testing.B) {
		b.SetBytes(int64(len(soap)))
		b.ReportAllocs()
		a := arena{}
		for b.Loop() {
			a.room = a.room[:0]
			XML(soap, &a)
		}
	})
	b.Run("encoding-xml", func(b *testing.B) {
		b.SetBytes(int64(len(soap)))
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := texts(soap); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkProtobuf(b *testing.B) {
	inner := []byte("\x0a\x03EUR\x10\x27\x18\x80\xa4\xe8\x03")
	item := append(append([]byte("\x0a\x08kettle-2\x10\x02\x1a"), byte(len(inner))), inner...)
	src := bytes.Repeat(append(append([]byte{0x0a}, byte(len(item))), item...), 10)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	a := arena{}
	for b.Loop() {
		a.room = a.room[:0]
		Protobuf(src, &a)
	}
}

// TestHotFormatsAllocateNothing holds the readers of ordinary calls to the arena.
func TestHotFormatsAllocateNothing(t *testing.T) {
	a := arena{room: make([]byte, 0, 64<<10)}
	message, framed, packed := []byte("\x0a\x08kettle-2\x10\x02\x1a\x0b\x0a\x03EUR\x10\x27\x18\x80\xa4\xe8\x03"), []byte("\x00\x00\x00\x00\x0a\x0a\x08kettle-2"), []byte("\x81\xa4name\xa5hello")
	for name, d := range map[string]func(){
		"xml":      func() { XML(soap, &a) },
		"protobuf": func() { Protobuf(message, &a) },
		"grpc":     func() { GRPC(framed, &a) },
		"sniff":    func() { sniffXML(soap); sniffProtobuf(message); sniffGRPC(framed); sniffMessagePack(packed) },
	} {
		if n := testing.AllocsPerRun(100, func() { a.room = a.room[:0]; d() }); n > map[string]float64{"sniff": 2}[name] {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
