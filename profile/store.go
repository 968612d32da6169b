package profile

import (
	"context"
	"errors"
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

// Count is what one replica has counted under one key, in the form of codec.go. A nil Value says that it was deleted.
type Count struct {
	Key   Key
	Value []byte
}

// Decision is one act of an operator, in order, with who and when.
type Decision struct {
	Seq  uint64    // its place in the order, given by the Store, from 1
	Time time.Time // when the Store took it
	By   string    // who: a token's name, a pipeline, "local"
	Body []byte    // an Act: versioned JSON
}

// Denial is one denial or would-be denial as it was recorded.
type Denial struct {
	Seq    uint64 // its place in the order, given by the Store, from 1; old ones leave the stream
	ID     string // the decision id
	Record []byte // JSON, as the decision log has it
}

// End is how a call ended, as a proxy's access log tells.
type End struct {
	ID string // the decision id
	OK bool   // 2xx or 3xx, and gRPC status 0
	At time.Time
}

// ErrNoDenial says that no denial with this id is stored, or no longer.
var ErrNoDenial = errors.New("no such denial")

// Store keeps what the replicas have learned and what operators decided. Its methods may be called from several goroutines.
// What it acknowledged is never lost; all of it survives a restart. What reads until ctx ends goes on by itself after a break; Watch may then tell a count again.
type Store interface {
	// Put replaces this replica's counts under their keys. It may be repeated, whole or in part.
	Put(ctx context.Context, counts ...Count) error
	// Delete drops counts: their day has faded, or they were folded into others.
	Delete(ctx context.Context, keys ...Key) error
	// Watch calls f for every count there is, then ready once, then f for each change by any replica, this one included, until ctx ends.
	Watch(ctx context.Context, f func(Count), ready func()) error

	// Read calls f for each of these counts that is stored, in any order, and returns when all were told.
	Read(ctx context.Context, f func(Count), keys ...Key) error

	// Decide appends a decision and returns it with its place, once it is stored.
	Decide(ctx context.Context, by string, body []byte) (Decision, error)
	// Decisions calls f for every decision in order, then ready once, then f for each new one until ctx ends.
	Decisions(ctx context.Context, f func(Decision), ready func()) error

	// Deny appends a denial to the bounded stream.
	Deny(ctx context.Context, id string, record []byte) error
	// Denial finds one by its decision id, or ErrNoDenial.
	Denial(ctx context.Context, id string) (Denial, error)
	// Denials returns at most limit of them, the newest first, all before the place before (0: from the end).
	Denials(ctx context.Context, before uint64, limit int) ([]Denial, error)
	// FollowDenials calls f for each new denial of any replica until ctx ends.
	FollowDenials(ctx context.Context, f func(Denial)) error

	// Pass tells the other replicas of ends that no call of ours awaited: an Envoy's access log may reach another replica than its checks did. It is told at most once.
	Pass(ctx context.Context, ends ...End) error
	// Passed calls f for each end that another replica passes on, until ctx ends.
	Passed(ctx context.Context, f func(End)) error

	// HashKey is the key of all hashes in the counts; it belongs to the store.
	HashKey() [32]byte
	// Up says whether the store answered last time.
	Up() bool
}
