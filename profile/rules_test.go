package profile

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postern/inspect"
)

func TestRulesReadAsAPersonWouldSayThem(t *testing.T) {
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(Config{}, &Memory{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		coupon := ""
		if i%2 == 0 {
			coupon = `,"coupon":"spring"`
		}
		body := fmt.Sprintf(`{"id":"00000000-0000-4000-8000-%012d","amount":%d.5,"state":%q,"mail":"u%d@example.org","note":%q%s}`,
			i, i%90+1, []string{"new", "paid", "sent"}[i%3], i, "call me, item "+fmt.Sprint(i*7919%1000), coupon)
		m := inspect.Message{Method: []byte("POST"), Path: []byte("/orders"), Header: []inspect.Header{{Name: []byte("content-type"), Value: []byte("application/json")}}, Body: []byte(body), Size: -1}
		tree := inspector.Inspect(&m)
		l.Learn(fmt.Sprint(i), time.Unix(int64(i), 0), Edge{From: "web", To: "orders"}, "", tree)
		inspector.Free(tree)
	}
	l.Publish()
	got := map[string]string{}
	sensitive := map[string][]string{}
	required := map[string]bool{}
	for _, r := range l.Snapshot().Rules("orders", "POST /orders") {
		got[r.Path], sensitive[r.Path], required[r.Path] = r.Text, r.Sensitive, r.Required
	}
	want := map[string]string{
		"body|json.id": "uuid", "body|json.amount": "number 1.4…91", "body|json.state": "one of 3 values", "body|json.mail": "e-mail",
		"body|json.coupon": "always the same value", "header.content-type": "always the same value",
	}
	for path, text := range want {
		if got[path] != text {
			t.Errorf("%s: %q, want %q", path, got[path], text)
		}
	}
	if d := cmp.Diff([]string{"e-mail"}, sensitive["body|json.mail"]); d != "" {
		t.Error(d)
	}
	if !required["body|json.id"] || required["body|json.coupon"] {
		t.Errorf("required %v", required)
	}
	if l.Snapshot().Rules("orders", "GET /nothing") != nil || l.Snapshot().Rules("nobody", "POST /orders") != nil {
		t.Error("rules of what is not known")
	}
	t.Log(got["body|json.note"])
}
