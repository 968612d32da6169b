package services

import (
	"crypto/rand"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"time"
)

// storefront is what customers meet: it gathers what the others know.
type storefront struct{ users, catalogue, orders peer }

func newStorefront(peers map[string]string) (*Service, error) {
	at, err := need(peers, "users", "catalogue", "orders")
	if err != nil {
		return nil, err
	}
	s := storefront{newPeer("users", at[0]), newPeer("catalogue", at[1]), newPeer("orders", at[2])}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /search", s.search)
	mux.HandleFunc("GET /products/{sku}", s.product)
	mux.HandleFunc("POST /checkout", s.checkout)
	mux.HandleFunc("GET /healthz", healthy)
	return &Service{HTTP: mux}, nil
}

func (s storefront) search(w http.ResponseWriter, r *http.Request) {
	query := url.Values{"q": {r.URL.Query().Get("q")}, "page": {r.URL.Query().Get("page")}}
	var found []Product
	if err := s.catalogue.do(r.Context(), http.MethodGet, "/search?"+query.Encode(), nil, &found); err != nil {
		failed(w, err)
		return
	}
	answer(w, http.StatusOK, found)
}

func (s storefront) product(w http.ResponseWriter, r *http.Request) {
	var p Product
	if err := s.catalogue.do(r.Context(), http.MethodGet, "/products/"+url.PathEscape(r.PathValue("sku")), nil, &p); err != nil {
		failed(w, err)
		return
	}
	answer(w, http.StatusOK, p)
}

// checkout asks users who buys, the catalogue what each product costs, and orders to place it.
func (s storefront) checkout(w http.ResponseWriter, r *http.Request) {
	basket, ok := read[Checkout](w, r)
	if !ok {
		return
	}
	var user User
	if err := s.users.do(r.Context(), http.MethodGet, "/users/"+url.PathEscape(basket.CustomerID), nil, &user); err != nil {
		failed(w, err)
		return
	}
	order := Order{
		OrderID: newUUID(), CustomerID: user.ID, Email: user.Email, Currency: basket.Currency, Shipping: basket.Shipping, CardToken: basket.CardToken,
		DeliverOn: basket.DeliverOn, Note: basket.Note, PlacedAt: time.Now().UTC().Truncate(time.Millisecond),
	}
	for _, item := range basket.Items {
		var p Product
		if err := s.catalogue.do(r.Context(), http.MethodGet, "/products/"+url.PathEscape(item.SKU), nil, &p); err != nil {
			failed(w, err)
			return
		}
		order.Lines = append(order.Lines, Line{SKU: p.SKU, Title: p.Title, Quantity: item.Quantity, UnitPrice: p.Price})
		order.Total = math.Round((order.Total+p.Price*float64(item.Quantity))*100) / 100
	}
	var placed map[string]string
	if err := s.orders.do(r.Context(), http.MethodPost, "/orders", order, &placed); err != nil {
		failed(w, err)
		return
	}
	answer(w, http.StatusCreated, placed)
}

func healthy(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "well") }

// newUUID returns a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
