package server

import (
	"bytes"
	"context"
	"log/slog"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"postern/envoy"
	"postern/inspect"
	"postern/profile"
	"postern/server/record"
)

// recording writes judged calls to POSTERN_RECORD, each once it is known how it ended. A nil recording is off.
type recording struct {
	writer  *record.Writer
	queue   chan recorded
	dropped func()
	log     *slog.Logger
	waiting *lru.Cache[string, *record.Record] // by decision id; used by run alone
	broken  bool                               // the last write failed: said once
}

// recorded is a call that was judged, or only its end where Method is "".
type recorded struct {
	record.Record
	denied bool
}

// unended is how many calls may wait for their access log entry; of the oldest beyond it nothing more is known, and it is written so.
const unended = 4096

func newRecording(c *Config, log *slog.Logger, dropped func()) (*recording, error) {
	if c.Record == "" {
		return nil, nil //nolint:nilnil // off is a nil recording
	}
	writer, err := record.NewWriter(c.Record, c.RecordMaxBytes)
	if err != nil {
		return nil, err
	}
	r := &recording{writer: writer, queue: make(chan recorded, 1024), dropped: dropped, log: log}
	r.waiting, err = lru.NewWithEvict(unended, func(_ string, one *record.Record) { r.write(one) })
	if err != nil {
		return nil, err
	}
	log.Warn("every judged call is recorded, with its values and secrets", slog.String("folder", c.Record))
	return r, nil
}

// saw copies a call. It never blocks.
func (r *recording) saw(call *envoy.Call, v *profile.Verdict) {
	if r == nil {
		return
	}
	m := &call.Message
	one := record.Record{
		ID: call.ID, Time: call.At, Source: call.Edge.From, Destination: call.Edge.To, Version: call.Version, Protocol: call.Protocol,
		Method: string(m.Method), Host: string(m.Host), Path: string(m.Path), Body: bytes.Clone(m.Body), Cut: m.Cut, GRPCStatus: -1,
		Headers: make([]inspect.Header, len(m.Header)),
	}
	for i, h := range m.Header {
		one.Headers[i] = inspect.Header{Name: bytes.Clone(h.Name), Value: bytes.Clone(h.Value)}
	}
	r.offer(recorded{one, !v.Allow})
}

// ended tells how a call ended. It never blocks.
func (r *recording) ended(o *envoy.Outcome) {
	if r != nil {
		r.offer(recorded{Record: record.Record{ID: o.ID, Status: o.Status, GRPCStatus: o.GRPCStatus}})
	}
}

func (r *recording) offer(one recorded) {
	select {
	case r.queue <- one:
	default:
		r.dropped()
	}
}

// run writes until ctx ends, then what is left.
func (r *recording) run(ctx context.Context) error {
	if r == nil {
		return nil
	}
	flush := time.NewTicker(time.Second)
	defer flush.Stop()
	for {
		select {
		case one := <-r.queue:
			r.take(&one)
		case <-flush.C:
			r.say(r.writer.Flush())
		case <-ctx.Done():
			for len(r.queue) > 0 {
				one := <-r.queue
				r.take(&one)
			}
			r.waiting.Purge() // writes each
			return r.writer.Close()
		}
	}
}

func (r *recording) take(one *recorded) {
	switch {
	case one.denied:
		one.Status = 403 // it never reached the callee
		r.write(&one.Record)
	case one.Method != "":
		r.waiting.Add(one.ID, &one.Record)
	default:
		if began, ok := r.waiting.Peek(one.ID); ok {
			began.Status, began.GRPCStatus = one.Status, one.GRPCStatus
			r.waiting.Remove(one.ID) // writes it
		}
	}
}

func (r *recording) write(one *record.Record) { r.say(r.writer.Write(one, time.Now())) }

// say logs that the recording fails, once until it works again.
func (r *recording) say(err error) {
	if err != nil && !r.broken {
		r.log.Error("calls cannot be recorded", slog.Any("error", err))
	}
	if err != nil {
		r.dropped()
	}
	r.broken = err != nil
}
