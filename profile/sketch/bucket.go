package sketch

import (
	"math"
	"math/bits"
)

// Length returns the bucket of a length: the length itself below 64, then eight buckets an octave.
func Length(n int) uint16 {
	if n < 64 {
		return uint16(n) //nolint:gosec // 0 ≤ n < 64
	}
	octave := bits.Len(uint(n)) - 7                  // 64…127: 0
	return uint16(64 + octave*8 + (n>>(octave+3))&7) //nolint:gosec // below 64 + 8·58
}

// LengthOf returns the smallest length of a bucket.
func LengthOf(bucket uint16) int {
	if bucket < 64 {
		return int(bucket)
	}
	octave := int(bucket-64) / 8
	return (8 + int(bucket-64)%8) << (octave + 3)
}

// Number returns the bucket of a number: four an octave, in the order of the numbers. The bucket 0 holds 0 and what is not finite.
func Number(x float64) int16 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	b := max(1, int16(4*min(1000, math.Log2(math.Abs(x)))+2048)) // |x| from 1e-154 up
	if x < 0 {
		return -b
	}
	return b
}

// NumberOf returns the number of smallest magnitude in a bucket.
func NumberOf(bucket int16) float64 {
	switch {
	case bucket == 0:
		return 0
	case bucket < 0:
		return -NumberOf(-bucket)
	}
	return math.Exp2((float64(bucket) - 2048) / 4)
}
