package server

import (
	"context"
	"time"

	"postern/inspect"
	"postern/profile"
)

// unlearned judges by attacks alone, and learns nothing.
type unlearned struct {
	mode  profile.Mode
	least float64 // score of an attack
}

// Snapshot is itself: nothing changes.
func (u *unlearned) Snapshot() *unlearned { return u }

// Mode is the configured one for every edge.
func (u *unlearned) Mode(profile.Edge) profile.Mode { return u.mode }

// Judge lets attacks speak.
func (u *unlearned) Judge(_ profile.Edge, _ string, t *inspect.Tree) profile.Verdict {
	v := attacksOnly(t, u.least)
	v.Mode = u.mode
	v.WouldDeny = !v.Allow && u.mode != profile.Enforce
	v.Allow = v.Allow || v.WouldDeny
	return v
}

// Saw learns nothing.
func (u *unlearned) Saw(string, time.Time, profile.Edge, string, *inspect.Tree, *profile.Verdict) {}

// Ended learns nothing.
func (u *unlearned) Ended(string, bool, time.Time) {}

// Run waits.
func (u *unlearned) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
