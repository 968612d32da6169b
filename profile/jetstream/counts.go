package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"postern/profile"
)

// maxCount bounds one count once it is unzipped, bytes.
const maxCount = 64 << 20

// ackWithin bounds how long a batch may wait for its acknowledgements.
const ackWithin = 30 * time.Second

// Put replaces this replica's counts. It waits until all are stored; where one is not, the error says how many, and all may be put again.
func (s *Store) Put(ctx context.Context, counts ...profile.Count) error {
	messages := make([]*nats.Msg, len(counts))
	for i, c := range counts {
		messages[i] = &nats.Msg{Subject: s.countSubject(c.Key), Data: s.zip.EncodeAll(c.Value, nil)}
	}
	return s.publish(ctx, "put", messages)
}

// Delete drops counts; a marker tells the other replicas.
func (s *Store) Delete(ctx context.Context, keys ...profile.Key) error {
	messages := make([]*nats.Msg, len(keys))
	for i, k := range keys {
		m := nats.NewMsg(s.countSubject(k))
		m.Header.Set("KV-Operation", "PURGE")
		m.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
		m.Header.Set(jetstream.MsgTTLHeader, strconv.Itoa(int(markerAge/time.Second))+"s")
		messages[i] = m
	}
	return s.publish(ctx, "delete", messages)
}

func (s *Store) countSubject(k profile.Key) string {
	return "$KV." + s.countsName() + "." + keyText(k)
}

// publish sends all messages, many at a time, and waits for every acknowledgement.
func (s *Store) publish(ctx context.Context, what string, messages []*nats.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, ackWithin)
	defer cancel()
	var failed []error
	acks := make([]jetstream.PubAckFuture, 0, len(messages))
	for _, m := range messages {
		ack, err := s.js.PublishMsgAsync(m)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		acks = append(acks, ack)
	}
	for _, ack := range acks {
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			failed = append(failed, err)
		case <-ctx.Done():
			return s.answered(fmt.Errorf("jetstream: %s counts: %w", what, ctx.Err()))
		}
	}
	if len(failed) == 0 && s.embedded != nil {
		if err := s.embedded.writable(); err != nil { // they are on their way to the disk: is it there?
			failed = append(failed, err)
		}
	}
	if len(failed) == 0 {
		return s.answered(nil)
	}
	return s.answered(fmt.Errorf("jetstream: %s counts: %d of %d were not stored: %w", what, len(failed), len(messages), failed[0]))
}

// Watch calls f for every count, own and others', then ready, then f for each change until ctx ends. After a break it begins anew: a count told again says the same.
// A count that can't be read is logged and left as it is.
func (s *Store) Watch(ctx context.Context, f func(profile.Count), ready func()) error {
	once := sync.OnceFunc(ready)
	return s.again(ctx, "watch counts", func() error { return s.watch(ctx, f, once) })
}

func (s *Store) watch(ctx context.Context, f func(profile.Count), ready func()) error {
	reading, err := s.startReading(ctx, streamOf(s.countsName()), 0)
	if err != nil {
		return err
	}
	watcher, err := s.counts.WatchAll(ctx)
	if err != nil {
		return err
	}
	defer watcher.Stop() //nolint:errcheck // it ends with the context anyway
	look := time.NewTicker(s.lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
			if err := reading.look(ctx); err != nil {
				return err
			}
		case entry, open := <-watcher.Updates():
			switch {
			case !open:
				return errors.New("the server ended it")
			case entry == nil:
				reading.saw(reading.start) // the last may be a marker that is gone
				ready()
			default:
				reading.saw(entry.Revision())
				s.changed(entry, f)
			}
		}
	}
}

// again repeats what reads until ctx ends or the store is closed: a break of the store is none of the reader's.
func (s *Store) again(ctx context.Context, what string, read func() error) error {
	for {
		err := read()
		if ctx.Err() != nil || s.conn.IsClosed() {
			return nil //nolint:nilerr // it ended because it should
		}
		s.cfg.Log.Warn("reading from the store broke off, and goes on", "what", what, "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(s.cfg.ReconnectEvery):
		}
	}
}

func (s *Store) changed(entry jetstream.KeyValueEntry, f func(profile.Count)) {
	key, err := parseKey(entry.Key())
	if err != nil {
		s.cfg.Log.Error("a key of the store is not ours", "error", err)
		return
	}
	if entry.Operation() != jetstream.KeyValuePut {
		f(profile.Count{Key: key})
		return
	}
	value, err := s.unzip.DecodeAll(entry.Value(), nil)
	if err != nil {
		s.cfg.Log.Error("a count in the store is damaged", "key", entry.Key(), "error", err)
		return
	}
	f(profile.Count{Key: key, Value: value})
}
