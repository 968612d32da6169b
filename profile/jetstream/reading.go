package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// lookEvery is how often a reader asks the stream for its end.
const lookEvery = 5 * time.Second

// errBehind says that a stream holds what its reader was not told of.
var errBehind = errors.New("the server has more than it tells of")

// reading is how far one reader of a stream has come. A consumer can fall silent while the connection stands (after nodes hung and came back one did), and a replica
// would then go on for ever without what the others know: so the reader asks, and begins anew where the stream is ahead of it.
type reading struct {
	store  *Store
	stream string
	start  uint64 // the last place when reading began
	seen   uint64 // all up to this place was told, or is gone

	before, there uint64 // seen and the last place, at the look before
}

// startReading reads on after a place. It is to be called before the consumer is made.
func (s *Store) startReading(ctx context.Context, stream string, after uint64) (*reading, error) {
	info, err := s.js.Stream(ctx, stream)
	if err != nil {
		return nil, fmt.Errorf("the end of %s: %w", stream, err)
	}
	state := info.CachedInfo().State
	if state.FirstSeq > 0 {
		after = max(after, state.FirstSeq-1)
	}
	return &reading{store: s, stream: stream, start: state.LastSeq, seen: after}, nil
}

// saw notes that all up to a place was told.
func (r *reading) saw(seq uint64) { r.seen = max(r.seen, seq) }

// look returns an error where the reader stands still though there was more at the look before. What cannot be asked is no error: the store may be out of reach.
func (r *reading) look(ctx context.Context) error {
	info, err := r.store.js.Stream(ctx, r.stream)
	if err != nil {
		return nil //nolint:nilerr // asked again at the next look
	}
	if r.seen == r.before && r.seen < r.there {
		return errBehind
	}
	r.before, r.there = r.seen, info.CachedInfo().State.LastSeq
	return nil
}
