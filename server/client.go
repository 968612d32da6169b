package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
)

// clientFor gives an HTTP client for an address of ours (host:port or unix:/path) and the base of its URLs.
func clientFor(addr string) (*http.Client, string) {
	path, ok := strings.CutPrefix(addr, "unix:")
	if !ok {
		host, port, err := net.SplitHostPort(addr)
		if err == nil && (host == "" || net.ParseIP(host).IsUnspecified()) {
			addr = net.JoinHostPort("localhost", port)
		}
		return &http.Client{}, "http://" + addr
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial}}, "http://postern"
}

// readShort reads an answer of people's size.
func readShort(r io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(r, 1<<20))
	return string(text), err
}
