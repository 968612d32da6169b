package decode

import (
	"bytes"
	"math/bits"
	"unicode/utf8"
)

// How sure one must be, in bits by which bytes are likelier as a message than as chance would have them.
const (
	wireAlone  = 12 // for a value of its own: bytes that could be anything
	wireInside = 4  // in a message's field: half of these are messages
)

// sniffProtobuf tells a message from bytes that are none and from text: every field must be whole, and they must hold together better than chance.
func sniffProtobuf(src []byte) bool {
	if len(src) < 2 {
		return false
	}
	if plainText(src) {
		return textMessage(src)
	}
	return wireEvidence(src, 3) >= wireAlone
}

// textMessage tells whether a text is in truth a message whose tags and lengths are printable: it begins with the tag of field 1, a line feed, as few texts do, and every
// length fits.
func textMessage(src []byte) bool {
	return len(src) > 2 && src[0] == 1<<3|wireBytes && wireEvidence(src, 0) >= wireAlone
}

// wireEvidence says by how many bits src is likelier a message than chance; negative where it is none. It reads each field's tag and length and the beginning of its
// content, and looks deep levels into what is a message itself.
func wireEvidence(src []byte, deep int) int {
	evidence, last, n := 0, uint64(0), 0
	for n < len(src) {
		tag, size := varint(src[n:])
		field := tag >> 3
		if size <= 0 || size > 1 && src[n+size-1] == 0 || field == 0 || field > 1<<29-1 {
			return -1
		}
		evidence += tagEvidence(field, last)
		last = field
		n += size
		switch tag & 7 {
		case wireVarint:
			_, size := varint(src[n:])
			if size <= 0 || size > 1 && src[n+size-1] == 0 {
				return -1
			}
			n += size
			evidence -= size / 3
		case wireFixed32:
			n += 4
		case wireFixed64:
			n += 8
		case wireBytes:
			length, size := varint(src[n:])
			if size <= 0 || size > 1 && src[n+size-1] == 0 || length > uint64(len(src)-n-size) { //nolint:gosec // not negative
				return -1
			}
			content := src[n+size : n+size+int(length)] //nolint:gosec // no longer than src
			if n += size + len(content); n == len(src) {
				evidence += 7
			} else {
				evidence += bits.LeadingZeros8(uint8(min(len(content), 255))) / 2
			}
			evidence += contentEvidence(content, deep)
		default:
			return -1
		}
	}
	if n != len(src) || n == 0 {
		return -1
	}
	return evidence
}

// wirePrefix tells whether src begins as a message and is cut within a field: what is whole before it, or the text in it, must be convincing.
func wirePrefix(src []byte) bool {
	n, last := 0, uint64(0)
	for n < len(src) {
		tag, size := varint(src[n:])
		if size < 0 || size > 0 && (tag>>3 < max(last, 1) || tag>>3 > 2047) {
			return false
		}
		rest := src[n+size:]
		used := fieldSize(rest, tag&7)
		switch {
		case used < 0:
			return false
		case size == 0 || used == 0: // within a tag or a length
			return n > 0 && wireEvidence(src[:n], 1) >= wireAlone
		case used <= len(rest):
			last = tag >> 3
			n += size + used
			continue
		case tag&7 != wireBytes:
			return n > 0 && wireEvidence(src[:n], 1) >= wireAlone
		}
		_, size = varint(rest)
		return wireTail(src[:n], rest[size:], tagEvidence(tag>>3, last))
	}
	return false
}

// wireTail weighs the field that is cut, tail, with the whole ones before it.
func wireTail(whole, tail []byte, evidence int) bool {
	if len(whole) > 0 {
		evidence += wireEvidence(whole, 1)
	}
	if evidence >= 3 && len(tail) > 2 && plainText(cutRune(tail)) {
		return true
	}
	return evidence >= wireAlone || evidence >= 3 && wirePrefix(tail)
}

// fieldSize is how many bytes a field takes after its tag, which may be more than there are; 0 where that is not known yet, -1 where it is none.
func fieldSize(rest []byte, wire uint64) int {
	switch wire {
	case wireVarint:
		_, size := varint(rest)
		return size
	case wireFixed32:
		return 4
	case wireFixed64:
		return 8
	case wireBytes:
		length, size := varint(rest)
		if size <= 0 || length > 1<<30 {
			return min(size, 0)
		}
		return size + int(length)
	}
	return -1
}

// tagEvidence weighs a field's number after the last one's: messages are written in ascending order, with small numbers.
func tagEvidence(field, last uint64) int {
	switch {
	case field > 2047:
		return -12
	case last == 0:
		return max(6-bits.Len64(field), -4)
	case field < last:
		return -3
	case field > last+8:
		return -1
	case field > last+2:
		return 2
	}
	return 4
}

// contentEvidence weighs what a field holds: text, or what begins as a well-known format does.
func contentEvidence(content []byte, deep int) int {
	const most = 24
	head := content[:min(len(content), 2*most)]
	switch {
	case len(content) == 0:
		return 0
	case plainText(content):
		return min(len(head)*3/2, most)
	case head[0] != '\n' && len(head) < len(content) && plainText(cutRune(head)): // text that turns into something else: the lengths are chance
		return -4
	case bytes.HasPrefix(head, []byte("\x1f\x8b\x08")) || bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return most
	case deep > 0:
		return max(wireEvidence(content, deep-1), 0)
	}
	return 0
}

// cutRune drops the bytes of a character that was cut at the end of b.
func cutRune(b []byte) []byte {
	for i := 1; i <= min(len(b), utf8.UTFMax); i++ {
		if c := b[len(b)-i]; c >= 0xC0 {
			return b[:len(b)-i]
		} else if c < utf8.RuneSelf {
			break
		}
	}
	return b
}

// packed tells whether bytes are small numbers, one a byte: chance would give one of them its highest bit.
func packed(v []byte) bool {
	if len(v) < 2 {
		return false
	}
	small := 0
	for _, c := range v {
		if c >= utf8.RuneSelf {
			return false
		}
		if c < ' ' {
			small++
		}
	}
	return small > len(v)/2
}

// plainText tells whether b is UTF-8 without control characters but tab and line ends.
func plainText(b []byte) bool {
	for i := 0; i < len(b); {
		c := b[i]
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && size == 1 || r < 0xA0 {
				return false
			}
			i += size
			continue
		case c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f:
			return false
		}
		i++
	}
	return true
}
