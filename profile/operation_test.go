package profile

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"postern/inspect"
	"postern/profile/sketch"
	"postern/profile/template"
)

func TestRawOperation(t *testing.T) {
	t.Parallel()
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	header := func(name, value string) []inspect.Header {
		return []inspect.Header{{Name: []byte(name), Value: []byte(value)}}
	}
	for _, x := range []struct {
		name, method, path, body string
		header                   []inspect.Header
		want                     string
	}{
		{"root", "GET", "/", "", nil, "GET /"},
		{"labels", "GET", "/orders/17/items/550e8400-e29b-41d4-a716-446655440000?x=1", "", nil, "GET /orders/{int}/items/{uuid}"},
		{"gRPC", "POST", "/shop.Payments/Charge", "", header("content-type", "application/grpc+proto"), "/shop.Payments/Charge"},
		{"GraphQL", "POST", "/graphql", `{"query":"query GetUser { me { id } }","operationName":"GetUser"}`, nil, "POST /graphql query:GetUser"},
		{"JSON-RPC", "POST", "/rpc", `{"jsonrpc":"2.0","id":1,"method":"sum","params":[1]}`, nil, "POST /rpc method:sum"},
		{"MCP", "POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{}}}`, nil, "POST /mcp method:tools/call:search"},
		{"SOAP header", "POST", "/ws", "<a/>", header("soapaction", `"urn:AddItem"`), "POST /ws action:urn:AddItem"},
		{"SOAP body", "POST", "/ws", `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><m:AddItem xmlns:m="urn:x"><id>1</id></m:AddItem></s:Body></s:Envelope>`, nil, "POST /ws action:AddItem"},
		{"CloudEvents", "POST", "/events", `{"specversion":"1.0","type":"order.paid","source":"/x","id":"1"}`, nil, "POST /events type:order.paid"},
		{"hostile name", "POST", "/rpc", `{"jsonrpc":"2.0","method":"a b\n","id":1}`, nil, "POST /rpc"},
	} {
		t.Run(x.name, func(t *testing.T) {
			tree := inspector.Inspect(&inspect.Message{Method: []byte(x.method), Path: []byte(x.path), Body: []byte(x.body), Header: x.header, Size: -1})
			defer inspector.Free(tree)
			if got := rawOperation(tree); got != x.want {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
}

func TestSpecimensHaveTheirLabel(t *testing.T) {
	t.Parallel()
	for label, s := range specimen {
		if got := template.LabelOf([]byte(s)).String(); got != label {
			t.Errorf("%s reads as %s, want %s", s, got, label)
		}
	}
}

func TestRouterFoldsParametersOfWords(t *testing.T) {
	t.Parallel()
	raw := map[string]uint64{"GET /users": 50, "GET /users/{int}": 9, "POST /rpc method:sum": 20}
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		raw[fmt.Sprintf("GET /people/%s/mails", string([]byte{byte('a' + r.IntN(26)), byte('a' + r.IntN(26)), byte('a' + r.IntN(26))}))]++
	}
	router := newRouter(sketch.Key{}, raw)
	for from, to := range map[string]string{
		"GET /users": "GET /users", "GET /users/{int}": "GET /users/{int}", "GET /people/zzz/mails": "GET /people/{*}/mails",
		"POST /rpc method:sum": "POST /rpc method:sum", "/pkg.S/M": "/pkg.S/M",
	} {
		if got := router.fold(from); got != to {
			t.Errorf("%s folds to %s, want %s", from, got, to)
		}
	}
}

// TestOddValues: what is empty, broken or hostile is learned and judged like anything else.
func TestOddValues(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce}, &Memory{})
	for i, m := range []inspect.Message{
		{},
		{Method: []byte("GET")},
		post("", ""), post("/?a=&b", `{"a":"","b":null,"":{}}`), post("//%00/..", "\xff\xfe"), post("/x", `{"a":[[[[]]]],"a":1}`),
		post("/x", `{"a":`),
		{Method: []byte("POST"), Path: []byte("/x"), Size: 100, Cut: true},
	} {
		c.teach(fmt.Sprint(i), web, m)
		c.ask(web, m)
		c.Publish()
		c.ask(web, m)
	}
}
