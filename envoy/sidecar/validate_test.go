package sidecar

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// The real Envoy accepts what is written, with certificates that exist.
func TestEnvoyValidates(t *testing.T) {
	envoy := binary(t)
	for name, config := range map[string]Config{"orders": orders(), "small": small(), "federated": federated(), "alone": {
		Workload: "spiffe://mesh.example/ns/shop/sa/batch",
	}} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			config.Certificate, config.Key = svid(t, folder, config.Workload)
			config.Roots = config.Certificate
			for i := range config.Federated {
				config.Federated[i].Roots = config.Certificate
			}
			text, err := YAML(config)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(folder, "envoy.yaml")
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(envoy, "--mode", "validate", "--log-level", "warning", "-c", file).CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

// binary finds Envoy as ENVOY says or where `make tools` puts it.
func binary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("ENVOY")
	if path == "" {
		path = "../../.tools/envoy"
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("POSTERN_E2E") == "required" {
			t.Fatalf("no Envoy at %s: run `make tools`", path)
		}
		t.Skipf("no Envoy at %s: `make tools` brings one", path)
	}
	return path
}

// svid writes a self-signed certificate for a workload.
func svid(t *testing.T, folder, id string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	uri, err := url.Parse(id)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), URIs: []*url.URL{uri}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for file, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}
