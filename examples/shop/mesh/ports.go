package mesh

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// Ports returns n addresses 127.0.0.1:port that nobody listens on. They lie below the range that Linux gives outgoing connections (32768 and above), so that
// none is taken between now and its use by chance.
func Ports(n int) ([]string, error) {
	const from, to = 20000, 32000
	var addresses []string
	for at, tries := from+rand.IntN(to-from), 0; len(addresses) < n; at, tries = at+1, tries+1 {
		if tries > to-from {
			return nil, errors.New("mesh: no free ports between 20000 and 32000 on 127.0.0.1")
		}
		if at >= to {
			at = from
		}
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(at))
		if Free(address) == nil {
			addresses = append(addresses, address)
		}
	}
	return addresses, nil
}

// Free says why nothing can listen on address (host:port), or nil.
func Free(address string) error {
	l, err := net.Listen("tcp", address) //nolint:noctx // it ends at once
	if err != nil {
		return err
	}
	return l.Close()
}

// Tool finds a binary that `make tools` brings: as the variable (ENVOY, JAEGER) says, else in .tools of the module's root. The error says how to get it.
func Tool(variable, name string) (string, error) {
	path := os.Getenv(variable) // make hands the tools' places to the example and to tests so
	if path == "" {
		root, err := moduleRoot()
		if err != nil {
			return "", err
		}
		path = filepath.Join(root, ".tools", name)
	}
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		return "", fmt.Errorf("mesh: no %s at %s: `make tools` brings one, or name yours by %s=/path", name, path, variable)
	}
	return path, nil
}

// moduleRoot is the folder with go.mod, here or above.
func moduleRoot() (string, error) {
	at, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("mesh: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if up := filepath.Dir(at); up != at {
			at = up
			continue
		}
		return "", errors.New("mesh: no go.mod here or above: run this inside the project")
	}
}
