package sketch

import (
	"bytes"
	"testing"
)

// Every byte is counted as its sort, whatever stands around it and however long the value is.
func TestSurvey(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for _, n := range []int{1, 254, 255, 256, 1000} {
			want := census{}
			switch c := byte(c); {
			case c >= '0' && c <= '9':
				want.digits, want.hex = n, n
			case c|0x20 >= 'a' && c|0x20 <= 'z':
				want.letters = n
				if c < 'a' {
					want.upper = n
				}
				if c|0x20 <= 'f' {
					want.hex = n
				}
			default:
				marks := map[byte]*int{'-': &want.dash, '.': &want.dot, ':': &want.colon, '@': &want.at, '/': &want.slash, '_': &want.under, '+': &want.plus, ' ': &want.space}
				if count := marks[c]; count != nil {
					*count = n
				} else {
					want.other = n
				}
			}
			if got := survey(bytes.Repeat([]byte{byte(c)}, n)); got != want {
				t.Fatalf("%d times %#x: %+v, want %+v", n, c, got, want)
			}
		}
	}
}
