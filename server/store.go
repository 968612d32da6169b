package server

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"postern/profile/jetstream"
)

// openStore opens the store, embedded or external.
func (s *Server) openStore(ctx context.Context) error {
	c := s.config
	config := jetstream.Config{Folder: c.Data, URL: c.NATSURL, Replica: c.Replica, Log: s.log}
	if c.NATSURL != "" {
		config.Folder = ""
	} else if config.Replica == "" {
		config.Replica = "local" // a host name that changes would leave its counts behind
	}
	if c.HashKeyFile != "" {
		key, err := readHashKey(c.HashKeyFile)
		if err != nil {
			return err
		}
		config.HashKey = &key
	}
	store, err := jetstream.Open(ctx, config)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.store, s.closing = store, store.Close
	return nil
}

// readHashKey reads 32 bytes, raw or in hexadecimal.
func readHashKey(file string) (key [32]byte, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return key, fmt.Errorf("POSTERN_HASH_KEY_FILE: %w", err)
	}
	if trimmed := strings.TrimSpace(string(text)); len(trimmed) == 64 {
		if text, err = hex.DecodeString(trimmed); err != nil {
			return key, fmt.Errorf("POSTERN_HASH_KEY_FILE: %s: %w", file, err)
		}
	}
	if len(text) != len(key) {
		return key, fmt.Errorf("POSTERN_HASH_KEY_FILE: %s holds %d bytes: want 32, or 64 hexadecimal digits", file, len(text))
	}
	return [32]byte(text), nil
}
