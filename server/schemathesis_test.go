package server

import (
	"context"
	"encoding/json"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// peer finds a program that one test needs: at the path that the variable names, which must then hold it, else in PATH. Without it the test is skipped, and in short mode.
func peer(t *testing.T, variable, get string, names ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skipf("not in short mode: it starts %s", names[0])
	}
	if path := os.Getenv(variable); path != "" {
		if _, err := exec.LookPath(path); err != nil {
			t.Fatalf("%s=%s: %v", variable, path, err)
		}
		return path
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("there is no %s in PATH: %s, or name yours by %s=/path", strings.Join(names, " or "), get, variable)
	return ""
}

// TestSchemathesisFindsNoServerError lets schemathesis make requests from the OpenAPI document, proper and hostile, against a Postern that knows something, so that they reach what lies behind
// the validation. It ends by itself, and makes the same requests each time.
func TestSchemathesisFindsNoServerError(t *testing.T) {
	t.Parallel()
	tool := peer(t, "SCHEMATHESIS", "`bash .ci/get schemathesis .tools/schemathesis` brings it", "schemathesis")
	r, f := learned(t, 60)
	_, denied := f.call(t, odd(1), 200)
	_ = explained(t, r, denied)
	handler, err := r.adminHandler()
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(handler)
	t.Cleanup(api.Close)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "openapi.json"), withExamples(t, r, denied), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, tool, "run", "openapi.json", "--url="+api.URL, "--exclude-path=/api/v1/denials/stream", // which has no end
		// A well-formed act may still be none (there is no such approval to withdraw), and an empty parameter counts as one that is not there.
		"--phases=examples,coverage,fuzzing", "--checks=all", "--exclude-checks=positive_data_acceptance,negative_data_rejection", "--max-examples=50", "--seed=8", "--rate-limit=95/s", "--no-shrink", "--continue-on-failure",
		"--request-timeout=10", "--suppress-health-check=all")
	run.Dir = folder // it keeps what it made where it runs
	run.Env = append(os.Environ(), "NO_COLOR=1", "COLUMNS=160")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// withExamples is the OpenAPI document with what this Postern knows as examples: from a name made up, no request reaches beyond "not found".
func withExamples(t *testing.T, r *running, denied string) []byte {
	t.Helper()
	_, text := r.get("a", "/api/v1/openapi.json")
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	known := map[string]string{"callee": "shop/orders", "caller": "shop/web", "operation": "POST /orders", "id": denied, "format": "openapi", "verdict": "would-deny"}
	act := map[string]any{"callee": "shop/orders", "caller": "shop/web", "operation": "POST /orders", "field": "body|json.note"}
	acts := map[string]any{}
	for do, more := range map[string]map[string]any{
		"mode": {"mode": "enforce"}, "approve": {"class": "xss"}, "withdraw": {"decision": 1}, "pin": {"rule": "text ≤ 240: letters"}, "narrow": {"rule": "text ≤ 40"}, "forget": {},
		"release": {"version": "v2", "until": "2999-01-01T00:00:00Z"}, "rollback": {"revision": 1}, "patch": {"class": "xss", "until": "2999-01-01T00:00:00Z"},
	} {
		value := maps.Clone(act)
		value["do"] = do
		maps.Copy(value, more)
		acts[do] = map[string]any{"value": value}
	}
	seen := 0
	for path, methods := range doc["paths"].(map[string]any) {
		for _, o := range methods.(map[string]any) {
			operation := o.(map[string]any)
			parameters, _ := operation["parameters"].([]any)
			for _, p := range parameters {
				if p := p.(map[string]any); known[p["name"].(string)] != "" {
					p["example"] = known[p["name"].(string)]
					seen++
				}
			}
			if strings.HasSuffix(path, "/acts") {
				operation["requestBody"].(map[string]any)["content"].(map[string]any)["application/json"].(map[string]any)["examples"] = acts
				seen++
			}
		}
	}
	if seen < 12 {
		t.Fatalf("only %d places for examples: the document has changed", seen)
	}
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
