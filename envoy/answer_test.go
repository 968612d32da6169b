package envoy

import (
	"math"
	"strings"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"postern/profile"
)

// decoded reads an answer with the generated code and holds what is true of every answer.
func decoded(t *testing.T, a answer) *authv3.CheckResponse {
	t.Helper()
	var r authv3.CheckResponse
	if err := proto.Unmarshal(a, &r); err != nil {
		t.Fatalf("answer does not decode: %v\n%x", err, []byte(a))
	}
	if r.GetStatus() == nil || r.GetHttpResponse() == nil {
		t.Fatalf("an empty answer means allow: %v", &r)
	}
	if (r.GetStatus().GetCode() == 0) != (r.GetOkResponse() != nil) {
		t.Fatalf("status and response disagree: %v", &r)
	}
	if _, err := protojson.Marshal(&r); err != nil {
		t.Fatalf("Envoy could not log it: %v", err)
	}
	return &r
}

func TestDecide(t *testing.T) {
	xxe := []profile.Reason{
		{Level: profile.LevelAttack, Class: "xxe", Path: "body|json.secret", Text: "secret"},
		{Level: profile.LevelShape, Class: "new-field", Path: "body|json.other"},
	}
	cases := []struct {
		name    string
		grpc    bool
		verdict profile.Verdict
		status  int32
		word    string
		reason  string // "" allowed
		reasons []any
	}{
		{"zero verdict denies", false, profile.Verdict{}, 403, "deny", "denied", nil},
		{"deny", false, profile.Verdict{Mode: profile.Enforce, Score: 4.5, Operation: "POST /a/{id}", Reasons: xxe}, 403, "deny", "attack/xxe", []any{"attack/xxe", "shape/new-field"}},
		{"deny gRPC", true, profile.Verdict{Mode: profile.Enforce, Reasons: xxe}, 403, "deny", "attack/xxe", []any{"attack/xxe", "shape/new-field"}},
		{"allow", false, profile.Verdict{Allow: true, Mode: profile.Enforce, Operation: "GET /" + strings.Repeat("x", 100)}, 0, "allow", "", nil},
		{"would deny", false, profile.Verdict{Allow: true, WouldDeny: true, Mode: profile.Shadow, Reasons: xxe}, 0, "would-deny", "", []any{"attack/xxe", "shape/new-field"}},
		{"class that is no token", false, profile.Verdict{Reasons: []profile.Reason{{Class: "a\r\nset-cookie: \"x"}}}, 403, "deny", "attack/a--set-cookie:--x", []any{"attack/a--set-cookie:--x"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			call := Call{ID: "0123456789abcdef", GRPC: c.grpc}
			r := decoded(t, decide(&call, &c.verdict))
			m := r.GetDynamicMetadata().AsMap()
			want := map[string]any{"decision_id": call.ID, "verdict": c.word, "mode": c.verdict.Mode.String(), "operation": c.verdict.Operation, "score": c.verdict.Score, "reasons": append([]any{}, c.reasons...)}
			if d := cmp.Diff(want, m); d != "" {
				t.Errorf("metadata (-want +got):\n%s", d)
			}
			if c.reason == "" {
				if r.GetOkResponse() == nil {
					t.Error("not allowed")
				}
				return
			}
			checkRefusal(t, r.GetDeniedResponse(), &call, c.status, c.reason)
		})
	}
}

// checkRefusal holds what the caller is told: id and reason, and nothing that the message or the profile says.
func checkRefusal(t *testing.T, d *authv3.DeniedHttpResponse, call *Call, status int32, reason string) {
	t.Helper()
	if int32(d.GetStatus().GetCode()) != status {
		t.Errorf("status %v, want %d", d.GetStatus(), status)
	}
	headers := map[string]string{}
	for _, h := range d.GetHeaders() {
		headers[h.GetHeader().GetKey()] = h.GetHeader().GetValue()
	}
	want, body := map[string]string{"x-postern-decision-id": call.ID, "x-postern-reason": reason}, "postern: "+reason+", decision "+call.ID
	if !call.GRPC {
		want["content-type"], body = "application/json", `{"decision_id":"`+call.ID+`","reason":"`+reason+"\"}\n"
	}
	if diff := cmp.Diff(want, headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if d.GetBody() != body {
		t.Errorf("body %q, want %q", d.GetBody(), body)
	}
	if strings.Contains(d.String(), "secret") {
		t.Errorf("tells the caller a path or value: %v", d)
	}
}

func TestFailAnswersByMode(t *testing.T) {
	for _, mode := range []profile.Mode{profile.Inherit, profile.Off, profile.Shadow, profile.Enforce} {
		call := Call{ID: "1", GRPC: mode == profile.Inherit}
		r := decoded(t, fail(&call, mode, "panic"))
		if m := r.GetDynamicMetadata().AsMap(); m["verdict"] != "error" || m["decision_id"] != "1" || m["mode"] != mode.String() {
			t.Errorf("%v: metadata %v", mode, m)
		}
		if mode == profile.Off || mode == profile.Shadow {
			if r.GetOkResponse() == nil {
				t.Errorf("%v: not an explicit OK: %v", mode, r)
			}
			continue
		}
		checkRefusal(t, r.GetErrorResponse(), &call, 503, "error/panic")
	}
	decoded(t, pass(&Call{ID: "1"}))
}

func FuzzDecide(f *testing.F) {
	f.Add("id", "POST /x", "class", 1.5, true, false)
	f.Add("\xff", "\xff\x00", "", math.Inf(1), false, true)
	f.Add(strings.Repeat("é", 300), strings.Repeat("é", 300), strings.Repeat("x", 200), math.NaN(), false, false)
	f.Fuzz(func(t *testing.T, id, operation, class string, score float64, allow, grpc bool) {
		call := Call{ID: token(id), GRPC: grpc}
		v := profile.Verdict{Allow: allow, Operation: operation, Score: score, Reasons: []profile.Reason{{Class: class}}}
		r := decoded(t, decide(&call, &v))
		if (r.GetOkResponse() != nil) != allow || (r.GetDeniedResponse() != nil) == allow {
			t.Fatalf("allow %v answered by %v", allow, r)
		}
		decoded(t, fail(&call, v.Mode, class[:0]+"panic"))
	})
}
