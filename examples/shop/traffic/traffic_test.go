package traffic

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/examples/shop/mesh"
	"postern/examples/shop/services"
)

// The whole shop without its mesh: every kind of request is answered well.
func TestShop(t *testing.T) {
	at, err := mesh.Ports(len(services.Names()))
	if err != nil {
		t.Fatal(err)
	}
	peers := map[string]string{}
	for i, name := range services.Names() {
		peers[name] = at[i]
	}
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	for _, name := range services.Names() {
		service, err := services.New(name, peers)
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			if err := service.Serve(ctx, peers[name]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	for _, name := range services.Names() {
		for mesh.Listening(peers[name])(ctx) != nil {
			time.Sleep(5 * time.Millisecond)
		}
	}
	statuses, err := Run(ctx, NewGateway(peers["storefront"], peers["orders"]), 1, 4, 300, func(_ int, r Request, result Result) {
		if result.Status/100 != 2 && !t.Failed() {
			t.Errorf("%s %s: %d %s", r.Method, r.Path, result.Status, result.Body)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if statuses[200] < 50 || statuses[201] < 100 || statuses[202] < 20 {
		t.Errorf("not every kind of request was sent: %v", statuses)
	}
}

// Values keep coming that were never seen: a list would be learned by heart.
func TestVaried(t *testing.T) {
	source, names, notes := NewSource(7, time.Now()), map[string]bool{}, map[string]bool{}
	for range 500 {
		c := source.Checkout().Body.(services.Checkout)
		names[c.Shipping.Name], notes[c.Note] = true, true
	}
	if len(names) < 480 || len(notes) < 200 {
		t.Errorf("500 checkouts have %d names and %d notes", len(names), len(notes))
	}
}

// The attack and its twin differ in the entity alone.
func TestXXE(t *testing.T) {
	attack, twin := NewSource(3, time.Now()).XXE()
	a, b := text(t, attack), text(t, twin)
	const harm, harmless = `SYSTEM \"file:///etc/passwd\"`, `\"Ostermann GmbH\"`
	if !strings.Contains(a, harm) || strings.Replace(a, harm, harmless, 1) != b {
		t.Errorf("attack %s\ntwin   %s", a, b)
	}
}

func text(t *testing.T, r Request) string {
	t.Helper()
	out, err := json.Marshal(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// The ERP adapter has the flaw that the demo is about, else a denial would prove nothing.
func TestFlaw(t *testing.T) {
	attack, twin := NewSource(3, time.Now()).XXE()
	service, err := services.New("orders", map[string]string{"catalogue": "x", "notifier": "x", "payments": "x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		r    Request
		want string
	}{{"attack", attack, "root:"}, {"twin", twin, "Ostermann GmbH"}} {
		w := httptest.NewRecorder()
		service.HTTP.ServeHTTP(w, httptest.NewRequest(test.r.Method, test.r.Path, strings.NewReader(text(t, test.r))))
		if w.Code != http.StatusAccepted || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: %d %s, want %q", test.name, w.Code, w.Body, test.want)
		}
	}
}
