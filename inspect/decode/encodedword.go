package decode

import (
	"bytes"

	"github.com/emmansun/base64"
)

// encodedWord is one =?charset?B?text?= of RFC 2047.
type encodedWord struct {
	charset, text []byte
	quoted        bool // Q, else B
	size          int  // with its marks; 0: there is none
}

// longestWord is more than RFC 2047 §2 allows (75), since senders write longer ones.
const longestWord = 4 << 10

// nextEncodedWord reads the encoded word that src begins with.
func nextEncodedWord(src []byte) (w encodedWord) {
	if !bytes.HasPrefix(src, []byte("=?")) {
		return w
	}
	src = src[2:min(len(src), longestWord)]
	charset := bytes.IndexByte(src, '?')
	if charset < 1 || charset > 40 || charset+4 > len(src) || src[charset+2] != '?' || !token(src[:charset]) {
		return w
	}
	coding, text := src[charset+1]|0x20, src[charset+3:]
	end := bytes.Index(text, []byte("?="))
	if end < 0 || coding != 'q' && coding != 'b' || bytes.IndexByte(text[:end], ' ') >= 0 {
		return w
	}
	return encodedWord{charset: src[:charset], text: text[:end], quoted: coding == 'q', size: 2 + charset + 3 + end + 2}
}

// sniffEncodedWords says whether src holds an encoded word.
func sniffEncodedWords(src []byte) bool {
	for {
		i := bytes.Index(src, []byte("=?"))
		if i < 0 {
			return false
		}
		if src = src[i:]; nextEncodedWord(src).size > 0 {
			return true
		}
		src = src[2:]
	}
}

// EncodedWords undoes the encoded words of a header line, and drops the blanks between two of them, as RFC 2047 §6.2 has it. ISO 8859-1 becomes UTF-8; the bytes of other
// charsets stay as they are.
func EncodedWords(src []byte, s Sink) (int, Fault) {
	dst := s.Grow(2 * len(src))
	if dst == nil {
		return 0, Limit
	}
	dst = dst[:0]
	for rest := src; len(rest) > 0; {
		w := nextEncodedWord(rest)
		if w.size == 0 {
			dst, rest = append(dst, rest[0]), rest[1:]
			continue
		}
		dst, rest = w.append(dst), rest[w.size:]
		if after := rest[skipSpace(rest, 0):]; nextEncodedWord(after).size > 0 {
			rest = after
		}
	}
	if !s.Leaf(nil, String, dst, len(src)) {
		return 0, Limit
	}
	return len(src), OK
}

// append adds what the word says. It takes at most twice the room of the word.
func (w *encodedWord) append(dst []byte) []byte {
	from := len(dst)
	if w.quoted {
		for i := 0; i < len(w.text); i++ {
			switch c := w.text[i]; {
			case c == '_':
				dst = append(dst, ' ')
			case c == '=' && i+2 < len(w.text) && hexValue[w.text[i+1]] >= 0 && hexValue[w.text[i+2]] >= 0:
				dst = append(dst, byte(hexValue[w.text[i+1]])<<4|byte(hexValue[w.text[i+2]]))
				i += 2
			default:
				dst = append(dst, c)
			}
		}
	} else {
		text := bytes.TrimRight(w.text, "=")
		n, err := base64.RawStdEncoding.Decode(dst[from:from+len(text)], text)
		if err != nil {
			return append(dst, w.text...)
		}
		dst = dst[:from+n]
	}
	if !bytes.EqualFold(w.charset, []byte("iso-8859-1")) {
		return dst
	}
	return latin1(dst, from)
}

// latin1 makes what stands in dst from there on UTF-8, from the end so that it needs no other room.
func latin1(dst []byte, from int) []byte {
	high := 0
	for _, c := range dst[from:] {
		high += int(c >> 7)
	}
	to := len(dst) + high
	out := dst[:to]
	for i := len(dst) - 1; i >= from; i-- {
		if c := dst[i]; c < 0x80 {
			to--
			out[to] = c
		} else {
			to -= 2
			out[to], out[to+1] = 0xc0|c>>6, 0x80|c&0x3f
		}
	}
	return out
}
