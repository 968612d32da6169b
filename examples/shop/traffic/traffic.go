// Package traffic is the shop's customers, support desk and partners: requests as varied as theirs, sent through the gateway's sidecar.
package traffic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"postern/examples/shop/services"
)

// Gateway is where requests come in: the outbound listeners (host:port) of the gateway's sidecar.
type Gateway struct {
	Storefront, Orders string

	client *http.Client
}

// NewGateway returns a Gateway.
func NewGateway(storefront, orders string) *Gateway {
	return &Gateway{storefront, orders, &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
}

// Result is how a request ended, with what a denial tells its caller.
type Result struct {
	Status   int
	Body     string
	Decision string // x-postern-decision-id
	Reason   string // x-postern-reason
}

// Request is one that a customer, the support desk or a partner sends.
type Request struct {
	Method, Path string
	Orders       bool // to orders, else to the storefront
	Body         any  // JSON, nil for none
	Header       http.Header
}

// Send sends one request and reads the whole answer.
func (g *Gateway) Send(ctx context.Context, r Request) (Result, error) {
	at, host := g.Storefront, "storefront.shop.svc"
	if r.Orders {
		at, host = g.Orders, "orders.shop.svc"
	}
	var body io.Reader
	if r.Body != nil {
		text, err := json.Marshal(r.Body)
		if err != nil {
			return Result{}, fmt.Errorf("traffic: %w", err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, "http://"+at+r.Path, body)
	if err != nil {
		return Result{}, fmt.Errorf("traffic: %w", err)
	}
	request.Host = host
	maps.Copy(request.Header, r.Header)
	if r.Body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := g.client.Do(request)
	if err != nil {
		return Result{}, fmt.Errorf("traffic: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return Result{}, fmt.Errorf("traffic: %w", err)
	}
	h := response.Header
	return Result{response.StatusCode, string(text), h.Get("X-Postern-Decision-Id"), h.Get("X-Postern-Reason")}, nil
}

// Source invents requests. Two sources of one seed invent the same.
type Source struct {
	v    values
	from time.Time
}

// NewSource returns a Source whose dates lie around now.
func NewSource(seed uint64, now time.Time) *Source {
	return &Source{values{rand.New(rand.NewPCG(seed, 0x5eed))}, now}
}

// Next returns the next request: half of them buy.
func (s *Source) Next() Request {
	v := s.v
	s.from = s.from.Add(time.Duration(v.r.IntN(3000)) * time.Millisecond)
	switch n := v.r.IntN(100); {
	case n < 50:
		return s.Checkout()
	case n < 65:
		query := url.Values{"q": {v.search()}, "page": {fmt.Sprint(1 + min(v.r.IntN(9), v.r.IntN(9)))}}
		return Request{Method: http.MethodGet, Path: "/search?" + query.Encode(), Header: s.browser()}
	case n < 75:
		return Request{Method: http.MethodGet, Path: "/products/" + v.sku(), Header: s.browser()}
	case n < 85:
		return Request{Method: http.MethodPost, Path: "/orders/" + v.uuid() + "/refund", Orders: true, Body: v.refund(), Header: http.Header{"User-Agent": {"support-desk/4.2"}}}
	default:
		return s.PartnerDocument()
	}
}

// Checkout returns a customer's purchase.
func (s *Source) Checkout() Request {
	return Request{Method: http.MethodPost, Path: "/checkout", Body: s.v.checkout(s.from), Header: s.browser()}
}

// PartnerDocument returns a partner's purchase order: XML inside JSON.
func (s *Source) PartnerDocument() Request { return s.partner(s.v.partnerDocument(s.from)) }

// XXE returns two purchase orders that differ in one place: the first has its entity read a file, the twin has it stand for a company's name.
func (s *Source) XXE() (attack, twin Request) {
	seed := s.v.r.Uint64()
	write := func(entity string) Request {
		v := values{rand.New(rand.NewPCG(seed, 1))}
		d := v.partnerDocument(s.from)
		d.Payload.Document = v.purchaseOrder(s.from, `<!DOCTYPE purchaseOrder [<!ENTITY company `+entity+`>]>`, "&company;", "Please deliver before noon")
		return s.partner(d)
	}
	return write(`SYSTEM "file:///etc/passwd"`), write(`"Ostermann GmbH"`)
}

func (s *Source) partner(d services.PartnerDocument) Request {
	return Request{Method: http.MethodPost, Path: "/erp/documents", Orders: true, Body: d, Header: http.Header{"User-Agent": {"partner-gateway/1.9"}}}
}

// browser is what customers' programs say of themselves.
func (s *Source) browser() http.Header {
	v := s.v
	return http.Header{
		"User-Agent": {v.pick(
			fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", 120+v.r.IntN(30)),
			fmt.Sprintf("Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%[1]d.0", 120+v.r.IntN(30)),
			fmt.Sprintf("ShopApp/%d.%d (iPhone; iOS 18.%d)", 3+v.r.IntN(2), v.r.IntN(20), v.r.IntN(6)))},
		"Accept-Language": {v.pick("de-DE,de;q=0.9,en;q=0.5", "en-GB,en;q=0.8", "fr-FR,fr;q=0.9", "it-IT,it;q=0.9,en;q=0.4")},
		"Cookie":          {"session=" + v.letters(32) + "; theme=" + v.pick("light", "dark")},
	}
}

// Run sends requests from several clients at once until n were sent or ctx ends. It calls each with how many are done, and returns how many ended in which
// status; an error is the first request that got no answer at all.
func Run(ctx context.Context, g *Gateway, seed uint64, clients, n int, each func(done int, r Request, result Result)) (map[int]int, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var group sync.WaitGroup
	var sent atomic.Int64
	statuses := map[int]int{}
	for client := range clients {
		group.Go(func() {
			source := NewSource(seed+uint64(client), time.Now())
			for ctx.Err() == nil && sent.Add(1) <= int64(n) {
				request := source.Next()
				result, err := g.Send(ctx, request)
				if err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				statuses[result.Status]++
				done := 0
				for _, count := range statuses {
					done += count
				}
				each(done, request, result)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return statuses, err
	}
	return statuses, nil
}
