package export_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"postern/inspect"
	"postern/profile"
	"postern/profile/export"
)

const callee = "spiffe://mesh.test/ns/shop/sa/orders"

func rules(t *testing.T) []profile.OperationFields {
	t.Helper()
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	l, err := profile.New(profile.Config{}, &profile.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		body := fmt.Sprintf(`{"item":"lamp","amount":%d,"lines":[{"sku":"A-%d"}]}`, i+1, i)
		m := inspect.Message{Method: []byte("POST"), Path: fmt.Appendf(nil, "/orders/%d?dry=true", i), Body: []byte(body), Size: int64(len(body))}
		tree := inspector.Inspect(&m)
		l.Learn(fmt.Sprint(i), time.Unix(0, 0), profile.Edge{From: "spiffe://mesh.test/ns/shop/sa/web", To: callee}, "", tree)
		inspector.Free(tree)
	}
	l.Publish()
	return l.Snapshot().Fields(callee)
}

func TestWrite(t *testing.T) {
	t.Parallel()
	rules := rules(t)
	for format, want := range map[string][]string{
		"openapi": {`"/orders/{p1}"`, `"post"`, `"sku"`, `"required": [`, `"in": "query"`, "Not expressed here"},
		"istio":   {`"mesh.test/ns/shop/sa/web"`, `"/orders/{*}"`, "Not expressed here", `namespace: "shop"`},
		"rbac":    {`"spiffe://mesh.test/ns/shop/sa/web"`, "/orders/[-+]?[0-9]+"},
		"rego":    {"package postern", `input.parsed_body["item"] != null`, "Not expressed here", `"^/orders/[-+]?[0-9]+$"`},
	} {
		out, err := export.Write(format, callee, rules)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(out), w) {
				t.Errorf("%s: no %s in\n%s", format, w, out)
			}
		}
		var v any
		switch format {
		case "openapi", "rbac":
			err = json.Unmarshal(out, &v)
		case "istio":
			err = yaml.Unmarshal(out, &v)
		}
		if err != nil {
			t.Errorf("%s does not parse: %v", format, err)
		}
	}
	if _, err := export.Write("nonsense", callee, rules); !errors.Is(err, export.ErrFormat) {
		t.Errorf("unknown format: %v", err)
	}
}
