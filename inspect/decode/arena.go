package decode

import (
	"bytes"
	"unicode/utf8"
)

// maxDepth is how deep a reader goes into one document by itself; the walk's own limit is commonly lower.
const maxDepth = 128

// The names that decoders and the walk give to values that have none: a comment, and a member's name in which a layer was opened. A value of either name may come again.
var (
	CommentName = []byte("#comment")
	KeyName     = []byte("#key")
)

// word puts a fixed name into the arena.
func word(s Sink, text string) []byte {
	b := s.Grow(len(text))
	return b[:copy(b, text)]
}

// cutByte is bytes.Cut at one byte.
func cutByte(v []byte, c byte) (before, after []byte, found bool) {
	if i := bytes.IndexByte(v, c); i >= 0 {
		return v[:i], v[i+1:], true
	}
	return v, nil, false
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func textOrBytes(b []byte) Kind {
	if utf8.Valid(b) {
		return String
	}
	return Bytes
}
