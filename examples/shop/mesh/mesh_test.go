package mesh

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"postern/envoy/sidecar"
)

func newMesh(t *testing.T) *Mesh {
	t.Helper()
	m, err := New(t.TempDir(), "mesh.test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// A workload's SVID is believed by its trust domain, and by no other.
func TestSVID(t *testing.T) {
	here, there := newMesh(t), newMesh(t)
	for _, test := range []struct {
		name   string
		client *Mesh
		peer   string
		good   bool
	}{
		{"same domain", here, "spiffe://mesh.test/", true},
		{"another authority of the same name", there, "spiffe://mesh.test/", false},
		{"another workload asked for", here, "spiffe://mesh.test/ns/shop/sa/payments", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, client := identity(t, here, "orders", "spiffe://mesh.test/"), identity(t, test.client, "web", test.peer)
			one, other := net.Pipe()
			go func() { _ = tls.Server(one, server).Handshake() }()
			c := tls.Client(other, client)
			err := c.Handshake()
			if (err == nil) != test.good {
				t.Errorf("handshake: %v, want good: %v", err, test.good)
			}
			_ = one.Close()
			_ = other.Close()
		})
	}
}

func identity(t *testing.T, m *Mesh, account, peer string) *tls.Config {
	t.Helper()
	svid, err := m.SVID(m.ID("shop", account))
	if err != nil {
		t.Fatal(err)
	}
	config, err := svid.TLS(peer)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func TestProcess(t *testing.T) {
	m := newMesh(t)
	p, err := m.Start(context.Background(), Command{Name: "sleep", Path: "/bin/sh", Args: []string{"-c", "echo begun; exec sleep 60"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	_, err = m.Start(context.Background(), Command{
		Name: "broken", Path: "/bin/sh", Args: []string{"-c", "echo no such thing; exit 3"}, Ready: Listening("127.0.0.1:1"),
	})
	if err == nil || !strings.Contains(err.Error(), "no such thing") {
		t.Errorf("a process that ends at once says why: %v", err)
	}
}

// Two real Envoys: a call goes out of one and into the other over mTLS, in HTTP/1 and HTTP/2.
func TestSidecars(t *testing.T) {
	envoy, err := Tool("ENVOY", "envoy")
	if err != nil {
		if os.Getenv("POSTERN_E2E") == "required" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "xfcc "+r.Header.Get("X-Forwarded-Client-Cert"))
	}))
	defer app.Close()
	m, ctx := newMesh(t), context.Background()
	at, err := Ports(5)
	if err != nil {
		t.Fatal(err)
	}
	// Nobody answers at Postern's address: the route below is not checked.
	if _, err := m.Sidecar(ctx, envoy, sidecar.Config{
		Workload: m.ID("shop", "orders"), Admin: at[0], Postern: sidecar.Postern{Addresses: []string{at[4]}},
		Inbound: []sidecar.Inbound{{Name: "http", Listen: at[1], App: app.Listener.Addr().String(), Routes: []sidecar.Route{{Prefix: "/free", Unchecked: true}}}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Sidecar(ctx, envoy, sidecar.Config{
		Workload: m.ID("shop", "web"), Admin: at[2], Postern: sidecar.Postern{Addresses: []string{at[4]}},
		Outbound: []sidecar.Outbound{{Name: "orders", Listen: at[3], Upstream: at[1], Peer: m.ID("shop", "orders")}},
	}); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"HTTP/1", "HTTP/2"} {
		var protocols http.Protocols
		protocols.SetHTTP1(version == "HTTP/1")
		protocols.SetUnencryptedHTTP2(version == "HTTP/2")
		client := &http.Client{Transport: &http.Transport{Protocols: &protocols}}
		body, status := get(t, client, "http://"+at[3]+"/free")
		if want := "URI=spiffe://mesh.test/ns/shop/sa/web"; status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %q, want %q", version, status, body, want)
		}
		if body, status = get(t, client, "http://"+at[3]+"/asked"); status != 503 {
			t.Errorf("%s without Postern: %d %q, want 503", version, status, body)
		}
		client.CloseIdleConnections()
	}
}

func get(t *testing.T, client *http.Client, url string) (body string, status int) {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), response.StatusCode
}
