package decode

import (
	"strings"
	"testing"
)

func TestMIME(t *testing.T) {
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	for name, c := range map[string]struct {
		src, want string
		note      Ambiguity
	}{
		"mail":   {crlf("From: a@b\nSubject: x\n y\n\nhello\n"), "@from string \"a@b\"\n@subject string \"x y\"\n#body string \"hello\\r\\n\"\n", HeaderFolded},
		"http":   {crlf("POST /a HTTP/1.1\nHost: x\n\n{}"), "#start string \"POST /a HTTP/1.1\"\n@host string \"x\"\n#body string \"{}\"\n", 0},
		"answer": {"HTTP/1.1 200 OK\nA: b\n", "#start string \"HTTP/1.1 200 OK\"\n@a string \"b\"\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, MIME, c.src, c.want, OK, c.note)
			if !sniffMIME([]byte(c.src)) {
				t.Error("not seen")
			}
		})
	}
	for _, src := range []string{"Note: a\nThat: b\n\nc", "From: me\nto you\n\n", "a HTTP b", "Date: 1\n"} {
		if sniffMIME([]byte(src)) {
			t.Errorf("%q is taken for a mail", src)
		}
	}
}

func TestPHP(t *testing.T) {
	for name, c := range map[string]struct {
		src, want string
		fault     Fault
		note      Ambiguity
	}{
		"array":  {`a:3:{s:1:"a";i:5;i:0;s:4:"b"cd";s:1:"c";a:1:{i:0;b:1;}}`, "[] object\n  a number \"5\"\n  0 string \"b\\\"cd\"\n  c object\n    0 bool \"1\"\n", OK, 0},
		"object": {"O:4:\"User\":2:{s:7:\"\x00*\x00name\";s:2:\"ab\";s:1:\"x\";N;}", "[] object\n  #class string \"User\"\n  name string \"ab\"\n  x null \"\"\n", OK, 0},
		"custom": {`C:3:"Foo":4:{abcd}`, "[] object\n  #class string \"Foo\"\n  #data string \"abcd\"\n", OK, 0},
		"few":    {`a:1:{i:0;i:1;i:1;i:2;}`, "[] object\n  0 number \"1\"\n", Syntax, LengthWrong},
		"cut":    {`a:2:{i:0;s:9:"ab`, "[] object\n", Cut, 0},
		"text":   {`s:5:"hello";`, "[] string \"hello\"\n", OK, 0},
	} {
		t.Run(name, func(t *testing.T) { expect(t, PHP, c.src, c.want, c.fault, c.note) })
	}
	for src, want := range map[string]bool{`a:1:{i:0;i:1;}`: true, `s:5:"hello";`: true, "a:1": false, "s:3 items": false, "a:12:30": false, "O:1": false} {
		if got := sniffPHP([]byte(src)); got != want {
			t.Errorf("%q: %v", src, got)
		}
	}
}

func TestObjects(t *testing.T) {
	java := "\xac\xed\x00\x05sr\x00\x11java.util.HashMap\x05\x07\xda\xc1t\x00\x05hello"
	expect(t, Java, java, "#data bytes \"s\"\nclass string \"java.util.HashMap\"\n#data bytes \"\\x05\\a\\xda\\xc1\"\nstring string \"hello\"\n", OK, 0)
	net := "\x00\x01\x00\x00\x00\xff\xff\xff\xff\x01\x00\x00\x00\x00\x00\x00\x00\x0c\x02\x00\x00\x00\x06System\x0b"
	expect(t, DotNet, net, "#data bytes \"\\f\\x02\\x00\\x00\\x00\"\nstring string \"System\"\n#data bytes \"\\v\"\n", OK, 0)
	expect(t, Pickle, "cos\nsystem\n(S'ls -l'\ntR.", "global string \"os\\nsystem\"\nstring string \"ls -l\"\n", OK, 0)
	expect(t, Pickle, "\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.", "string string \"posix\"\nstring string \"system\"\nstring string \"id\"\n", OK, 0)
	for _, src := range []string{"cos\nsystem\n(S'ls -l'\ntR.", "\x80\x03X\x01\x00\x00\x00aq\x00."} {
		if !sniffPickle([]byte(src)) {
			t.Errorf("%q is not seen", src)
		}
	}
	for _, src := range []string{"cat\ndog\nmouse.", "(see above.)", "come on\nin.", "c."} {
		if sniffPickle([]byte(src)) {
			t.Errorf("%q is taken for a pickle", src)
		}
	}
	if !sniffJava([]byte(java)) || !sniffDotNet([]byte(net)) {
		t.Error("a stream is not seen")
	}
}

func FuzzSerialized(f *testing.F) {
	f.Add([]byte(`a:2:{s:1:"a";i:5;i:0;O:1:"b":0:{}}`))
	f.Add([]byte("\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94."))
	f.Add([]byte("\xac\xed\x00\x05sr\x00\x11java.util.HashMap\x05\x07\xda\xc1t\x00\x05hello"))
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, d := range []Decoder{PHP, Pickle, Java, DotNet, MIME} {
			lawful(t, d, src)
		}
		sniffPHP(src)
		sniffPickle(src)
		sniffMIME(src)
	})
}
