package server

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"postern/envoy"
	"postern/inspect"
	"postern/profile"
	"postern/server/admin"
)

// told is what a telemetry under test has said.
type told struct {
	*telemetry
	spans *tracetest.InMemoryExporter
}

func telling(t *testing.T, traced, traceDenials bool) *told {
	t.Helper()
	c, err := configured()
	if err != nil {
		t.Fatal(err)
	}
	tm, err := newTelemetry(t.Context(), c, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tm.close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	out := &told{tm, tracetest.NewInMemoryExporter()}
	if traced {
		tm.traces = newTracing(out.spans, traceDenials, resource.Empty())
		tm.shutdown = append(tm.shutdown, tm.traces.close)
	}
	return out
}

const (
	sampled      = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	unsampledOne = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

var (
	allowed = profile.Verdict{Allow: true, Mode: profile.Enforce}
	denied  = profile.Verdict{
		Mode: profile.Enforce, Mature: true, Score: 4.5, Operation: "POST /a", Revision: 7,
		Reasons: []profile.Reason{{Level: profile.LevelAttack, Class: "sqli", Path: "body|json.q|base64", Score: 0.99, Mature: true, Text: "looks like SQL"}},
	}
)

// check tells of one call with one layer in it.
func (o *told) check(t *testing.T, traceparent string, v profile.Verdict) tracetest.SpanStubs {
	t.Helper()
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	call := &envoy.Call{
		ID: "d1", At: time.Unix(1000, 0), Edge: profile.Edge{From: "spiffe://m/ns/s/sa/web", To: "spiffe://m/ns/s/sa/orders"}, Traceparent: traceparent,
		Message: inspect.Message{Method: []byte("POST"), Path: []byte("/a"), Body: []byte(`{"q":"JyBvciAxPTEtLSBhbmQgbW9yZQ=="}`), Size: -1},
	}
	tree := inspector.Inspect(&call.Message)
	defer inspector.Free(tree)
	c := o.telemetry.check(call)
	learner, err := profile.New(profile.Config{}, &profile.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	c.snapshot = learner.Snapshot()
	c.inspected()
	c.done(t.Context(), tree, &v)
	if o.traces == nil {
		return nil
	}
	if err := o.traces.ordinary.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o.spans.GetSpans()
}

func TestSpansOfASampledCallAreChildrenOfEnvoys(t *testing.T) {
	spans := telling(t, true, true).check(t, sampled, denied)
	if len(spans) != 3 {
		t.Fatalf("%d spans", len(spans))
	}
	byName := map[string]tracetest.SpanStub{}
	for _, s := range spans {
		byName[s.Name] = s
	}
	check, opened, judged := byName[spanCheck], byName[spanInspect], byName[spanJudge]
	if check.SpanKind != trace.SpanKindServer || check.Parent.SpanID().String() != "b7ad6b7169203331" || check.SpanContext.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("check: %+v", check)
	}
	if check.Status.Code != codes.Error || check.Status.Description != "denied: attack/sqli" || len(check.Events) != 1 {
		t.Errorf("check says %+v, %d events", check.Status, len(check.Events))
	}
	for _, s := range []tracetest.SpanStub{opened, judged} {
		if s.Parent.SpanID() != check.SpanContext.SpanID() || s.StartTime.Before(check.StartTime) || s.EndTime.After(check.EndTime) {
			t.Errorf("%s lies not in check", s.Name)
		}
	}
	var layers []string
	for _, e := range opened.Events {
		for _, a := range e.Attributes {
			if string(a.Key) == keyPath {
				layers = append(layers, a.Value.AsString())
			}
		}
	}
	if d := cmp.Diff([]string{"body|json", "body|json.q|base64"}, layers); d != "" {
		t.Error(d)
	}
	scores := map[string]float64{}
	for _, a := range judged.Attributes {
		if a.Value.Type() == attribute.FLOAT64 {
			scores[string(a.Key)] = a.Value.AsFloat64()
		}
	}
	if d := cmp.Diff(map[string]float64{"postern.score": 4.5, "postern.score.attack": .99, "postern.score.edge": 0, "postern.score.operation": 0, "postern.score.shape": 0, "postern.score.value": 0}, scores); d != "" {
		t.Error(d)
	}
}

func TestWhichCallsAreTraced(t *testing.T) {
	wouldDeny := denied
	wouldDeny.Allow, wouldDeny.WouldDeny, wouldDeny.Mode = true, true, profile.Shadow
	for _, c := range []struct {
		name, parent string
		denials      bool
		verdict      profile.Verdict
		spans, links int
	}{
		{"sampled, allowed", sampled, true, allowed, 3, 0},
		{"unsampled, allowed", unsampledOne, true, allowed, 0, 0},
		{"unsampled, denied", unsampledOne, true, denied, 3, 1},
		{"unsampled, would be denied", unsampledOne, true, wouldDeny, 3, 1},
		{"unsampled, denied, not wanted", unsampledOne, false, denied, 0, 0},
		{"no parent, allowed", "", true, allowed, 3, 0},
		{"a parent that is none", "00-zz", true, allowed, 3, 0},
		{"a panic has no verdict", sampled, true, profile.Verdict{}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			spans := telling(t, true, c.denials).check(t, c.parent, c.verdict)
			links := 0
			for _, s := range spans {
				for _, l := range s.Links {
					links++
					if l.SpanContext.TraceID().String() != "0af7651916cd43dd8448eb211c80319c" || s.SpanContext.TraceID() == l.SpanContext.TraceID() || s.Name != spanCheck {
						t.Errorf("link of %s: %+v", s.Name, l)
					}
				}
			}
			if len(spans) != c.spans || links != c.links {
				t.Errorf("%d spans, %d links", len(spans), links)
			}
		})
	}
}

func TestSamplerHoldsOnlyForCallsThatAreNoDenials(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	if n := len(telling(t, true, true).check(t, "", allowed)); n != 0 {
		t.Errorf("allowed: %d spans", n)
	}
	if n := len(telling(t, true, true).check(t, "", denied)); n != 3 {
		t.Errorf("denied: %d spans", n)
	}
}

func TestEveryMetricIsInTheTable(t *testing.T) {
	o := telling(t, false, false)
	o.check(t, "", denied)
	o.check(t, "", allowed)
	o.counts.failed(t.Context(), "panic")
	o.ended(&envoy.Outcome{ID: "x", Status: 200, GRPCStatus: -1})
	answer := httptest.NewRecorder()
	o.handler.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	text := answer.Body.String()
	known := map[string]bool{}
	for _, m := range metrics {
		known[m.name] = true
	}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 3 && words[1] == "TYPE" && !known[words[2]] {
			t.Errorf("%s is not in the table", words[2])
		}
	}
	for _, want := range []string{
		`postern_decisions_total{level="attack",mode="enforce",verdict="deny"} 1`,
		`postern_decisions_total{level="",mode="enforce",verdict="allow"} 1`,
		`postern_check_duration_seconds_count{verdict="allow"} 1`,
		`postern_decode_bytes_total{state="decoded"}`,
		`postern_errors_total{kind="panic"} 1`,
		`postern_outcomes_total{result="ok"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

// memoryStore keeps denials; nothing else of a Store is asked of it.
type memoryStore struct {
	profile.Store
	kept map[string][]byte
}

func (m memoryStore) Deny(_ context.Context, id string, record []byte) error {
	m.kept[id] = record
	return nil
}
func (m memoryStore) Up() bool { return true }

func TestDenialIsLoggedAndStored(t *testing.T) {
	o := telling(t, true, true)
	var out bytes.Buffer
	o.denials.out = &out
	o.check(t, sampled, denied)
	o.check(t, sampled, allowed)
	store := memoryStore{kept: map[string][]byte{}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.denials.run(ctx, store); err != nil {
		t.Fatal(err)
	}
	if strings.Count(out.String(), "\n") != 1 || out.String() != string(store.kept["d1"])+"\n" {
		t.Fatalf("logged %q, stored %q", &out, store.kept)
	}
	var d admin.Denial
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if d.TraceID != "0af7651916cd43dd8448eb211c80319c" || d.Verdict != "deny" || d.Revision != 7 || len(d.Reasons) != 1 || len(d.Features.Layers) != 2 || d.Features.Decoded != 36 {
		t.Errorf("%+v", d)
	}
	if bytes.Contains(out.Bytes(), []byte("1=1")) || bytes.Contains(out.Bytes(), []byte("JyBv")) {
		t.Errorf("a value stands in the log: %s", &out)
	}
}

func TestUnsampledCallTellsWithoutAllocating(t *testing.T) {
	o := telling(t, true, true)
	call := &envoy.Call{Traceparent: unsampledOne}
	tree := &inspect.Tree{Decoded: 10}
	ctx := t.Context()
	n := testing.AllocsPerRun(100, func() {
		c := o.telemetry.check(call)
		c.inspected()
		c.done(ctx, tree, &allowed)
	})
	t.Logf("%v allocations", n)
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkTelling(b *testing.B) {
	c, err := configured()
	if err != nil {
		b.Fatal(err)
	}
	tm, err := newTelemetry(b.Context(), c, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		b.Fatal(err)
	}
	tree := &inspect.Tree{Decoded: 10}
	call := &envoy.Call{}
	for b.Loop() {
		c := tm.check(call)
		c.inspected()
		c.done(b.Context(), tree, &allowed)
	}
}
