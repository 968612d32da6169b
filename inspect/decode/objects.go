package decode

import (
	"bytes"
	"encoding/binary"
)

// Java reads an object stream (Java Object Serialization, 6.4) as far as its names and texts go: "class" and "string"; what stands between is "#data".
func Java(src []byte, s Sink) (n int, f Fault) {
	return len(src), readable(src, 4, s, javaText)
}

// DotNet reads a stream of BinaryFormatter (MS-NRBF) as far as its texts go: "string"; what stands between is "#data".
func DotNet(src []byte, s Sink) (n int, f Fault) {
	return len(src), readable(src, 17, s, dotNetText)
}

func opaque(b []byte, s Sink) bool {
	return len(b) == 0 || s.Leaf(word(s, "#data"), Bytes, b, len(b))
}

// readable reports the texts behind the head of which find sees the length, and what lies between them.
func readable(src []byte, head int, s Sink, find func([]byte) (name string, head, size int)) Fault {
	from, n := min(head, len(src)), min(head, len(src)) // not the head: what is left must not pass for a stream again
	for n < len(src) {
		name, head, size := find(src[n:])
		if size == 0 {
			n++
			continue
		}
		if !s.Work(size) { // what is no text after all is looked at again from the next byte on
			return Limit
		}
		if !plainText(src[n+head : n+head+size]) {
			n++
			continue
		}
		if !opaque(src[from:n], s) {
			return Limit
		}
		value := src[n+head : n+head+size]
		if !s.Leaf(word(s, name), textOrBytes(value), value, head+size) {
			return Limit
		}
		n += head + size
		from = n
	}
	return within(opaque(src[from:], s))
}

// javaText finds a class descriptor or a string: a mark, a length of two bytes, and that much text.
func javaText(b []byte) (name string, head, size int) {
	switch b[0] {
	case 0x72:
		name = "class"
	case 0x74:
		name = "string"
	default:
		return "", 0, 0
	}
	if len(b) < 4 {
		return "", 0, 0
	}
	size = int(binary.BigEndian.Uint16(b[1:]))
	if size == 0 || size > len(b)-3 {
		return "", 0, 0
	}
	return name, 3, size
}

// dotNetText finds a length of one or two bytes and that much text, of four bytes at least.
func dotNetText(b []byte) (name string, head, size int) {
	length, head := varint(b[:min(len(b), 2)])
	if head <= 0 || length < 4 || length > uint64(len(b)-head) { //nolint:gosec // not negative
		return "", 0, 0
	}
	return "string", head, int(length) //nolint:gosec // no longer than b
}

func sniffJava(src []byte) bool { return bytes.HasPrefix(src, []byte("\xac\xed\x00\x05")) }

func sniffDotNet(src []byte) bool {
	return bytes.HasPrefix(src, []byte("\x00\x01\x00\x00\x00\xff\xff\xff\xff\x01\x00\x00\x00"))
}
