// Package envoy holds the example's files to what package sidecar writes and to the real Envoy.
package envoy

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"postern/envoy/sidecar"
	"postern/examples/shop/mesh"
)

var update = flag.Bool("update", false, "rewrite the example's files")

const web, orders = "spiffe://mesh.example/ns/shop/sa/web", "spiffe://mesh.example/ns/shop/sa/orders"

func configs() map[string]sidecar.Config {
	files := func(c sidecar.Config, name string) sidecar.Config {
		c.Certificate, c.Key, c.Roots = "svid/"+name+"/cert.pem", "svid/"+name+"/key.pem", "svid/"+name+"/roots.pem"
		c.Postern, c.Traces, c.Sampling = sidecar.Postern{Addresses: []string{"127.0.0.1:9191"}}, "127.0.0.1:4317", 100
		return c
	}
	return map[string]sidecar.Config{
		"orders": files(sidecar.Config{
			Workload: orders, Version: "v1", Labels: map[string]string{"app": "orders"}, Admin: "127.0.0.1:15000",
			Inbound: []sidecar.Inbound{{Name: "http", Listen: "127.0.0.1:15006", App: "127.0.0.1:8080", Routes: []sidecar.Route{
				{Path: "/healthz", Unchecked: true}, {Prefix: "/v1/events"}, {Prefix: "/", Body: 16384},
			}}},
		}, "orders"),
		"web": files(sidecar.Config{
			Workload: web, Admin: "127.0.0.1:15001", Outbound: []sidecar.Outbound{{Name: "orders", Listen: "127.0.0.1:15101", Upstream: "127.0.0.1:15006", Peer: orders}},
		}, "web"),
	}
}

func TestFiles(t *testing.T) {
	for name, config := range configs() {
		text, err := sidecar.YAML(config)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(name+".yaml", text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(text), string(have)); diff != "" {
			t.Errorf("%s.yaml is not what package sidecar writes; run with -update (-want +got):\n%s", name, diff)
		}
	}
}

func TestEnvoyValidates(t *testing.T) {
	envoy, err := mesh.Tool("ENVOY", "envoy")
	if err != nil {
		if os.Getenv("POSTERN_E2E") == "required" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	folder := t.TempDir()
	m, err := mesh.New(folder, "mesh.example")
	if err != nil {
		t.Fatal(err)
	}
	for name, config := range configs() {
		if _, err := m.Identity(filepath.Join(folder, "svid", name), config.Workload); err != nil {
			t.Fatal(err)
		}
		file, err := filepath.Abs(name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command(envoy, "--mode", "validate", "--log-level", "warning", "-c", file)
		c.Dir = folder
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s.yaml: %v\n%s", name, err, out)
		}
	}
}
