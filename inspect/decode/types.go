package decode

import (
	"bytes"
	"strings"
)

// Media is what a Content-Type says.
type Media struct {
	Format Format // that it promises, zero for none that is known
	Plain  bool   // text/plain
	UTF8   bool   // its charset is UTF-8
}

// ContentType reads the value of a Content-Type line (RFC 9110 §8.3).
func ContentType(v []byte) (m Media) {
	media, parameters, more := cutByte(v, ';')
	media = bytes.TrimSpace(media)
	m.Format = byType(media)
	m.Plain = m.Format == 0 && equalFold(media, "text/plain")
	m.UTF8 = more && saysUTF8(parameters)
	return m
}

func saysUTF8(parameters []byte) bool {
	const name, charset = "charset=", "utf-8"
	for i := 0; i+len(name) <= len(parameters); i++ {
		if equalFold(parameters[i:i+len(name)], name) {
			v := bytes.TrimLeft(parameters[i+len(name):], `"`)
			return len(v) >= len(charset) && equalFold(v[:len(charset)], charset)
		}
	}
	return false
}

// byType returns the format that a media type promises, zero for none that is known.
func byType(media []byte) Format {
	if f, ok := mediaTypes[string(media)]; ok {
		return f
	}
	var buf [96]byte
	if len(media) == 0 || len(media) > len(buf) {
		return 0
	}
	lower := buf[:copy(buf[:], media)]
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] |= 0x20
		}
	}
	if f, ok := mediaTypes[string(lower)]; ok {
		return f
	}
	if i := bytes.LastIndexByte(lower, '+'); i > 0 {
		return mediaTypes[string(lower[i:])]
	}
	return 0
}

// mediaTypes is the Types of Formats, compiled.
var mediaTypes = func() map[string]Format {
	types := map[string]Format{}
	for f := range Formats {
		if Formats[f].Decode == nil {
			continue
		}
		for t := range strings.FieldsSeq(Formats[f].Types) {
			types[t] = Format(f)
		}
	}
	return types
}()

// equalFold compares ASCII without regard to case; lower is in lower case.
func equalFold(v []byte, lower string) bool {
	if len(v) != len(lower) {
		return false
	}
	for i, c := range v {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// ByCoding returns the format of a content coding (RFC 9110 §8.4.1), zero for identity and for what is not known.
func ByCoding(name []byte) Format {
	switch {
	case equalFold(name, "gzip"), equalFold(name, "x-gzip"):
		return FormatGzip
	case equalFold(name, "deflate"):
		return FormatZlib
	case equalFold(name, "br"):
		return FormatBrotli
	case equalFold(name, "zstd"):
		return FormatZstd
	case equalFold(name, "snappy"), equalFold(name, "x-snappy-framed"):
		return FormatSnappy
	}
	return 0
}
