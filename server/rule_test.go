package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
)

// must runs a subcommand that is to succeed.
func (r *running) must(t *testing.T, args ...string) string {
	t.Helper()
	out, stderr, code := r.postern(t, args...)
	if code != 0 {
		t.Fatalf("postern %s: %d %s %s", strings.Join(args, " "), code, out, stderr)
	}
	return out
}

// orderOf is an ordinary order but for its amount and note.
func orderOf(amount int, note string) *authv3.CheckRequest {
	return request("POST", "/orders", fmt.Sprintf(`{"item":"sku-0007","amount":%d,"name":"Ada Grace","note":%q}`, amount, note))
}

// TestOperatorsRules sets rules on a running Postern by way of its admin API: they hold at once, are marked where an operator looks, survive a restart and are taken back.
func TestOperatorsRules(t *testing.T) {
	t.Parallel()
	r, f := learned(t, 400)
	r.must(t, "profile", "mode", "-callee", "shop/orders", "enforce")
	long := "please ring twice 0001 and if nobody is there leave it with the neighbours on the second floor"
	allowed := func(f *traffic, what string, q *authv3.CheckRequest, want bool) (id string) {
		t.Helper()
		ok, id := f.call(t, q, 500) // ends badly: nothing is learned from it
		if ok != want {
			out, _, _ := r.postern(t, "explain", id)
			t.Errorf("%s: allowed %v; %s", what, ok, out)
		}
		return id
	}
	allowed(f, "an ordinary amount", orderOf(7, "please ring twice 0001"), true)
	allowed(f, "a long note", orderOf(3, long), false)

	r.must(t, "profile", "pin", "-callee", "shop/orders", "-operation", "POST /orders", "-field", "body|json.note", "text ≤ 200: letters, digits, space")
	r.must(t, "profile", "narrow", "-callee", "shop/orders", "-caller", "shop/web", "-field", "body|json.amount", "-note", "stock is low", "number ≤ 5")
	r.must(t, "profile", "patch", "-callee", "shop/orders", "-field", "body|json.item", "-for", "1h", "text: letters, digits, -")
	show := r.must(t, "profile", "show", "shop/orders")
	for _, want := range []string{"^ pinned to text ≤ 200: letters, digits, space", "^ narrowed to number ≤ 5 from shop/web", "^ patched to text: letters, digits, - until ", "DECIDED, AND IN FORCE"} {
		if !strings.Contains(show, want) {
			t.Errorf("profile show lacks %q:\n%s", want, show)
		}
	}
	rules := func(f *traffic, when string) (id string) {
		t.Helper()
		allowed(f, when+": a long note", orderOf(3, long), true)
		allowed(f, when+": a note with other characters", orderOf(3, "please <ring>"), false)
		allowed(f, when+": an attack in the pinned field", orderOf(3, "1' or '1'='1' union select password from users -- "), false)
		allowed(f, when+": a small amount", orderOf(5, "please ring twice 0001"), true)
		return allowed(f, when+": a large amount", orderOf(7, "please ring twice 0001"), false)
	}
	id := rules(f, "at once")
	e := explained(t, r, id)
	if len(e.Denial.Reasons) == 0 || e.Denial.Reasons[0].Decision != 3 || e.Denial.Reasons[0].Class != "range" || !strings.Contains(e.Denial.Reasons[0].Text, "decision 3 of an operator") {
		t.Errorf("the reason does not name the operator's decision: %+v", e.Denial.Reasons)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r = startIn(t, r.folder, "POSTERN_FALSE_DENY_RATE=0.02")
	f = r.traffic(t)
	rules(f, "after a restart")
	if out := r.must(t, "profile", "log"); !strings.Contains(out, "narrow body|json.amount to number ≤ 5 of shop/orders from shop/web: stock is low") {
		t.Errorf("log: %s", out)
	}
	for _, n := range []string{"2", "3", "4"} {
		r.must(t, "profile", "withdraw", "-decision", n)
	}
	allowed(f, "withdrawn: a large amount", orderOf(7, "please ring twice 0001"), true)
	allowed(f, "withdrawn: a long note", orderOf(3, long), false)
	if out := r.must(t, "profile", "show", "shop/orders"); strings.Contains(out, "pinned") || strings.Contains(out, "narrowed") {
		t.Errorf("withdrawn, and still marked:\n%s", out)
	}
	for _, bad := range [][]string{
		{"pin", "-callee", "shop/orders", "-field", "nonsense", "any"},
		{"pin", "-callee", "shop/orders", "-operation", "POST /orders", "-field", "body|json.unknown"},
		{"rollback", "-callee", "shop/orders", "-revision", "3"},
		{"withdraw", "-decision", "1"}, // a mode is replaced, not taken back
	} {
		if out, _, code := r.postern(t, append([]string{"profile"}, bad...)...); code != 1 || out != "" {
			t.Errorf("%q: %d %s", bad, code, out)
		}
	}
}

// TestAReleaseFromItsFirstCallToItsRollback follows a version that nobody announced: it opens a window by itself, what it brings is learned once it recurs, can be looked at, and taken back.
func TestAReleaseFromItsFirstCallToItsRollback(t *testing.T) {
	t.Parallel()
	r := start(t, "POSTERN_FALSE_DENY_RATE=0.02")
	f := r.traffic(t)
	versioned := func(q *authv3.CheckRequest, version string) *authv3.CheckRequest {
		q.Attributes.ContextExtensions = map[string]string{"version": version}
		return q
	}
	for i := range 400 {
		f.call(t, versioned(order(i), "v1"), 200)
	}
	eventually(t, "400 orders are learned", func() bool {
		out, _, _ := r.postern(t, "profile", "show", "-json", "shop/orders")
		return strings.Contains(out, `"calls":400,`)
	})
	r.must(t, "profile", "mode", "-callee", "shop/orders", "enforce")
	gift := func(i int) *authv3.CheckRequest {
		return request("POST", "/orders", fmt.Sprintf(`{"item":"sku-%04d","amount":3,"name":"Ada Grace","note":"please ring twice %04d","gift":true}`, i, i))
	}
	if ok, _ := f.call(t, versioned(gift(1), "v1"), 200); ok {
		t.Fatal("a new field of the old version was let pass")
	}
	for i := range 12 {
		if ok, id := f.call(t, versioned(gift(i), "v2"), 200); !ok {
			out, _, _ := r.postern(t, "explain", id)
			t.Fatalf("call %d of a new version: %s", i, out)
		}
	}
	eventually(t, "the release stands in the log", func() bool {
		return strings.Contains(r.must(t, "profile", "log"), "release version v2 of shop/orders: this version was not seen before")
	})
	number := "2"
	eventually(t, "what recurs is learned", func() bool {
		f.call(t, versioned(gift(int(time.Now().UnixNano()%10000)), "v2"), 200)
		return strings.Contains(r.must(t, "profile", "diff", "-release", number), "+     body|json.gift: bool")
	})
	r.must(t, "profile", "rollback", "-callee", "shop/orders")
	if ok, _ := f.call(t, versioned(gift(1), "v2"), 200); ok {
		t.Error("let pass after the rollback")
	}
	if ok, id := f.call(t, versioned(order(900), "v1"), 200); !ok {
		out, _, _ := r.postern(t, "explain", id)
		t.Errorf("an ordinary order is denied after the rollback: %s", out)
	}
	if out := r.must(t, "profile", "show", "shop/orders"); strings.Contains(out, "gift") {
		t.Errorf("still known:\n%s", out)
	}
	r.must(t, "profile", "withdraw", "-decision", "3")
	eventually(t, "the rollback is taken back", func() bool { return strings.Contains(r.must(t, "profile", "show", "shop/orders"), "gift") })
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !f(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}
