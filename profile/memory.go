package profile

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Memory is the Store that forgets with the process: for recorded calls, profile files and tests. The zero Memory is ready; Key may be set before its use.
type Memory struct {
	Key [32]byte         // of the hashes
	Now func() time.Time // of decisions; time.Now where nil

	mu        sync.Mutex
	counts    map[Key][]byte
	decisions []Decision
	denials   []Denial
	changed   chan struct{} // closed and renewed at each change
	log       []Count       // all changes in order
}

const memoryDenials = 10_000

func (m *Memory) wake() {
	if m.changed != nil {
		close(m.changed)
	}
	m.changed = make(chan struct{})
}

// wait returns what is closed at the next change. The lock is held.
func (m *Memory) wait() <-chan struct{} {
	if m.changed == nil {
		m.changed = make(chan struct{})
	}
	return m.changed
}

// Put implements Store.
func (m *Memory) Put(_ context.Context, counts ...Count) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts == nil {
		m.counts = map[Key][]byte{}
	}
	for _, c := range counts {
		m.counts[c.Key] = c.Value
		m.log = append(m.log, c)
	}
	m.wake()
	return nil
}

// Delete implements Store.
func (m *Memory) Delete(_ context.Context, keys ...Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range keys {
		delete(m.counts, k)
		m.log = append(m.log, Count{Key: k})
	}
	m.wake()
	return nil
}

// Watch implements Store.
func (m *Memory) Watch(ctx context.Context, f func(Count), ready func()) error {
	m.mu.Lock()
	at, now := len(m.log), maps.Clone(m.counts)
	m.mu.Unlock()
	for k, v := range now {
		f(Count{k, v})
	}
	ready()
	return m.follow(ctx, func() bool {
		if at == len(m.log) {
			return false
		}
		news := slices.Clone(m.log[at:])
		at = len(m.log)
		m.mu.Unlock()
		for _, c := range news {
			f(c)
		}
		m.mu.Lock()
		return true
	})
}

// follow calls next under the lock until it has nothing more, then waits for a change.
func (m *Memory) follow(ctx context.Context, next func() bool) error {
	for {
		m.mu.Lock()
		for next() {
		}
		changed := m.wait()
		m.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// Decide implements Store.
func (m *Memory) Decide(_ context.Context, by string, body []byte) (Decision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now
	if m.Now != nil {
		now = m.Now
	}
	seq := uint64(1)
	if n := len(m.decisions); n > 0 {
		seq = m.decisions[n-1].Seq + 1
	}
	d := Decision{Seq: seq, Time: now().UTC(), By: by, Body: slices.Clone(body)}
	m.decisions = append(m.decisions, d)
	m.wake()
	return d, nil
}

// Decisions implements Store.
func (m *Memory) Decisions(ctx context.Context, f func(Decision), ready func()) error {
	m.mu.Lock()
	now := slices.Clone(m.decisions)
	m.mu.Unlock()
	for _, d := range now {
		f(d)
	}
	ready()
	at := len(now)
	return m.follow(ctx, func() bool {
		if at == len(m.decisions) {
			return false
		}
		d := m.decisions[at]
		at++
		m.mu.Unlock()
		f(d)
		m.mu.Lock()
		return true
	})
}

// Deny implements Store.
func (m *Memory) Deny(_ context.Context, id string, record []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	seq := uint64(1)
	if n := len(m.denials); n > 0 {
		seq = m.denials[n-1].Seq + 1
	}
	if len(m.denials) >= memoryDenials {
		m.denials = slices.Delete(m.denials, 0, memoryDenials/10)
	}
	m.denials = append(m.denials, Denial{Seq: seq, ID: id, Record: slices.Clone(record)})
	m.wake()
	return nil
}

// Denial implements Store.
func (m *Memory) Denial(_ context.Context, id string) (Denial, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range slices.Backward(m.denials) {
		if d.ID == id {
			return d, nil
		}
	}
	return Denial{}, ErrNoDenial
}

// Denials implements Store.
func (m *Memory) Denials(_ context.Context, before uint64, limit int) (list []Denial, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range slices.Backward(m.denials) {
		if len(list) == limit {
			break
		}
		if before == 0 || d.Seq < before {
			list = append(list, d)
		}
	}
	return list, nil
}

// FollowDenials implements Store.
func (m *Memory) FollowDenials(ctx context.Context, f func(Denial)) error {
	m.mu.Lock()
	last := uint64(0)
	if n := len(m.denials); n > 0 {
		last = m.denials[n-1].Seq
	}
	m.mu.Unlock()
	return m.follow(ctx, func() bool {
		for _, d := range m.denials {
			if d.Seq > last {
				last = d.Seq
				m.mu.Unlock()
				f(d)
				m.mu.Lock()
				return true
			}
		}
		return false
	})
}

// HashKey implements Store.
func (m *Memory) HashKey() [32]byte { return m.Key }

// Up implements Store.
func (m *Memory) Up() bool { return true }

// Pass implements Store: there is no other replica.
func (m *Memory) Pass(context.Context, ...End) error { return nil }

// Passed implements Store.
func (m *Memory) Passed(ctx context.Context, _ func(End)) error {
	<-ctx.Done()
	return nil
}
