package decode

import (
	"encoding/base64"
	"testing"
)

func TestJWT(t *testing.T) {
	b := base64.RawURLEncoding.EncodeToString
	header, claims := b([]byte(`{"alg":"HS256"}`)), b([]byte(`{"sub":"a b"}`))
	want := "header string \"{\\\"alg\\\":\\\"HS256\\\"}\"\nclaims string \"{\\\"sub\\\":\\\"a b\\\"}\"\n"
	for name, c := range map[string]struct {
		src, want string
		note      Ambiguity
	}{
		"signed":   {header + "." + claims + "." + b([]byte("\xff\xfe")), want + "signature bytes \"\\xff\\xfe\"\n", 0},
		"empty":    {header + "." + claims + ".", want + "signature string \"\"\n", TokenUnsigned},
		"none":     {b([]byte(`{"alg": "NONE"}`)) + "." + claims + "." + b([]byte("x")), "header string \"{\\\"alg\\\": \\\"NONE\\\"}\"\nclaims string \"{\\\"sub\\\":\\\"a b\\\"}\"\nsignature string \"x\"\n", TokenUnsigned},
		"more":     {header + "." + claims + "." + b([]byte("x")) + "." + b([]byte("y")), want + "signature string \"x\"\n#part string \"y\"\n", TokenParts},
		"jwe":      {header + "...." + b([]byte("tag")), "header string \"{\\\"alg\\\":\\\"HS256\\\"}\"\nkey string \"\"\niv string \"\"\nciphertext string \"\"\ntag string \"tag\"\n", 0},
		"detached": {header + ".." + b([]byte("x")), "header string \"{\\\"alg\\\":\\\"HS256\\\"}\"\nclaims string \"\"\nsignature string \"x\"\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, JWT, c.src, c.want, OK, c.note)
			if !sniffJWT([]byte(c.src)) {
				t.Error("not seen")
			}
		})
	}
	for _, src := range []string{"", "example.host.name", "eyes.are.open", "eyJhbGciOiJIUzI1NiJ9", "eyebrow-eyebrow.example.org", "www.example.com"} {
		if sniffJWT([]byte(src)) {
			t.Errorf("%q is taken for a token", src)
		}
	}
}

func TestDataURL(t *testing.T) {
	for name, c := range map[string]struct {
		src, want string
		note      Ambiguity
	}{
		"base64":  {"data:text/plain;charset=utf-8;base64,aGVsbG8=", "type string \"text/plain;charset=utf-8\"\ndata string \"hello\"\n", 0},
		"percent": {"data:text/html,%3Cb%3E", "type string \"text/html\"\ndata string \"<b>\"\n", 0},
		"both":    {"DATA:a/b;base64,aGVsbG8%3D", "type string \"a/b\"\ndata string \"hello\"\n", 0},
		"lie":     {"data:a/b;base64,a!b", "type string \"a/b\"\ndata string \"a!b\"\n", MediaTypeLie},
		"bare":    {"data:,a%20b", "data string \"a b\"\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, DataURL, c.src, c.want, OK, c.note)
			if !sniffDataURL([]byte(c.src)) {
				t.Error("not seen")
			}
		})
	}
	for _, src := range []string{"data: a, b", "data:", "data:one,two", "dataset"} {
		if sniffDataURL([]byte(src)) {
			t.Errorf("%q is taken for a data URL", src)
		}
	}
}

func FuzzJWT(f *testing.F) {
	f.Add([]byte("eyJhbGciOiJub25lIn0.e30."))
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, JWT, src)
		sniffJWT(src)
	})
}

func FuzzDataURL(f *testing.F) {
	f.Add([]byte("data:text/plain;base64,aGVsbG8="))
	f.Fuzz(func(t *testing.T, src []byte) {
		lawful(t, DataURL, src)
		sniffDataURL(src)
	})
}
