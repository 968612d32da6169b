package decode

import (
	"math/bits"
	"unicode/utf8"
)

// Formats are told apart in two steps: Candidates needs one pass over the value and leaves, for nearly every value of an ordinary call, none; the sniffers then
// look closer. What a row says of its format's bytes (Begins, Holds, Any, Only, Least, Binary, Fits) is compiled into the tables below.

// Candidates is a set of formats, by their places in the order in which they are tried.
type Candidates uint64

// place is the place of each format in that order, inTurn the format at each place.
var place, inTurn = func() (place [formats]uint8, inTurn [formats]Format) {
	next := uint8(0)
	take := func(f Format) {
		place[f], inTurn[next] = next, f
		next++
	}
	for f := range FormatBSON {
		switch f {
		case FormatGRPC:
			take(FormatSnappy)
		case FormatMessagePack:
			take(FormatBSON)
		}
		take(f)
	}
	return place, inTurn
}()

// Next takes the first format out of the set; zero when it is empty.
func (c *Candidates) Next() Format {
	if *c == 0 {
		return 0
	}
	at := bits.TrailingZeros64(uint64(*c))
	*c &= *c - 1
	return inTurn[at]
}

// Only is the set of f alone.
func Only(f Format) Candidates { return 1 << place[f] }

// Has says whether f is in the set.
func (c Candidates) Has(f Format) bool { return c&Only(f) != 0 }

// Look returns the formats that v may be in, in the order in which they are to be tried, and whether there are other bytes in it than those of printable ASCII and line ends.
func Look(v []byte) (set Candidates, odd bool) {
	if len(v) == 0 {
		return 0, false
	}
	has := classesOf(v)
	first := v[0]
	if first <= ' ' {
		if i := skipSpace(v, 0); i < len(v) {
			first = v[i]
		}
	}
	set = lookTable.begins[first] & lookTable.fits[min(len(v), longestLeast)] & (lookTable.free | lookTable.low[has&0xff] | lookTable.high[has>>8&0xff])
	if set&lookTable.binary != 0 && (has&(bitControl|bitHigh) == 0 && v[0] != '\n' || has&bitControl == 0 && utf8.Valid(v)) {
		set &^= lookTable.binary
	}
	for rest := set; rest != 0; {
		f := rest.Next()
		n := &lookTable.needs[f]
		if has&n.holds != n.holds || has&n.any == 0 || has&^n.only != 0 || n.fits != nil && !n.fits(v, has) {
			set &^= Only(f)
		}
	}
	return set, has&(bitControl|bitHigh|classBits['\r']) != 0
}

// The classes of bytes that are told apart: each byte of marks has a bit of its own. Those that begin the Holds of a format come first, in the two lowest bytes.
const marks = ".: \n{=/%+&\\?~-" + "\t\r;\"'<>}[](),_|#@!*^$`"

const (
	bitControl uint64 = 1 << (63 - iota)
	bitHigh
	bitDigit
	bitHexLower
	bitHexUpper
	bitLowerX // apart, since "0x" is written before hexadecimal digits
	bitUpperX
	bitLowerRest
	bitUpperRest
)

// The letters beyond those of hexadecimal digits.
const (
	bitLower = bitLowerX | bitLowerRest
	bitUpper = bitUpperX | bitUpperRest
)

var classBits = func() (t [256]uint64) {
	for c := range t {
		t[c] = classBit(byte(c))
	}
	for i := range marks {
		t[marks[i]] = 1 << i
	}
	return t
}()

// classesOf returns the classes of the bytes of v.
func classesOf(v []byte) (has uint64) {
	if len(v) < 4 {
		for _, c := range v {
			has |= classBits[c]
		}
		return has
	}
	if len(v) < 8 {
		return fourClasses(v[:4]) | fourClasses(v[len(v)-4:])
	}
	for i := 0; i < len(v)-8; i += 8 {
		part := v[i : i+8]
		has |= fourClasses(part[:4]) | fourClasses(part[4:])
	}
	last := v[len(v)-8:] // some once more: that costs less than a loop over those that are left
	return has | fourClasses(last[:4]) | fourClasses(last[4:])
}

func fourClasses(v []byte) uint64 {
	return classBits[v[0]] | classBits[v[1]] | classBits[v[2]] | classBits[v[3]]
}

// longestLeast is the greatest Least of a format.
const longestLeast = 30

type needs struct {
	holds, any, only uint64
	fits             func(v []byte, has uint64) bool
}

// lookTable is Formats, compiled.
var lookTable = func() (t struct {
	begins    [256]Candidates              // by first byte
	fits      [longestLeast + 1]Candidates // by length
	needs     [formats]needs
	low, high [256]Candidates // the formats with Holds, by the two lowest bytes of the classes that occur
	free      Candidates      // formats without Holds
	binary    Candidates
},
) {
	for f := range Formats {
		row := &Formats[f]
		if row.Sniff == nil {
			continue
		}
		set := Only(Format(f))
		for c := range t.begins {
			if row.Begins == "" || indexByte(row.Begins, byte(c)) {
				t.begins[c] |= set
			}
		}
		for size := row.Least; size < len(t.fits); size++ {
			t.fits[size] |= set
		}
		n := needs{any: ^uint64(0), only: ^uint64(0), fits: row.Fits}
		n.holds = classesOf([]byte(row.Holds))
		if row.Any != "" {
			n.any = classesOf([]byte(row.Any))
		}
		if row.Only != "" {
			n.only = classesOf([]byte(row.Only))
		}
		t.needs[f] = n
		if row.Binary {
			t.binary |= set
		}
		if row.Holds == "" {
			t.free |= set
			continue
		}
		trigger := classBits[row.Holds[0]]
		for has := range uint64(256) {
			if has&trigger != 0 {
				t.low[has] |= set
			}
			if has<<8&trigger != 0 {
				t.high[has] |= set
			}
		}
	}
	return t
}()

func classBit(c byte) uint64 {
	switch {
	case c >= 0x80:
		return bitHigh
	case c < ' ' || c == 0x7f:
		return bitControl
	case c >= '0' && c <= '9':
		return bitDigit
	case c >= 'a' && c <= 'f':
		return bitHexLower
	case c >= 'A' && c <= 'F':
		return bitHexUpper
	case c == 'x':
		return bitLowerX
	case c == 'X':
		return bitUpperX
	case c >= 'a' && c <= 'z':
		return bitLowerRest
	}
	return bitUpperRest
}

func indexByte(s string, c byte) bool {
	for i := range len(s) {
		if s[i] == c {
			return true
		}
	}
	return false
}

const (
	alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	letters      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	capitals     = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	hexDigits    = "0123456789ABCDEFabcdef"
)
