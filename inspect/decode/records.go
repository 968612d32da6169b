package decode

import (
	"bytes"
	"encoding/binary"
)

// Protocols of one's own often are frames with a length, or fields with a separator that no text has. Both are split where it is evident: lengths that lead exactly to the
// end, or a control character that stands between all parts.

// prefix is one way to write the length of a record before it.
type prefix struct {
	skip, size int // bytes before the length, of the length
	little     bool
	whole      bool // the length counts the prefix too
	least      int  // records that it takes to believe it
}

var prefixes = [...]prefix{
	{0, 4, false, false, 1},
	{0, 4, true, false, 1},
	{1, 4, false, false, 1},
	{0, 4, false, true, 1},
	{0, 4, true, true, 1},
	{0, 2, false, false, 2},
	{0, 2, true, false, 2},
	{1, 2, false, false, 2},
	{0, 2, false, true, 2},
	{0, 2, true, true, 2},
	{1, 1, false, false, 3},
	{0, 1, false, false, 4},
}

// shortPrefixes is how many at the end of prefixes have a length of one byte.
const shortPrefixes = 2

// next returns the record at src[i:] and where the one after it begins; ok is false where there is none.
func (p *prefix) next(src []byte, i int) (from, to int, ok bool) {
	from = i + p.skip + p.size
	if from > len(src) {
		return 0, 0, false
	}
	at, n := src[i+p.skip:from], 0
	switch {
	case p.size == 1:
		n = int(at[0])
	case p.size == 2 && p.little:
		n = int(binary.LittleEndian.Uint16(at))
	case p.size == 2:
		n = int(binary.BigEndian.Uint16(at))
	case p.little:
		n = int(binary.LittleEndian.Uint32(at))
	default:
		n = int(binary.BigEndian.Uint32(at))
	}
	if p.whole {
		n -= p.skip + p.size
	}
	if n < 0 || n > len(src)-from {
		return 0, 0, false
	}
	return from, from + n, true
}

// tiles says whether records of this prefix fill src to its end, and enough of them hold text or much.
func (p *prefix) tiles(src []byte) bool {
	records, i := 0, 0
	for i < len(src) {
		from, to, ok := p.next(src, i)
		if !ok || to == from {
			return false // an empty record is no evidence: zeros would be records without end
		}
		records++
		i = to
	}
	return records >= p.least
}

// separators are the control characters that stand between fields: NUL, SOH (FIX), FS, GS, RS, US.
const separators = "\x01\x1e\x1f\x1d\x1c\x00"

// separator returns the one that src is split by: at least two of it, and text between them.
func separator(src []byte) (byte, bool) {
	if !anySeparator(src) {
		return 0, false
	}
	for i := range len(separators) {
		c := separators[i]
		if bytes.Count(src, []byte{c}) < 2 {
			continue
		}
		n := min(len(src), sample)
		empty := 0
		for k, b := range src[:n] {
			if b < ' ' && b != '\n' && b != '\r' && b != '\t' && !indexByte(separators, b) {
				return 0, false
			}
			if b == c && k > 0 && src[k-1] == c {
				empty++
			}
		}
		return c, 4*empty < bytes.Count(src, []byte{c}) && textPrice(src[:n]) < 8*unit*n
	}
	return 0, false
}

func anySeparator(src []byte) bool {
	for _, c := range src {
		if c < ' ' && 1<<c&separatorBits != 0 {
			return true
		}
	}
	return false
}

// separatorBits is separators as a set.
const separatorBits = uint32(1<<0x01 | 1<<0x1e | 1<<0x1f | 1<<0x1d | 1<<0x1c | 1<<0x00)

// sniffRecords says whether src is records by their lengths or by a separator.
func sniffRecords(src []byte) bool {
	if _, ok := lengths(src); ok {
		return true
	}
	_, ok := separator(src)
	return ok
}

// lengths returns the prefix whose records fill src. Lengths of one byte are no evidence in a text, where every letter is one.
func lengths(src []byte) (*prefix, bool) {
	first := 0
	if len(src) < 256 && bytes.IndexByte(src[:min(len(src), 5)], 0) < 0 {
		first = len(prefixes) - shortPrefixes // a length of two bytes and more would have a zero
	}
	for i := first; i < len(prefixes); i++ {
		if p := &prefixes[i]; p.tiles(src) && (p.size > 1 || !Text(src)) {
			return p, true
		}
	}
	return nil, false
}

// Records reads records as elements.
func Records(src []byte, s Sink) (int, Fault) {
	if !s.Open(nil, Array) {
		return 0, Limit
	}
	if p, ok := lengths(src); ok {
		return p.read(src, s)
	}
	c, ok := separator(src)
	if !ok {
		return 0, Syntax
	}
	n := len(src)
	for more := true; more; {
		var part []byte
		if part, src, more = bytes.Cut(src, []byte{c}); len(part) == 0 && !more {
			break
		}
		if !s.Leaf(nil, Bytes, part, len(part)) {
			return n - len(src), Limit
		}
	}
	s.Close()
	return n, OK
}

func (p *prefix) read(src []byte, s Sink) (int, Fault) {
	for i := 0; i < len(src); {
		from, to, _ := p.next(src, i)
		if !s.Leaf(nil, Bytes, src[from:to], to-from) {
			return i, Limit
		}
		i = to
	}
	s.Close()
	return len(src), OK
}
