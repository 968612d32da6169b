package sidecar

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// orders is a workload with all there is: unary HTTP, gRPC with a stream, a probe, two peers.
func orders() Config {
	return Config{
		Workload: "spiffe://mesh.example/ns/shop/sa/orders", Version: "v2", Labels: map[string]string{"app": "orders"}, Admin: "127.0.0.1:15000",
		Certificate: "/run/svid/cert.pem", Key: "/run/svid/key.pem", Roots: "/run/svid/roots.pem",
		Inbound: []Inbound{
			{Name: "http", Listen: "127.0.0.1:15006", App: "127.0.0.1:8080", Plaintext: true, Routes: []Route{
				{Path: "/healthz", Unchecked: true},
				{Prefix: "/v1/events"},
				{Prefix: "/", Body: 16384},
			}},
			{Name: "grpc", Listen: "127.0.0.1:15007", App: "127.0.0.1:9090", HTTP2: true, Routes: []Route{{Path: "/shop.Orders/Place", Body: 8192}}},
		},
		Outbound: []Outbound{
			{Name: "payments", Listen: "127.0.0.1:15101", Upstream: "payments.shop.svc:15006", Peer: "spiffe://mesh.example/ns/shop/sa/payments"},
			{Name: "catalogue", Listen: "127.0.0.1:15102", Upstream: "127.0.0.1:15016"},
		},
		Postern: Postern{Addresses: []string{"postern-0.postern:9191", "postern-1.postern:9191"}, ID: "spiffe://mesh.example/ns/postern/sa/postern"},
		Traces:  "127.0.0.1:4317", Sampling: 100,
	}
}

// small is the least there can be: one HTTP port, Postern on a unix socket, no traces.
func small() Config {
	return Config{
		Workload: "spiffe://mesh.example/ns/shop/sa/catalogue", Certificate: "/run/svid/cert.pem", Key: "/run/svid/key.pem", Roots: "/run/svid/roots.pem",
		Inbound: []Inbound{{Name: "http", Listen: "127.0.0.1:15006", App: "127.0.0.1:8080", Routes: []Route{{Prefix: "/", Body: 4096}}}},
		Postern: Postern{Addresses: []string{"unix:/run/postern/grpc.sock"}, FailOpen: true},
	}
}

// federated believes a second trust domain, both ways.
func federated() Config {
	c := small()
	c.Federated = []Domain{{"partner.example", "/run/svid/partner.pem"}}
	c.Outbound = []Outbound{{Name: "stock", Listen: "127.0.0.1:15101", Upstream: "stock.partner.example:15006", Peer: "spiffe://partner.example/ns/shop/sa/stock"}, {Name: "any", Listen: "127.0.0.1:15102", Upstream: "127.0.0.1:15016"}}
	return c
}

func TestYAML(t *testing.T) {
	for name, config := range map[string]Config{"orders": orders(), "small": small(), "federated": federated()} {
		t.Run(name, func(t *testing.T) {
			got, err := YAML(config)
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".yaml")
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("run with -update if this is meant (-want +got):\n%s", diff)
			}
			var tree map[string]any
			if err := yaml.Unmarshal(got, &tree); err != nil {
				t.Errorf("no YAML: %v", err)
			}
		})
	}
}

// A value that would break out of its place in YAML stays a value.
func TestQuoting(t *testing.T) {
	c := small()
	hostile := "v1\", evil: true}\n#"
	c.Version = hostile
	out, err := YAML(c)
	if err != nil {
		t.Fatal(err)
	}
	var tree struct {
		Node struct {
			Metadata struct {
				Labels map[string]string `yaml:"LABELS"`
			}
		}
	}
	if err := yaml.Unmarshal(out, &tree); err != nil {
		t.Fatal(err)
	}
	if got := tree.Node.Metadata.Labels["version"]; got != hostile {
		t.Errorf("version is %q, want %q", got, hostile)
	}
}

func TestMistakes(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*Config)
		want  string
	}{
		{"no workload", func(c *Config) { c.Workload = "orders" }, "not a SPIFFE ID"},
		{"no certificate", func(c *Config) { c.Key = "" }, "certificate, key and roots"},
		{"no postern", func(c *Config) { c.Postern.Addresses = nil }, "postern has no address"},
		{"bad postern", func(c *Config) { c.Postern.Addresses = []string{"postern"} }, `"postern" is not host:port`},
		{"bad peer", func(c *Config) { c.Outbound[0].Peer = "payments" }, `peer "payments"`},
		{"two listeners of one name", func(c *Config) { c.Inbound[1].Name = "http" }, "a name of its own"},
		{"body above the filter's", func(c *Config) { c.Inbound[0].Routes[2].Body = 16385 }, "above postern's max body of 16384"},
		{"body above Envoy's buffer", func(c *Config) { c.Postern.MaxBody = 2 << 20 }, "1 MiB"},
		{"body of an unchecked route", func(c *Config) { c.Inbound[0].Routes[0].Body = 1 }, "goes nowhere"},
		{"route of two kinds", func(c *Config) { c.Inbound[0].Routes[0].Prefix = "/x" }, "either a prefix or a path"},
		{"federated domain without roots", func(c *Config) { c.Federated = []Domain{{Name: "partner.example"}} }, "the file of its roots"},
		{"federated domain that is an ID", func(c *Config) { c.Federated = []Domain{{"spiffe://partner.example", "/x"}} }, "a name such as partner.example"},
		{"our own domain federated", func(c *Config) { c.Federated = []Domain{{"mesh.example", "/x"}} }, "is there twice"},
		{"sampling", func(c *Config) { c.Sampling = 101 }, "not a percentage"},
		{"port out of range", func(c *Config) { c.Inbound[0].Listen = "127.0.0.1:70000" }, `"127.0.0.1:70000"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := orders()
			test.spoil(&c)
			out, err := YAML(c)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if len(out) > 0 {
				t.Error("a configuration was written in spite of the mistake")
			}
		})
	}
	c := orders()
	c.Workload, c.Postern.Addresses = "orders", nil
	if _, err := YAML(c); err == nil || bytes.Count([]byte(err.Error()), []byte("sidecar: ")) != 2 {
		t.Errorf("all mistakes at once, please: %v", err)
	}
}
