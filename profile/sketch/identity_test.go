package sketch

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestSensitiveForms(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]Form{
		// The examples of the documents that define the numbers, and of those that explain them.
		"078-05-1120": NationalID, "12345678Z": NationalID, "12345678z": NationalID, "X1234567L": NationalID, "AB123456C": NationalID, "RSSMRA85T10A562S": NationalID,
		"529.982.247-25": NationalID, "131052-308T": NationalID, "11010519491231002X": NationalID, "255081416802538": NationalID, "811228-9874": NationalID, "44051401359": NationalID,
		"19811228-9874":    NationalID,
		"4111111111111111": Card, "4111 1111 1111 1111": Card, "5500-0000-0000-0004": Card, "340000000000009": Card,
		"AKIAIOSFODNN7EXAMPLE": Secret, "ghp_0123456789abcdefghijABCDEFGHIJ0123456789": Secret, "Bearer abcdefgh12345678": Secret, "Basic dXNlcjpwYXNz": Secret,
		"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xf": Secret,
		"DE89370400440532013000": IBAN, "a.person@example.org": Email,
		// Benign twins.
		"12345678A": Text, "078-05-11201": Phone, "000-12-3456": Phone, "131052-308U": Text, "44051401358": Integer, "811228-9873": Text, "4111 1111 1111 1112": Phone,
		"Bearer of good news and much else": Text, "-----BEGIN CERTIFICATE-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xf": Text, "2026-01-02": Date, "1234567890": Integer,
	} {
		got := FormOf([]byte(value))
		if want == Text || want == Phone { // no sensitive one of the above
			if got == NationalID || got == Card || got == Secret {
				t.Errorf("%q: %v", value, got)
			}
		} else if got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

// Numbers by chance pass a check now and then: seldom enough that a share of a field's values tells.
func TestChecksByChance(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	for _, format := range []string{"%011d", "%015d", "%016d", "%08dA", "%06d-%04d", "%018d", "%03d.%03d.%03d-%02d"} {
		hits := 0
		for range 2000 {
			var args []any
			switch format {
			case "%06d-%04d":
				args = []any{r.IntN(1e6), r.IntN(1e4)}
			case "%03d.%03d.%03d-%02d":
				args = []any{r.IntN(1e3), r.IntN(1e3), r.IntN(1e3), r.IntN(1e2)}
			case "%08dA":
				args = []any{r.IntN(1e8)}
			case "%011d":
				args = []any{r.IntN(1e11)}
			case "%015d":
				args = []any{r.IntN(1e15)}
			case "%016d":
				args = []any{r.IntN(1e16)}
			default:
				args = []any{r.IntN(1e18)}
			}
			if FormOf(fmt.Appendf(nil, format, args...)).Checked() {
				hits++
			}
		}
		if hits > 2000*12/100 {
			t.Errorf("%s: %d of 2000", format, hits)
		}
	}
}
