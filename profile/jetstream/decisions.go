package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"postern/profile"
)

// byHeader names who decided.
const byHeader = "Postern-By"

// Decide appends an operator's act. It returns once the act is stored; a lost acknowledgement is asked for again under the same id, so that the act is stored once.
func (s *Store) Decide(ctx context.Context, by string, body []byte) (profile.Decision, error) {
	message := nats.NewMsg(s.cfg.Tenant + ".decision")
	message.Data = body
	message.Header.Set(byHeader, escape(by))
	ack, err := s.js.PublishMsg(ctx, message, jetstream.WithMsgID(nuid.Next()), jetstream.WithRetryAttempts(5), jetstream.WithRetryWait(200*time.Millisecond))
	if s.answered(err) != nil {
		return profile.Decision{}, fmt.Errorf("jetstream: decide: %w", err)
	}
	stream, err := s.js.Stream(ctx, s.decisionsName())
	if err != nil {
		return profile.Decision{}, fmt.Errorf("jetstream: decide: %w", err)
	}
	stored, err := stream.GetMsg(ctx, ack.Sequence)
	if err != nil {
		return profile.Decision{}, fmt.Errorf("jetstream: decide: %w", err)
	}
	return decision(stored.Sequence, stored.Time, stored.Header, stored.Data), nil
}

func decision(seq uint64, at time.Time, header nats.Header, body []byte) profile.Decision {
	by, err := unescape(header.Get(byHeader))
	if err != nil {
		by = header.Get(byHeader)
	}
	return profile.Decision{Seq: seq, Time: at.UTC(), By: by, Body: body}
}

// Decisions calls f for every act in order, then ready, then f for each new one until ctx ends.
func (s *Store) Decisions(ctx context.Context, f func(profile.Decision), ready func()) error {
	return s.follow(ctx, s.decisionsName(), 1, ready, func(seq uint64, at time.Time, m jetstream.Msg) {
		f(decision(seq, at, m.Headers(), m.Data()))
	})
}

// follow reads a stream in order from a place on (0: what is new), calls ready where it was once, and goes on until ctx ends. After a break it goes on where it was.
func (s *Store) follow(ctx context.Context, stream string, from uint64, ready func(), f func(seq uint64, at time.Time, m jetstream.Msg)) error {
	once := sync.OnceFunc(ready)
	return s.again(ctx, "read "+stream, func() error {
		reading, err := s.startReading(ctx, stream, max(from, 1)-1)
		if err != nil {
			return err
		}
		if from == 0 {
			from = reading.start + 1
			reading.saw(reading.start)
		}
		return s.read(ctx, reading, once, func(seq uint64, at time.Time, m jetstream.Msg) {
			f(seq, at, m)
			from = seq + 1
		})
	})
}

func (s *Store) read(ctx context.Context, reading *reading, ready func(), f func(seq uint64, at time.Time, m jetstream.Msg)) error {
	consumer, err := s.js.OrderedConsumer(ctx, reading.stream, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: reading.seen + 1,
		MaxResetAttempts: 1, // more would ask for the same consumer by its name, and for ever where that was given to a node that is gone
	})
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(jetstream.PullExpiry(4*time.Second), jetstream.PullHeartbeat(time.Second)) // a break is noticed after two beats
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, messages.Stop)()
	defer messages.Stop()
	if reading.seen >= reading.start {
		ready()
	}
	for {
		m, err := messages.Next(jetstream.NextMaxWait(s.lookEvery))
		if errors.Is(err, nats.ErrTimeout) {
			if err := reading.look(ctx); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		reading.saw(meta.Sequence.Stream)
		f(meta.Sequence.Stream, meta.Timestamp, m)
		if reading.seen >= reading.start {
			ready()
		}
	}
}
