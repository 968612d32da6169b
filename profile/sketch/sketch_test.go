package sketch

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSum holds the hash to the vector of the SipHash paper (Aumasson and Bernstein 2012, appendix A): the seed is the first eight bytes of the message.
func TestSum(t *testing.T) {
	t.Parallel()
	var secret [32]byte
	for i := range 16 {
		secret[i] = byte(i)
	}
	got := Sum(NewKey(secret), 0x0706050403020100, []byte{8, 9, 10, 11, 12, 13, 14})
	if want := uint64(0xa129ca6149be45e5); got != want {
		t.Errorf("got %x, want %x", got, want)
	}
	if Sum(NewKey(secret), 1, "abcdefghij") != Sum(NewKey(secret), 1, []byte("abcdefghij")) {
		t.Error("a string and its bytes have different hashes")
	}
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	last := uint16(0)
	for n := range 1 << 17 {
		b := Length(n)
		if b < last || LengthOf(b) > n || LengthOf(b+1) <= n {
			t.Fatalf("length %d is in bucket %d, from %d to %d", n, b, LengthOf(b), LengthOf(b+1))
		}
		if Octave(LengthOf(b)) != Octave(n) {
			t.Fatalf("the bucket of length %d is of another octave", n)
		}
		last = b
	}
	before := uint8(0)
	for n := range 1 << 16 {
		few := Few(n)
		if few < before || few > before+1 || n < 32 && int(few) != n {
			t.Fatalf("%d marks are in bucket %d after %d", n, few, before)
		}
		before = few
	}
	low := int16(math.MinInt16)
	for _, x := range []float64{math.Inf(-1), -1e300, -17, -1, -1e-9, 0, 1e-9, 1, 1.1, 17, 1e300} {
		b := Number(x)
		if math.IsInf(x, 0) {
			continue
		}
		if b < low || math.Abs(NumberOf(b)) > math.Abs(x)*1.0000001 {
			t.Errorf("%v is in bucket %d from %v", x, b, NumberOf(b))
		}
		low = b
	}
}

// TestSetMergesInAnyOrder: what is kept, and how often it was seen, is the same however the sightings were spread.
func TestSetMergesInAnyOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	var whole Set
	var parts [5]Set
	for range 5000 {
		h := r.Uint64N(300) * 0x9e3779b97f4a7c15
		whole.Add(h, 1, 64)
		parts[r.IntN(5)].Add(h, 1, 64)
	}
	for range 3 {
		var sum Set
		for _, i := range r.Perm(5) {
			sum.Merge(&parts[i], 64)
		}
		if diff := cmp.Diff(whole, sum); diff != "" {
			t.Fatal(diff)
		}
	}
	if len(whole.Counts) != 64 {
		t.Errorf("%d hashes kept", len(whole.Counts))
	}
}

func TestFormOf(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]Form{
		"": Empty, "hello": Word, "hello world": Text, "17": Integer, "-17.5e3": Decimal, "true": Boolean, "DE": Code, "EUR": Code,
		"550e8400-e29b-41d4-a716-446655440000": UUID, "01ARZ3NDEKTSV4RRFFQ69G5FAV": ULID, "2026-01-02": Date, "2026-01-02T08:00:00Z": DateTime,
		"a.b@example.com": Email, "a@b@c.com": Text, "https://example.com/x?y": URL, "javascript:alert(1)": Text, "+49 170 1234567": Phone, "10.0.0.1": IPv4,
		"d41d8cd98f00b204e9800998ecf8427e": Hash, "4111111111111111": Card, "4111111111111112": Integer, "DE89370400440532013000": IBAN,
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln": JWT, "30s": Duration, "1h30m": Duration, "/etc/passwd": Path, "' OR 1=1": Text,
	} {
		if got := FormOf([]byte(value)); got != want {
			t.Errorf("%q is %v, want %v", value, got, want)
		}
	}
}

func TestClass(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]uint8{"a": letter, "Z": letter, "7": digit, " ": space, "\x00": nul, "\r": newline, "ñ": farLetter, "\xf1": farLetter, "\x80": broken, "€": farSymbol, "\u200b": farControl} {
		if got, size := Class([]byte(value)); got != want || size != len(value) {
			t.Errorf("%q is %s of %d bytes, want %s", value, ClassName(int(got)), size, ClassName(int(want)))
		}
	}
	seen := map[uint8]bool{}
	for c := range byte(128) {
		class, _ := Class([]byte{c})
		seen[class] = true
		if class >= Edge {
			t.Errorf("%q is of class %d", c, class)
		}
	}
	if len(seen) != 7+len(marks) {
		t.Errorf("%d classes of ASCII", len(seen))
	}
}

func FuzzFormOf(f *testing.F) {
	for _, seed := range []string{"", "a", "+1", "0.", "/", "a@b.c", "::://", "DE89", "eyJ.."} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if form := FormOf(value); form >= forms {
			t.Errorf("%q has no form: %d", value, form)
		}
		for rest := value; len(rest) > 0; {
			class, size := Class(rest)
			if class >= Edge || size < 1 || size > len(rest) {
				t.Fatalf("%q begins with class %d of %d bytes", rest, class, size)
			}
			rest = rest[size:]
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{"0", "-0", "17", "017", "-1.50", ".5", "5.", "-.", "+3", "1e5", "0.1", "123456789012345", "1234567890123456", "9007199254740993", "0.000000000000001", "1.2.3", "0x10", "NaN", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, ok := ParseNumber([]byte(s))
		if strings.Trim(s, "0123456789.+-eE") != "" || len(s) > 24 || strings.HasPrefix(s, "e") || strings.HasPrefix(s, "E") {
			if ok {
				t.Fatalf("%q is no number here, got %v", s, x)
			}
			return
		}
		want, err := strconv.ParseFloat(s, 64)
		if ok != (err == nil) || ok && math.Float64bits(x) != math.Float64bits(want) {
			t.Fatalf("%q: %v %v, strconv has %v %v", s, x, ok, want, err)
		}
	})
}

// A bucket's bounds are a quarter of an octave apart, and hold its numbers.
func TestNumberBuckets(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		x := math.Exp2(400*r.Float64() - 200)
		b := Number(x)
		if want := int16(math.Floor(4*math.Log2(x)) + 2048); b != want && math.Abs(4*math.Log2(x)-math.Round(4*math.Log2(x))) > 1e-9 {
			t.Fatalf("%v is in bucket %d, want %d", x, b, want)
		}
		if Number(-x) != -b {
			t.Fatalf("%v and %v are not in twin buckets", x, -x)
		}
	}
	for x, want := range map[float64]int16{1: 2048, 2: 2052, 3: 2054, .5: 2044, 5e-324: 1, 1e-200: 1, math.MaxFloat64: 6048, 0: 0} {
		if got := Number(x); got != want {
			t.Errorf("%v is in bucket %d, want %d", x, got, want)
		}
	}
}

// Has agrees with the tally, for hashes as they are and for such as stand where they are not looked for.
func TestSetHas(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, draw := range []func() uint64{r.Uint64, func() uint64 { return r.Uint64N(300) }, func() uint64 { return math.MaxUint64 - r.Uint64N(300) }} {
		var s Set
		for range 200 {
			s.Add(draw(), 1, 64)
			for _, hash := range []uint64{0, draw(), math.MaxUint64} {
				if got, want := s.Has(hash), s.Counts.Of(hash) > 0; got != want {
					t.Fatalf("%d among %d: %v, want %v", hash, len(s.Counts), got, want)
				}
			}
			for _, b := range s.Counts {
				if !s.Has(b.Key) {
					t.Fatalf("%d among %d is not found", b.Key, len(s.Counts))
				}
			}
		}
	}
	if new(Set).Has(7) {
		t.Error("found in an empty set")
	}
}
