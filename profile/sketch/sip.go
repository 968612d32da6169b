package sketch

import (
	"encoding/binary"
	"math/bits"
)

// Key is the secret of keyed hashes: without it a stored hash cannot be guessed from its value.
type Key struct{ k0, k1 uint64 }

// NewKey takes the first 16 bytes of a store's key.
func NewKey(secret [32]byte) Key {
	return Key{binary.LittleEndian.Uint64(secret[:8]), binary.LittleEndian.Uint64(secret[8:16])}
}

// Sum is SipHash-2-4 (Aumasson and Bernstein 2012) of data, after the 8 bytes of seed: a seed tells the uses of one key apart and chains paths.
func Sum[T ~string | ~[]byte](k Key, seed uint64, data T) uint64 {
	s := sip{k.k0 ^ 0x736f6d6570736575, k.k1 ^ 0x646f72616e646f6d, k.k0 ^ 0x6c7967656e657261, k.k1 ^ 0x7465646279746573}
	s.word(seed)
	n := len(data)
	for ; len(data) >= 8; data = data[8:] {
		s.word(uint64(data[0]) | uint64(data[1])<<8 | uint64(data[2])<<16 | uint64(data[3])<<24 |
			uint64(data[4])<<32 | uint64(data[5])<<40 | uint64(data[6])<<48 | uint64(data[7])<<56)
	}
	last := uint64(n+8) << 56
	for i := range len(data) {
		last |= uint64(data[i]) << (8 * i)
	}
	s.word(last)
	s[2] ^= 0xff
	for range 4 {
		s.round()
	}
	return s[0] ^ s[1] ^ s[2] ^ s[3]
}

type sip [4]uint64

func (s *sip) word(m uint64) {
	s[3] ^= m
	s.round()
	s.round()
	s[0] ^= m
}

func (s *sip) round() {
	v0, v1, v2, v3 := s[0], s[1], s[2], s[3]
	v0 += v1
	v1 = bits.RotateLeft64(v1, 13) ^ v0
	v0 = bits.RotateLeft64(v0, 32)
	v2 += v3
	v3 = bits.RotateLeft64(v3, 16) ^ v2
	v0 += v3
	v3 = bits.RotateLeft64(v3, 21) ^ v0
	v2 += v1
	v1 = bits.RotateLeft64(v1, 17) ^ v2
	v2 = bits.RotateLeft64(v2, 32)
	s[0], s[1], s[2], s[3] = v0, v1, v2, v3
}
