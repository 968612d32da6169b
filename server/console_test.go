package server

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postern/profile"
)

// page serves the console and the API as the admin port does, at an address that a browser reaches.
func (r *running) page(t *testing.T) string {
	t.Helper()
	handler, err := r.adminHandler()
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(handler)
	t.Cleanup(func() { // the stream of denials has no end
		s.CloseClientConnections()
		s.Close()
	})
	return s.URL
}

func TestDriftTellsWhatWaits(t *testing.T) {
	t.Parallel()
	r, f := learned(t, 400)
	for i := range 3 {
		f.call(t, odd(4*i), 200) // a new field
		f.call(t, odd(4*i+1), 200)
	}
	text := ""
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline) && !strings.Contains(text, `"calls":3`); time.Sleep(50 * time.Millisecond) {
		_, text = r.get("a", "/api/v1/drift?callee=shop/orders")
	}
	for _, want := range []string{`"class":"new-field"`, `"path":"body|json.admin"`, `"calls":3`, `"wants_calls":27`, `"wants_callers":2`} {
		if !strings.Contains(text, want) || strings.Contains(text, "xss") {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if _, text := r.get("a", "/api/v1/drift?callee=shop/web"); !strings.Contains(text, `"novelties":[]`) {
		t.Errorf("another callee's: %s", text)
	}
}

// TestConsoleInABrowser walks through the console as a person does: what was learned, why a call would be denied, enforce, a denial as it happens, approve, a release, drift.
func TestConsoleInABrowser(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	r, f := learned(t, 400)
	f.call(t, request("POST", "/orders", `{"item":"sku-0001","amount":1,"name":"Ada Grace","note":"please ring twice 0001","<img src=x onerror=alert(1)>":true}`), 200)
	f.call(t, request("POST", "/orders", `{"item":"sku-0001","amount":1,"name":"Ada Grace","note":"please ring twice 0001","vip":true}`), 200)
	_, id := f.call(t, odd(1), 200)
	_ = explained(t, r, id)
	url := r.page(t)

	b.open(url, "shop/orders", "shop/web")
	b.picture("map")
	b.click("Services")
	b.sees("Structure mature")
	b.picture("services")
	b.click("shop/orders")
	b.sees("Callers", "POST /orders")
	b.click("POST /orders")
	b.sees("Fields of POST /orders", "body|json.note", "100 %")
	b.click("Drift")
	b.sees("Waiting to be learned", "new-field", "body|json.vip", "2 more callers, 29 more calls", "would-deny")
	b.picture("drift")
	b.click("Denials")
	b.sees("attack/xss", "onerror=alert(1)")
	if n := b.eval(`String(document.querySelectorAll("main img, main script").length)`); n != "0" {
		t.Errorf("a field's name became %s elements", n)
	}

	if out, stderr, code := r.postern(t, "profile", "pin", "-callee", "shop/orders", "-operation", "POST /orders", "-field", "body|json.amount", "number 1…99"); code != 0 {
		t.Fatalf("pin: %s %s", out, stderr)
	}
	b.open(url+"/#callee=shop%2Forders", "Enforce…")
	b.click("POST /orders")
	b.sees("pin number 1…99 (decision 1)")
	b.picture("fields")
	b.click("Enforce…")
	b.sees("enforce would have denied 3 of 403 calls")
	b.picture("callee")
	b.click("Enforce")
	b.sees("Mode enforce")
	b.click("Denials")
	b.sees("attack/xss")
	_, denied := f.call(t, odd(3), 500)
	b.sees("attack/sqli") // as it happens
	b.picture("denials")
	b.open(url+"/#explain="+denied, "Denied", "attack/sqli", "To allow exactly this", "postern profile approve -denial "+denied)
	b.picture("explain")
	b.click("Approve exactly this")
	b.sees("approve shop/web → shop/orders · POST /orders · body|json.note")
	if ok, _ := f.call(t, odd(3), 500); !ok {
		t.Error("approved in the console, and denied all the same")
	}
	b.click("Withdraw")
	b.sees("over")
	b.picture("decisions")

	b.click("Releases")
	b.sees("No release was announced yet.")
	b.eval(`document.querySelector("[aria-label=Version]").value = "v7"`)
	b.click("Announce a release")
	b.sees("v7", "open until", "Roll back")
	b.picture("releases")
	b.must("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": "dark"}}}, nil)
	b.must("Emulation.setDeviceMetricsOverride", map[string]any{"width": 480, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.open(url+"/#denials", "attack/sqli")
	b.picture("dark-and-narrow")
	b.well()
}

// TestConsoleAsksForATokenAndShowsRefusals: without a token nothing is shown; a reader's shows all and does nothing.
func TestConsoleAsksForATokenAndShowsRefusals(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	tokens := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(tokens, []byte("bob operator operator-operator\nann reader reader-reader-reader\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, _ := learned(t, 20, "POSTERN_ADMIN_TOKEN_FILE="+tokens)
	url := r.page(t)
	b.open(url, "asks for a token")
	b.picture("token")
	if all := b.sees(); strings.Contains(all, "shop/orders") {
		t.Errorf("without a token it shows %s", all)
	}
	b.eval(`document.getElementById("secret").value = "reader-reader-reader"`)
	b.click("Go on")
	b.sees("shop/orders")
	b.open(url+"/#callee=shop%2Forders", "Off")
	b.click("Off")
	b.sees("is a reader's: it may see, not act")
	if mode := r.learner.Snapshot().Callees()[0].Mode; mode != profile.Shadow {
		t.Errorf("mode %v", mode)
	}
}
