package decode

import (
	"bytes"
	"encoding/binary"
)

// snappyMark begins a stream of frames; a block alone has no mark.
var snappyMark = []byte("\xff\x06\x00\x00sNaPpY")

// The chunks of a stream.
const (
	snappyCompressed = 0x00
	snappyPlain      = 0x01
	snappySkip       = 0x80 // to 0xff: padding, the mark again, and what may be skipped
)

// sniffSnappy asks for the mark of a stream, or for a block that is whole: its length is said first, and its parts must add up to it.
func sniffSnappy(src []byte) bool {
	if bytes.HasPrefix(src, snappyMark) {
		return true
	}
	length, n := binary.Uvarint(src)
	if n <= 0 || length == 0 || length > 1<<32-1 {
		return false
	}
	made := uint64(0)
	for src = src[n:]; len(src) > 0; {
		p := snappyPart(src)
		if p.size == 0 || p.literal == nil && (p.offset == 0 || p.offset > made) {
			return false
		}
		if made += p.length; made > length {
			return false
		}
		src = src[p.size:]
	}
	return made == length
}

// snappyTag is one part of a block: a literal, or a copy of what stands offset before.
type snappyTag struct {
	size           int // bytes of the input; 0 where it ends early
	length, offset uint64
	literal        []byte
}

// snappyPart reads the part that src begins with (format_description.txt §2).
func snappyPart(src []byte) (p snappyTag) {
	tag := uint64(src[0])
	little := func(n int) (x uint64, ok bool) {
		if len(src) <= n {
			return 0, false
		}
		for i := n; i > 0; i-- {
			x = x<<8 | uint64(src[i])
		}
		return x, true
	}
	switch tag & 3 {
	case 0:
		length, head := tag>>2, 1
		if length >= 60 {
			more, ok := little(int(length) - 59)
			if !ok {
				return p
			}
			head += int(length) - 59
			length = more
		}
		if length++; length > uint64(len(src)-head) { //nolint:gosec // not negative
			return p
		}
		end := head + int(length)
		return snappyTag{size: end, length: length, literal: src[head:end]}
	case 1:
		if low, ok := little(1); ok {
			return snappyTag{size: 2, length: 4 + tag>>2&7, offset: tag>>5<<8 | low}
		}
		return p
	}
	wide := 2 * int(tag&3-1)
	if offset, ok := little(wide); ok {
		return snappyTag{size: 1 + wide, length: 1 + tag>>2, offset: offset}
	}
	return p
}

// Snappy undoes a block, or all chunks of a stream. Checksums are not checked.
func Snappy(src []byte, s Sink) (int, Fault) {
	x := inflater(s)
	x.out = x.out[:0]
	limit := s.Room(len(src))
	if !bytes.HasPrefix(src, snappyMark) {
		f := x.snappyBlock(src, limit, s)
		return x.inflated(len(src), f, s)
	}
	f := OK
	for rest := src; len(rest) > 0 && f == OK; {
		if len(rest) < 4 {
			f = Cut
			break
		}
		kind, size := rest[0], int(binary.LittleEndian.Uint32(rest)>>8)
		chunk := rest[4:]
		if size > len(chunk) {
			f = Cut
		}
		chunk = chunk[:min(size, len(chunk))]
		rest = rest[4+len(chunk):]
		switch {
		case kind >= snappySkip:
		case kind > snappyPlain || len(chunk) < 4:
			if f == OK {
				f = Syntax
			}
		case kind == snappyPlain:
			part := chunk[4:]
			room := max(0, limit-len(x.out))
			x.out = append(x.out, part[:min(len(part), room)]...)
			if len(part) > room || !s.Work(len(part)) {
				f = Limit
			}
		case kind == snappyCompressed:
			if g := x.snappyBlock(chunk[4:], limit, s); f == OK {
				f = g
			}
		}
	}
	return x.inflated(len(src), f, s)
}

// snappyBlock appends a block to x.out, which it leaves with at most limit bytes.
func (x *Inflater) snappyBlock(src []byte, limit int, s Sink) Fault {
	length, n := binary.Uvarint(src)
	if n <= 0 || length > 1<<32-1 {
		return Syntax
	}
	first, paid := len(x.out), len(x.out)
	for src = src[n:]; uint64(len(x.out)-first) < length; { //nolint:gosec // it grows
		if len(x.out)-paid >= step {
			if !s.Work(len(x.out) - paid) {
				return Limit
			}
			paid = len(x.out)
		}
		if len(src) == 0 {
			return Cut
		}
		p := snappyPart(src)
		made := uint64(len(x.out) - first) //nolint:gosec // it grows
		switch {
		case p.size == 0:
			return Cut
		case p.literal == nil && (p.offset == 0 || p.offset > made), made+p.length > length:
			return Syntax
		case p.length > uint64(max(0, limit-len(x.out))):
			return Limit
		case p.literal != nil:
			x.out = append(x.out, p.literal...)
		default:
			for i := len(x.out) - int(p.offset); p.length > 0; p.length-- { //nolint:gosec // within out
				x.out = append(x.out, x.out[i])
				i++
			}
		}
		src = src[p.size:]
	}
	if !s.Work(len(x.out) - paid) {
		return Limit
	}
	if len(src) > 0 {
		return Syntax
	}
	return OK
}
