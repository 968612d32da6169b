package inspect

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// bombSize is the size of each of the pathological bodies.
const bombSize = 1 << 18

func fill(unit string) []byte { return []byte(strings.Repeat(unit, bombSize/len(unit))) }

func around(open, middle, end string) []byte {
	n := (bombSize - len(middle)) / (len(open) + len(end))
	return []byte(strings.Repeat(open, n) + middle + strings.Repeat(end, n))
}

func zipped(data []byte, times int) []byte {
	for range times {
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, 9)
		_, _ = w.Write(data)
		_ = w.Close()
		data = b.Bytes()
	}
	return data
}

func quoted(times int) []byte {
	s := "x"
	for range times {
		s = fmt.Sprintf("%q", s)
		if len(s) > bombSize {
			break
		}
	}
	return []byte(s)
}

func base64s() []byte {
	s := "innermost, and nothing else"
	for len(s) < bombSize*3/4 {
		s = base64.StdEncoding.EncodeToString([]byte(s))
	}
	return []byte(s)
}

func keys(same bool) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < bombSize; i++ {
		if same {
			i = 0
		}
		fmt.Fprintf(&b, `,"k%d":1`, i)
	}
	b.Bytes()[0] = '{'
	return append(b.Bytes(), '}')
}

func members(name func(i int) string) []byte {
	b := bytes.NewBufferString("{")
	for i := 0; b.Len() < bombSize; i++ {
		fmt.Fprintf(b, `%q:1,`, name(i))
	}
	return append(bytes.TrimSuffix(b.Bytes(), []byte(",")), '}')
}

func laughs() []byte {
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a0 \"ha\">")
	for i := 1; b.Len() < bombSize; i++ {
		fmt.Fprintf(&b, "<!ENTITY a%d \"%s\">", i, strings.Repeat(fmt.Sprintf("&a%d;", i-1), 10))
	}
	b.WriteString("]><l>&a9;</l>")
	return b.Bytes()
}

func withWriter(write func(*bytes.Buffer)) []byte {
	var b bytes.Buffer
	write(&b)
	return b.Bytes()
}

// bombs are inputs made to cost much, each of a quarter of a megabyte at most.
func bombs() map[string][]byte {
	zeros := make([]byte, 16<<20)
	graph := "query {" + strings.Repeat("a{", bombSize/4) + "b" + strings.Repeat("}", bombSize/4) + "}"
	return map[string][]byte{
		"gzip of zeros":           zipped(zeros, 1),
		"gzip of gzip of zeros":   zipped(zeros, 2),
		"gzip members of no byte": bytes.Repeat(zipped(nil, 1), bombSize/23),
		"zlib of zeros":           withWriter(func(b *bytes.Buffer) { w := zlib.NewWriter(b); _, _ = w.Write(zeros); _ = w.Close() }),
		"zstd of zeros":           withWriter(func(b *bytes.Buffer) { w, _ := zstd.NewWriter(b); _, _ = w.Write(zeros); _ = w.Close() }),
		"brotli of zeros":         withWriter(func(b *bytes.Buffer) { w := brotli.NewWriterLevel(b, 4); _, _ = w.Write(zeros); _ = w.Close() }),
		"snappy of zeros":         snappy.Encode(nil, zeros)[:bombSize],
		"snappy of nothing long":  append(binary.AppendUvarint(nil, 1<<32-1), bytes.Repeat([]byte{0, 'a'}, bombSize/2)...),
		"base64 of gzip of zeros": []byte(base64.StdEncoding.EncodeToString(zipped(zeros, 1))),
		"nested base64":           base64s(),
		"nested quotes":           quoted(64),
		"percent of percent":      fill("%25"),
		"percent of percent, one": []byte("%" + strings.Repeat("25", bombSize/2)),
		"entities of entities":    []byte("&" + strings.Repeat("amp;", bombSize/4)),
		"backslashes":             fill(`\\`),
		"deep arrays":             fill("["),
		"deep objects":            around(`{"a":`, "1", "}"),
		"a million keys":          keys(false),
		"one key a million times": keys(true),
		"names in base64":         members(func(i int) string { return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "name no %06d", i)) }),
		"names like base64":       members(func(i int) string { return fmt.Sprintf("q8Zr1/kP%08X", i*2654435761) }),
		"padding in lines":        fill("QUJDREVGR0g=\n"),
		"runs of UTF-7":           fill("+AFw."),
		"digits in a text":        fill("0x6162636465666768 "),
		"empty arrays":            []byte("[" + strings.TrimSuffix(strings.Repeat("[],", bombSize/3), ",") + "]"),
		"numbers":                 []byte("[" + strings.TrimSuffix(strings.Repeat("1,", bombSize/2), ",") + "]"),
		"documents in a row":      fill("{}"),
		"documents and rubbish":   fill("[1]a"),
		"one long string":         []byte(`{"a":"` + strings.Repeat("x", bombSize) + `"}`),
		"one escaped string":      []byte(`{"a":"` + strings.Repeat(`\u0041`, bombSize/6) + `"}`),
		"comments":                []byte("{" + strings.Repeat("/**/", bombSize/4) + "}"),
		"form of nothing":         fill("&"),
		"form of names":           fill("a&"),
		"form in form":            fill("a=%26"),
		"billion laughs":          laughs(),
		"deep XML":                around("<a>", "x", "</a>"),
		"attributes":              []byte("<a " + strings.Repeat(`b="c" `, bombSize/6) + "/>"),
		"open brackets":           fill("<"),
		"deep GraphQL":            []byte(graph),
		"multipart without end":   fill("--a\r\n\r\n"),
		"yaml aliases":            []byte("a: &a [x]\n" + strings.Repeat("b: [*a,*a,*a,*a]\n", bombSize/17)),
		"zeros":                   zeros[:bombSize],
		"high bytes":              fill("\xff"),
		"protobuf in protobuf":    fill("\x0a\x7f"),
		"msgpack arrays":          fill("\x91"),
		"cbor arrays":             fill("\x81"),
		"csv":                     fill("a,b\n"),
		"random letters":          fill("q8Zr1/kP"),
		"hex":                     fill("6162"),
		"dots":                    fill("../"),
		"plus and minus":          fill("+-"),
		"equals":                  fill("=41"),
	}
}

// bombed has the default limits for a body of a megabyte, scaled to that of a bomb.
func bombed(t testing.TB) *Inspector {
	t.Helper()
	limits := DefaultLimits()
	limits.Nodes, limits.Unfolded = limits.Nodes>>2, limits.Unfolded>>2
	p, err := New(limits)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestBombs holds every bomb to a few times the work of an ordinary body of their size, to the limits of nodes and bytes, and to an exact account.
func TestBombs(t *testing.T) {
	p := bombed(t)
	ordinary := p.opened(post(record(bombSize)))
	allowed := 5 * ordinary.Work
	t.Logf("ordinary: %d units for %d bytes, %d nodes", ordinary.Work, len(ordinary.Message.Body), len(ordinary.Nodes))
	p.Free(ordinary)
	for name, body := range bombs() {
		for _, contentType := range []string{"", "application/json"} {
			m := &Message{Path: []byte("/"), Body: body, Size: int64(len(body))}
			if contentType != "" {
				m.Header = []Header{{[]byte("content-type"), []byte(contentType)}}
			}
			tree := p.opened(m)
			if tree.Work > allowed {
				t.Errorf("%s: %d units of work, an ordinary body takes %d", name, tree.Work, allowed/5)
			}
			if len(tree.Nodes) > p.limits.Nodes {
				t.Errorf("%s: %d nodes", name, len(tree.Nodes))
			}
			if sum := tree.Decoded + tree.Opaque + tree.Unexamined; sum != int64(len(body)) {
				t.Errorf("%s: account of %d bytes for %d: %d, %d, %d", name, sum, len(body), tree.Decoded, tree.Opaque, tree.Unexamined)
			}
			if len(tree.Panics) > 0 {
				t.Errorf("%s: %s", name, tree.Panics[0])
			}
			p.Free(tree)
		}
	}
}

// TestBombsAreUnexamined holds what cannot be read to the end to saying so.
func TestBombsAreUnexamined(t *testing.T) {
	p := bombed(t)
	all := bombs()
	for _, name := range []string{"gzip of zeros", "zlib of zeros", "zstd of zeros", "gzip of gzip of zeros", "deep arrays", "deep objects", "numbers", "empty arrays", "base64 of gzip of zeros"} {
		tree := p.opened(&Message{Path: []byte("/"), Body: all[name], Size: -1})
		if tree.Unexamined == 0 {
			t.Errorf("%s: %d decoded, %d opaque, nothing unexamined", name, tree.Decoded, tree.Opaque)
		}
		p.Free(tree)
	}
}

func BenchmarkBombs(b *testing.B) {
	p := bombed(b)
	measure(b, "ordinary", bombSize, func() { p.Free(p.opened(post(record(bombSize)))) })
	for name, body := range bombs() {
		measure(b, strings.ReplaceAll(name, " ", "-"), int64(len(body)), func() { p.Free(p.opened(&Message{Path: []byte("/"), Body: body, Size: -1})) })
	}
}
