package server

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postern/profile"
	"postern/server/admin"
)

// postern runs a subcommand against the running server and returns what it wrote.
func (r *running) postern(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return r.posternIn(t, t.Context(), args...)
}

func (r *running) posternIn(t *testing.T, ctx context.Context, args ...string) (stdout, stderr string, code int) { //nolint:revive // t first, as helpers have it
	t.Helper()
	var out, problems lockedBuffer
	a := &app{
		stdin: strings.NewReader(""), stdout: &out, stderr: &problems,
		environ: []string{"POSTERN_ADMIN_ADDR=unix:" + filepath.Join(r.folder, "a"), "POSTERN_METRICS_ADDR=unix:" + filepath.Join(r.folder, "m"), "POSTERN_ADMIN_TOKEN_FILE=" + r.config.AdminTokenFile},
	}
	code = a.run(ctx, args)
	return out.String(), problems.String(), code
}

func TestDenialsAreListedFollowedAndSurviveARestart(t *testing.T) {
	t.Parallel()
	r := start(t, "POSTERN_MODE=enforce")
	ctx, cancel := context.WithCancel(t.Context())
	followed := make(chan string, 1)
	go func() {
		out, _, _ := r.posternIn(t, ctx, "denials", "-follow", "-json")
		followed <- out
	}()
	time.Sleep(300 * time.Millisecond) // the stream has begun; a denial before it would be listed, not followed
	answer := check(t, r.dial(t), request("POST", "/a", attack))
	id := answer.GetDynamicMetadata().GetFields()["decision_id"].GetStringValue()
	list := func(r *running) (out string) {
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if out, _, _ = r.postern(t, "denials", "-callee", "shop/orders"); strings.Contains(out, id) {
				return out
			}
		}
		return out
	}
	if out := list(r); !strings.Contains(out, "shop/web → shop/orders") || !strings.Contains(out, "attack/sqli  body|json.q") {
		t.Errorf("listed %q", out)
	}
	if out, _, _ := r.postern(t, "denials", "-callee", "shop/nobody"); out != "" {
		t.Errorf("another callee's: %q", out)
	}
	time.Sleep(200 * time.Millisecond)
	cancel()
	if out := <-followed; !strings.Contains(out, id) {
		t.Errorf("followed %q", out)
	}
	if out, stderr, code := r.postern(t, "status"); code != 0 || !strings.Contains(out, "checks      deny 1") || !strings.Contains(out, "store       up") {
		t.Errorf("status: %s %s", out, stderr)
	}
	if out, _, code := r.postern(t, "health"); code != 0 || !strings.HasPrefix(out, "ready") {
		t.Errorf("health: %d %s", code, out)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := r.postern(t, "status"); code != 1 || !strings.Contains(stderr, "postern serve") {
		t.Errorf("status of none: %d %s", code, stderr)
	}
	again := startIn(t, r.folder)
	if out := list(again); !strings.Contains(out, id) {
		t.Errorf("after a restart: %q", out)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	tokens := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(tokens, []byte("# ours\nann reader reader-reader-reader\nbob operator operator-operator\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	open, guarded := start(t), start(t, "POSTERN_ADMIN_TOKEN_FILE="+tokens)
	for _, c := range []struct {
		name         string
		server       *running
		method, path string
		header       map[string]string
		want         int
	}{
		{"loopback without tokens", open, "GET", "/status", nil, 200},
		{"another Host: DNS rebinding", open, "GET", "/status", map[string]string{"Host": "evil.example"}, 401},
		{"another site's page", open, "POST", "/acts", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"another origin", open, "POST", "/acts", map[string]string{"Origin": "https://evil.example"}, 403},
		{"no token", guarded, "GET", "/status", nil, 401},
		{"a wrong token", guarded, "GET", "/status", map[string]string{"Authorization": "Bearer reader-reader-readex"}, 401},
		{"no bearer", guarded, "GET", "/status", map[string]string{"Authorization": "Basic cmVhZGVyOg=="}, 401},
		{"a reader reads", guarded, "GET", "/status", map[string]string{"Authorization": "Bearer reader-reader-reader"}, 200},
		{"a reader acts", guarded, "POST", "/acts", map[string]string{"Authorization": "Bearer reader-reader-reader"}, 403},
		{"an operator reads", guarded, "GET", "/status", map[string]string{"Authorization": "Bearer operator-operator"}, 200},
		{"an operator of another site's page", guarded, "POST", "/acts", map[string]string{"Authorization": "Bearer operator-operator", "Sec-Fetch-Site": "cross-site"}, 403},
		{"nothing there", open, "GET", "/nosuch", nil, 404},
		{"an unknown parameter", open, "GET", "/denials?nosuch=1", nil, 422},
		{"a bad limit", open, "GET", "/denials?limit=0", nil, 422},
		{"no such denial", open, "GET", "/denials/none", nil, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, base := clientFor("unix:" + filepath.Join(c.server.folder, "a"))
			q, err := http.NewRequestWithContext(t.Context(), c.method, base+"/api/v1"+c.path, strings.NewReader(map[string]string{"POST": `{"do":"mode","mode":"enforce"}`}[c.method]))
			if err != nil {
				t.Fatal(err)
			}
			q.Header.Set("Content-Type", "application/json")
			for k, v := range c.header {
				if q.Header.Set(k, v); k == "Host" {
					q.Host = v
				}
			}
			answer, err := client.Do(q)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = answer.Body.Close() }()
			if answer.StatusCode != c.want {
				t.Errorf("%d", answer.StatusCode)
			}
			if kind := answer.Header.Get("Content-Type"); c.want >= 400 && c.want != 404 && kind != "application/problem+json" {
				t.Errorf("an error as %s", kind)
			}
		})
	}
	for name, r := range map[string]*running{"open": open, "guarded": guarded} { // all that was refused changed nothing
		if out, stderr, code := r.postern(t, "profile", "log"); code != 0 || out != "" {
			t.Errorf("%s, decided: %d %s %s", name, code, out, stderr)
		}
		if mode := r.learner.Snapshot().Mode(profile.Edge{}); mode != profile.Shadow {
			t.Errorf("%s, mode %v", name, mode)
		}
	}
	if out, stderr, code := guarded.postern(t, "profile", "mode", "-force", "enforce"); code != 0 || !strings.Contains(out, "by bob") {
		t.Errorf("the command line takes the operator's token: %s %s", out, stderr)
	}
}

func TestTokenFileIsHeldToItsForm(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"empty": "", "two words": "ann secret-secret-secret", "unknown role": "ann root secret-secret-secret", "short": "ann reader secret"} {
		file := filepath.Join(t.TempDir(), "tokens")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := admin.LoadTokens(file); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestOpenAPIIsServed(t *testing.T) {
	t.Parallel()
	r := start(t)
	status, text := r.get("a", "/api/v1/openapi.json")
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal([]byte(text), &doc); status != 200 || err != nil {
		t.Fatal(status, err, text)
	}
	if len(doc.Paths) < 4 || !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("%+v", doc)
	}
}
