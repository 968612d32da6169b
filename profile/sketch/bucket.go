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
	raw := math.Float64bits(math.Abs(x))
	octave, b := int(raw>>52)-1023, int16(4*1000+2048) // a number's exponent is the floor of its logarithm to base 2
	if octave < 1000 {
		b = int16(max(1, 4*octave+quarter(raw)+2048)) //nolint:gosec // |x| from 1e-154 up; at most the bucket of 2^1000
	}
	if x < 0 {
		return -b
	}
	return b
}

// The mantissas, as a float64 has them, of 2^¼, 2^½ and 2^¾, rounded up.
const (
	mantissa       = 1<<52 - 1
	quarterOctave  = 0x306fe0a31b716
	halfOctave     = 0x6a09e667f3bcd
	quartersOctave = 0xae89f995ad3ae
)

// quarter is in which quarter of its octave a float64 lies.
func quarter(raw uint64) int {
	switch m := raw & mantissa; {
	case m < quarterOctave:
		return 0
	case m < halfOctave:
		return 1
	case m < quartersOctave:
		return 2
	}
	return 3
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

// Octave is how often a length can be halved.
func Octave(n int) int { return bits.Len(uint(n)) }

// Few returns the bucket of a count: the count itself below 32, then eight buckets an octave, up to 255.
func Few(n int) uint8 {
	if n < 32 {
		return uint8(n) //nolint:gosec // 0 ≤ n < 32
	}
	octave := bits.Len(uint(n)) - 6                       // 32…63: 0
	return uint8(min(32+octave*8+(n>>(octave+2))&7, 255)) //nolint:gosec // at most 255
}
