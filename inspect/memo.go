package inspect

import (
	"hash/maphash"

	"postern/inspect/decode"
	"postern/inspect/detect"
)

// memo remembers places and values that no detector found anything in: most names and many values of a mesh's calls come again and again
// (member names, header values, enumerations). It belongs to one walk, so that no two messages share it. It changes no result: what is
// asked is a pure function, and a stranger cannot make two values meet, since the hash is keyed anew in each process.
type memo struct {
	seed  maphash.Seed
	clean [1 << 11]uint64
	vain  [1 << 8]uint64 // words that only have the alphabet of base64 or hexadecimal digits
}

func newMemo() *memo { return &memo{seed: maphash.MakeSeed()} }

// key is a value and all that a detector may know of its place.
func (m *memo) key(v []byte, c *detect.Context) uint64 {
	h := maphash.Bytes(m.seed, v)
	place := uint64(c.Where) << 2
	if c.Whole {
		place |= 2
	}
	if c.Key {
		place |= 1
	}
	place ^= mix(maphash.Bytes(m.seed, c.Name))
	place ^= mix(maphash.String(m.seed, c.Format) + 1)
	return mix(h+place) | 1 // zero is an empty slot
}

// word is the key of a word that is not in f.
func (m *memo) word(v []byte, f decode.Format) uint64 {
	return mix(maphash.Bytes(m.seed, v)+uint64(f)) | 1 // zero is an empty slot
}

func (m *memo) known(key uint64) bool { return m.clean[key>>53] == key }
func (m *memo) learn(key uint64)      { m.clean[key>>53] = key }
