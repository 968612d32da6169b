package admin

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// Role is what a token may do.
type Role string

// The roles: a reader sees, an operator also acts.
const (
	Reader   Role = "reader"
	Operator Role = "operator"
)

// Who is a caller of the API. Decisions carry its name.
type Who struct {
	Name string
	Role Role
}

// Local is whoever reaches a port on loopback where no tokens are set.
var Local = Who{Name: "local", Role: Operator}

// Tokens are read from a file, one a line: NAME ROLE TOKEN; # begins a comment. The file is read again when it changes.
type Tokens struct {
	file string

	mu      sync.Mutex
	byHash  map[[32]byte]Who // of SHA-256 of the token: looking it up tells nothing of the token by its time
	stamp   time.Time
	checked time.Time
}

// LoadTokens reads the file.
func LoadTokens(file string) (*Tokens, error) {
	t := &Tokens{file: file}
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("admin: tokens: %w", err)
	}
	t.stamp = info.ModTime()
	t.byHash, err = readTokens(file)
	return t, err
}

func readTokens(file string) (map[[32]byte]Who, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("admin: tokens: %w", err)
	}
	byHash := map[[32]byte]Who{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if len(words) != 3 || words[1] != string(Reader) && words[1] != string(Operator) {
			return nil, fmt.Errorf("admin: tokens: %s:%d: want NAME ROLE TOKEN, ROLE reader or operator", file, n)
		}
		if len(words[2]) < 16 {
			return nil, fmt.Errorf("admin: tokens: %s:%d: the token is shorter than 16 characters: it could be guessed", file, n)
		}
		byHash[sha256.Sum256([]byte(words[2]))] = Who{Name: words[0], Role: Role(words[1])}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("admin: tokens: %s: %w", file, err)
	}
	if len(byHash) == 0 {
		return nil, fmt.Errorf("admin: tokens: %s holds none", file)
	}
	return byHash, nil
}

// who finds the owner of a token. A file that can't be read again leaves the last good tokens.
func (t *Tokens) who(token string, now time.Time) (Who, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.checked) >= time.Second {
		t.checked = now
		if info, err := os.Stat(t.file); err == nil && !info.ModTime().Equal(t.stamp) {
			if fresh, err := readTokens(t.file); err == nil {
				t.byHash, t.stamp = fresh, info.ModTime()
			}
		}
	}
	w, ok := t.byHash[sha256.Sum256([]byte(token))]
	return w, ok
}

type whoKey struct{}

// caller is who sends the request that ctx belongs to.
func caller(ctx context.Context) Who {
	w, _ := ctx.Value(whoKey{}).(Who)
	return w
}

// guard lets a request through with its Who in the context. Without tokens the port is on loopback only: then the Host must be this machine too,
// or any web page could reach us under a name of its own that resolves to 127.0.0.1 (DNS rebinding).
func (a *API) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "the request comes from another site's page")
	}))
	return cross.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if !a.limit.Allow() {
			w.Header().Set("Retry-After", "1")
			problem(w, http.StatusTooManyRequests, "too many requests")
			return
		}
		who, err := a.identify(r)
		if err != nil {
			if a.config.Tokens != nil {
				w.Header().Set("WWW-Authenticate", `Bearer realm="postern"`)
			}
			problem(w, http.StatusUnauthorized, err.Error())
			return
		}
		if who.Role != Operator && r.Method != http.MethodGet && r.Method != http.MethodHead {
			problem(w, http.StatusForbidden, "the token "+who.Name+" is a reader's: it may see, not act")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), whoKey{}, who)))
	}))
}

func (a *API) identify(r *http.Request) (Who, error) {
	if a.config.Tokens == nil {
		if !localHost(r.Host) {
			return Who{}, fmt.Errorf("the Host %q is not this machine: without tokens only loopback is served", r.Host)
		}
		return Local, nil
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return Who{}, errors.New("a token is needed: Authorization: Bearer TOKEN")
	}
	who, ok := a.config.Tokens.who(token, time.Now())
	if !ok {
		return Who{}, errors.New("the token is not known")
	}
	return who, nil
}

// localHost says whether a Host header names loopback, or our unix socket.
func localHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	ip := net.ParseIP(host)
	return host == "localhost" || host == "postern" || ip != nil && ip.IsLoopback()
}
