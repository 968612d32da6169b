package e2e

import (
	"crypto/tls"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"postern/envoy/sidecar"
	"postern/examples/shop/mesh"
)

// Test08Federation: two trust domains that believe each other's workloads. A partner's workload calls orders across the border, is learned and judged as any caller; a workload of
// the same name in the other domain is somebody else, and no domain's authority can speak for the other's workloads.
func Test08Federation(t *testing.T) {
	t.Parallel()
	w, p := withProgram(t, "POSTERN_FALSE_DENY_RATE=0.01")
	partner, err := mesh.New(t.TempDir(), "partner.test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := partner.Close(); err != nil {
			t.Error(err)
		}
	})
	w.federated = []sidecar.Domain{domain(t, partner)}
	w.callee()
	web, stock := w.caller("web"), w.callerOf(partner, "stock")
	k := teach(t, p, web, stock)
	var ids []string
	for _, c := range k.Callers {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	if want := []string{"spiffe://mesh.test/ns/shop/sa/web", "spiffe://partner.test/ns/shop/sa/stock"}; !slices.Equal(ids, want) {
		t.Fatalf("callers %q, want %q", ids, want)
	}
	p.must("profile", "mode", "-force", "enforce")
	eventually(t, "the mode is enforce", func() bool { return p.known().Mode == "enforce" })
	(&school{w: w, p: p, web: stock, traffic: newTraffic(2)}).most(t, 60)

	namesake := w.callerOf(partner, "web")
	if a := namesake.get("/v1/orders/1001?expand=items"); a.status != http.StatusForbidden || a.header.Get("x-postern-reason") != "edge/new-caller" {
		t.Errorf("the partner's shop/web: %d %q, want a denial as edge/new-caller: it is not ours", a.status, a.header.Get("x-postern-reason"))
	}
	p.must("profile", "approve", "-callee", "shop/orders", "-caller", partner.ID("shop", "web"))
	eventually(t, "the partner's shop/web passes", func() bool { return namesake.get("/v1/orders/1001?expand=items").status == http.StatusOK })

	if status, err := across(t, w, partner, partner.ID("shop", "stock")); err != nil || status == 0 {
		t.Errorf("the partner's own certificate is refused: %v", err)
	}
	before := w.app.reached.Load()
	if status, err := across(t, w, partner, w.mesh.ID("shop", "web")); err == nil || w.app.reached.Load() != before {
		t.Errorf("the partner's authority spoke for our shop/web: %d", status)
	}
}

// domain is a mesh as another one federates with it.
func domain(t *testing.T, m *mesh.Mesh) sidecar.Domain {
	t.Helper()
	svid, err := m.SVID(m.ID("federation", "bundle"))
	if err != nil {
		t.Fatal(err)
	}
	return sidecar.Domain{Name: m.Domain, Roots: svid.Roots}
}

// across calls orders over mTLS without a sidecar, with a certificate that m's authority gives to any ID.
func across(t *testing.T, w *world, m *mesh.Mesh, id string) (status int, err error) {
	t.Helper()
	svid, err := m.Identity(filepath.Join(t.TempDir(), "svid"), id)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(svid.Certificate, svid.Key)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{pair}, InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+w.http+"/v1/orders/1001?expand=items", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}
