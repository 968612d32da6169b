package decode

import (
	"bytes"
	"encoding/binary"
)

// Pickle reads a program of Python's pickle machine (PEP 3154 and pickletools) without running it: the texts, bytes and numbers that it pushes, and each "global" that it names.
func Pickle(src []byte, s Sink) (n int, f Fault) {
	for n < len(src) {
		c := src[n]
		op := pickleOps[c]
		if c == '.' {
			return n + 1, OK
		}
		if !op.known {
			return n, Syntax
		}
		raw, size, f := op.argument(src[n+1:])
		if f != OK {
			return n, f
		}
		if op.name != "" {
			kind := op.kind
			if kind == String {
				kind = textOrBytes(raw)
			}
			if kind == Number && !op.lines() { // a binary number: its bytes say enough
				kind = Bytes
			}
			if !s.Leaf(word(s, op.name), kind, raw, 1+size) {
				return n, Limit
			}
		}
		n += 1 + size
	}
	return n, Cut
}

// pickleOp is one instruction: what follows it, and what that is called.
type pickleOp struct {
	known bool
	fixed int // bytes that follow
	count int // bytes of a length that follows, little endian
	line  int // lines that follow
	name  string
	kind  Kind
}

func (o *pickleOp) lines() bool { return o.line > 0 }

// argument takes what follows an instruction.
func (o *pickleOp) argument(b []byte) (raw []byte, size int, f Fault) {
	switch {
	case o.line > 0:
		for range o.line {
			i := bytes.IndexByte(b[size:], '\n')
			if i < 0 {
				return nil, 0, Cut
			}
			size += i + 1
		}
		return unquotePickle(b[:size-1]), size, OK
	case o.count > 0:
		if len(b) < o.count {
			return nil, 0, Cut
		}
		var wide [8]byte
		copy(wide[:], b[:o.count])
		length := binary.LittleEndian.Uint64(wide[:])
		if length > uint64(len(b)-o.count) { //nolint:gosec // not negative
			return nil, 0, Cut
		}
		size = o.count + int(length) //nolint:gosec // no longer than b
		return b[o.count:size], size, OK
	}
	if len(b) < o.fixed {
		return nil, 0, Cut
	}
	return b[:o.fixed], o.fixed, OK
}

func unquotePickle(v []byte) []byte {
	if len(v) >= 2 && (v[0] == '\'' || v[0] == '"') && v[len(v)-1] == v[0] {
		return v[1 : len(v)-1]
	}
	return v
}

// pickleOps is every instruction up to protocol 5.
var pickleOps = func() (t [256]pickleOp) {
	for _, c := range []byte("(012NQRabdelostu})]\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98") {
		t[c] = pickleOp{known: true}
	}
	for c, n := range map[byte]int{0x80: 1, 'h': 1, 'j': 4, 'q': 1, 'r': 4, 0x82: 1, 0x83: 2, 0x84: 4, 0x95: 8} {
		t[c] = pickleOp{known: true, fixed: n}
	}
	for c, n := range map[byte]int{'J': 4, 'K': 1, 'M': 2, 'G': 8} {
		t[c] = pickleOp{known: true, fixed: n, name: "number", kind: Number}
	}
	for _, c := range []byte("gp") {
		t[c] = pickleOp{known: true, line: 1}
	}
	for _, c := range []byte("FIL") {
		t[c] = pickleOp{known: true, line: 1, name: "number", kind: Number}
	}
	for _, c := range []byte("SV") {
		t[c] = pickleOp{known: true, line: 1, name: "string", kind: String}
	}
	t['P'] = pickleOp{known: true, line: 1, name: "persistent", kind: String}
	t['c'] = pickleOp{known: true, line: 2, name: "global", kind: String}
	t['i'] = t['c']
	for c, n := range map[byte]int{'T': 4, 'U': 1, 'X': 4, 0x8c: 1, 0x8d: 8, 'B': 4, 'C': 1, 0x8e: 8, 0x96: 8} {
		t[c] = pickleOp{known: true, count: n, name: "string", kind: String}
	}
	for c, n := range map[byte]int{0x8a: 1, 0x8b: 4} {
		t[c] = pickleOp{known: true, count: n, name: "number", kind: Number}
	}
	return t
}()

// sniffPickle asks for the mark of a protocol, or for a text program that begins with a global or a memo, and that all of it is instructions.
func sniffPickle(src []byte) bool {
	if len(src) < 4 || src[len(src)-1] != '.' && src[len(src)-2] != '.' {
		return false
	}
	switch {
	case src[0] == 0x80 && src[1] >= 2 && src[1] <= 5:
	case src[0] == 'c' && globalName(src[1:]):
	case src[0] == '(' && (src[1] == 'd' || src[1] == 'l' || src[1] == 'i' && globalName(src[2:])) && bytes.IndexByte(src, '\n') > 0:
	default:
		return false
	}
	n, f := Pickle(src, discard{})
	return f == OK && n >= len(src)-1
}

// globalName tells whether two lines name a module and a thing in it.
func globalName(b []byte) bool {
	for range 2 {
		length, size := lineEnd(b)
		if length == 0 || length > 80 || size == length {
			return false
		}
		for _, c := range b[:length] {
			if c != '_' && c != '.' && c|0x20-'a' >= 26 && c-'0' >= 10 {
				return false
			}
		}
		b = b[size:]
	}
	return true
}
