package jetstream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"postern/profile"
)

// Read calls f for each of these counts that is stored. One that can't be read is logged and left out, as by Watch.
func (s *Store) Read(ctx context.Context, f func(profile.Count), keys ...profile.Key) error {
	for _, k := range keys {
		entry, err := s.counts.Get(ctx, keyText(k))
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			continue
		}
		if err := s.answered(err); err != nil {
			return fmt.Errorf("jetstream: read counts: %w", err)
		}
		s.changed(entry, f)
	}
	return nil
}
