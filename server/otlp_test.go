package server

import (
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	collectorv1 "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	metricsv1 "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes what is sent by OTLP over HTTP.
type collector struct {
	mu      sync.Mutex
	metrics map[string]*metricsv1.Metric
	wrong   error
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var sent collectorv1.ExportMetricsServiceRequest
	if err == nil && r.URL.Path == "/v1/metrics" {
		err = proto.Unmarshal(body, &sent)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.wrong = err
	}
	for _, of := range sent.GetResourceMetrics() {
		for _, scope := range of.GetScopeMetrics() {
			for _, m := range scope.GetMetrics() {
				c.metrics[m.GetName()] = m
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// TestMetricsByOTLPLeadToTraces: where an OTLP endpoint is set the metrics go there too, and both there and at /metrics the time of a sampled check names its trace.
func TestMetricsByOTLPLeadToTraces(t *testing.T) { // not parallel: the exporter reads the process's environment itself
	c := &collector{metrics: map[string]*metricsv1.Metric{}}
	to := httptest.NewServer(c)
	t.Cleanup(to.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", to.URL)
	config, err := configured("OTEL_EXPORTER_OTLP_ENDPOINT="+to.URL, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf")
	if err != nil {
		t.Fatal(err)
	}
	tm, err := newTelemetry(t.Context(), config, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	spans := tracetest.NewInMemoryExporter()
	out := &told{tm, spans}
	tm.shutdown = append(tm.shutdown, tm.traces.close)
	tm.traces = newTracing(spans, true, resource.Empty())
	out.check(t, sampled, denied)
	out.check(t, unsampledOne, allowed)
	answer := httptest.NewRecorder()
	scrape := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	scrape.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	tm.handler.ServeHTTP(answer, scrape)
	if err := tm.close(context.Background()); err != nil { // sends what is left
		t.Fatal(err)
	}
	const trace = "0af7651916cd43dd8448eb211c80319c"
	if text := answer.Body.String(); strings.Count(text, `trace_id="`+trace+`"`) == 0 {
		t.Errorf("/metrics names no trace:\n%s", text)
	}
	if c.wrong != nil {
		t.Fatal(c.wrong)
	}
	if n := len(c.metrics); n < 3 || c.metrics["postern_decisions"].GetSum() == nil {
		t.Errorf("%d metrics were sent", n)
	}
	named := 0
	for _, p := range c.metrics["postern_check_duration"].GetHistogram().GetDataPoints() {
		for _, e := range p.GetExemplars() {
			if named++; hex.EncodeToString(e.GetTraceId()) != trace || len(e.GetSpanId()) != 8 {
				t.Errorf("exemplar of trace %x", e.GetTraceId())
			}
		}
	}
	if named != 1 {
		t.Errorf("%d exemplars, want that of the one sampled check", named)
	}
}
