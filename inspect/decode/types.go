package decode

import (
	"bytes"
	"strings"
)

// ByType returns the format that a Content-Type promises, zero for none that is known.
func ByType(contentType []byte) Format {
	media, _, _ := bytes.Cut(contentType, []byte(";"))
	media = bytes.TrimSpace(media)
	var buf [96]byte
	if len(media) == 0 || len(media) > len(buf) {
		return 0
	}
	lower := buf[:len(media)]
	for i, c := range media {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
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
	}
	return 0
}
