// Package mesh runs a service mesh on loopback: a certificate authority that gives workloads their SVIDs, real Envoys as sidecars, and the processes behind
// them. Everything it starts ends with it, also when the program that uses it is killed.
package mesh

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"postern/envoy/sidecar"
)

// Mesh is a trust domain with its processes. Files lie in its folder: svid/NAME/, envoy/NAME.yaml and log/NAME.log.
type Mesh struct {
	Folder string
	Domain string // the trust domain, "mesh.test"

	ca        *ca
	mu        sync.Mutex
	processes []*Process
}

// New makes the folder and a certificate authority for the trust domain.
func New(folder, domain string) (*Mesh, error) {
	for _, sub := range []string{"svid", "envoy", "log"} {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o700); err != nil {
			return nil, fmt.Errorf("mesh: %w", err)
		}
	}
	authority, err := newCA(domain)
	if err != nil {
		return nil, err
	}
	return &Mesh{Folder: folder, Domain: domain, ca: authority}, nil
}

// ID returns the SPIFFE ID of a workload of this trust domain.
func (m *Mesh) ID(namespace, account string) string {
	return "spiffe://" + m.Domain + "/ns/" + namespace + "/sa/" + account
}

// SVID gives a workload a certificate of its own, valid for a day. It may be asked again: a restarted workload gets a new one.
func (m *Mesh) SVID(id string) (SVID, error) {
	return m.Identity(filepath.Join(m.Folder, "svid", fileName(id)), id)
}

// Identity is SVID with its files in a folder of the caller's choice.
func (m *Mesh) Identity(folder, id string) (SVID, error) { return m.ca.issue(folder, id) }

// Sidecar writes c with a fresh SVID, starts Envoy (the binary at path) with it, and waits until it takes calls. c.Admin must be set: readiness is asked there.
func (m *Mesh) Sidecar(ctx context.Context, path string, c sidecar.Config) (*Process, error) {
	svid, err := m.SVID(c.Workload)
	if err != nil {
		return nil, err
	}
	c.Certificate, c.Key, c.Roots = svid.Certificate, svid.Key, svid.Roots
	text, err := sidecar.YAML(c)
	if err != nil {
		return nil, err
	}
	return m.Envoy(ctx, path, c.Service(), text, c.Admin)
}

// Envoy starts Envoy with the given bootstrap and waits until its admin interface (host:port) says it is ready.
func (m *Mesh) Envoy(ctx context.Context, path, name string, bootstrap []byte, admin string) (*Process, error) {
	file := filepath.Join(m.Folder, "envoy", name+".yaml")
	if err := os.WriteFile(file, bootstrap, 0o600); err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	return m.Start(ctx, Command{
		Name: "envoy-" + name, Path: path,
		Args:  []string{"--disable-hot-restart", "--concurrency", "1", "--log-level", "warning", "--drain-time-s", "1", "-c", file},
		Ready: OK("http://" + admin + "/ready"),
	})
}

// Close ends every process, the youngest first, and waits for them.
func (m *Mesh) Close() error {
	m.mu.Lock()
	processes := m.processes
	m.processes = nil
	m.mu.Unlock()
	var wrong []error
	for _, p := range slices.Backward(processes) {
		wrong = append(wrong, p.Stop())
	}
	return errors.Join(wrong...)
}

func (m *Mesh) keep(p *Process) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.processes = append(m.processes, p)
}
