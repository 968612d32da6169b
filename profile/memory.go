package profile

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Memory is the Store that forgets with the process: for recorded calls, profile files and tests. The zero Memory is ready; Key may be set before its use.
type Memory struct {
	Key [32]byte         // of the hashes
	Now func() time.Time // of decisions; time.Now where nil

	mu        sync.Mutex
	counts    map[Key]written
	seq       uint64 // of the latest change of counts
	decisions []Decision
	denials   []Denial
	changed   chan struct{} // closed and renewed at each change
}

// written is the value of a count and when it was written. A nil value stays where a count was deleted, so that those who watch hear of it.
type written struct {
	value []byte
	seq   uint64
}

// maxMarkers is how many deleted counts are remembered.
const maxMarkers = 1 << 14

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
	for _, c := range counts {
		m.write(c.Key, c.Value)
	}
	m.wake()
	return nil
}

func (m *Memory) write(k Key, value []byte) {
	if m.counts == nil {
		m.counts = map[Key]written{}
	}
	m.seq++
	m.counts[k] = written{value, m.seq}
}

// Delete implements Store.
func (m *Memory) Delete(_ context.Context, keys ...Key) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range keys {
		m.write(k, nil)
	}
	m.forgetMarkers()
	m.wake()
	return nil
}

func (m *Memory) forgetMarkers() {
	var markers []Key
	for k, w := range m.counts {
		if w.value == nil {
			markers = append(markers, k)
		}
	}
	if len(markers) < 2*maxMarkers {
		return
	}
	slices.SortFunc(markers, func(a, b Key) int { return cmp.Compare(m.counts[a].seq, m.counts[b].seq) })
	for _, k := range markers[:len(markers)-maxMarkers] {
		delete(m.counts, k)
	}
}

// Read implements Store.
func (m *Memory) Read(_ context.Context, f func(Count), keys ...Key) error {
	for _, k := range keys {
		m.mu.Lock()
		value := m.counts[k].value
		m.mu.Unlock()
		if value != nil {
			f(Count{k, value})
		}
	}
	return nil
}

// since returns what changed after a point, in order: of each count its newest value.
func (m *Memory) since(at uint64) (news []Count, now uint64) {
	for k, w := range m.counts {
		if w.seq > at {
			news = append(news, Count{k, w.value})
		}
	}
	slices.SortFunc(news, func(a, b Count) int { return cmp.Compare(m.counts[a.Key].seq, m.counts[b.Key].seq) })
	return news, m.seq
}

// Watch implements Store.
func (m *Memory) Watch(ctx context.Context, f func(Count), ready func()) error {
	m.mu.Lock()
	now, at := m.since(0)
	m.mu.Unlock()
	for _, c := range now {
		f(c)
	}
	ready()
	return m.follow(ctx, func() bool {
		var news []Count
		if news, at = m.since(at); len(news) == 0 {
			return false
		}
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
