package inspect

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

const hidden = `cat /etc/passwd; id "x"`

func each(format string) func(string) string {
	return func(s string) string {
		var out strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&out, format, c)
		}
		return out.String()
	}
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func quote(s string) string {
	v, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(v)
}

func packed(open func(io.Writer) io.WriteCloser, s string) string {
	var out bytes.Buffer
	w := open(&out)
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return out.String()
}

func wide(s string, order binary.AppendByteOrder, mark bool) string {
	var out []byte
	if mark {
		out = order.AppendUint16(out, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

func jsonBody(value string) string { return `{"id":7,"v":` + quote(value) + `}` }

func field(number int, value string) string {
	return string(binary.AppendUvarint([]byte{byte(number<<3 | 2)}, uint64(len(value)))) + value
}

func frame(message string) string {
	return string(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))) + message
}

// chains are layers that services put around a value, as their encoders write them: none of the encoders is ours.
func chains() []chain {
	b64 := base64Of(hidden)
	lines := base64Of(strings.Repeat("an attachment of mail, ", 9))
	lines = lines[:76] + "\r\n" + lines[76:152] + "\r\n" + lines[152:228] + "\r\n" + lines[228:]
	jwt := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":`+quote(hidden)+`}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte("0123456789abcdefghijk"))
	mixed := func(s string) string {
		var out strings.Builder
		for i, c := range s {
			switch i % 3 {
			case 0:
				fmt.Fprintf(&out, "&#%d;", c)
			case 1:
				fmt.Fprintf(&out, "&#X%X;", c)
			default:
				fmt.Fprintf(&out, "&#x%04x;", c)
			}
		}
		return out.String()
	}
	multipart := "--b1\r\nContent-Disposition: form-data; name=\"m\"\r\nContent-Type: multipart/mixed; boundary=b2\r\n\r\n--b2\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64 + "\r\n--b2\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na =3D 1, caf=C3=A9\r\n--b2--\r\n\r\n--b1--\r\n"
	return []chain{
		{"base64 in lines", "", jsonBody(lines), strings.Repeat("an attachment of mail, ", 9)},
		{"unicode escapes of JSON, twice", "", jsonBody(each(`\u%04x`)(hidden)), hidden},
		{"octal escapes of C", "", jsonBody(each(`\%03o`)(hidden)), hidden},
		{"percent, three times", "", jsonBody(url.PathEscape(url.PathEscape(url.PathEscape(hidden)))), hidden},
		{"data URL of base64", "", jsonBody("data:application/json;charset=utf-8;base64," + base64Of(`{"a":`+quote(hidden)+`}`)), hidden},
		{"data URL of escapes", "", jsonBody("data:text/html," + url.PathEscape(hidden)), hidden},
		{"claims of a token", "", jsonBody(jwt), hidden},
		{"token in an Authorization header of a saved call", "", jsonBody("Bearer " + jwt), hidden},
		{"bytes of CBOR", "application/cbor", "\xa2\x62id\x07\x61v\x58" + string(rune(len(b64))) + b64, hidden},
		{"bytes of MessagePack", "application/msgpack", "\x82\xa2id\x07\xa1v\xc4" + string(rune(len(b64))) + b64, hidden},
		{"references of XML, mixed", "application/xml", "<a><b>" + mixed(hidden) + "</b></a>", hidden},
		{"numeric references without semicolons", "", jsonBody(each("&#%d")("<svg/onload=x>")), "<svg/onload=x>"},
		{"named references without semicolons", "", jsonBody(`&lt&#115cript&gtalert(1)&lt/script&gt`), `<script>alert(1)</script>`},
		{"zlib in base64url", "", jsonBody(base64.RawURLEncoding.EncodeToString([]byte(packed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }, hidden)))), hidden},
		{"deflate in base64", "", jsonBody(base64Of(packed(func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 6); return f }, hidden))), hidden},
		{"brotli in base64", "", jsonBody(base64Of(packed(func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }, hidden))), hidden},
		{"snappy of protobuf that is said to be protobuf", "application/x-protobuf", string(snappy.Encode(nil, []byte(field(1, field(1, hidden)+field(2, "GET"))))), hidden},
		{"snappy in base64", "", jsonBody(base64Of(string(snappy.Encode(nil, []byte(hidden+hidden))))), hidden + hidden},
		{"zstd in hex", "", jsonBody(hex.EncodeToString([]byte(packed(func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }, hidden)))), hidden},
		{"UTF-16 with mark in base64", "", jsonBody(base64Of(wide(hidden, binary.BigEndian, true))), hidden},
		{"UTF-16 without mark in base64", "", jsonBody(base64Of(wide(hidden, binary.LittleEndian, false))), hidden},
		{"UTF-16 of another script in base64", "", jsonBody(base64Of(wide("удалить файл", binary.BigEndian, true))), "удалить файл"},
		{"UTF-16 of another script in base64, unmarked", "", jsonBody(base64Of(wide("удалить файл 17", binary.LittleEndian, false))), "удалить файл 17"},
		{"UTF-16 in protobuf", "application/grpc", frame(field(2, field(1, wide(hidden, binary.LittleEndian, false))+"\x10\x07")), hidden},
		{"BSON in protobuf", "application/grpc", frame(field(1, "\x12\x00\x00\x00\x02q\x00\x06\x00\x00\x00"+hidden[:5]+"\x00\x00")), hidden[:5]},
		{"name of a member", "", `{"id":7,"list":[{` + quote(b64) + `:1}]}`, hidden},
		{"name of a member of MessagePack", "application/msgpack", "\x81\xd9" + string(rune(len(b64))) + b64 + "\x01", hidden},
		{"name in a form, in brackets", "application/x-www-form-urlencoded", "filter[" + url.QueryEscape(b64) + "]=1", hidden},
		{"name of a claim in a header of a saved call", "", jsonBody("Bearer " + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(`{`+quote(b64)+`:1}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte("0123456789abcdefghijk"))), hidden},
		{"comment of JSON", "", `{"id":7 /* ` + b64 + ` */}`, hidden},
		{"comment behind JSON", "", `{"id":7} // ` + b64, hidden},
		{"text of SQL in digits", "", jsonBody("1 union select 0x" + hex.EncodeToString([]byte(hidden)) + ", 2"), hidden},
		{"compressed message of gRPC that looks like a line", "application/grpc", "\x01" + frame(packed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, field(1, base64Of(hidden+", and on"))))[1:], hidden + ", and on"},
		{"UTF-16 in percent", "", jsonBody(each("%%%02X")(wide(hidden, binary.LittleEndian, true))), hidden},
		{"percent of UTF-16 units", "", jsonBody(each("%%u%04x")(hidden)), hidden},
		{"UTF-7", "", jsonBody("+ADw-script+AD4-alert(1)+ADw-/script+AD4-"), "<script>alert(1)</script>"},
		{"UTF-7 in runs that anything ends", "", jsonBody("open C:+AFw.+AFw.+AFw-boot.ini"), `open C:\.\.\boot.ini`},
		{"CDATA of SOAP with JSON", "text/xml", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><r><![CDATA[{"a":` + quote(hidden) + `}]]></r></s:Body></s:Envelope>`, hidden},
		{"XML in CDATA in XML", "text/xml", `<env><![CDATA[<req c="1"><cmd>` + strings.ReplaceAll(hidden, `"`, "&quot;") + `</cmd></req>]]></env>`, hidden},
		{"multipart with a transfer encoding", "multipart/form-data; boundary=b1", multipart, hidden},
		{"multipart with quoted-printable", "multipart/form-data; boundary=b1", multipart, "a = 1, café"},
		{"part in base64 that is not long enough to tell", "multipart/form-data; boundary=b1", "--b1\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nbHM=\r\n--b1--\r\n", "ls"},
		{"mail in base64", "message/rfc822", "From: a@example.com\r\nTo: b@example.com\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64 + "\r\n", hidden},
		{"form in mail", "", jsonBody("Subject: report\r\nFrom: a@example.com\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64Of("id=7&q="+url.QueryEscape(hidden)+"&n=1\r\n") + "\r\n"), hidden},
		{"CSV in mail", "", jsonBody("Subject: report\r\nFrom: a@example.com\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64Of("id,name,note\r\n1,a, b\r\n2,c,\"x, "+strings.ReplaceAll(hidden, `"`, `""`)+"\"\r\n\r\n") + "\r\n"), "x, " + hidden},
		{"bytes in percent before a line's end", "", jsonBody(each("%%%02X")(wide(hidden, binary.LittleEndian, false)) + "\r\n"), hidden},
		{"quoted-printable of XML", "", jsonBody("<item id=3D\"1\" q=3D\"" + strings.ReplaceAll(hidden, `"`, "&quot;") + "\"/>"), hidden},
		{"base64 in lines in YAML", "application/yaml", "kind: Secret\ndata:\n  cert: |\n    " + lines[:76] + "\n    " + strings.TrimSpace(lines[78:154]) + "\n    " + base64Of("that is the padding")[:28] + "\n  key: b29v\n", strings.Repeat("an attachment of mail, ", 9)[:114] + "that is the padding"},
		{"response in gzip in multipart/mixed", "multipart/mixed; boundary=b1", "--b1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n" + packed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, hidden) + "\r\n--b1--\r\n", hidden},
		{"parameter of an address", "", jsonBody("https://shop.example.org/a/b?step=2&q=" + url.QueryEscape(hidden) + "#top"), hidden},
		{"address in an address", "", jsonBody("https://a.example.org/?next=" + url.QueryEscape("https://b.example.org/c?q="+url.QueryEscape(hidden))), hidden},
		{"parameter of a path", "", jsonBody("/a/b?q=" + url.QueryEscape(hidden)), hidden},
		{"base64 in the path of an address", "", jsonBody("https://a.example.org/files/" + base64.RawURLEncoding.EncodeToString([]byte(hidden)) + "/meta"), hidden},
		{"word in a list", "", jsonBody("alpha|17|" + b64), hidden},
		{"word in a sentence", "", jsonBody("please run " + b64 + " at once"), hidden},
		{"word in a setting", "text/plain", "[main]\nname = alpha\ncmd = " + b64 + "\n", hidden},
		{"word before a signature", "", jsonBody("v1." + base64.RawURLEncoding.EncodeToString([]byte(hidden)) + ".q3x9-Zk"), hidden},
		{"PEM", "", jsonBody("-----BEGIN MESSAGE-----\nKind: note\n\n" + b64 + "\n-----END MESSAGE-----\n"), hidden},
		{"PEM in an environment", "", jsonBody(`-----BEGIN MESSAGE-----\n` + b64 + `\n-----END MESSAGE-----\n`), hidden},
		{"what a value says of itself", "", jsonBody("base64:" + b64), hidden},
		{"hexadecimal digits of both cases", "", jsonBody("2F6574632F7061737377642f2E2E2F6c6F67"), "/etc/passwd/../log"},
		{"NDJSON in a JSON string", "", jsonBody("{\"a\":1}\n{\"a\":" + quote(hidden) + "}\n"), hidden},
		{"variables of GraphQL", "", `{"query":"mutation($i:In!){add(i:$i){id}}","variables":{"i":{"n":` + quote(b64) + `}}}`, hidden},
		{"string of GraphQL", "", `{"query":` + quote(`{find(by:`+quote(b64)+`){id}}`) + `}`, hidden},
		{"block string of GraphQL", "", `{"query":` + quote("mutation {\n  add(text: \"\"\"\n    "+hidden+"\n    \"\"\") { id }\n}") + `}`, hidden},
		{"batch of JSON-RPC", "", `[{"jsonrpc":"2.0","id":1,"method":"a","params":[1]},{"jsonrpc":"2.0","id":2,"method":"b","params":{"x":` + quote(b64) + `}}]`, hidden},
		{"second message of gRPC", "application/grpc", frame(field(1, "first")) + frame(field(1, "second")+field(2, b64)), hidden},
		{"message in a message in a message", "application/grpc", frame(field(1, field(1, field(2, hidden)+"\x18\x05"))), hidden},
		{"repeated strings of protobuf", "application/grpc", frame(field(3, "one") + field(3, "two") + field(3, b64)), hidden},
		{"quotes of CSV", "text/csv", "id,name,note\r\n1,a,\"say \"\"hi\"\", then " + b64 + "\"\r\n2,b," + b64 + "\r\n", hidden},
		{"CSV below a comment", "", jsonBody("# exported\nid,name,note\n1,a,b\n2,b," + b64 + "\n"), hidden},
		{"block of YAML", "application/yaml", "name: job\nsteps:\n  - run: |\n      set -e\n      curl x\n  - run: >-\n      " + b64 + "\n", hidden},
		{"anchor of YAML", "application/yaml", "base: &b\n  cmd: " + b64 + "\nuse:\n  <<: *b\n  n: 3\n", hidden},
		{"tag of YAML", "application/yaml", "kind: job\ndata: !!binary |\n  " + b64 + "\nn: 2\n", hidden},
		{"encoded word of mail", "", jsonBody(mime.BEncoding.Encode("utf-8", "naïve: "+hidden)), "naïve: " + hidden},
		{"encoded word of mail, Q", "", jsonBody(mime.QEncoding.Encode("utf-8", "naïve: "+hidden)), "naïve: " + hidden},
		{"encoded word in a header line", "message/rfc822", "From: a@example.com\r\nSubject: " + mime.BEncoding.Encode("utf-8", "naïve: "+hidden) + "\r\n\r\nhello\r\n", "naïve: " + hidden},
		{"serialized PHP in serialized PHP", "", jsonBody(fmt.Sprintf(`a:2:{s:1:"a";i:1;s:1:"b";s:%d:"a:1:{i:0;s:%d:"%s";}";}`, len(hidden)+18, len(hidden), hidden)), hidden},
		{"hex of a Postgres bytea", "", jsonBody(`\x` + hex.EncodeToString([]byte(hidden))), hidden},
		{"hex escapes of a shell", "", jsonBody(`$'` + each(`\x%02x`)(hidden) + `'`), `$'` + hidden + `'`},
		{"code points of ES6", "", jsonBody(each(`\u{%x}`)(hidden)), hidden},
		{"form in a form", "application/x-www-form-urlencoded", "a=" + url.QueryEscape("b="+url.QueryEscape(hidden)+"&c=1"), hidden},
		{"JSON in JSON in JSON", "", jsonBody(jsonBody(jsonBody(hidden))), hidden},
		{"quoted-printable of JSON", "", jsonBody("{\"subject\":\"a long line of plain text that quoted-printable has to break =\r\nbefore it ends\",\"n\":1,\"cmd\":" + quote(hidden) + "}"), hidden},
		{"length-prefixed records", "application/octet-stream", short16("login") + short16("user=bob") + short16(hidden) + short16("the end of it"), hidden},
		{"FIX", "", jsonBody("8=FIX.4.4\x019=70\x0135=D\x0158=" + b64), "58=" + b64},
		{"X12", "application/edi-x12", "ISA*00*  *00*  *ZZ*A*ZZ*B*261127*0741*U*00401*1*0*T*>~GS*PO*A*B*20261127*0741*1*X*004010~ST*850*0001~MSG*" + b64 + "~SE*3*0001~", hidden},
		{"EDIFACT", "", jsonBody("UNA:+.? 'UNB+UNOA:1+A+B+261127:0741+1'UNH+1+ORDERS:D:96A'FTX+AAI+++it?'s fine?+'FTX+AAI+++" + strings.TrimRight(b64, "=") + "'UNT+4+1'"), hidden},
		{"HL7", "", jsonBody("MSH|^~\\&|LAB|X|EHR|Y|20261127||ORU^R01|1|P|2.5\rPID|1||123^^^MRN||DOE^JOHN\rOBX|1|TX|N||" + b64 + "\r"), hidden},
		{"words of a form in an array", "", `["the+name+of+the+database"]`, "the name of the database"},
		{"two names of a form in an array", "", `["antonella+ferriani"]`, "antonella ferriani"},
		{"line ends of XML", "application/xml", "<a><b>one\r\ntwo\rthree</b><c><![CDATA[one\r\ntwo]]></c></a>", "one\ntwo\nthree"},
		{"YAML that HTML escaped", "", jsonBody("name: x\nreplicas: 2\nnotes: &lt;b&gt; &#34;" + strings.ReplaceAll(hidden, `"`, "'") + "&#34;\n"), `<b> "` + strings.ReplaceAll(hidden, `"`, "'") + `"`},
		{"CSV that HTML escaped", "", jsonBody("id,name,note\n1,a,&#34;say &#34;&#34;hi&#34;&#34;, b&#34;\n2,b,c\n"), `say "hi", b`},
	}
}

type chain struct{ name, contentType, body, leaf string }

func short16(s string) string { return string(binary.BigEndian.AppendUint16(nil, uint16(len(s)))) + s }

func TestChains(t *testing.T) {
	inspector, err := New(DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range chains() {
		t.Run(c.name, func(t *testing.T) {
			m := &Message{Method: []byte("POST"), Path: []byte("/"), Body: []byte(c.body), Size: int64(len(c.body))}
			if c.contentType != "" {
				m.Header = []Header{{Name: []byte("content-type"), Value: []byte(c.contentType)}}
			}
			tree := inspector.Inspect(m)
			defer inspector.Free(tree)
			for i := range tree.Nodes {
				if n := &tree.Nodes[i]; n.Leaf() && string(n.Raw) == c.leaf {
					return
				}
			}
			t.Errorf("%q is in no leaf of\n%s", c.leaf, tree.AppendText(nil, 120))
		})
	}
}
