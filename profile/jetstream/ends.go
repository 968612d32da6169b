package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"postern/profile"
)

// ends is what one replica passes on in one message; its ends are read as they come, and nowhere stored.
type ends struct {
	From string `json:"from"` // the replica
	Ends []end  `json:"ends"`
}

type end struct {
	ID string `json:"id"`
	OK bool   `json:"ok"`
	At int64  `json:"at"` // Unix milliseconds
}

// endsAtOnce keeps a message far below any server's limit of a payload.
const endsAtOnce = 2000

func (s *Store) endsSubject() string { return s.cfg.Tenant + ".ended" }

// Pass tells the other replicas of ends that no call of ours awaited. An embedded store has none.
func (s *Store) Pass(_ context.Context, all ...profile.End) error {
	if s.embedded != nil {
		return nil
	}
	for len(all) > 0 {
		n := min(len(all), endsAtOnce)
		message := ends{From: s.cfg.Replica}
		for _, e := range all[:n] {
			message.Ends = append(message.Ends, end{e.ID, e.OK, e.At.UnixMilli()})
		}
		all = all[n:]
		text, err := json.Marshal(message)
		if err != nil {
			return fmt.Errorf("jetstream: pass ends: %w", err)
		}
		if err := s.conn.Publish(s.endsSubject(), text); err != nil {
			return fmt.Errorf("jetstream: pass ends: %w", err)
		}
	}
	return nil
}

// Passed calls f for each end that another replica passes on until ctx ends.
func (s *Store) Passed(ctx context.Context, f func(profile.End)) error {
	if s.embedded != nil {
		<-ctx.Done()
		return nil
	}
	subscription, err := s.conn.Subscribe(s.endsSubject(), func(m *nats.Msg) {
		var message ends
		if err := json.Unmarshal(m.Data, &message); err != nil {
			s.cfg.Log.Warn("a message of another replica cannot be read", "error", err)
			return
		}
		if message.From == s.cfg.Replica {
			return
		}
		for _, e := range message.Ends {
			f(profile.End{ID: e.ID, OK: e.OK, At: time.UnixMilli(e.At)})
		}
	})
	if err != nil {
		return fmt.Errorf("jetstream: hear of ends: %w", err)
	}
	<-ctx.Done()
	_ = subscription.Unsubscribe() // the connection may be gone already
	return nil
}
