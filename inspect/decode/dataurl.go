package decode

import (
	"bytes"
	"encoding/base64"
)

// DataURL reads a data: URL (RFC 2397): "type" with its parameters, and "data", whose base64 or percent-encoding is undone.
func DataURL(src []byte, s Sink) (n int, f Fault) {
	if n := base64Said(src); n > 0 {
		return len(src), within(said(s, FormatBase64, word(s, "data"), src[n:], len(src)-n))
	}
	comma := bytes.IndexByte(src, ',')
	if comma < len("data:") {
		return 0, Syntax
	}
	media, data := src[len("data:"):comma], src[comma+1:]
	packed := len(media) >= 7 && bytes.EqualFold(media[len(media)-7:], []byte(";base64"))
	if packed {
		media = media[:len(media)-7]
	}
	if len(media) > 0 && !s.Leaf(word(s, "type"), String, media, len(media)) {
		return 0, Limit
	}
	value, ok := plainPercent(s, data), true
	if packed {
		value, ok = unbase64Any(s, value)
	}
	if !s.Leaf(word(s, "data"), textOrBytes(value), value, len(data)) {
		return comma, Limit
	}
	if !ok {
		s.Note(MediaTypeLie)
	}
	return len(src), OK
}

// unbase64Any undoes base64 of either alphabet, with blanks in it; what is none stays as it is.
func unbase64Any(s Sink, v []byte) (value []byte, ok bool) {
	room := s.Grow(len(v))
	if room == nil {
		return v, true
	}
	clean := room[:0]
	for _, c := range v {
		switch c {
		case '-':
			c = '+'
		case '_':
			c = '/'
		case ' ', '\t', '\r', '\n':
			continue
		}
		clean = append(clean, c)
	}
	clean = bytes.TrimRight(clean, "=")
	n, err := base64.RawStdEncoding.Decode(clean, clean)
	if err != nil {
		return v, false
	}
	return clean[:n], true
}

// base64Said returns the length of "base64:" or "base64,", by which some say what follows, or the end of a data: URL does; 0 where src begins with neither.
func base64Said(src []byte) int {
	const mark = "base64"
	if len(src) > len(mark)+8 && equalFold(src[:len(mark)], mark) && (src[len(mark)] == ':' || src[len(mark)] == ',') && sniffBase64(src[len(mark)+1:]) {
		return len(mark) + 1
	}
	return 0
}

// sniffDataURL asks for the scheme and for a comma behind a media type, or for the mark of base64 alone.
func sniffDataURL(src []byte) bool {
	if base64Said(src) > 0 {
		return true
	}
	if len(src) < 6 || !bytes.EqualFold(src[:5], []byte("data:")) {
		return false
	}
	comma := bytes.IndexByte(src[:min(len(src), 256)], ',')
	if comma < 0 {
		return false
	}
	media := src[5:comma]
	slash := bytes.IndexByte(media, '/')
	return !bytes.ContainsAny(media, " \t\r\n") && (slash > 0 || len(media) > 0 && media[0] == ';') || len(media) == 0 && bytes.IndexByte(src, '%') > 0
}
