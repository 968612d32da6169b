package profile

import (
	"context"
	"time"
)

// Key names one count of observations. Each is written by one replica only, so that writing it again is safe and the sum over replicas is the truth.
type Key struct {
	Callee    string
	Operation uint64 // hash of the operation; 0: the callee's own
	Caller    string
	Day       int32 // days since 1970-01-01 UTC, of the calls' time
	Replica   string
}

// Decision is one act of an operator, in order, with who and when.
type Decision struct {
	Seq  uint64    // given by the Store
	Time time.Time // of acknowledgement
	By   string    // who: a token's name, a pipeline, "local"
	Body []byte    // versioned JSON: mode, approve, pin, narrow, forget, release, rollback, patch …
}

// Store keeps what the replicas have learned and what operators decided. Its methods may be called from several goroutines.
// All knowledge survives a restart; what a method acknowledged is never lost.
type Store interface {
	// Put replaces this replica's count under key. It may be repeated.
	Put(ctx context.Context, key Key, count []byte) error
	// Delete drops a count: its day has faded, or it was folded into another.
	Delete(ctx context.Context, key Key) error
	// Watch calls f for every count there is, then ready once, then f for each change until ctx ends; a nil count was deleted.
	Watch(ctx context.Context, f func(key Key, count []byte), ready func()) error
	// Decide appends a decision and returns its place once it is stored.
	Decide(ctx context.Context, by string, body []byte) (Decision, error)
	// Decisions calls f for every decision in order, then ready once, then f for each new one until ctx ends.
	Decisions(ctx context.Context, f func(Decision), ready func()) error
	// Deny appends one denial or would-be denial to the bounded stream; Denials reads it from the newest back, at most limit before seq (0: the end).
	Deny(ctx context.Context, record []byte) error
	Denials(ctx context.Context, before uint64, limit int) (records [][]byte, seqs []uint64, err error)
	// HashKey is the key of the hashes in the counts; it belongs to the store.
	HashKey() [32]byte
	// Up says whether the store answers now.
	Up() bool
}
