package mesh

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// SVID is a workload's X.509 identity in files (SPIFFE X509-SVID): PEM certificate, PKCS #8 key, and the trust domain's CA.
type SVID struct {
	ID                      string
	Certificate, Key, Roots string
}

// TLS returns what a client or a server with this identity uses: it shows the SVID and believes peers that show one of the trust domain.
// The names of hosts mean nothing in a mesh; the peer's SPIFFE ID must begin with peer ("spiffe://mesh.test/").
func (s SVID) TLS(peer string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(s.Certificate, s.Key)
	if err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	text, err := os.ReadFile(s.Roots)
	if err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	verify := func(state tls.ConnectionState) error { return verifyPeer(state, roots, peer) }
	return &tls.Config{
		Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert,
		InsecureSkipVerify: true,
		VerifyConnection:   verify,
	}, nil
}

func verifyPeer(state tls.ConnectionState, roots *x509.CertPool, peer string) error {
	if len(state.PeerCertificates) == 0 {
		return fmt.Errorf("mesh: the peer shows no certificate")
	}
	leaf := state.PeerCertificates[0]
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return fmt.Errorf("mesh: peer: %w", err)
	}
	if len(leaf.URIs) != 1 || !strings.HasPrefix(leaf.URIs[0].String(), peer) {
		return fmt.Errorf("mesh: the peer is %v, not %s", leaf.URIs, peer)
	}
	return nil
}

// ca signs the SVIDs of one trust domain. Its key never leaves the process.
type ca struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newCA(domain string) (*ca, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: domain}, URIs: []*url.URL{{Scheme: "spiffe", Host: domain}},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	return &ca{certificate, key}, nil
}

func (c *ca) issue(folder, id string) (SVID, error) {
	s := SVID{ID: id, Certificate: filepath.Join(folder, "cert.pem"), Key: filepath.Join(folder, "key.pem"), Roots: filepath.Join(folder, "roots.pem")}
	uri, err := url.Parse(id)
	if err != nil {
		return s, fmt.Errorf("mesh: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return s, fmt.Errorf("mesh: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return s, fmt.Errorf("mesh: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, URIs: []*url.URL{uri}, NotBefore: time.Now().Add(-time.Minute), NotAfter: c.certificate.NotAfter,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, c.certificate, &key.PublicKey, c.key)
	if err != nil {
		return s, fmt.Errorf("mesh: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return s, fmt.Errorf("mesh: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return s, fmt.Errorf("mesh: %w", err)
	}
	for file, block := range map[string]*pem.Block{
		s.Certificate: {Type: "CERTIFICATE", Bytes: der}, s.Key: {Type: "PRIVATE KEY", Bytes: secret}, s.Roots: {Type: "CERTIFICATE", Bytes: c.certificate.Raw},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			return s, fmt.Errorf("mesh: %w", err)
		}
	}
	return s, nil
}

// fileName is a folder's name for a SPIFFE ID: what follows the scheme, slashes as dots.
func fileName(id string) string {
	return strings.ReplaceAll(strings.TrimPrefix(id, "spiffe://"), "/", ".")
}
