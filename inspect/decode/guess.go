package decode

import (
	"encoding/binary"
	"math/bits"

	"github.com/emmansun/base64"
)

// GuessRoom is lent to Promising, which keeps nothing of it.
type GuessRoom [guessed + 2]byte

// guessed is how many bytes a guess may undo: longer values are opened at once, since hardly one of them is no more than a word.
const guessed = 48

// Promising says whether it is worth opening src as f, base64, base32 or hex without any mark: whether what is undone of it reads as text, or a sniffer finds a format in it. Words,
// keys and identifiers that only have the alphabet are given up here, for a tenth of what it takes to open them in the tree and to undo that. What it gives up the walk would
// have given up too (TestPromising, FuzzPromising).
// room is where it is undone.
func Promising(f Format, src []byte, room *GuessRoom) bool {
	inner, ok := undo(f, src, room)
	if !ok {
		return true // long or broken into lines
	}
	if len(inner) == 0 {
		return false
	}
	if Sense(inner, src) {
		return true
	}
	set, _ := Look(inner)
	for g := set.Next(); g != 0; g = set.Next() {
		if Formats[g].Sniff(inner) {
			return true
		}
	}
	return false
}

// undo undoes what is short and stands in one line.
func undo(f Format, src []byte, room *GuessRoom) (inner []byte, ok bool) {
	if f == FormatHex {
		if len(src) > 2*guessed {
			return nil, false
		}
		form, pairs, ok := readHex(src)
		if !ok {
			return nil, true
		}
		return form.appendHex(room[:0], pairs), true
	}
	if f == FormatBase32 {
		if len(src) > guessed {
			return nil, false
		}
		return appendBase32(room[:0], src), true
	}
	if len(src) > guessed/3*4 {
		return nil, false
	}
	url := false
	for len(src) > 0 && src[len(src)-1] == '=' {
		src = src[:len(src)-1]
	}
	for _, c := range src {
		if base64Class[c] >= 4 || isSpace(c) {
			return nil, false
		}
		url = url || base64Class[c] == 3
	}
	coding := base64.RawStdEncoding
	if url {
		coding = base64.RawURLEncoding
	}
	n, err := coding.Decode(room[:], src)
	return room[:max(n, 0)], err == nil
}

// The lengths and distances of deflate's fixed codes (RFC 1951 §3.2.5).
var (
	lengthBase   = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	distanceBase = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
)

const (
	endOfBlock  = 256
	blockHead   = 3  // bits
	fixedAtMost = 96 // symbols that are read of a block
)

// soundFixed says whether a block in the fixed codes, behind its head, may be sound: it ends within src, and nothing is copied from before the beginning. Of random bytes one
// in ten is.
func soundFixed(src []byte) bool {
	at, made := blockHead, 0
	for range fixedAtMost {
		symbol, n := fixedSymbol(peek(src, at))
		if at += n; at > 8*len(src) {
			return false
		}
		switch {
		case symbol < endOfBlock:
			made++
			continue
		case symbol == endOfBlock:
			return true
		case symbol > 285:
			return false
		}
		k := symbol - 257
		extra := 0
		if k >= 8 && k < 28 {
			extra = k/4 - 1
		}
		length := int(lengthBase[k]) + int(peek(src, at)&(1<<extra-1))
		at += extra
		d := int(bits.Reverse8(byte(peek(src, at))) >> 3) //nolint:gosec // its low bits
		at += 5
		if d >= len(distanceBase) {
			return false
		}
		extra = max(d/2-1, 0)
		back := int(distanceBase[d]) + int(peek(src, at)&(1<<extra-1))
		if at += extra; at > 8*len(src) || back > made {
			return false
		}
		made += length
	}
	return true
}

// fixedSymbol returns the symbol whose code v begins with, lowest bit first, and the length of the code.
func fixedSymbol(v uint32) (symbol, n int) {
	switch code := int(bits.Reverse16(uint16(v)) >> 7); { //nolint:gosec // its low bits
	case code < 0x060:
		return 256 + code>>2, 7
	case code < 0x180:
		return code>>1 - 0x30, 8
	case code < 0x190:
		return 280 + code>>1 - 0xc0, 8
	default:
		return 144 + code - 0x190, 9
	}
}

// peek returns the bits of src from bit at on, zeros behind its end.
func peek(src []byte, at int) uint32 {
	i := at / 8
	if i+4 <= len(src) {
		return binary.LittleEndian.Uint32(src[i:]) >> (at % 8)
	}
	var last [4]byte
	if i < len(src) {
		copy(last[:], src[i:])
	}
	return binary.LittleEndian.Uint32(last[:]) >> (at % 8)
}
