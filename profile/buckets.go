package profile

import (
	"math"

	"postern/profile/sketch"
)

// Lengths and magnitudes are counted by bucket. One that was not seen tells the more the farther it lies outside all that were.

// bucketCount is one bucket and its count.
type bucketCount struct {
	bucket int32
	n      uint32
}

// steps are the buckets of a tally, sorted, and how many were seen once.
func steps[K uint16 | int16](counts sketch.Tally[K]) (list []bucketCount, n1 float64) {
	list = make([]bucketCount, 0, len(counts))
	for b, n := range counts.All() {
		list = append(list, bucketCount{bucket: int32(b), n: n})
		n1 += singles(n)
	}
	return list, n1
}

// magnitude is the evidence of a bucket that was not seen. mine counts those of the call's own values, far says how far a bucket lies beyond another.
func magnitude(list []bucketCount, bucket int, n, n1, mine float64, far func(from, to int) float64) float32 {
	i := search(list, bucket)
	if i < len(list) && int(list[i].bucket) == bucket {
		if float64(list[i].n)-mine > 0 {
			return 0
		}
		n1 -= singles(list[i].n)
	}
	low, high := ends(list, i, bucket, mine)
	overshoot := 0.0
	if bucket > high {
		overshoot = far(high, bucket)
	} else if bucket < low {
		overshoot = far(bucket, low)
	}
	return clip(beyond(n1, n, overshoot))
}

// perDoubling is how many nats a length or a magnitude tells for each doubling beyond all that were seen: ordinary values hardly go beyond by more than one, and what lies far out is to
// outweigh the oddest of them.
const perDoubling = 1.5

// farLength grows with each doubling.
func farLength(from, to int) float64 {
	return perDoubling * math.Log2(float64(sketch.LengthOf(uint16(to))+4)/float64(sketch.LengthOf(uint16(from))+4)) //nolint:gosec // buckets
}

// farNumber grows with each doubling, and past zero. From 1, or a smaller amount, it is one more doubling to zero.
func farNumber(from, to int) float64 {
	one := int(sketch.Number(1))
	switch {
	case from < 0 && to > 0:
		return perDoubling * 4
	case from == 0:
		from = min(to, one) - 4
	case to == 0:
		to = max(from, -one) + 4
	}
	return perDoubling * float64(min(to-from, 64)) / 4
}

// ends returns the outermost buckets of the others.
func ends(list []bucketCount, i, bucket int, mine float64) (low, high int) {
	if len(list) == 0 {
		return bucket, bucket
	}
	a, z := 0, len(list)-1
	if mine > 0 && i < len(list) && int(list[i].bucket) == bucket && len(list) > 1 { // the bucket is the call's own alone
		if i == a {
			a++
		}
		if i == z {
			z--
		}
	}
	return int(list[a].bucket), int(list[z].bucket)
}

// search returns the index of the first step at or after bucket.
func search(list []bucketCount, bucket int) int {
	low, high := 0, len(list)
	for low < high {
		if mid := (low + high) / 2; int(list[mid].bucket) < bucket {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}
