package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"

	"postern/envoy"
	"postern/inspect"
	"postern/profile"
)

// Every name that leaves the program as a span, a metric or a key of the log stands in this file. The decision log's keys are admin.Denial's.
const (
	spanCheck   = "postern.check" // server span, child of Envoy's: one a call
	spanInspect = "inspect"       // its first child; an event eventLayer for each layer opened
	spanJudge   = "judge"         // its second child; attributes keyLevel+level with the worst score of each level
	eventLayer  = "layer"
	eventReason = "reason"

	keyDecision, keyVerdict, keyMode, keyMature     = "postern.decision_id", "postern.verdict", "postern.mode", "postern.mature"
	keyCaller, keyCallee, keyVersion, keyOperation  = "postern.caller", "postern.callee", "postern.callee_version", "postern.operation"
	keyScore, keyLevel, keyRevision, keyNodes       = "postern.score", "postern.score.", "postern.snapshot_revision", "postern.nodes"
	keyDecoded, keyOpaque, keyUnexamined            = "postern.bytes.decoded", "postern.bytes.opaque", "postern.bytes.unexamined"
	keyPath, keyFormat, keyFault, keyClass, keyText = "postern.path", "postern.format", "postern.fault", "postern.class", "postern.text"
	keyBodyBytes, keyMethod                         = "http.request.body.size", "http.request.method"
)

// metrics is every metric: name as /metrics shows it, labels, meaning. No label holds a path, a value or a name of a service.
var metrics = []struct{ name, labels, meaning string }{
	{"postern_decisions_total", "verdict, mode, level", "verdicts (allow, deny, would-deny) by mode and by the level of the first reason"},
	{"postern_check_duration_seconds", "verdict", "time from a check's arrival to its verdict"},
	{"postern_decode_bytes_total", "state", "bytes of bodies that were decoded, opaque, unexamined"},
	{"postern_errors_total", "kind", "calls answered without a verdict (panic, deadline, late, malformed, outbound), and values whose decoder panicked (decoder)"},
	{"postern_outcomes_total", "result", "access log entries: ok, failed, or unchecked (no decision id of ours)"},
	{"postern_learn_dropped_total", "", "observations that the learner had no room for"},
	{"postern_log_dropped_total", "", "denials whose log line or record had no room"},
	{"postern_record_dropped_total", "", "calls that the recording had no room for"},
	{"postern_store_up", "", "whether the store answers"},
	{"postern_profile_revision", "", "of the snapshot that judges now"},
	{"postern_profile_learned_total", "", "calls learned"},
	{"postern_profile_refused_total", "", "calls not learned: denied, failed, mode off, caller not proven"},
	{"postern_profile_lost_total", "", "calls whose end was never heard of"},
	{"postern_profile_pending", "", "calls that wait for their end"},
	{"postern_profile_quarantined", "", "new structure that waits for more callers, days or an operator"},
	{"postern_profile_shelved_total", "", "counts that left memory: the store has them"},
	{"postern_profile_swept_total", "", "counts that were forgotten, the least called: there were too many"},
	{"postern_profile_drifting", "", "callees whose calls have changed: nothing ordinary is learned of them until an operator decides"},
}

// telemetry is all that the program tells the outside of what it does.
type telemetry struct {
	log      *slog.Logger
	traces   *tracing // nil: off
	counts   *instruments
	denials  *denials
	registry *prometheus.Registry
	handler  http.Handler // /metrics
	shutdown []func(context.Context) error
}

func newTelemetry(ctx context.Context, c *Config, log *slog.Logger, decisions io.Writer) (*telemetry, error) {
	t := &telemetry{log: log, denials: newDenials(decisions, log)}
	if err := t.open(ctx, c); err != nil {
		return nil, errors.Join(fmt.Errorf("telemetry: %w", err), t.close(ctx))
	}
	return t, nil
}

func (t *telemetry) open(ctx context.Context, c *Config) error {
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "postern")), resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return err
	}
	if c.OTel.Traces {
		exporter, err := traceExporter(ctx, c.OTel.TracesProtocol)
		if err != nil {
			return err
		}
		t.traces = newTracing(exporter, c.TraceDenials, about)
		t.shutdown = append(t.shutdown, t.traces.close)
	}
	t.registry = prometheus.NewRegistry()
	readers, err := metricReaders(ctx, c, t.registry)
	if err != nil {
		return err
	}
	options := []sdkmetric.Option{sdkmetric.WithResource(about)}
	for _, r := range readers {
		options = append(options, sdkmetric.WithReader(r))
	}
	provider := sdkmetric.NewMeterProvider(options...)
	t.shutdown = append(t.shutdown, provider.Shutdown)
	t.handler = promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{EnableOpenMetrics: true}) // OpenMetrics carries the exemplars
	t.counts, err = newInstruments(provider.Meter("postern"))
	return err
}

// close sends what is left and ends the exporters.
func (t *telemetry) close(ctx context.Context) error {
	list := make([]error, 0, len(t.shutdown))
	for _, f := range t.shutdown {
		list = append(list, f(ctx))
	}
	return errors.Join(list...)
}

// checking is what is told of one check; it lives on its stack and costs two looks at the clock until there is something to say.
type checking struct {
	*telemetry
	call            *envoy.Call
	snapshot        *profile.Snapshot // that judges
	start, unfolded time.Time
}

func (t *telemetry) check(call *envoy.Call) checking {
	return checking{telemetry: t, call: call, start: time.Now()}
}

// inspected marks the end of opening and the beginning of judging.
func (c *checking) inspected() { c.unfolded = time.Now() }

// done tells how it ended. A verdict without a mode is none: the check panicked, and envoy's barrier tells of that.
func (c *checking) done(ctx context.Context, tree *inspect.Tree, v *profile.Verdict) {
	if v.Mode == profile.Inherit {
		return
	}
	end := time.Now()
	for _, p := range tree.Panics { // ours to mend; the node is opaque, the rest was judged
		c.counts.failed(ctx, "decoder")
		c.log.ErrorContext(ctx, "a decoder or detector panicked", slog.String("decision_id", c.call.ID), slog.String("panic", p))
	}
	denied := !v.Allow || v.WouldDeny
	if c.traces != nil {
		ctx = c.traces.record(ctx, c, tree, v, end, denied)
	}
	c.counts.decided(ctx, tree, v, end.Sub(c.start))
	if denied {
		if !c.denials.offer(newDenial(ctx, c.call, tree, v, c.snapshot.Mark)) {
			c.counts.logDropped.Add(ctx, 1)
		}
	}
}

// verdictWord is the verdict as metadata, metrics and log have it.
func verdictWord(v *profile.Verdict) string {
	switch {
	case !v.Allow:
		return "deny"
	case v.WouldDeny:
		return "would-deny"
	}
	return "allow"
}

// ended counts an access log entry. One without a decision id of ours was not checked, or failed open.
func (t *telemetry) ended(o *envoy.Outcome) {
	result := "failed"
	switch {
	case o.ID == "":
		result = "unchecked"
	case o.OK():
		result = "ok"
	}
	t.counts.outcomes.Add(context.Background(), 1, metric.WithAttributes(attribute.String("result", result)))
}
