package decode

import "encoding/binary"

// Short is a text of 15 bytes at the most and, in the last byte, its length and one; zero is none. Two of them are compared without a call.
type Short struct{ Low, High uint64 }

// longestShort is how many bytes a Short has room for.
const longestShort = 15

// Shorten makes a Short of v; zero where v is too long.
func Shorten(v []byte) Short {
	if len(v) > longestShort {
		return Short{}
	}
	if cap(v) <= longestShort {
		v = append(make([]byte, 0, longestShort+1), v...)
	}
	return shorten(v[:longestShort+1], len(v))
}

// shorten makes a Short of the first size bytes of room, whatever lies behind them.
func shorten(room []byte, size int) Short {
	masks := &shortMasks[size&longestShort]
	return Short{
		binary.LittleEndian.Uint64(room[:8]) & masks[0],
		binary.LittleEndian.Uint64(room[8:16])&masks[1] | uint64(size+1)<<56, //nolint:gosec // longestShort
	}
}

// shortMasks have the bits of as many bytes as their index.
var shortMasks = func() (t [longestShort + 1][2]uint64) {
	for n := range t {
		t[n] = [2]uint64{1<<(8*min(n, 8)) - 1, 1<<(8*max(n-8, 0)) - 1}
	}
	return t
}()

// Is says whether a Short that is not zero is v's, where that can be told without a copy: v has bytes behind it.
func (s Short) Is(v []byte) bool {
	return len(v) <= longestShort && cap(v) > longestShort && s == shorten(v[:longestShort+1], len(v))
}
