package server

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"postern/envoy"
	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile"
	"postern/server/admin"
)

// newDenial takes from a call what may be kept of it. ctx holds the check's span, if it has one; mark hashes what stands at a path.
func newDenial(ctx context.Context, call *envoy.Call, tree *inspect.Tree, v *profile.Verdict, mark func(*inspect.Tree, string) string) *admin.Denial {
	d := &admin.Denial{
		Time: call.At.UTC(), DecisionID: call.ID, Verdict: verdictWord(v), Mode: v.Mode.String(), Caller: call.Edge.From, Callee: call.Edge.To, Version: call.Version,
		Protocol: call.Protocol, Method: string(call.Message.Method), Operation: v.Operation, Score: v.Score, Mature: v.Mature, Revision: v.Revision,
		Reasons: make([]admin.Reason, len(v.Reasons)),
		Features: admin.Features{
			Nodes: len(tree.Nodes), BodyBytes: len(call.Message.Body), Decoded: tree.Decoded, Opaque: tree.Opaque, Unexamined: tree.Unexamined,
			Layers: []string{},
		},
	}
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		d.TraceID = span.TraceID().String()
	}
	for i, r := range v.Reasons {
		d.Reasons[i] = admin.Reason{Level: r.Level.String(), Class: r.Class, Path: r.Path, Score: r.Score, Mature: r.Mature, Text: r.Text, Decision: r.Decision, Value: mark(tree, r.Path)}
	}
	const most = 64 // of each list: a hostile call does not make a long record
	for i := range tree.Nodes {
		if n := &tree.Nodes[i]; n.Layer != 0 && len(d.Features.Layers) < most {
			path := tree.Path(int32(i))
			if n.Fault != decode.OK {
				path += " (" + n.Fault.String() + ")"
			}
			d.Features.Layers = append(d.Features.Layers, path)
		}
	}
	for i := range tree.Findings[:min(len(tree.Findings), most)] {
		f := &tree.Findings[i]
		d.Features.Findings = append(d.Features.Findings, f.Class+"@"+tree.Path(f.Node))
	}
	return d
}

// denials takes denials off the way of the requests: to the decision log, and to the store, where explain finds them.
type denials struct {
	queue chan *admin.Denial
	out   io.Writer
	log   *slog.Logger
}

func newDenials(out io.Writer, log *slog.Logger) *denials {
	return &denials{queue: make(chan *admin.Denial, 4096), out: out, log: log}
}

// offer never blocks; false says that there was no room.
func (d *denials) offer(one *admin.Denial) bool {
	select {
	case d.queue <- one:
		return true
	default:
		return false
	}
}

// run writes until ctx ends, then what is left.
func (d *denials) run(ctx context.Context, store profile.Store) error {
	for {
		select {
		case one := <-d.queue:
			d.write(ctx, store, one)
		case <-ctx.Done():
			for {
				select {
				case one := <-d.queue:
					d.write(context.WithoutCancel(ctx), store, one)
				default:
					return nil
				}
			}
		}
	}
}

func (d *denials) write(ctx context.Context, store profile.Store, one *admin.Denial) {
	line, err := json.Marshal(one)
	if err == nil {
		_, err = d.out.Write(append(line, '\n'))
	}
	if err != nil {
		d.log.Error("a denial could not be logged", slog.String("decision_id", one.DecisionID), slog.Any("error", err))
		return
	}
	if !store.Up() {
		return // the decision log has it; waiting for the store would hold the next lines back
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := store.Deny(ctx, one.DecisionID, line); err != nil {
		d.log.Warn("a denial could not be stored; it stands in the decision log only", slog.String("decision_id", one.DecisionID), slog.Any("error", err))
	}
}
