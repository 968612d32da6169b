package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
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

// apiError is an answer of the admin API that is no success.
type apiError struct {
	status int
	detail string
}

func (e *apiError) Error() string { return e.detail }

// api sends one request to the running Postern's admin API and reads its answer into out (nil: not read). in is the body, nil for none.
func (a *app) api(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	answer, err := a.ask(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // read above
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(answer.Body).Decode(out); err != nil {
		return fmt.Errorf("the admin API's answer to %s %s: %w", method, path, err)
	}
	return nil
}

// ask sends one request; the caller closes the answer's body. An answer that is no success is an *apiError.
func (a *app) ask(ctx context.Context, method, path string, in any) (*http.Response, error) {
	if len(a.config.AdminAddr) == 0 {
		return nil, errors.New("there is no admin API to ask: POSTERN_ADMIN_ADDR is off")
	}
	client, base := clientFor(a.config.AdminAddr[0])
	var body []byte
	switch in := in.(type) {
	case nil:
	case []byte:
		body = in
	default:
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = text
	}
	for {
		answer, err := a.send(ctx, client, method, base+"/api/v1"+path, body)
		if err != nil {
			return nil, err
		}
		if answer.StatusCode < 300 {
			return answer, nil
		}
		problem := readProblem(answer)
		_ = answer.Body.Close() // read to its end
		if answer.StatusCode != http.StatusTooManyRequests {
			return nil, problem
		}
		select { // a report asks often; the API has a limit
		case <-ctx.Done():
			return nil, problem
		case <-time.After(time.Second):
		}
	}
}

func (a *app) send(ctx context.Context, client *http.Client, method, url string, body []byte) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if err := a.authorize(request); err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("no Postern answers at %s (POSTERN_ADMIN_ADDR; is `postern serve` running?): %w", a.config.AdminAddr[0], err)
	}
	return answer, nil
}

// authorize adds the first token of the token file, as the owner of that file may.
func (a *app) authorize(request *http.Request) error {
	if a.config.AdminTokenFile == "" {
		return nil
	}
	text, err := os.ReadFile(a.config.AdminTokenFile)
	if err != nil {
		return fmt.Errorf("POSTERN_ADMIN_TOKEN_FILE: %w", err)
	}
	best := ""
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) != 3 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if best == "" || words[1] == "operator" {
			best = words[2]
			if words[1] == "operator" {
				break
			}
		}
	}
	if best == "" {
		return fmt.Errorf("POSTERN_ADMIN_TOKEN_FILE: %s holds no line NAME ROLE TOKEN", a.config.AdminTokenFile)
	}
	request.Header.Set("Authorization", "Bearer "+best)
	return nil
}

// readProblem reads problem+json (RFC 9457).
func readProblem(answer *http.Response) error {
	text, err := readShort(answer.Body)
	if err != nil {
		return err
	}
	var p struct {
		Detail string
		Errors []struct{ Message, Location string }
	}
	if json.Unmarshal([]byte(text), &p) != nil || p.Detail == "" {
		p.Detail = answer.Status
	}
	for _, e := range p.Errors {
		p.Detail += "\n  " + strings.TrimPrefix(e.Location+": ", ": ") + e.Message
	}
	return &apiError{answer.StatusCode, p.Detail}
}
