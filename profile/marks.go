package profile

import (
	"postern/profile/sketch"
)

// How many marks a text has, that is characters that are neither letters, digits nor spaces, says whether people or programs write it: a comma may be ordinary in a name, five of them are not,
// and what is code has more of them than prose of its length. So marks are counted by the octave of the text's length.

// marksOf is what is kept of a text of n bytes with so many marks: the octave of its length and, in the lower byte, the bucket of how many.
func marksOf(n, marks int) uint16 { return uint16(sketch.Octave(n))<<8 | uint16(sketch.Few(marks)) } //nolint:gosec // at most 64

func (v *value) marks() uint16 {
	return uint16(sketch.Octave(sketch.LengthOf(v.Length)))<<8 | uint16(v.Marks) //nolint:gosec // at most 64
}

// atLeast counts, for each bucket that was seen, the texts of its octave that have as many marks or more.
func atLeast(counts sketch.Tally[uint16]) []bucketCount {
	list, _ := steps(counts)
	for i := len(list) - 2; i >= 0; i-- {
		if list[i].bucket>>8 == list[i+1].bucket>>8 {
			list[i].n += list[i+1].n
		}
	}
	return list
}

// marksNats is the evidence of a text's marks: how often texts of its octave have as many. mine are those of the call itself.
func (d *derived) marksNats(marks uint16, mine own) float32 {
	if marks&0xff == 0 {
		return 0 // each has as many
	}
	all, as := d.marked(marks&^0xff), d.marked(marks)
	for _, v := range mine {
		if m := v.marks(); m>>8 == marks>>8 {
			all--
			if m >= marks {
				as--
			}
		}
	}
	if all <= 0 {
		return 0 // no text of this length was seen, which its length tells
	}
	return clip(unseen(as, all))
}

// marked is how many texts of the same octave have so many marks or more.
func (d *derived) marked(marks uint16) float64 {
	i := search(d.marks, int(marks))
	if i == len(d.marks) || d.marks[i].bucket>>8 != int32(marks>>8) {
		return 0
	}
	return float64(d.marks[i].n)
}
