package decode

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestXML(t *testing.T) {
	for name, c := range map[string]struct {
		src, want string
		n         int
		fault     Fault
	}{
		"elements":  {`<a><b>x</b><b y="1"/></a>`, "a object\n  b object\n    #text string \"x\"\n  b object\n    @y string \"1\"\n", -1, OK},
		"joined":    {`<a>x<![CDATA[<&>]]>y<!--c-->&lt;<?p q?>&#x41;&#66;</a>`, "a object\n  #comment string \"c\"\n  ?p string \"q\"\n  #text string \"x<&>y<AB\"\n", -1, OK},
		"mixed":     {`<a>x <b/> y</a>`, "a object\n  #text string \"x \"\n  b object\n  #text string \" y\"\n", -1, OK},
		"spaces":    {"<a>\n <b> </b>\n</a>\n", "a object\n  b object\n    #text string \" \"\n", -1, OK},
		"prefixes":  {`<s:a xmlns:s="u" s:b="v"/>`, "a object\n  @xmlns string \"u\"\n  @b string \"v\"\n", -1, OK},
		"bare":      {`<a>AT&T &amp; x</a>`, "a object\n  #text string \"AT&T & x\"\n", -1, OK},
		"trailing":  {`<a/> <b/>`, "a object\n", 5, OK},
		"cut":       {`<a><b>xy`, "a object\n  b object\n    #text string \"xy\"\n", -1, Cut},
		"mismatch":  {`<a></b>`, "a object\n", 3, Syntax},
		"unquoted":  {`<a b=c>`, "a object\n", 3, Syntax},
		"latin":     {"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", "?xml string \"version='1.0' encoding='ISO-8859-1'\"\na object\n  #text string \"é\"\n", -1, OK},
		"utf-7":     {`<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-`, "?xml string \"version=\\\"1.0\\\" encoding=\\\"UTF-7\\\"\"\n#document string \"+ADw-a/+AD4-\"\n", -1, OK},
		"ebcdic":    {"\x4c\x6f\xa7\x94\x93\x6e", "#document string \"<?xml>\"\n", -1, OK},
		"soap":      {`<S:Envelope xmlns:S="e"><S:Body><m:Get xmlns:m="m"><id>7</id></m:Get></S:Body></S:Envelope>`, "Envelope object\n  @xmlns string \"e\"\n  Body object\n    Get object\n      @xmlns string \"m\"\n      id object\n        #text string \"7\"\n", -1, OK},
		"cdata end": {`<a><![CDATA[x]]]]><![CDATA[>y]]></a>`, "a object\n  #text string \"x]]>y\"\n", -1, OK},
		"xxe": {
			`<!DOCTYPE r [<!ENTITY % p SYSTEM "http://e/x.dtd"> %p;<!ENTITY x PUBLIC "q" 'file:///etc/passwd' NDATA g><!ELEMENT r ANY>]><r>&x;</r>`,
			"!DOCTYPE object\n  name string \"r\"\n  !ENTITY object\n    parameter string \"%\"\n    name string \"p\"\n    system string \"http://e/x.dtd\"\n  % string \"%p;\"\n" +
				"  !ENTITY object\n    name string \"x\"\n    public string \"q\"\n    system string \"file:///etc/passwd\"\n    data string \"NDATA g\"\n  !ELEMENT string \"r ANY\"\nr object\n  #text string \"&x;\"\n", -1, OK,
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, n, f := decode(t, XML, []byte(c.src))
			if got := e.plain(); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			if c.n < 0 {
				c.n = len(c.src)
			}
			if n != c.n || f != c.fault {
				t.Errorf("took %d with fault %d, want %d with %d", n, f, c.n, c.fault)
			}
		})
	}
}

func TestXMLAmbiguities(t *testing.T) {
	for src, want := range map[string]Ambiguity{
		`<a b="1" b="2"/>`:                   DuplicateAttribute,
		`<!DOCTYPE a><a/>`:                   DocumentType,
		`<!DOCTYPE a [<!ENTITY e "1">]><a/>`: EntityDeclared,
		`<a>&e;</a>`:                         EntityUsed,
		`<a b="&e;"/>`:                       EntityUsed,
		`<?xml version="1.0" encoding="ibm-1047"?><a/>`:      CharsetUnusual,
		`<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-`: CharsetUnusual,
		`<!DOCTYPE a [<!ENTITY % e "1"> %e;]><a/>`:           EntityUsed,
	} {
		if e, _, _ := decode(t, XML, []byte(src)); !has(e.notes, want) {
			t.Errorf("%s: noted %v, want %v", src, e.notes, want)
		}
	}
}

func has(notes []Ambiguity, want Ambiguity) bool { return slices.Contains(notes, want) }

// texts is what encoding/xml makes of a document: element names, attribute values and each element's whole text, in order of their ends.
func texts(src []byte) (names, values []string, err error) {
	d := xml.NewDecoder(bytes.NewReader(src))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("other charset") }
	var run strings.Builder
	flush := func() {
		if strings.Trim(run.String(), " \t\r\n") != "" {
			values = append(values, run.String())
		}
		run.Reset()
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return names, values, nil
		}
		if err != nil {
			return names, values, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			flush()
			names = append(names, token.Name.Local)
			for _, a := range token.Attr {
				values = append(values, "@"+a.Value)
			}
		case xml.EndElement:
			flush()
		case xml.CharData:
			run.Write(token)
		}
	}
}

// agrees holds XML to encoding/xml wherever that one takes a document: the same names and the same texts.
func agrees(t *testing.T, src []byte) {
	if bytes.Contains(src, []byte("<!")) || bytes.Contains(src, []byte("encoding")) || bytes.Contains(src, []byte("]]>")) {
		return // document types are read otherwise on purpose
	}
	names, want, err := texts(src)
	if src := bytes.TrimSpace(src); len(src) > 0 && (src[0] != '<' || src[len(src)-1] != '>') {
		return // text outside the root, which encoding/xml passes on
	}
	if err != nil || len(names) == 0 {
		return
	}
	e, n, f := decode(t, XML, src)
	if n != len(src) || f != OK {
		if n < len(src) && f == OK {
			return // more than one root: encoding/xml reads a stream
		}
		t.Fatalf("took %d of %d with fault %d of a well-formed document %q", n, len(src), f, src)
	}
	var got []string
	for i, v := range e.values {
		switch name := e.paths[i][strings.LastIndexByte(e.paths[i], '.')+1:]; {
		case strings.HasSuffix(e.paths[i], "#text"):
			if strings.Trim(string(v), " \t\r\n") != "" {
				got = append(got, string(v))
			}
		case strings.HasPrefix(name, "@") || strings.Contains(e.paths[i], ".@"):
			got = append(got, "@"+string(v))
		}
	}
	if strings.Join(got, "\x00") != strings.Join(want, "\x00") {
		t.Fatalf("%q:\ngot  %q\nwant %q", src, got, want)
	}
}

func FuzzXML(f *testing.F) {
	for _, seed := range []string{
		`<a><b>x</b><b y="1"/></a>`, `<a>x<![CDATA[<&>]]>y<!--c-->&lt;<?p q?>&#x41;</a>`, `<s:a xmlns:s="u" s:b="v"/>`,
		"<a b='1\r\n2'>x\ry\r\n<![CDATA[z\r]]></a>",
		`<!DOCTYPE r [<!ENTITY % p SYSTEM "http://e/x.dtd"> %p;]><r>&x;</r>`, "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, XML, src)
		agrees(t, src)
	})
}
