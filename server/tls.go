package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"
)

// certificates serves TLS from files that may change under it, as mounted secrets and SVID agents do.
type certificates struct {
	cert, key, clientCA string
	allow               []string // SPIFFE IDs; empty: whoever the authorities vouch for
	log                 *slog.Logger

	mu      sync.Mutex
	current *tls.Config
	stamp   [3]time.Time // the files' times when current was read
	checked time.Time
}

func newCertificates(c *Config, log *slog.Logger) (*certificates, error) {
	s := &certificates{cert: c.TLSCert, key: c.TLSKey, clientCA: c.TLSClientCA, allow: c.TLSAllow, log: log}
	stamp, err := s.times()
	if err != nil {
		return nil, err
	}
	s.current, err = s.read()
	s.stamp = stamp
	return s, err
}

// config is the tls.Config of a listener: each handshake takes the newest files.
func (s *certificates) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return s.newest(time.Now()), nil }}
}

// newest reads the files again where they changed, looking at most once a second. What can't be read leaves the last good ones.
func (s *certificates) newest(now time.Time) *tls.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.checked) < time.Second {
		return s.current
	}
	s.checked = now
	stamp, err := s.times()
	if err == nil && stamp == s.stamp {
		return s.current
	}
	var fresh *tls.Config
	if err == nil {
		fresh, err = s.read()
	}
	if err != nil {
		s.log.Error("certificates could not be read again; the last good ones stay", slog.Any("error", err))
		return s.current
	}
	s.current, s.stamp = fresh, stamp
	s.log.Info("certificates were read again", slog.String("file", s.cert))
	return fresh
}

func (s *certificates) times() (stamp [3]time.Time, err error) {
	for i, name := range []string{s.cert, s.key, s.clientCA} {
		if name == "" {
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return stamp, fmt.Errorf("tls: %w", err)
		}
		stamp[i] = info.ModTime()
	}
	return stamp, nil
}

func (s *certificates) read() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(s.cert, s.key)
	if err != nil {
		return nil, fmt.Errorf("tls: %s, %s: %w", s.cert, s.key, err)
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}}
	if s.clientCA == "" {
		return c, nil
	}
	pem, err := os.ReadFile(s.clientCA)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	c.ClientCAs = x509.NewCertPool()
	if !c.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("tls: %s holds no certificate", s.clientCA)
	}
	c.ClientAuth = tls.RequireAndVerifyClientCert
	c.VerifyConnection = s.allowed
	return c, nil
}

// allowed holds a verified client to the list. It runs for resumed sessions too, so that a name taken off the list is out at its next connection.
func (s *certificates) allowed(state tls.ConnectionState) error {
	if len(s.allow) == 0 {
		return nil
	}
	if len(state.PeerCertificates) == 0 || len(state.PeerCertificates[0].URIs) != 1 { // an SVID has exactly one (X509-SVID, section 2)
		return errors.New("tls: the client's certificate is no SVID: it must hold one URI")
	}
	if id := state.PeerCertificates[0].URIs[0].String(); !slices.Contains(s.allow, id) {
		return fmt.Errorf("tls: %s is not among POSTERN_TLS_ALLOW", id)
	}
	return nil
}
