package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
)

// authority signs SVIDs.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue writes a certificate with the URIs, and its key, to name.crt and name.key.
func (a *authority) issue(t *testing.T, folder, name string, ids ...string) {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, id := range ids {
		u, err := url.Parse(id)
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = append(template.URIs, u)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, filepath.Join(folder, name+".crt"), "CERTIFICATE", der)
	writePEM(t, filepath.Join(folder, name+".key"), "PRIVATE KEY", private)
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyNamedProxiesReachTheTLSPort(t *testing.T) {
	t.Parallel()
	folder, ours, others := t.TempDir(), newAuthority(t), newAuthority(t)
	in := func(name string) string { return filepath.Join(folder, name) }
	writePEM(t, in("ca.crt"), "CERTIFICATE", ours.cert.Raw)
	ours.issue(t, folder, "server", "spiffe://m/ns/postern/sa/postern")
	ours.issue(t, folder, "envoy", "spiffe://m/ns/shop/sa/orders")
	ours.issue(t, folder, "stranger", "spiffe://m/ns/shop/sa/stranger")
	ours.issue(t, folder, "nobody")
	ours.issue(t, folder, "two", "spiffe://m/ns/shop/sa/orders", "spiffe://m/ns/shop/sa/stranger")
	others.issue(t, folder, "forged", "spiffe://m/ns/shop/sa/orders")
	r := start(t, "POSTERN_GRPC_ADDR=127.0.0.1:0", "POSTERN_TLS_CERT="+in("server.crt"), "POSTERN_TLS_KEY="+in("server.key"), "POSTERN_TLS_CLIENT_CA="+in("ca.crt"),
		"POSTERN_TLS_ALLOW=spiffe://m/ns/shop/sa/orders")
	addr := r.opened.Load().grpc[0].address()
	try := func(client string) error {
		roots := x509.NewCertPool()
		roots.AddCert(ours.cert)
		config := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
		if client != "" {
			pair, err := tls.LoadX509KeyPair(in(client+".crt"), in(client+".key"))
			if err != nil {
				t.Fatal(err)
			}
			config.Certificates = []tls.Certificate{pair}
		}
		c, err := grpc.NewClient(addr, grpc.WithTransportCredentials(credentials.NewTLS(config)))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		_, err = healthv1.NewHealthClient(c).Check(t.Context(), &healthv1.HealthCheckRequest{})
		return err
	}
	if err := try("envoy"); err != nil {
		t.Errorf("the named proxy: %v", err)
	}
	for _, client := range []string{"", "stranger", "nobody", "two", "forged"} {
		if err := try(client); err == nil {
			t.Errorf("%q was let in", client)
		}
	}
}

func TestCertificatesAreReadAgain(t *testing.T) {
	t.Parallel()
	folder, ours := t.TempDir(), newAuthority(t)
	in := func(name string) string { return filepath.Join(folder, name) }
	ours.issue(t, folder, "s", "spiffe://m/a")
	writePEM(t, in("ca.crt"), "CERTIFICATE", ours.cert.Raw)
	var log lockedBuffer
	certs, err := newCertificates(&Config{TLSCert: in("s.crt"), TLSKey: in("s.key"), TLSClientCA: in("ca.crt")}, newLog(&log, "info"))
	if err != nil {
		t.Fatal(err)
	}
	serial := func(at time.Time) string {
		leaf, err := x509.ParseCertificate(certs.newest(at).Certificates[0].Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.String()
	}
	now := time.Now()
	first := serial(now)
	ours.issue(t, folder, "s", "spiffe://m/a")
	later := now.Add(time.Hour)
	if err := os.Chtimes(in("s.crt"), later, later); err != nil { // a file system's clock may be coarse
		t.Fatal(err)
	}
	if serial(now.Add(time.Millisecond)) != first {
		t.Error("the files were looked at within a second")
	}
	second := serial(now.Add(2 * time.Second))
	if second == first {
		t.Error("the new certificate was not read")
	}
	if err := os.WriteFile(in("s.key"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(in("s.key"), later, later); err != nil {
		t.Fatal(err)
	}
	if serial(now.Add(4*time.Second)) != second || !strings.Contains(log.String(), "last good ones stay") {
		t.Errorf("a broken key: %s", &log)
	}
}
