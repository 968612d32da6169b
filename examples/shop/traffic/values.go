package traffic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"postern/examples/shop/services"
)

// values invents what customers and partners write. It composes: no list holds the values themselves, so what was never seen keeps coming, as in life.
type values struct{ r *rand.Rand }

// pick returns one of a few, the first ones more often.
func (v values) pick(of ...string) string {
	return of[min(v.r.IntN(len(of)), v.r.IntN(len(of)))]
}

func (v values) maybe(percent int) bool { return v.r.IntN(100) < percent }

func (v values) uuid() string {
	a, b := v.r.Uint64(), v.r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}

// word composes one from syllables.
func (v values) word(syllables int) string {
	var b strings.Builder
	for range syllables {
		b.WriteString(v.pick("ba", "ne", "ro", "li", "ka", "sta", "mar", "ven", "ho", "ler", "ti", "gen", "dor", "fi", "sel", "ju", "wen", "pe", "lo", "cha", "rin", "ost", "ab", "qui", "za", "x"))
	}
	return b.String()
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (v values) name() string {
	first := v.pick("Anna", "Ben", "Carla", "David", "Eva", "Felix", "Greta", "Hugo", "Ines", "Jonas", "Karin", "Luca", "Maja", "Nils", "Olga", "Paul", "Rosa", "Sami", "Tara", "Yusuf", "Zoë", "José", "Chloé", "Björn")
	if v.maybe(20) {
		first = title(v.word(1 + v.r.IntN(2)))
	}
	last := title(v.word(2+v.r.IntN(2))) + v.pick("", "", "mann", "ski", "sen", "ez", "ini", "berg", "ová")
	switch {
	case v.maybe(4):
		last = "O'" + last
	case v.maybe(6):
		last += "-" + title(v.word(2))
	case v.maybe(4):
		first += " " + string(rune('A'+v.r.IntN(26))) + "."
	}
	return first + " " + last
}

func (v values) address() services.Address {
	a := services.Address{Name: v.name()}
	number := 1 + v.r.IntN(240)
	switch v.r.IntN(5) {
	case 0, 1:
		a.Country, a.Postcode, a.City = "DE", fmt.Sprintf("%05d", 1000+v.r.IntN(98000)), v.pick("Berlin", "München", "Köln", "Leipzig", "Ulm", "Bad "+title(v.word(2)))
		a.Street = fmt.Sprintf("%s%s %d%s", title(v.word(2+v.r.IntN(2))), v.pick("straße", "weg", "allee", "platz"), number, v.pick("", "", "", "a", "b"))
	case 2:
		a.Country, a.Postcode, a.City = "FR", fmt.Sprintf("%05d", 1000+v.r.IntN(94000)), v.pick("Lyon", "Nîmes", "Brest", "Saint-"+title(v.word(2)))
		a.Street = fmt.Sprintf("%d %s %s", number, v.pick("rue", "avenue", "boulevard"), "de "+title(v.word(3)))
	case 3:
		a.Country, a.City = "GB", v.pick("Leeds", "Bath", "York", title(v.word(2))+"ton")
		a.Postcode = fmt.Sprintf("%c%c%d %d%c%c", 'A'+v.r.IntN(26), 'A'+v.r.IntN(26), 1+v.r.IntN(20), v.r.IntN(10), 'A'+v.r.IntN(26), 'A'+v.r.IntN(26))
		a.Street = fmt.Sprintf("%d %s %s", number, title(v.word(2)), v.pick("Street", "Road", "Lane", "Close"))
		if v.maybe(15) {
			a.Street = fmt.Sprintf("Flat %d, %s", 1+v.r.IntN(30), a.Street)
		}
	default:
		a.Country, a.Postcode, a.City = "IT", fmt.Sprintf("%05d", 100+v.r.IntN(98000)), v.pick("Torino", "Bari", "Pisa", "San "+title(v.word(2)))
		a.Street = fmt.Sprintf("Via %s, %d", title(v.word(3)), number)
	}
	if v.maybe(60) {
		a.Phone = fmt.Sprintf("+%d %d %d", 30+v.r.IntN(20), 100+v.r.IntN(900), 100000+v.r.IntN(9000000))
	}
	return a
}

func (v values) sku() string {
	return fmt.Sprintf("%c%c-%05d", 'A'+v.r.IntN(26), 'A'+v.r.IntN(26), v.r.IntN(100_000))
}

// note is what people write to a shop.
func (v values) note() string {
	text := v.pick("Please ring twice", "Leave it with the neighbour", "It is a present, no invoice in the box please", "Back door, the code is", "Call me before you come", "For "+v.name(), "Thank you!", "Second floor, left", "Bitte nicht klingeln", "Merci d'avance")
	if v.maybe(30) {
		text += fmt.Sprintf(" %d", v.r.IntN(10_000))
	}
	if v.maybe(40) {
		text += v.pick(". ", ", ", "; ", " - ") + v.pick("we are at home after", "best before", "not before") + fmt.Sprintf(" %d:%02d", 8+v.r.IntN(12), v.r.IntN(4)*15)
	}
	if v.maybe(25) {
		text += ". " + title(v.word(2)) + " " + v.word(3) + v.pick(".", "!", "?", " :)", " & co.")
	}
	return text
}

// amount is a price between 1 and about 2,000, most of them small (log-normal).
func (v values) amount() float64 {
	return math.Round(100*math.Min(2000, math.Max(1, math.Exp(3.2+1.1*v.r.NormFloat64())))) / 100
}

func (v values) date(from time.Time, days int) string {
	return from.AddDate(0, 0, v.r.IntN(days)).Format(time.DateOnly)
}

func (v values) letters(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[v.r.IntN(len(alphabet))]
	}
	return string(b)
}

func (v values) search() string {
	words := []string{v.pick("lamp", "chair", "kettle", "rucksack", "notebook", "winter jacket", "speaker", "bottle", "tent", "desk", "scarf", "café table")}
	if v.maybe(50) {
		words = append(words, v.pick("blue", "small", "for kids", "2 m", "under 50", "used", "XL", "Size 42"))
	}
	if v.maybe(30) {
		words = append(words, v.word(2))
	}
	return strings.Join(words, " ")
}
