package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// traffic makes ordinary calls to orders: the same kinds of values, never the same values.
type traffic struct{ r *rand.Rand }

func newTraffic(seed uint64) *traffic {
	return &traffic{rand.New(rand.NewPCG(seed, 7))}
}

var (
	firstNames = []string{"Anna", "José", "Wei", "Fatima", "Olu", "Marta", "Ivan", "Sofia", "Noor", "Pierre", "Aiko", "Lars", "Ruth", "Ali", "Chloé", "Sean"}
	lastNames  = []string{"Keller", "García", "Zhang", "Haddad", "Adeyemi", "Kowalska", "Petrov", "Rossi", "Khan", "Moreau", "Tanaka", "Berg", "O'Neill", "Smith"}
	words      = strings.Fields("please leave the parcel at the door with a neighbour or call before you come thank you very much it is a gift for my sister and should be there by friday")
)

func (g *traffic) pick(of []string) string { return of[g.r.IntN(len(of))] }

func (g *traffic) uuid() string {
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", g.r.Uint32(), g.r.IntN(1<<16), g.r.IntN(1<<12), g.r.IntN(1<<12), g.r.Uint64()>>16)
}

func (g *traffic) note() string {
	var b strings.Builder
	for i := range 2 + g.r.IntN(9) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(g.pick(words))
	}
	return b.String()
}

type order struct {
	ID       string         `json:"id"`
	Customer map[string]any `json:"customer"`
	Items    []orderItem    `json:"items"`
	Total    any            `json:"total"`
	Currency string         `json:"currency"`
	Note     string         `json:"note"`
}

type orderItem struct {
	SKU      string  `json:"sku"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"price"`
}

func (g *traffic) order() order {
	o := order{
		ID: g.uuid(), Customer: map[string]any{"name": g.pick(firstNames) + " " + g.pick(lastNames), "vip": g.r.IntN(5) == 0},
		Currency: g.pick([]string{"EUR", "USD", "GBP"}), Note: g.note(),
	}
	total := 0.0
	for range 1 + g.r.IntN(4) {
		i := orderItem{fmt.Sprintf("A-%04d", g.r.IntN(10000)), 1 + g.r.IntN(9), float64(100+g.r.IntN(20000)) / 100}
		total += float64(i.Quantity) * i.Price
		o.Items = append(o.Items, i)
	}
	o.Total = float64(int(total*100)) / 100
	return o
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structures
	}
	return string(text)
}

// place is the message of /shop.Orders/Place.
func (g *traffic) place() []byte {
	text := func(b []byte, n protowire.Number, s string) []byte {
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), s)
	}
	m := text(nil, 1, g.uuid())
	m = text(m, 2, g.pick(firstNames)+" "+g.pick(lastNames))
	m = protowire.AppendVarint(protowire.AppendTag(m, 3, protowire.VarintType), 100+g.r.Uint64()%20000)
	return text(m, 4, g.note())
}

// kinds are the ordinary calls; each returns what was answered, "ok" where it passed.
var kinds = []struct {
	name string
	call func(c *caller, g *traffic) string
}{
	{"GET HTTP/1", func(c *caller, g *traffic) string {
		return passed(c.get(fmt.Sprintf("/v1/orders/%d?expand=%s", 1000+g.r.IntN(90000), g.pick([]string{"items", "customer", "all"}))))
	}},
	{"POST HTTP/1", func(c *caller, g *traffic) string {
		return passed(c.post("/v1/orders", "application/json", encode(g.order())))
	}},
	{"POST HTTP/2", func(c *caller, g *traffic) string {
		return passed(c.do(c.h2, http.MethodPost, "/v1/orders", strings.NewReader(encode(g.order())), "content-type", "application/json"))
	}},
	{"gRPC unary", func(c *caller, g *traffic) string {
		if _, _, err := c.call("/shop.Orders/Place", g.place()); err != nil {
			return err.Error()
		}
		return "ok"
	}},
}

func passed(a answer) string {
	if a.status == http.StatusOK {
		return "ok"
	}
	return fmt.Sprint(a.status, " ", a.body)
}

// known is what `postern profile show -json` says of a callee.
type known struct {
	Mode    string
	Calls   int64
	Callers []struct {
		ID, Name string
		Calls    int64
	}
	Operations []struct {
		Name      string
		Calls     int64
		Structure bool `json:"structure_mature"`
		Value     bool `json:"value_mature"`
	}
	EdgeMature bool `json:"edge_mature"`
}

func (p *program) known() (k known) {
	p.t.Helper()
	out, err := p.run("profile", "show", "-json", "shop/orders")
	if err != nil {
		return k // nothing is known yet
	}
	if err := json.Unmarshal([]byte(out), &k); err != nil {
		p.t.Fatalf("%v: %s", err, out)
	}
	return k
}

// mature tells whether everything that was learned may deny.
func (k *known) mature() bool {
	for _, o := range k.Operations {
		if !o.Structure || !o.Value {
			return false
		}
	}
	return len(k.Operations) >= 3 && k.EdgeMature
}

// teach sends ordinary calls of both callers until the program is mature.
func teach(t *testing.T, p *program, callers ...*caller) known {
	t.Helper()
	g := newTraffic(1)
	var k known
	sent := int64(0)
	for range 10 {
		for range 60 {
			for _, c := range callers {
				for _, kind := range kinds {
					if r := kind.call(c, g); r != "ok" {
						t.Fatalf("%s in shadow: %s", kind.name, r)
					}
					sent++
				}
			}
		}
		eventually(t, "what was sent is learned", func() bool {
			k = p.known()
			return k.Calls >= sent*95/100
		})
		if k.mature() {
			return k
		}
	}
	t.Fatalf("not mature after %d calls: %+v", sent, k)
	return k
}
