package export_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
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
	return learned(t, func(i int) (string, string) {
		return fmt.Sprintf("/orders/%d?dry=true", i), fmt.Sprintf(`{"item":"lamp","amount":%d,"lines":[{"sku":"A-%d"}]}`, i+1, i)
	})
}

// learned are the rules of a callee of which 100 POSTs are learned, each with a path and a body.
func learned(t *testing.T, call func(i int) (path, body string)) []profile.OperationFields {
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
		path, body := call(i)
		m := inspect.Message{Method: []byte("POST"), Path: []byte(path), Body: []byte(body), Size: int64(len(body))}
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

// TestOpenAPIShared holds that operations that share a path all stand in the document, as do arrays' lengths and what may be null.
func TestOpenAPIShared(t *testing.T) {
	t.Parallel()
	rules := learned(t, func(i int) (string, string) {
		if i%2 == 0 {
			return "/rpc", fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"cart.add","params":{"sku":"A-%d","tags":["a","b"]}}`, i, i)
		}
		note := "null"
		if i%3 == 0 {
			note = `{"text":"thanks"}`
		}
		return "/rpc?trace=1", fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"cart.pay","params":{"amount":%d,"note":%s}}`, i, i, note)
	})
	out, err := export.Write("openapi", callee, rules)
	if err != nil {
		t.Fatal(err)
	}
	type object map[string]any
	var v struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name     string
				Required bool
			}
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						AnyOf []struct {
							Title      string
							Properties struct {
								Params struct{ Properties map[string]object }
							}
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatal(err)
	}
	e := v.Paths["/rpc"]["post"]
	if len(e.Parameters) != 1 || e.Parameters[0].Name != "trace" || e.Parameters[0].Required {
		t.Errorf("a parameter of one of two operations: %+v", e.Parameters)
	}
	bodies := e.RequestBody.Content["application/json"].Schema.AnyOf
	if len(bodies) != 2 || bodies[0].Title != "method:cart.add" || bodies[1].Title != "method:cart.pay" {
		t.Fatalf("bodies: %+v in\n%s", bodies, out)
	}
	if tags := bodies[0].Properties.Params.Properties["tags"]; tags["type"] != "array" || tags["maxItems"] != 2.0 {
		t.Errorf("an array: %v", tags)
	}
	if note := bodies[1].Properties.Params.Properties["note"]; !reflect.DeepEqual(note["type"], []any{"null", "object"}) || note["properties"] == nil {
		t.Errorf("null or an object: %v", note)
	}
}
