package server

import (
	"context"
	"log/slog"

	"postern/envoy"
	"postern/profile"
)

// Check is the whole way of a request.
func (s *Server) Check(ctx context.Context, call *envoy.Call) (v profile.Verdict) {
	t := s.telemetry.check(call)
	tree := s.inspector.Inspect(&call.Message) // What does it say? Open every layer, down to plain values.
	defer s.inspector.Free(tree)
	defer func() { t.done(ctx, tree, &v) }() // spans, metrics, log; before Free
	t.inspected()
	t.snapshot = s.learner.Snapshot()
	v = t.snapshot.Judge(call.Edge, call.Version, tree)                // Is this what the one service says to the other? No lock, no wait.
	s.learner.Saw(call.ID, call.At, call.Edge, call.Version, tree, &v) // Takes the features now, learns later, once the call has ended well. Never blocks.
	s.recording.saw(call, &v)                                          // Off unless an operator asked.
	return v
}

// Mode is the narrowest mode known for an edge: it decides how a failure of ours is answered.
func (s *Server) Mode(edge profile.Edge) profile.Mode { return s.learner.Snapshot().Mode(edge) }

// Ended tells the learner how a call ended. The word of a stranger is counted and nothing else.
func (s *Server) Ended(o envoy.Outcome) {
	s.telemetry.ended(&o)
	if o.ID == "" {
		return
	}
	s.learner.Ended(o.ID, o.OK(), o.At)
	s.recording.ended(&o)
}

// Failed tells of a call that was answered without a verdict.
func (s *Server) Failed(ctx context.Context, call *envoy.Call, f envoy.Failure) {
	s.telemetry.counts.failed(ctx, string(f.Kind))
	if f.Kind == envoy.FailureOutbound {
		s.outbound.Store(true) // readiness and doctor say so; a line a call would be noise
		return
	}
	attrs := []any{
		slog.String("kind", string(f.Kind)), slog.String("mode", f.Mode.String()), slog.String("decision_id", call.ID),
		slog.String("caller", call.Edge.From), slog.String("callee", call.Edge.To), slog.Any("error", f.Err),
	}
	if len(f.Stack) > 0 {
		attrs = append(attrs, slog.String("stack", string(f.Stack)))
	}
	if f.Kind == envoy.FailurePanic {
		s.log.ErrorContext(ctx, "a check failed", attrs...)
		return
	}
	s.log.WarnContext(ctx, "a check failed", attrs...)
}
