package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"postern/profile"
)

func (s *Store) denialSubject(id string) string { return s.cfg.Tenant + ".denial." + escape(id) }

// denialID is the decision id in a subject of the denials' stream.
func (s *Store) denialID(subject string) string {
	id, err := unescape(strings.TrimPrefix(subject, s.cfg.Tenant+".denial."))
	if err != nil {
		return ""
	}
	return id
}

// Deny appends a denial; the oldest leave the stream where it is full.
func (s *Store) Deny(ctx context.Context, id string, record []byte) error {
	_, err := s.js.Publish(ctx, s.denialSubject(id), record)
	if s.answered(err) != nil {
		return fmt.Errorf("jetstream: record denial: %w", err)
	}
	return nil
}

// Denial finds a denial of any replica by its decision id.
func (s *Store) Denial(ctx context.Context, id string) (profile.Denial, error) {
	stream, err := s.js.Stream(ctx, s.denialsName())
	if err != nil {
		return profile.Denial{}, fmt.Errorf("jetstream: find denial: %w", err)
	}
	m, err := stream.GetLastMsgForSubject(ctx, s.denialSubject(id))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return profile.Denial{}, profile.ErrNoDenial
	}
	if err != nil {
		return profile.Denial{}, fmt.Errorf("jetstream: find denial: %w", err)
	}
	return profile.Denial{Seq: m.Sequence, ID: id, Record: m.Data}, nil
}

// Denials returns the newest denials before a place, the newest first.
func (s *Store) Denials(ctx context.Context, before uint64, limit int) ([]profile.Denial, error) {
	stream, err := s.js.Stream(ctx, s.denialsName())
	if err != nil {
		return nil, fmt.Errorf("jetstream: read denials: %w", err)
	}
	state := stream.CachedInfo().State
	last := state.LastSeq
	if before > 0 && before-1 < last {
		last = before - 1
	}
	var denials []profile.Denial
	for seq := last; seq >= state.FirstSeq && seq > 0 && len(denials) < limit; seq-- {
		m, err := stream.GetMsg(ctx, seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue // it has just left the stream
		}
		if err != nil {
			return nil, fmt.Errorf("jetstream: read denials: %w", err)
		}
		denials = append(denials, profile.Denial{Seq: seq, ID: s.denialID(m.Subject), Record: m.Data})
	}
	return denials, nil
}

// FollowDenials calls f for each new denial of any replica until ctx ends.
func (s *Store) FollowDenials(ctx context.Context, f func(profile.Denial)) error {
	return s.follow(ctx, s.denialsName(), 0, func() {}, func(seq uint64, _ time.Time, m jetstream.Msg) {
		f(profile.Denial{Seq: seq, ID: s.denialID(m.Subject()), Record: m.Data()})
	})
}
