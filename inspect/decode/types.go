package decode

import "bytes"

// ByType returns the format that a Content-Type promises, zero for none that is known.
func ByType(contentType []byte) Format {
	media, _, _ := bytes.Cut(contentType, []byte(";"))
	media = bytes.TrimSpace(media)
	if len(media) == 0 || len(media) > 100 {
		return 0
	}
	var suffix []byte
	if i := bytes.LastIndexByte(media, '+'); i > 0 {
		suffix = media[i:]
	}
	byType := Format(0)
	for f := range Formats {
		row := &Formats[f]
		if row.Decode == nil {
			continue
		}
		for types := row.Types; types != ""; {
			var t string
			t, types = cutSpace(types)
			if equalFold(media, t) {
				return Format(f) //nolint:gosec // formats fits
			}
			if suffix != nil && equalFold(suffix, t) {
				byType = Format(f) //nolint:gosec // formats fits
			}
		}
	}
	return byType
}

func cutSpace(s string) (head, tail string) {
	for i := range len(s) {
		if s[i] == ' ' {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

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
