package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
)

// listeners opens every address (host:port or unix:/path), or none.
func listeners(ctx context.Context, addrs []string) (list []net.Listener, err error) {
	defer func() {
		if err == nil {
			return
		}
		for _, l := range list {
			_ = l.Close() // the first error is what counts
		}
		list = nil
	}()
	for _, addr := range addrs {
		network := "tcp"
		path, ok := strings.CutPrefix(addr, "unix:")
		if ok {
			network, addr = "unix", path
			if err := removeStale(ctx, path); err != nil {
				return list, err
			}
		}
		l, err := new(net.ListenConfig).Listen(ctx, network, addr)
		if err != nil {
			return list, err
		}
		list = append(list, l)
		if ok {
			if err := os.Chmod(path, 0o660); err != nil { //nolint:gosec // the proxies' group must write to it; who else reaches it is the folder's business
				return list, err
			}
		}
	}
	return list, nil
}

// removeStale removes the socket that a killed process left. One that answers is in use.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("%s exists and is no socket", path)
	}
	if c, err := new(net.Dialer).DialContext(ctx, "unix", path); err == nil {
		_ = c.Close() // it was only to see who is there
		return fmt.Errorf("%s is in use by another process", path)
	}
	return os.Remove(path)
}

// counted is a listener that knows how many of its connections are open.
type counted struct {
	net.Listener
	open *atomic.Int64
}

func (l counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.open.Add(1)
	return &countedConn{Conn: c, left: sync.OnceFunc(func() { l.open.Add(-1) })}, nil
}

type countedConn struct {
	net.Conn
	left func()
}

func (c *countedConn) Close() error {
	c.left()
	return c.Conn.Close()
}
