package decode

import "bytes"

var (
	pemBegin = []byte("-----BEGIN ")
	pemEnd   = []byte("-----END ")
	pemDash  = []byte("-----")
)

// pemBlock is one block of a file in PEM.
type pemBlock struct {
	label, head, body []byte
	size              int // with what stands before it; 0: there is none
}

// nextPEM finds the first block of src.
func nextPEM(src []byte) (b pemBlock) {
	_, rest, found := bytes.Cut(src, pemBegin)
	if !found {
		return b
	}
	dash := bytes.Index(rest, pemDash)
	if dash < 1 || dash > 64 {
		return b
	}
	b.label = rest[:dash]
	rest = rest[dash+len(pemDash):]
	end := bytes.Index(rest, pemEnd)
	if end < 0 {
		return b
	}
	b.body = rest[:end]
	after := rest[end+len(pemEnd):]
	if !bytes.HasPrefix(after, b.label) || !bytes.HasPrefix(after[len(b.label):], pemDash) {
		return b
	}
	b.size = len(src) - len(after) + len(b.label) + len(pemDash)
	if last := bytes.TrimRight(src[b.size:], "\r\n"); string(last) == `\n` || string(last) == `\r\n` {
		b.size = len(src)
	}
	if bytes.IndexByte(b.body, ':') >= 0 { // header lines, RFC 1421
		for _, blank := range []string{"\r\n\r\n", "\n\n", `\n\n`} {
			if i := bytes.Index(b.body, []byte(blank)); i > 0 {
				b.head, b.body = bytes.TrimSpace(b.body[:i]), b.body[i+len(blank):]
				break
			}
		}
	}
	return b
}

func sniffPEM(src []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(src, " \t\r\n"), pemBegin) && nextPEM(src).size > 0
}

// PEM reads the blocks of a file (RFC 7468): each by its label what its base64 says, and the header lines before that as "#header". In JSON and in environments the line ends
// may be escaped.
func PEM(src []byte, s Sink) (n int, f Fault) {
	for n < len(src) {
		b := nextPEM(src[n:])
		if b.size == 0 {
			break
		}
		if b.head != nil && !s.Leaf(word(s, "#header"), String, b.head, len(b.head)) {
			return n, Limit
		}
		body := b.body
		if bytes.IndexByte(body, '\\') >= 0 {
			room := s.Grow(len(body))
			if room == nil {
				return n, Limit
			}
			body = unbreak(room[:0], body)
		}
		if !said(s, FormatBase64, b.label, body, len(b.body)) {
			return n, Limit
		}
		n += b.size
	}
	return n, OK
}

// unbreak drops line ends that are written with a backslash.
func unbreak(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		if src[i] == '\\' && i+1 < len(src) && (src[i+1] == 'n' || src[i+1] == 'r') {
			i++
			continue
		}
		dst = append(dst, src[i])
	}
	return dst
}
