package server

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"postern/profile"
	"postern/profile/jetstream"
)

// openStore opens the store, embedded or external. One that is damaged, out of reach or of a newer version is left untouched: we judge in shadow on nothing then, and say so,
// since the mesh must go on. A folder that another process holds is a mistake of ours, and an error.
func (s *Server) openStore(ctx context.Context) error {
	c := s.config
	config := jetstream.Config{
		Folder: c.Data, URL: c.NATSURL, Credentials: c.NATSCreds, CA: c.NATSCA, Cert: c.NATSCert, Key: c.NATSKey,
		Tenant: c.Tenant, Replica: c.replica(), DenialBytes: c.DenialBytes, DenialAge: c.DenialAge, Log: s.log,
	}
	if c.NATSURL != "" {
		config.Folder = ""
	}
	if c.HashKeyFile != "" {
		key, err := readHashKey(c.HashKeyFile)
		if err != nil {
			return err
		}
		config.HashKey = &key
	}
	store, err := jetstream.Open(ctx, config)
	switch {
	case err == nil:
		s.closing, s.mending = store.Close, store.Run
		s.store = newWatched(store)
	case ctx.Err() != nil || errors.Is(err, jetstream.ErrInUse):
		return fmt.Errorf("server: %w", err)
	default:
		s.problem = err.Error()
		s.log.Error("the store cannot be opened and stays untouched: nothing is remembered, nothing is denied", slog.Any("error", err))
		s.store = newWatched(&unopened{Memory: &profile.Memory{}, problem: s.problem})
		c.Mode = profile.Shadow
		if !errors.Is(err, jetstream.ErrNewer) {
			s.mending = func(ctx context.Context) error { return s.awaitStore(ctx, config) }
		}
	}
	return nil
}

// unopened takes the place of a store that cannot be opened: what is learned is kept until there is one, but no act is taken.
type unopened struct {
	*profile.Memory
	problem string
}

// Decide implements profile.Store: an act that was acknowledged here would be gone once the store is there.
func (u *unopened) Decide(context.Context, string, []byte) (profile.Decision, error) {
	return profile.Decision{}, fmt.Errorf("nothing was decided, since the store is not open: %s", u.problem)
}

// Up implements profile.Store.
func (*unopened) Up() bool { return false }

// errStoreBack ends a server that began without its store, so that serve begins again with it.
var errStoreBack = errors.New("the store can be opened now")

// awaitEvery is how often a store that could not be opened is tried again.
const awaitEvery = 2 * time.Second

// awaitStore tries to open the store until it can be.
func (s *Server) awaitStore(ctx context.Context, config jetstream.Config) error {
	config.Log, config.FirstConnectWithin = nil, time.Second
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(awaitEvery):
		}
		if store, err := jetstream.Open(ctx, config); err == nil {
			store.Close()
			return errStoreBack
		}
	}
}

// replica is this process's name among those that share the store. Embedded there is one, and a host name that changes would leave its counts behind.
func (c *Config) replica() string {
	switch {
	case c.Replica != "":
		return c.Replica
	case c.NATSURL == "":
		return "local"
	}
	return hostName()
}

// watched is a Store that tells when all there was has been read.
type watched struct {
	profile.Store
	counts, decisions chan struct{} // closed once they were read
	countsRead        func()        // reading begins anew after a break of the store, and is then ready again
	decisionsRead     func()
}

func newWatched(store profile.Store) *watched {
	w := &watched{Store: store, counts: make(chan struct{}), decisions: make(chan struct{})}
	w.countsRead = sync.OnceFunc(func() { close(w.counts) })
	w.decisionsRead = sync.OnceFunc(func() { close(w.decisions) })
	return w
}

// Watch implements profile.Store.
func (w *watched) Watch(ctx context.Context, f func(profile.Count), ready func()) error {
	return w.Store.Watch(ctx, f, func() { ready(); w.countsRead() })
}

// Decisions implements profile.Store.
func (w *watched) Decisions(ctx context.Context, f func(profile.Decision), ready func()) error {
	return w.Store.Decisions(ctx, f, func() { ready(); w.decisionsRead() })
}

// wait returns once all was read and models were made of it, or after a while: to judge with less is better than not to answer.
func (w *watched) wait(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for _, read := range []chan struct{}{w.counts, w.decisions} {
		select {
		case <-read:
		case <-ctx.Done():
			log.Warn("what the store holds is not all read, or profiles are still made of it; calls are judged by those there are")
			return
		}
	}
}

// readHashKey reads 32 bytes, raw or in hexadecimal, or the key of a profile file.
func readHashKey(file string) (key [32]byte, err error) {
	text, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		return key, fmt.Errorf("POSTERN_HASH_KEY_FILE: %w", err)
	}
	if bytes.HasPrefix(text, []byte("{")) && len(text) != len(key) {
		if key, err = profile.FileKey(text); err != nil {
			return key, fmt.Errorf("POSTERN_HASH_KEY_FILE: %s: %w", file, err)
		}
		return key, nil
	}
	if trimmed := strings.TrimSpace(string(text)); len(trimmed) == 64 {
		if text, err = hex.DecodeString(trimmed); err != nil {
			return key, fmt.Errorf("POSTERN_HASH_KEY_FILE: %s: %w", file, err)
		}
	}
	if len(text) != len(key) {
		return key, fmt.Errorf("POSTERN_HASH_KEY_FILE: %s holds %d bytes: want 32, 64 hexadecimal digits, or a profile file", file, len(text))
	}
	return [32]byte(text), nil
}
