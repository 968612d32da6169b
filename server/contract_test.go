package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postern/server/admin"
)

// document is the part of an OpenAPI document that the contract test reads.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Parameters  []struct {
			Name, In string
			Required bool
		}
		Responses map[string]struct {
			Content map[string]struct{ Schema map[string]any }
		}
	}
	Components struct{ Schemas map[string]map[string]any }
}

// TestAPIKeepsItsContract asks every path of the OpenAPI document with proper and with hostile parameters: each answer has a status and a form that the document has.
func TestAPIKeepsItsContract(t *testing.T) {
	t.Parallel()
	r, f := learned(t, 60)
	_, denied := f.call(t, odd(1), 200)
	_ = explained(t, r, denied)
	_, text := r.get("a", "/api/v1/openapi.json")
	var doc document
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	values := map[string][]string{
		"callee": {"shop/orders", "spiffe://m/ns/shop/sa/orders", "nobody", "", "a b\x00'\"<", strings.Repeat("x", 3000)}, "caller": {"shop/web", "ä/ö", ""},
		"operation": {"POST /orders", "", "GET /nothing"}, "limit": {"1", "0", "-1", "999999999999999999999", "x"}, "before": {"0", "1", "-1", "x"}, "after": {"0", "x", "\xff"},
		"format": {"istio", "openapi", "rego", "rbac", "x"}, "verdict": {"deny", "would-deny", "maybe"}, "id": {denied, "nothing", "%2e%2e", "a%00b"},
	}
	client, base := clientFor("unix:" + filepath.Join(r.folder, "a"))
	seen := 0
	for path, methods := range doc.Paths {
		for method, o := range methods {
			if strings.HasSuffix(path, "/stream") {
				continue // it has no end
			}
			for i := range 6 {
				target, query := path, []string{}
				for _, p := range o.Parameters {
					value := values[p.Name][i%len(values[p.Name])]
					if p.In == "path" {
						target = strings.ReplaceAll(target, "{"+p.Name+"}", value)
					} else if i%4 != 3 || p.Required {
						query = append(query, p.Name+"="+escape(value))
					}
				}
				body := []string{"{}", `{"do":"mode","mode":"shadow"}`, "[", `{"do":"pin"}`, "", `{"do":"approve","callee":"shop/orders","caller":"shop/web","extra":1}`}[i]
				q, err := http.NewRequestWithContext(t.Context(), strings.ToUpper(method), base+target+"?"+strings.Join(query, "&"), strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				q.Header.Set("Content-Type", "application/json")
				answer, err := client.Do(q)
				if err != nil {
					t.Fatal(err)
				}
				seen++
				status := fmt.Sprint(answer.StatusCode)
				said, ok := o.Responses[status]
				if answer.StatusCode >= 500 || !ok && answer.StatusCode < 300 || answer.StatusCode >= 300 && answer.StatusCode < 400 && target == path {
					t.Errorf("%s %s?%s: %s is not in the document", method, target, strings.Join(query, "&"), status)
				}
				if schema := said.Content["application/json"].Schema; schema != nil {
					var got any
					if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
						t.Errorf("%s %s: %v", method, target, err)
					} else if why := doc.unlike(schema, got); why != "" {
						t.Errorf("%s %s: the answer is not as the document has it: %s", method, target, why)
					}
				}
				_ = answer.Body.Close()
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d requests", seen)
	}
}

func escape(s string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		fmt.Fprintf(&out, "%%%02x", b)
	}
	return out.String()
}

// unlike says where a value is not as a schema has it: types, required and unknown members, items.
func (d *document) unlike(schema map[string]any, v any) string {
	if ref, ok := schema["$ref"].(string); ok {
		return d.unlike(d.Components.Schemas[ref[strings.LastIndex(ref, "/")+1:]], v)
	}
	switch v := v.(type) {
	case map[string]any:
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				return fmt.Sprintf("%v is missing", name)
			}
		}
		properties, _ := schema["properties"].(map[string]any)
		for name, member := range v {
			p, ok := properties[name].(map[string]any)
			if !ok {
				if _, free := schema["additionalProperties"].(bool); free || len(properties) > 0 {
					return name + " is not in the document"
				}
				continue
			}
			if why := d.unlike(p, member); why != "" {
				return name + ": " + why
			}
		}
	case []any:
		items, _ := schema["items"].(map[string]any)
		for _, item := range v {
			if why := d.unlike(items, item); why != "" {
				return why
			}
		}
	case string:
		if kind := schema["type"]; kind != nil && kind != "string" {
			return fmt.Sprintf("a string where %v is said", kind)
		}
	case float64:
		if kind := schema["type"]; kind != nil && kind != "number" && kind != "integer" {
			return fmt.Sprintf("a number where %v is said", kind)
		}
	}
	return ""
}

// TestReportAndShowTellRulesWithoutValues: of each edge when it was seen, what sensitive kinds of values it may carry, its rules and denials; of no value.
func TestReportAndShowTellRulesWithoutValues(t *testing.T) {
	t.Parallel()
	r, f := learned(t, 60)
	for i := range 30 {
		f.call(t, request("PUT", "/orders/contact", fmt.Sprintf(`{"mail":"ada.%d@example.org","card":"4111111111111111"}`, i)), 200)
	}
	_, id := f.call(t, odd(1), 200)
	_ = explained(t, r, id)
	today := time.Now().UTC().Format(time.DateOnly)
	var out, stderr string
	var code int
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline) && !strings.Contains(out, "| shop/web | shadow | 90 |"); time.Sleep(50 * time.Millisecond) {
		out, stderr, code = r.postern(t, "report")
	}
	for _, want := range []string{
		"# shop/orders", "| `body\\|json.amount` | number ", "| shop/web | shadow | 90 | " + today + " | " + today + " | POST /orders, PUT /orders/contact | card number, e-mail |", "| shop/web attack/xss | 1 |",
	} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("%d: no %q in %s%s", code, want, out, stderr)
		}
	}
	for _, value := range []string{"Edsger", "ada.", "4111", "<script"} {
		if strings.Contains(out, value) {
			t.Errorf("it holds the value %q", value)
		}
	}
	out, _, _ = r.postern(t, "report", "-json", "-callee", "shop/orders")
	var one struct {
		admin.Callee
		Fields map[string][]admin.Field
	}
	if err := json.Unmarshal([]byte(out), &one); err != nil || len(one.Fields["POST /orders"]) < 5 || len(one.Callers[0].Sensitive) != 2 || one.Callers[0].First.IsZero() {
		t.Errorf("%v %s", err, out)
	}
	if _, _, code := r.postern(t, "report", "-callee", "shop/nobody"); code != 1 {
		t.Error("a report of nothing")
	}
}

func TestConsoleIsServedAndGuarded(t *testing.T) {
	t.Parallel()
	r := start(t)
	for path, want := range map[string]string{"/": "<title>Postern</title>", "/app.js": "async function route()", "/known.js": "export async function map()", "/icon.svg": "<svg", "/style.css": "color-scheme"} {
		client, base := clientFor("unix:" + filepath.Join(r.folder, "a"))
		answer, err := client.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		text, err := readShort(answer.Body)
		_ = answer.Body.Close()
		if err != nil || !strings.Contains(text, want) || !strings.Contains(answer.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v %v", path, err, answer.Header)
		}
	}
}

func TestTheCommandLineWaitsForTheLimit(t *testing.T) {
	t.Parallel()
	r := start(t)
	for range 230 { // more than the burst
		r.get("a", "/api/v1/status")
	}
	if out, stderr, code := r.postern(t, "status"); code != 0 {
		t.Errorf("%d %s %s", code, out, stderr)
	}
}
