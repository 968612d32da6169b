package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"postern/examples/shop/mesh"
)

// sidecars are what people ask of envoy-config: each is appended to who the workload is. doctor may say of it what it must, and nothing else.
var sidecars = []struct{ name, says, text string }{
	{"one HTTP port", "no-tracing", `
inbound: [{name: http, listen: "127.0.0.1:15006", app: "127.0.0.1:8080", routes: [{prefix: /, body: 4096}]}]
postern: {addresses: ["127.0.0.1:9191"]}`},
	{"streams and unary gRPC beside HTTP, traced", "", `
version: v3
inbound:
- {name: grpc, listen: "127.0.0.1:15007", app: "127.0.0.1:8081", http2: true, routes: [{path: /shop.Orders/Place, body: 16384}]}
- {name: http, listen: "127.0.0.1:15006", app: "127.0.0.1:8080", routes: [{path: /healthz, unchecked: true}, {prefix: /events}, {prefix: /, body: 65536}]}
postern: {addresses: ["127.0.0.1:9191", "127.0.0.1:9291"], timeout: 100ms, maxbody: 65536}
traces: 127.0.0.1:4317
sampling: 10`},
	{"callers without a certificate too, failing open, on a unix socket", "fail-open", `
inbound: [{name: http, listen: "127.0.0.1:15006", app: "127.0.0.1:8080", plaintext: true, routes: [{prefix: /, body: 1024}]}]
postern: {addresses: ["unix:/run/postern/grpc.sock"], failopen: true}
traces: 127.0.0.1:4317`},
	{"two trust domains and two peers", "no-tracing", `
federated: [{name: partner.example, roots: ROOTS}]
inbound: [{name: http, listen: "127.0.0.1:15006", app: "127.0.0.1:8080"}]
outbound:
- {name: stock, listen: "127.0.0.1:15101", upstream: "127.0.0.1:15016", peer: "spiffe://partner.example/ns/shop/sa/stock"}
- {name: pay, listen: "127.0.0.1:15102", upstream: "127.0.0.1:15026"}
postern: {addresses: ["127.0.0.1:9191"], id: "spiffe://mesh.test/ns/postern/sa/postern"}`},
}

// Test09Config gives the command line's own configurations to the real Envoy and to doctor: the example first, then what people ask for.
func Test09Config(t *testing.T) {
	t.Parallel()
	proxy, postern, folder := tool(t, "ENVOY", "envoy"), binary(t), t.TempDir()
	m, err := mesh.New(folder, "mesh.test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	svid, err := m.Identity(filepath.Join(folder, "svid"), m.ID("shop", "orders"))
	if err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, name string, args ...string) string {
		t.Helper()
		c := exec.Command(name, args...)
		var wrong bytes.Buffer
		c.Stderr = &wrong
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s%s", filepath.Base(name), args, err, out, wrong.String())
		}
		return string(out)
	}
	all := sidecars
	example := run(t, postern, "envoy-config", "-example")
	all = append(all, struct{ name, says, text string }{"the example", "", example})
	for i, s := range all {
		t.Run(s.name, func(t *testing.T) {
			who := fmt.Sprintf("workload: spiffe://mesh.test/ns/shop/sa/orders\ncertificate: %s\nkey: %s\nroots: %s\n", svid.Certificate, svid.Key, svid.Roots)
			if s.text == example {
				who = ""
			}
			text := who + strings.NewReplacer("ROOTS", svid.Roots, "/run/svid/cert.pem", svid.Certificate, "/run/svid/key.pem", svid.Key, "/run/svid/roots.pem", svid.Roots, "/run/svid/partner.pem", svid.Roots).Replace(s.text)
			in, out := filepath.Join(folder, fmt.Sprintf("%d.yaml", i)), filepath.Join(folder, fmt.Sprintf("%d.envoy.yaml", i))
			if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(out, []byte(run(t, postern, "envoy-config", in)), 0o600); err != nil {
				t.Fatal(err)
			}
			said := run(t, postern, "doctor", out)
			if s.says == "" && said != "nothing to mend\n" || s.says != "" && (!strings.Contains(said, "mend:") || strings.Count(said, "mend:") != strings.Count(said, "["+s.says+"]")) {
				t.Errorf("doctor says\n%s", said)
			}
			run(t, proxy, "--mode", "validate", "--log-level", "warning", "-c", out)
		})
	}
}

// What a running Envoy says it runs with is read as the file it began with is.
func Test09Dump(t *testing.T) {
	t.Parallel()
	for open, want := range map[bool]string{false: "nothing to mend\n", true: "warning: listener inbound_grpc: while Postern cannot be asked every call passes"} {
		w := newWorld(t, "127.0.0.1:1")
		w.postern.FailOpen, w.traces = open, "127.0.0.1:1"
		w.callee()
		dump, err := fetch(t.Context(), "http://"+w.admin+"/config_dump")
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command(binary(t), "doctor")
		c.Stdin = strings.NewReader(dump)
		if said, err := c.Output(); err != nil || !strings.Contains(string(said), want) {
			t.Errorf("fail open %v: doctor says %v\n%s", open, err, said)
		}
	}
}
