package jetstream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The codes of the server's errors that say the cluster is too small (nats-server errors.json).
const (
	noPeers      jetstream.ErrorCode = 10005 // so far, or for ever
	notClustered jetstream.ErrorCode = 10074
)

// wanted is how many copies an external cluster keeps of every stream.
const wanted = 3

// copies is of a new stream.
func (s *Store) copies() int {
	if s.embedded != nil || s.single {
		return 1
	}
	return wanted
}

// openPatiently opens everything on an external cluster. One whose nodes are still finding each other answers with errors for some seconds: what is decided
// meanwhile would have nowhere to go, so it is waited for. A cluster that stays too small for three copies keeps one.
func (s *Store) openPatiently(ctx context.Context) error {
	for end := time.Now().Add(s.cfg.FirstConnectWithin); ; {
		err := s.openAll(ctx)
		switch {
		case err == nil || !forming(err) && !says(err, notClustered):
			return err
		case says(err, notClustered) && !s.single, says(err, noPeers) && !s.single && time.Now().After(end):
			s.single = true
			continue
		case time.Now().After(end):
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(min(s.cfg.ReconnectEvery, time.Second)):
		}
	}
}

// forming says whether an error is one that a cluster gives until it has formed.
func forming(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) && api.Code == 503 {
		return true
	}
	return says(err, noPeers) || errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, nats.ErrNoResponders) ||
		errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded)
}

func says(err error, code jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == code
}

func (s *Store) streams() []string {
	return []string{streamOf(s.metaName()), streamOf(s.countsName()), s.decisionsName(), s.denialsName()}
}

// grow gives three copies to streams that were made when the cluster was smaller.
func (s *Store) grow(ctx context.Context) {
	for _, name := range s.streams() {
		stream, err := s.js.Stream(ctx, name)
		if err != nil {
			s.cfg.Log.Warn("how often a stream is kept is not known", "stream", name, "error", err)
			continue
		}
		config := stream.CachedInfo().Config
		if config.Replicas >= wanted {
			continue
		}
		config.Replicas = wanted
		if _, err := s.js.UpdateStream(ctx, config); err != nil {
			s.cfg.Log.Warn("the NATS cluster has fewer than three JetStream nodes: the store is kept once, and lost with its node", "stream", name, "error", err)
			return
		}
		s.cfg.Log.Info("a stream is now kept three times", "stream", name)
	}
}
