package services

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"regexp"
	"strings"
)

var (
	sku  = regexp.MustCompile(`^[A-Z]{2}-\d{5}$`)
	uuid = regexp.MustCompile(`^[0-9a-f-]{36}$`)
)

// newCatalogue knows every product that has a well-formed SKU: its title, price and stock follow from it.
func newCatalogue() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /products/{sku}", func(w http.ResponseWriter, r *http.Request) {
		if p, ok := productOf(r.PathValue("sku")); ok {
			answer(w, http.StatusOK, p)
			return
		}
		fail(w, http.StatusNotFound, "no such product")
	})
	mux.HandleFunc("GET /search", func(w http.ResponseWriter, r *http.Request) {
		found := []Product{}
		for word := range strings.FieldsSeq(r.URL.Query().Get("q")) {
			n := number(word)
			if p, ok := productOf(fmt.Sprintf("%c%c-%05d", 'A'+n%26, 'A'+n/26%26, n%100_000)); ok {
				found = append(found, p)
			}
		}
		answer(w, http.StatusOK, found)
	})
	mux.HandleFunc("POST /reservations", func(w http.ResponseWriter, r *http.Request) {
		if reservation, ok := read[Reservation](w, r); ok {
			answer(w, http.StatusCreated, map[string]any{"order_id": reservation.OrderID, "reserved": len(reservation.Lines)})
		}
	})
	mux.HandleFunc("GET /healthz", healthy)
	return mux
}

// newUsers knows every customer that has a UUID.
func newUsers() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		if u, ok := userOf(r.PathValue("id")); ok {
			answer(w, http.StatusOK, u)
			return
		}
		fail(w, http.StatusNotFound, "no such user")
	})
	mux.HandleFunc("GET /users/{id}/contact", func(w http.ResponseWriter, r *http.Request) {
		if u, ok := userOf(r.PathValue("id")); ok {
			answer(w, http.StatusOK, map[string]string{"email": u.Email, "locale": u.Locale})
			return
		}
		fail(w, http.StatusNotFound, "no such user")
	})
	mux.HandleFunc("GET /healthz", healthy)
	return mux
}

func productOf(code string) (Product, bool) {
	if !sku.MatchString(code) {
		return Product{}, false
	}
	adjectives := []string{"Light", "Heavy", "Blue", "Folding", "Quiet", "Warm", "Compact", "Outdoor", "Classic"}
	nouns := []string{"Lamp", "Chair", "Kettle", "Backpack", "Notebook", "Jacket", "Speaker", "Bottle", "Tent", "Desk", "Scarf"}
	n := number(code)
	return Product{
		SKU: code, Title: adjectives[n%len(adjectives)] + " " + nouns[n/16%len(nouns)], Price: float64(n%19_900+99) / 100, Stock: n / 7 % 500,
	}, true
}

func userOf(id string) (User, bool) {
	if !uuid.MatchString(id) {
		return User{}, false
	}
	names := []string{"Ada", "Bo", "Chiara", "Dmitri", "Élodie", "Farid", "Grace", "Hana", "Ingrid", "Jorge", "Kwame", "Lena", "Mateo", "Noor"}
	families := []string{"Okafor", "Müller", "Rossi", "Sørensen", "Tanaka", "Novák", "Silva", "Dubois", "O'Neill", "Kowalski", "Lindqvist", "Papadakis"}
	hosts := []string{"post.example", "mail.example", "firm.example", "uni.example"}
	locales := []string{"de-DE", "en-GB", "fr-FR", "it-IT", "pl-PL", "sv-SE"}
	n := number(id)
	name, family := names[n%len(names)], families[n/16%len(families)]
	address := strings.ToLower(fmt.Sprintf("%s.%d@%s", []string{"a", "info", "shop", "me", strings.Map(ascii, name)}[n/5%5], n%9000, hosts[n/3%len(hosts)]))
	return User{ID: id, Name: name + " " + family, Email: address, Locale: locales[n/11%len(locales)]}, true
}

func ascii(r rune) rune {
	if r > 127 {
		return -1
	}
	return r
}

// number is a number that follows from a text, the same at every start.
func number(text string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(text)) // never fails
	return int(h.Sum32() >> 1)
}
