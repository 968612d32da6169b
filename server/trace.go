package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"postern/envoy"
	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile"
)

// tracing makes a check's spans once it is over, so that a call which is not sampled costs no more than a look at its parent's flag.
type tracing struct {
	ordinary, all  *sdktrace.TracerProvider
	calls, denials trace.Tracer // calls follows the parent's flag, and OTEL_TRACES_SAMPLER without parent; denials always exports, nil where POSTERN_TRACE_DENIALS is off
}

// newTracing sends spans to exporter in batches; it drops when that is slow, and never blocks.
func newTracing(exporter sdktrace.SpanExporter, denials bool, about *resource.Resource) *tracing {
	batch := sdktrace.NewBatchSpanProcessor(exporter)
	t := &tracing{
		ordinary: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(batch), sdktrace.WithResource(about)),
		all:      sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(batch), sdktrace.WithResource(about), sdktrace.WithSampler(sdktrace.AlwaysSample())),
	}
	t.calls = t.ordinary.Tracer("postern")
	if denials {
		t.denials = t.all.Tracer("postern")
	}
	return t
}

func (t *tracing) close(ctx context.Context) error {
	return errors.Join(t.ordinary.Shutdown(ctx), t.all.Shutdown(ctx))
}

// traceExporter is the standard one; it reads its endpoint, headers and certificates from OTEL_ variables itself.
func traceExporter(ctx context.Context, protocol string) (sdktrace.SpanExporter, error) {
	switch protocol {
	case "grpc":
		return otlptracegrpc.New(ctx)
	case "http/protobuf":
		return otlptracehttp.New(ctx)
	}
	return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q is neither grpc nor http/protobuf", protocol)
}

// parent is Envoy's span round the check, as the gRPC metadata has it (W3C Trace Context). The call's own traceparent header is the sender's word.
func parent(c *envoy.Call) trace.SpanContext {
	if c.Traceparent == "" {
		return trace.SpanContext{}
	}
	carrier := propagation.MapCarrier{"traceparent": c.Traceparent, "tracestate": c.Tracestate}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
}

// unsampled says that Envoy's span is not sampled, by a look at its flags alone: most calls end here. Flags it does not know go the long way.
func unsampled(traceparent string) bool {
	return len(traceparent) == 55 && traceparent[:3] == "00-" && traceparent[52:] == "-00" // W3C Trace Context, version 00
}

// record makes the spans of one check, if its trace is sampled or it is a denial. The context it returns holds the check's span, for exemplars and the decision log.
func (t *tracing) record(ctx context.Context, c *checking, tree *inspect.Tree, v *profile.Verdict, end time.Time, denied bool) context.Context {
	if !denied && unsampled(c.call.Traceparent) {
		return ctx
	}
	up := parent(c.call)
	tracer := t.calls
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(c.start)}
	switch {
	case !up.IsValid() || up.IsSampled():
		ctx = trace.ContextWithRemoteSpanContext(ctx, up)
	case denied && t.denials != nil:
		tracer = t.denials
		options = append(options, trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: up}))
	default:
		return ctx
	}
	checkCtx, span := tracer.Start(ctx, spanCheck, options...)
	if !span.IsRecording() { // the sampler refused a call without parent
		if !denied || t.denials == nil || up.IsValid() {
			return ctx
		}
		tracer = t.denials
		checkCtx, span = tracer.Start(ctx, spanCheck, append(options, trace.WithNewRoot())...)
	}
	describe(span, c.call, v)
	inspectSpan(checkCtx, tracer, c, tree)
	judgeSpan(checkCtx, tracer, c, v, end)
	span.End(trace.WithTimestamp(end))
	return checkCtx
}

func describe(span trace.Span, call *envoy.Call, v *profile.Verdict) {
	span.SetAttributes(
		attribute.String("rpc.system", "grpc"), attribute.String("rpc.service", "envoy.service.auth.v3.Authorization"), attribute.String("rpc.method", "Check"),
		attribute.String(keyDecision, call.ID), attribute.String(keyVerdict, verdictWord(v)), attribute.String(keyMode, v.Mode.String()),
		attribute.Bool(keyMature, v.Mature), attribute.Float64(keyScore, v.Score), attribute.String(keyOperation, v.Operation),
		attribute.String(keyCaller, call.Edge.From), attribute.String(keyCallee, call.Edge.To), attribute.String(keyVersion, call.Version),
		attribute.String(keyMethod, string(call.Message.Method)), attribute.Int64(keyRevision, int64(v.Revision))) //nolint:gosec // counts up from 0
	for i := range v.Reasons {
		r := &v.Reasons[i]
		span.AddEvent(eventReason, trace.WithAttributes(attribute.String(keyClass, r.Level.String()+"/"+r.Class), attribute.String(keyPath, r.Path),
			attribute.Float64(keyScore, r.Score), attribute.Bool(keyMature, r.Mature), attribute.String(keyText, r.Text)))
	}
	if !v.Allow {
		text := "denied"
		if len(v.Reasons) > 0 {
			text = "denied: " + v.Reasons[0].Level.String() + "/" + v.Reasons[0].Class
		}
		span.SetStatus(codes.Error, text) // so that people find it: Jaeger marks it
	}
}

func inspectSpan(ctx context.Context, tracer trace.Tracer, c *checking, tree *inspect.Tree) {
	_, span := tracer.Start(ctx, spanInspect, trace.WithTimestamp(c.start))
	span.SetAttributes(attribute.Int(keyBodyBytes, len(c.call.Message.Body)), attribute.Int(keyNodes, len(tree.Nodes)),
		attribute.Int64(keyDecoded, tree.Decoded), attribute.Int64(keyOpaque, tree.Opaque), attribute.Int64(keyUnexamined, tree.Unexamined))
	for i := range tree.Nodes {
		n := &tree.Nodes[i]
		if n.Kind != decode.Layer && n.Layer == 0 && n.Fault == decode.OK {
			continue
		}
		span.AddEvent(eventLayer, trace.WithTimestamp(c.start), trace.WithAttributes(attribute.String(keyPath, tree.Path(int32(i))),
			attribute.String(keyFormat, n.Layer.String()), attribute.String(keyFault, n.Fault.String())))
	}
	span.End(trace.WithTimestamp(c.unfolded))
}

func judgeSpan(ctx context.Context, tracer trace.Tracer, c *checking, v *profile.Verdict, end time.Time) {
	_, span := tracer.Start(ctx, spanJudge, trace.WithTimestamp(c.unfolded))
	var worst [profile.LevelValue + 1]float64
	for i := range v.Reasons {
		worst[v.Reasons[i].Level] = max(worst[v.Reasons[i].Level], v.Reasons[i].Score)
	}
	for level, score := range worst {
		span.SetAttributes(attribute.Float64(keyLevel+profile.Level(level).String(), score))
	}
	span.SetAttributes(attribute.Float64(keyScore, v.Score), attribute.Bool(keyMature, v.Mature), attribute.String(keyOperation, v.Operation))
	span.End(trace.WithTimestamp(end))
}
