package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

func (s *Store) decisionsName() string { return s.cfg.Tenant + "_decisions" }
func (s *Store) denialsName() string   { return s.cfg.Tenant + "_denials" }
func (s *Store) countsName() string    { return s.cfg.Tenant + "_counts" }
func (s *Store) metaName() string      { return s.cfg.Tenant + "_meta" }

// streamOf is the stream that a bucket is kept in (ADR-8 of NATS).
func streamOf(bucket string) string { return "KV_" + bucket }

// A deleted count leaves a marker, so that every replica hears of it; markers go after a day.
const markerAge = 24 * time.Hour

// openStreams makes the three streams of the tenant. One that exists is taken as it is, but for the bounds of the denials.
func (s *Store) openStreams(ctx context.Context) error {
	counts := jetstream.StreamConfig{
		Name: streamOf(s.countsName()), Description: "Postern: what was counted, by callee, operation, caller, day and replica",
		Subjects:          []string{"$KV." + s.countsName() + ".>"},
		MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, AllowRollup: true, DenyDelete: true, AllowDirect: true,
		AllowMsgTTL: true, SubjectDeleteMarkerTTL: markerAge,
	}
	decisions := jetstream.StreamConfig{
		Name: s.decisionsName(), Description: "Postern: operators' acts, in order",
		Subjects: []string{s.cfg.Tenant + ".decision"}, DenyDelete: true, DenyPurge: true, AllowDirect: true,
		Duplicates: 10 * time.Minute,
	}
	denials := jetstream.StreamConfig{
		Name: s.denialsName(), Description: "Postern: denials and would-be denials",
		Subjects: []string{s.cfg.Tenant + ".denial.>"}, AllowDirect: true, Compression: jetstream.S2Compression,
		MaxBytes: s.cfg.DenialBytes, MaxAge: s.cfg.DenialAge, Discard: jetstream.DiscardOld,
	}
	for _, config := range []jetstream.StreamConfig{counts, decisions, denials} {
		if err := s.openStream(ctx, config, config.Name == counts.Name && s.embedded != nil); err != nil {
			return fmt.Errorf("stream %s: %w", config.Name, err)
		}
	}
	if _, err := s.js.UpdateStream(ctx, s.replicated(ctx, denials)); err != nil {
		s.cfg.Log.Warn("the bounds of the denials' stream stay as they are", "error", err)
	}
	var err error
	s.counts, err = s.js.KeyValue(ctx, s.countsName())
	return err
}

func (s *Store) openStream(ctx context.Context, config jetstream.StreamConfig, lazy bool) error {
	_, err := s.js.Stream(ctx, config.Name)
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	config.Replicas = s.copies()
	return s.createStream(ctx, config, lazy)
}

// replicated is a stream's configuration with the number of copies that it has.
func (s *Store) replicated(ctx context.Context, config jetstream.StreamConfig) jetstream.StreamConfig {
	config.Replicas = 1
	if stream, err := s.js.Stream(ctx, config.Name); err == nil {
		config.Replicas = stream.CachedInfo().Config.Replicas
	}
	return config
}

// createStream asks the server itself, since the client has no field for the asynchronous persistence that lazy wants (ADR-8 and nats-server 2.12: persist_mode).
func (s *Store) createStream(ctx context.Context, config jetstream.StreamConfig, lazy bool) error {
	if !lazy {
		_, err := s.js.CreateStream(ctx, config)
		return err
	}
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	fields["persist_mode"] = "async"
	if text, err = json.Marshal(fields); err != nil {
		return err
	}
	reply, err := s.conn.RequestWithContext(ctx, "$JS.API.STREAM.CREATE."+config.Name, text)
	if err != nil {
		return err
	}
	var answer struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return err
	}
	if answer.Error != nil {
		return answer.Error
	}
	return nil
}
