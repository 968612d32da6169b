package decode

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
)

func TestMultipart(t *testing.T) {
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	for name, c := range map[string]struct {
		src, want string
		fault     Fault
		note      Ambiguity
	}{
		"form": {
			crlf("--x\nContent-Disposition: form-data; name=\"a\"\n\n1\n2\n--x\nContent-Disposition: form-data; name=\"f\"; filename=\"a\\\"b.txt\"\nContent-Type: text/plain\n\n\n--x--\n"),
			"a object\n  #body string \"1\\r\\n2\"\nf object\n  @filename string \"a\\\"b.txt\"\n  @content-type string \"text/plain\"\n  #body string \"\"\n", OK, 0,
		},
		"mixed":     {crlf("--x\nContent-Type: application/json\n\n{}\n--x--"), "#part object\n  @content-type string \"application/json\"\n  #body string \"{}\"\n", OK, 0},
		"no header": {crlf("--x\n\nplain\n--x--"), "#part object\n  #body string \"plain\"\n", OK, 0},
		"windows":   {crlf("--x\nContent-Disposition: form-data; name=f; filename=\"C:\\dir\\a.txt\"\n\n1\n--x--"), "f object\n  @filename string \"C:\\\\dir\\\\a.txt\"\n  #body string \"1\"\n", OK, 0},
		"extended":  {crlf("--x\nContent-Disposition: form-data; name=f; filename*=UTF-8''a%2e%2e%2fb\n\n1\n--x--"), "f object\n  @filename* string \"a../b\"\n  #body string \"1\"\n", OK, 0},
		"two names": {crlf("--x\nContent-Disposition: form-data; name=f; name=g\n\n1\n--x--"), "f object\n  #body string \"1\"\n", OK, PartNameTwo},
		"two files": {crlf("--x\nContent-Disposition: form-data; name=f; filename=a; filename*=UTF-8''b\n\n1\n--x--"), "f object\n  @filename string \"a\"\n  @filename* string \"b\"\n  #body string \"1\"\n", OK, PartNameTwo},
		"twice":     {crlf("--x\nContent-Disposition: form-data; name=f\n\n1\n--x\nContent-Disposition: form-data; name=f\n\n2\n--x--"), "f object\n  #body string \"1\"\nf object\n  #body string \"2\"\n", OK, PartTwice},
		"no name":   {crlf("--x\nContent-Disposition: form-data\n\n1\n--x--"), "#part object\n  #body string \"1\"\n", OK, PartNoName},
		"open":      {crlf("--x\nContent-Disposition: form-data; name=f\n\n1"), "f object\n  #body string \"1\"\n", Cut, BoundaryOpen},
		"prefix":    {crlf("--x\nContent-Disposition: form-data; name=f\n\n1\n--xy\n2\n--x--"), "f object\n  #body string \"1\\r\\n--xy\\r\\n2\"\n", OK, BoundaryPrefix},
		"other":     {crlf("--x\nContent-Disposition: form-data; name=f\n\n1\n--y\nContent-Disposition: form-data; name=g\n\n2\n--x--"), "f object\n  #body string \"1\\r\\n--y\\r\\nContent-Disposition: form-data; name=g\\r\\n\\r\\n2\"\n", OK, BoundaryTwo},
		"bare":      {"--x\nContent-Disposition: form-data; name=f\n\n1\n--x--", "f object\n  #body string \"1\"\n", OK, BoundaryBare},
		"preamble":  {crlf("hello\n--x\nContent-Disposition: form-data; name=f\n\n1\n--x--"), "#preamble string \"hello\\r\\n\"\nf object\n  #body string \"1\"\n", OK, Preamble},
		"epilogue":  {crlf("--x\nContent-Disposition: form-data; name=f\n\n1\n--x--\nbye"), "f object\n  #body string \"1\"\n#epilogue string \"\\r\\nbye\"\n", OK, Epilogue},
		"folded":    {crlf("--x\nContent-Disposition: form-data;\n name=f\n\n1\n--x--"), "f object\n  #body string \"1\"\n", OK, HeaderFolded},
		"malformed": {crlf("--x\nContent-Disposition : form-data; name=f\n\n1\n--x--"), "f object\n  @content-disposition string \"form-data; name=f\"\n  #body string \"1\"\n", OK, HeaderMalformed},
		"headers":   {crlf("--x\nContent-Disposition: form-data; name=f\nContent-Disposition: form-data; name=f\n\n1\n--x--"), "f object\n  #body string \"1\"\n", OK, PartHeaderTwice},
		"encoding":  {crlf("--x\nContent-Transfer-Encoding: base64\n\nMQ==\n--x--"), "#part object\n  @content-transfer-encoding string \"base64\"\n  #body string \"MQ==\"\n", OK, PartEncoding},
		"none":      {"hello\n", "", Syntax, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e, _, f := decode(t, Multipart, []byte(c.src))
			if got := e.plain(); got != c.want || f != c.fault {
				t.Errorf("got fault %d\n%swant %d\n%s", f, got, c.fault, c.want)
			}
			if c.note != 0 && !has(e.notes, c.note) {
				t.Errorf("noted %v, want %v", e.notes, c.note)
			}
			if c.note == 0 && len(e.notes) > 0 {
				t.Errorf("noted %v", e.notes)
			}
		})
	}
}

func TestSniffMultipart(t *testing.T) {
	for src, want := range map[string]bool{
		"--x\r\nContent-Disposition: form-data; name=f\r\n\r\n1\r\n--x--": true,
		"\r\n--x\r\nX-A: 1\r\ncontent-type: text/plain\r\n\r\n1":          true,
		"---\ntitle: CSVToJSON\ntags: string\n---\n\nConverts.":           false,
		"-- \nJohn\nContent-Type: x":                                      false,
		"--help\n--version\n":                                             false,
		"--x":                                                             false,
	} {
		if got := sniffMultipart([]byte(src)); got != want {
			t.Errorf("%q: %v", src, got)
		}
	}
}

// FuzzMultipart holds Multipart to mime/multipart: where that one reads a whole body, the same names, file names and bodies come out.
func FuzzMultipart(f *testing.F) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	err := w.SetBoundary("x")
	write := func(p io.Writer, e error, text string) {
		if err = errors.Join(err, e); e == nil {
			_, e = p.Write([]byte(text))
			err = errors.Join(err, e)
		}
	}
	p, e := w.CreateFormField("a")
	write(p, e, "1")
	p, e = w.CreateFormFile("f", "a.txt")
	write(p, e, "hello\r\n--y\r\n")
	p, e = w.CreatePart(textproto.MIMEHeader{"Content-Type": {"text/plain"}})
	write(p, e, "--")
	if err = errors.Join(err, w.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("--x\r\nContent-Disposition: form-data;\r\n name=f\r\n\r\n1\r\n--x--\r\nbye"))
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, Multipart, src)
		sniffMultipart(src)
		compareMultipart(t, src)
	})
}

func compareMultipart(t *testing.T, src []byte) {
	const head = "--x\r\n"
	if !bytes.HasPrefix(src, []byte(head)) || bytes.Contains(src, []byte("\n--x \t")) || bytes.Contains(bytes.ReplaceAll(src, []byte("\r\n"), nil), []byte("\r")) || bytes.Contains(bytes.ReplaceAll(src, []byte("\r\n"), nil), []byte("\n")) {
		return
	}
	r := multipart.NewReader(bytes.NewReader(src), "x")
	var want [][]byte
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return
		}
		body, err := io.ReadAll(p)
		if err != nil {
			return
		}
		want = append(want, body)
		if d := p.Header.Get("Content-Disposition"); d != "" {
			if _, _, err := mime.ParseMediaType(d); err != nil {
				return
			}
		}
	}
	e, _, fault := decode(t, Multipart, src)
	if fault != OK {
		return
	}
	var got [][]byte
	for i, v := range e.values {
		if strings.HasSuffix(e.paths[i], ".#body") {
			got = append(got, v)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%q: %d parts, want %d", src, len(got), len(want))
	}
	for i := range got {
		if !bytes.Equal(got[i], want[i]) {
			t.Fatalf("%q: part %d is %q, want %q", src, i, got[i], want[i])
		}
	}
}
