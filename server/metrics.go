package server

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"postern/inspect"
	"postern/profile"
)

// instruments count what was decided. Their label sets are made beforehand: a call only picks one. What every call adds to is a tally of our own, read when somebody asks for the
// metrics: one Add of the library takes a hundred times as long. Exemplars are with the histogram, which tells the verdicts apart.
type instruments struct {
	errors     metric.Int64Counter
	outcomes   metric.Int64Counter
	logDropped metric.Int64Counter
	recDropped metric.Int64Counter
	took       metric.Float64Histogram
	meter      metric.Meter

	byVerdict                   map[decisionLabels]*tally // read only
	took3                       map[string][]metric.RecordOption
	decoded, opaque, unexamined *tally
}

// tally is one label set of a counter.
type tally struct {
	atomic.Int64
	labels metric.ObserveOption
}

func newTally(labels ...attribute.KeyValue) *tally {
	return &tally{labels: metric.WithAttributeSet(attribute.NewSet(labels...))}
}

// observeAll tells what was counted; of what never was there is no series.
func observeAll(o metric.Int64Observer, tallies ...*tally) {
	for _, t := range tallies {
		if n := t.Load(); n > 0 {
			o.Observe(n, t.labels)
		}
	}
}

type decisionLabels struct {
	verdict string
	mode    profile.Mode
	level   string // of the first reason, "" without
}

func newInstruments(meter metric.Meter) (*instruments, error) {
	i := &instruments{meter: meter, byVerdict: map[decisionLabels]*tally{}, took3: map[string][]metric.RecordOption{}}
	var wrong []error
	counter := func(name, meaning string) metric.Int64Counter {
		c, err := meter.Int64Counter(name, metric.WithDescription(meaning))
		wrong = append(wrong, err)
		return c
	}
	observed := func(name, meaning string, tell func(o metric.Int64Observer)) {
		_, err := meter.Int64ObservableCounter(name, metric.WithDescription(meaning), metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
			tell(o)
			return nil
		}))
		wrong = append(wrong, err)
	}
	observed("postern_decisions", "verdicts by mode and by the level of the first reason", func(o metric.Int64Observer) {
		for _, t := range i.byVerdict {
			observeAll(o, t)
		}
	})
	observed("postern_decode_bytes", "bytes of bodies by what became of them", func(o metric.Int64Observer) { observeAll(o, i.decoded, i.opaque, i.unexamined) })
	i.errors = counter("postern_errors", "calls answered without a verdict, and values whose decoder panicked")
	i.outcomes = counter("postern_outcomes", "access log entries")
	i.logDropped = counter("postern_log_dropped", "denials whose log line or record had no room")
	i.recDropped = counter("postern_record_dropped", "calls that the recording had no room for")
	var err error
	i.took, err = meter.Float64Histogram("postern_check_duration", metric.WithUnit("s"), metric.WithDescription("from a check's arrival to its verdict"),
		metric.WithExplicitBucketBoundaries(10e-6, 20e-6, 50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 50e-3, 250e-3))
	wrong = append(wrong, err)
	for _, verdict := range []string{"allow", "deny", "would-deny"} {
		i.took3[verdict] = []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(attribute.String("verdict", verdict)))}
		for mode := profile.Off; mode <= profile.Enforce; mode++ {
			for _, level := range []string{"", "attack", "edge", "operation", "shape", "value"} {
				i.byVerdict[decisionLabels{verdict, mode, level}] = newTally(attribute.String("verdict", verdict), attribute.String("mode", mode.String()), attribute.String("level", level))
			}
		}
	}
	state := func(s string) *tally { return newTally(attribute.String("state", s)) }
	i.decoded, i.opaque, i.unexamined = state("decoded"), state("opaque"), state("unexamined")
	return i, errors.Join(wrong...)
}

// decided counts one verdict. ctx holds the check's span where it is sampled: the histogram's exemplar.
func (i *instruments) decided(ctx context.Context, tree *inspect.Tree, v *profile.Verdict, took time.Duration) {
	labels := decisionLabels{verdict: verdictWord(v), mode: v.Mode}
	if len(v.Reasons) > 0 && labels.verdict != "allow" {
		labels.level = v.Reasons[0].Level.String()
	}
	i.byVerdict[labels].Add(1)
	i.took.Record(ctx, took.Seconds(), i.took3[labels.verdict]...)
	if tree.Decoded > 0 {
		i.decoded.Add(tree.Decoded)
	}
	if tree.Opaque > 0 {
		i.opaque.Add(tree.Opaque)
	}
	if tree.Unexamined > 0 {
		i.unexamined.Add(tree.Unexamined)
	}
}

// failed counts an error of ours.
func (i *instruments) failed(ctx context.Context, kind string) {
	i.errors.Add(ctx, 1, metric.WithAttributes(attribute.String("kind", kind)))
}

// gauge is a number read when somebody asks for the metrics.
type gauge struct {
	name, meaning string
	counts        bool // it only grows
	read          func() int64
}

// observe adds numbers that their owners keep.
func (i *instruments) observe(gauges ...gauge) error {
	wrong := make([]error, 0, len(gauges))
	for _, g := range gauges {
		read := func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(g.read())
			return nil
		}
		var err error
		if g.counts {
			_, err = i.meter.Int64ObservableCounter(g.name, metric.WithDescription(g.meaning), metric.WithInt64Callback(read))
		} else {
			_, err = i.meter.Int64ObservableGauge(g.name, metric.WithDescription(g.meaning), metric.WithInt64Callback(read))
		}
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// metricReaders are Prometheus's, and the exporter's where an OTLP endpoint is set.
func metricReaders(ctx context.Context, c *Config, registry *prometheus.Registry) ([]sdkmetric.Reader, error) {
	scrape, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
	if err != nil {
		return nil, err
	}
	if !c.OTel.Metrics {
		return []sdkmetric.Reader{scrape}, nil
	}
	var exporter sdkmetric.Exporter
	switch c.OTel.MetricsProtocol {
	case "grpc":
		exporter, err = otlpmetricgrpc.New(ctx)
	case "http/protobuf":
		exporter, err = otlpmetrichttp.New(ctx)
	default:
		err = fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q is neither grpc nor http/protobuf", c.OTel.MetricsProtocol)
	}
	if err != nil {
		return nil, err
	}
	return []sdkmetric.Reader{scrape, sdkmetric.NewPeriodicReader(exporter)}, nil
}
