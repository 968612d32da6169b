package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"postern/examples/shop/mesh"
)

// jaeger starts Jaeger at the given addresses of its collector (OTLP/gRPC) and its query API.
func jaeger(t *testing.T, w *world, collector, query string) {
	t.Helper()
	at := ports(t, 9)
	flags := []string{"--collector.otlp.enabled=true", "--collector.otlp.grpc.host-port=" + collector, "--query.http-server.host-port=" + query}
	for i, name := range []string{
		"collector.otlp.http.host-port", "query.grpc-server.host-port", "admin.http.host-port", "collector.grpc-server.host-port", "collector.http-server.host-port",
		"http-server.host-port", "processor.jaeger-binary.server-host-port", "processor.jaeger-compact.server-host-port", "processor.zipkin-compact.server-host-port",
	} {
		flags = append(flags, "--"+name+"="+at[i])
	}
	_, err := w.mesh.Start(t.Context(), mesh.Command{
		Name: "jaeger", Path: tool(t, "JAEGER", "jaeger"), Args: flags, Env: []string{"SPAN_STORAGE_TYPE=memory"}, Ready: mesh.OK("http://" + query + "/api/services"),
		Hasty: true,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// span is one of Jaeger's.
type span struct {
	ID         string `json:"spanID"`
	Trace      string `json:"traceID"`
	Name       string `json:"operationName"`
	Process    string `json:"processID"`
	References []struct {
		Kind  string `json:"refType"`
		Trace string `json:"traceID"`
		Span  string `json:"spanID"`
	}
	Tags []struct {
		Key   string
		Value any
	}
	service string
}

func (s *span) tag(key string) string {
	for _, t := range s.Tags {
		if t.Key == key {
			return fmt.Sprint(t.Value)
		}
	}
	return ""
}

// under is the span that s is a child of.
func (s *span) under() string {
	for _, r := range s.References {
		if r.Kind == "CHILD_OF" && r.Trace == s.Trace {
			return r.Span
		}
	}
	return ""
}

// trace asks Jaeger for a trace until it has spans of all these names: each process sends its own in batches.
func trace(t *testing.T, query, id string, names ...string) (spans []span) {
	t.Helper()
	defer func() {
		for i := range spans {
			if t.Failed() {
				t.Logf("%s: %s, %+v", spans[i].service, spans[i].Name, spans[i].References)
			}
		}
	}()
	eventually(t, fmt.Sprintf("trace %s with %q", id, names), func() bool {
		text, err := fetch(t.Context(), "http://"+query+"/api/traces/"+id)
		if err != nil {
			return false
		}
		var answer struct {
			Data []struct {
				Spans     []span
				Processes map[string]struct{ ServiceName string }
			}
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Data) != 1 {
			return false
		}
		spans = answer.Data[0].Spans
		for i := range spans {
			spans[i].service = answer.Data[0].Processes[spans[i].Process].ServiceName
		}
		return !slices.ContainsFunc(names, func(n string) bool { return find(spans, n) == nil })
	})
	return spans
}

// find returns the first span whose name contains name, after its service and a colon where one is given.
func find(spans []span, name string) *span {
	service, rest, ok := strings.Cut(name, ":")
	if !ok {
		service, rest = "", name
	}
	for i := range spans {
		if strings.Contains(spans[i].Name, rest) && (service == "" || spans[i].service == service) {
			return &spans[i]
		}
	}
	return nil
}

// Test03Trace: a call is one trace from the caller's sidecar to the decision; a denial of a call that is not sampled has a trace of its own.
func Test03Trace(t *testing.T) {
	t.Parallel()
	tool(t, "JAEGER", "jaeger")
	at := ports(t, 2)
	collector, query := at[0], at[1]
	w, p := withProgram(t, "POSTERN_MODE=enforce", "OTEL_EXPORTER_OTLP_ENDPOINT=http://"+collector, "OTEL_BSP_SCHEDULE_DELAY=200", "OTEL_METRICS_EXPORTER=none")
	jaeger(t, w, collector, query)
	w.traces = collector
	w.callee()
	web := w.caller("web")

	r := web.do(web.client, http.MethodPost, "/v1/purchases", strings.NewReader(purchase(readsAFile)), "content-type", "application/json")
	d := p.denial(r.header.Get("x-postern-decision-id"))
	spans := trace(t, query, d.TraceID, "postern:postern.check", "postern:inspect", "postern:judge", "orders:Check egress", "web:egress", "orders:ingress")
	check, envoys := find(spans, "postern:postern.check"), find(spans, "orders:Check egress")
	if check.under() != envoys.ID {
		t.Errorf("postern.check is a child of %s, not of Envoy's %s %s", check.under(), envoys.Name, envoys.ID)
	}
	for _, name := range []string{"postern:inspect", "postern:judge"} {
		if s := find(spans, name); s.under() != check.ID {
			t.Errorf("%s is a child of %s, not of postern.check", name, s.under())
		}
	}
	if check.tag("postern.decision_id") != d.DecisionID || check.tag("postern.verdict") != "deny" || check.tag("span.kind") != "server" {
		t.Errorf("postern.check says %v", check.Tags)
	}
	for i := range spans {
		if spans[i].under() == "" && spans[i].service != "web" {
			t.Errorf("%s %s is a root: the trace is in pieces", spans[i].service, spans[i].Name)
		}
	}
	unsampledDenial(t, w, p, query)
}

// unsampledDenial: both sidecars sample nothing, so that an allowed call leaves no trace and a denied one its own.
func unsampledDenial(t *testing.T, w *world, p *program, query string) {
	w.sampled = 0
	w.callee()
	batch := w.caller("batch")
	r := batch.do(batch.client, http.MethodPost, "/v1/purchases", strings.NewReader(purchase(readsAFile)), "content-type", "application/json")
	d := p.denial(r.header.Get("x-postern-decision-id"))
	if r.status != 403 || d.TraceID == "" {
		t.Fatalf("%d, trace %q", r.status, d.TraceID)
	}
	spans := trace(t, query, d.TraceID, "postern:postern.check", "postern:inspect", "postern:judge")
	check := find(spans, "postern:postern.check")
	if check.under() != "" || len(check.References) != 1 || check.References[0].Trace == d.TraceID || find(spans, "orders:") != nil {
		t.Errorf("postern.check refers to %+v", check.References)
	}
}
