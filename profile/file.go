package profile

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// The profile file is JSON, one count a line, sorted, so that it fits in Git: the same calls in any order give the same bytes.
const fileFormat = "postern-profile/1"

type fileHead struct {
	Format  string         `json:"format"`
	HashKey string         `json:"hash_key"`
	Acts    []fileDecision `json:"decisions"`
	Counts  []fileCount    `json:"counts"`
}

type fileDecision struct {
	Seq  uint64          `json:"seq"`
	Time time.Time       `json:"time"`
	By   string          `json:"by"`
	Act  json.RawMessage `json:"act"`
}

type fileCount struct {
	Callee  string          `json:"callee"`
	Caller  string          `json:"caller"`
	Day     int32           `json:"day"`
	Replica string          `json:"replica,omitempty"`
	Count   json.RawMessage `json:"count"`
}

// ErrNewer says that a profile was written by a newer program.
var ErrNewer = errors.New("profile of a newer version")

// FileKey returns the hash key that a profile file names. data is the whole file.
func FileKey(data []byte) (key [32]byte, err error) {
	var head fileHead
	if err := json.Unmarshal(data, &head); err != nil {
		return key, fmt.Errorf("profile: %w", err)
	}
	return key, head.key(&key)
}

func (h *fileHead) key(key *[32]byte) error {
	if h.Format != fileFormat {
		if len(h.Format) > 16 && h.Format[:16] == fileFormat[:16] {
			return fmt.Errorf("profile: %q: %w", h.Format, ErrNewer)
		}
		return fmt.Errorf("profile: not a profile file: format %q", h.Format)
	}
	raw, err := base64.StdEncoding.DecodeString(h.HashKey)
	if err != nil || len(raw) != len(key) {
		return errors.New("profile: the hash key is damaged")
	}
	copy(key[:], raw)
	return nil
}

// readable says that every decision of the file can be read: one that is left out would be lost when the file is written again.
func (h *fileHead) readable() error {
	last := uint64(0)
	for _, d := range h.Acts {
		if _, err := parseAct(d.Act); err != nil {
			return fmt.Errorf("profile: decision %d: %w", d.Seq, err)
		}
		if d.Seq <= last {
			return fmt.Errorf("profile: decision %d stands after %d", d.Seq, last)
		}
		last = d.Seq
	}
	return nil
}

// Open reads a profile file into a Learner of its own, on a Memory with the file's hash key.
func Open(config Config, r io.Reader) (*Learner, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	key, err := FileKey(data)
	if err != nil {
		return nil, err
	}
	store := &Memory{Key: key}
	l, err := New(config, store)
	if err != nil {
		return nil, err
	}
	if err := l.Load(bytes.NewReader(data)); err != nil {
		return nil, err
	}
	store.decisions = l.Decided() // the next has its place after them
	return l, nil
}

// Load adds a profile file to what is known and publishes; the Store hears of none of it. The file's hash key must be the Store's, else its hashes mean nothing here.
func (l *Learner) Load(r io.Reader) error {
	head, counts, err := l.readFile(r)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.merge(counts)
	l.mu.Unlock()
	for _, d := range head.Acts {
		l.follow(Decision{Seq: d.Seq, Time: d.Time, By: d.By, Body: d.Act}, false)
	}
	l.Publish()
	return nil
}

// readFile reads a whole profile file before anything is changed by it.
func (l *Learner) readFile(r io.Reader) (*fileHead, map[Key]*count, error) {
	var head fileHead
	if err := json.NewDecoder(bufio.NewReaderSize(r, 1<<20)).Decode(&head); err != nil {
		return nil, nil, fmt.Errorf("profile: %w", err)
	}
	var key [32]byte
	if err := head.key(&key); err != nil {
		return nil, nil, err
	}
	if key != l.store.HashKey() {
		return nil, nil, errors.New("profile: the file's hash key is another than the store's: a new store takes the file's where POSTERN_HASH_KEY_FILE names the file")
	}
	if err := head.readable(); err != nil {
		return nil, nil, err
	}
	counts := make(map[Key]*count, len(head.Counts))
	for _, f := range head.Counts {
		c, err := parseCount(f.Count)
		if err != nil {
			return nil, nil, err
		}
		counts[Key{Callee: f.Callee, Operation: c.key(l.key), Caller: f.Caller, Day: f.Day, Replica: f.Replica}] = c
	}
	return &head, counts, nil
}

// merge adds counts. Of two of one key the one with more calls has all that the other has: a key is one replica's, and its counts only grow. The lock is held.
func (l *Learner) merge(counts map[Key]*count) {
	for k, c := range counts {
		en := l.entry(k)
		if en != nil && (en.newer || en.calls() >= c.Calls) {
			continue
		}
		led := l.ledger(k.Callee)
		if led == nil {
			l.stats.dropped.Add(uint64(c.Calls))
			continue
		}
		if en != nil {
			en.shelf = nil // this has all that is there
		}
		l.place(led, k, c)
		l.latest = max(l.latest, c.Last)
		l.dirty[k] = true
		l.resident.Remove(k)
	}
}

// Save writes all that is known as a profile file. Learning goes on meanwhile.
func (l *Learner) Save(w io.Writer) error {
	l.mu.Lock()
	decided := slices.Clone(l.parsed.list)
	keys := l.byName()
	l.mu.Unlock()
	key := l.store.HashKey()
	out := bufio.NewWriterSize(w, 1<<20)
	head, err := json.Marshal(base64.StdEncoding.EncodeToString(key[:]))
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	fmt.Fprintf(out, "{\"format\":%q,\"hash_key\":%s,\n\"decisions\":[", fileFormat, head)
	for i, d := range decided {
		line, err := json.Marshal(fileDecision{d.Seq, d.Time, d.By, d.Body})
		if err != nil {
			return fmt.Errorf("profile: decision %d: %w", d.Seq, err)
		}
		writeLine(out, i, line)
	}
	out.WriteString("\n],\n\"counts\":[") //nolint:errcheck // Flush tells
	written := 0
	for some := range slices.Chunk(keys, atOnce) {
		counts, err := l.whole(some)
		if err != nil {
			return err
		}
		for _, k := range some {
			if counts[k] == nil {
				continue // forgotten meanwhile
			}
			line, err := fileLine(k, counts[k])
			if err != nil {
				return fmt.Errorf("profile: %w", err)
			}
			writeLine(out, written, line)
			written++
		}
	}
	out.WriteString("\n]}\n") //nolint:errcheck // Flush tells
	if err := out.Flush(); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}

func fileLine(k Key, c *count) ([]byte, error) {
	value, err := c.text()
	if err != nil {
		return nil, err
	}
	return json.Marshal(fileCount{k.Callee, k.Caller, k.Day, k.Replica, value})
}

// byName are the keys of all counts, in the order of a file. The lock is held.
func (l *Learner) byName() []Key {
	names := map[Key]string{}
	for _, led := range l.ledgers {
		for k, en := range led.entries {
			if !en.newer {
				names[k], _ = en.operation()
			}
		}
	}
	return slices.SortedFunc(maps.Keys(names), func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Callee, b.Callee), cmp.Compare(names[a], names[b]),
			cmp.Compare(a.Caller, b.Caller), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Replica, b.Replica), cmp.Compare(a.Operation, b.Operation))
	})
}

// whole are the counts of some keys, those on the shelf read from the Store. They are shared: nobody changes them.
//
//nolint:contextcheck,nolintlint // as Publish
func (l *Learner) whole(keys []Key) (counts map[Key]*count, err error) {
	counts = map[Key]*count{}
	var shelved []Key
	l.mu.Lock()
	for _, k := range keys {
		en := l.entry(k)
		if en == nil {
			continue
		}
		if en.open != nil {
			en.open.shared = true
			counts[k] = l.spelled(k.Callee, en.open)
		}
		if en.shelf != nil {
			shelved = append(shelved, k)
		}
	}
	l.mu.Unlock()
	if len(shelved) == 0 {
		return counts, nil
	}
	err = l.readAgain(context.Background(), shelved, func(k Key, n *count) {
		if more := counts[k]; more != nil {
			n.absorb(more)
		}
		counts[k] = n
	})
	return counts, err
}

// readAgain calls f with each of these counts that the Store has.
func (l *Learner) readAgain(ctx context.Context, keys []Key, f func(Key, *count)) error {
	var bad error
	err := l.store.Read(ctx, func(c Count) {
		n, err := decodeCount(c.Value)
		if err != nil {
			bad = err
			return
		}
		f(c.Key, n)
	}, keys...)
	if err != nil {
		return fmt.Errorf("profile: read %d counts: %w", len(keys), err)
	}
	return bad
}

func writeLine(out *bufio.Writer, i int, line []byte) {
	if i > 0 {
		out.WriteByte(',') //nolint:errcheck // Flush tells
	}
	out.WriteByte('\n') //nolint:errcheck // Flush tells
	out.Write(line)     //nolint:errcheck // Flush tells
}
