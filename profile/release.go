package profile

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"postern/inspect"
	"postern/inspect/decode"
)

// A release of a callee, announced or told by a version not seen before, opens a window in which what is new in its structure is let through, and learned once it recurs and
// succeeds. From then on its calls are counted as a revision of their own, so that a rollback takes back what was learned since, and nothing else.

const (
	releaseTime  = time.Hour // of a window that names no end
	releaseCalls = 5         // that end well, until what is new in a release is learned
	maxSeen      = 12        // windows a day that a callee's versions alone may open: one that never stays the same tells of no release
	maxVersion   = 128       // bytes
	seenLead     = 2         // seconds for which a version may have been seen before the Store had it
)

// release is a window.
type release struct {
	seq     uint64 // of the decision; the revision that begins with it
	version string // of the callee; "" is any
	at      int64  // seconds since 1970, by the calls' time
	until   int64
	seen    bool // nobody announced it
}

// rollback takes the revisions from one on back, up to its own.
type rollback struct {
	seq, from uint64
	at        int64
}

// revisions are the releases of one callee, and what was taken back.
type revisions struct {
	opened []release
	back   []rollback
}

// history is that of each callee.
type history map[string]*revisions

func (h history) of(callee string) *revisions {
	if h[callee] == nil {
		h[callee] = &revisions{}
	}
	return h[callee]
}

// open opens a window. Of replicas that see the same version at once, the first does.
func (h history) open(a *Act, d *Decision) {
	r := h.of(a.Callee)
	if a.Seen && r.knows(a.Version) {
		return
	}
	w := release{seq: d.Seq, version: a.Version, at: d.Time.Unix(), until: a.end(d.Time).Unix(), seen: a.Seen}
	if a.Seen {
		w.at -= seenLead
	}
	r.opened = append(r.opened, w)
}

func (r *revisions) knows(version string) bool {
	return r != nil && slices.ContainsFunc(r.opened, func(w release) bool { return w.version == version })
}

// covers says that a release of a version is decided: what it brings is then told from what was before.
func (r *revisions) covers(version string) bool { return r.knows(version) || r.knows("") }

func (h history) rollback(a *Act, d *Decision) {
	r := h.of(a.Callee)
	r.back = append(r.back, rollback{d.Seq, a.Revision, d.Time.Unix()})
}

// withdraw closes the window of a release, or brings back what a rollback took. It returns the callee.
func (h history) withdraw(seq uint64) string {
	for callee, r := range h {
		for i := range r.opened {
			if r.opened[i].seq == seq {
				r.opened[i].until = 0
				return callee
			}
		}
		if i := slices.IndexFunc(r.back, func(b rollback) bool { return b.seq == seq }); i >= 0 {
			r.back = slices.Delete(r.back, i, i+1)
			return callee
		}
	}
	return ""
}

// last is the release that a rollback takes back: the one named, or the last.
func (h history) last(callee string, named uint64) (uint64, error) {
	if r := h[callee]; r != nil {
		for _, w := range slices.Backward(r.opened) {
			if (named == 0 || named == w.seq) && !r.reverted(w.seq) {
				return w.seq, nil
			}
		}
	}
	if named > 0 {
		return 0, fmt.Errorf("profile: decision %d is no release of %s, or was taken back", named, callee)
	}
	return 0, fmt.Errorf("profile: no release of %s is known that could be taken back", callee)
}

// revision is that of a call: the last release or rollback before it, 0 before all of them.
func (h history) revision(callee string, at int64) (seq uint64) {
	r := h[callee]
	if r == nil {
		return 0
	}
	for _, w := range r.opened {
		if w.at <= at {
			seq = max(seq, w.seq)
		}
	}
	for _, b := range r.back {
		if b.at <= at {
			seq = max(seq, b.seq)
		}
	}
	return seq
}

// reverted says that what was learned in a revision was taken back.
func (r *revisions) reverted(revision uint64) bool {
	return r != nil && slices.ContainsFunc(r.back, func(b rollback) bool { return b.from <= revision && revision < b.seq })
}

// releases are the open windows of each callee.
type releases map[string][]release

// windows are those that are open at a time.
func (h history) windows(now int64) releases {
	open := releases{}
	for callee, r := range h {
		for _, w := range r.opened {
			if w.until > now && !r.reverted(w.seq) {
				open[callee] = append(open[callee], w)
			}
		}
	}
	return open
}

// restless says that a callee's versions alone have opened all the windows of a day.
func (r *revisions) restless(now int64) bool {
	n := 0
	if r != nil {
		for _, w := range r.opened {
			if w.seen && w.at > now-86400 {
				n++
			}
		}
	}
	return n >= maxSeen
}

// restate has a callee's model made anew, of other counts than before. The lock is held.
func (l *Learner) restate(callee string) {
	if led := l.ledgers[callee]; led != nil {
		led.stale, led.bound = true, ^uint64(0)
	}
	for n := range l.quarantine {
		if n.callee == callee {
			l.release(n)
		}
	}
}

// unseen says that a version of a known callee is a new one: it is released, whoever failed to announce it.
func (s *Snapshot) unseen(callee, version string) bool {
	m := s.models[callee]
	return m != nil && version != "" && len(version) <= maxVersion && len(m.versions) > 0 && !m.versions[version] && !m.restless && s.maturity(m, nil).edge
}

// renewal is a version of a callee that was seen before anybody announced it.
type renewal struct{ callee, version string }

// renewals are the versions to be taken for a release.
type renewals struct {
	seen   map[renewal]bool
	warned time.Time // that one was not; of keep's goroutine alone
}

// renew takes versions that were seen for releases: decisions like others, so that they hold on every replica and stand in the log.
func (l *Learner) renew(ctx context.Context) {
	l.mu.Lock()
	list := slices.SortedFunc(maps.Keys(l.renewals.seen), func(a, b renewal) int {
		return cmp.Or(cmp.Compare(a.callee, b.callee), cmp.Compare(a.version, b.version))
	})
	clear(l.renewals.seen)
	list = slices.DeleteFunc(list, func(r renewal) bool {
		h := l.parsed.history[r.callee]
		return h.knows(r.version) || h.restless(l.now().Unix())
	})
	l.mu.Unlock()
	for _, r := range list {
		if _, err := l.Decide(ctx, "postern", Act{Do: "release", Callee: r.callee, Version: r.version, Seen: true, Note: "this version was not seen before"}); err != nil {
			if now := time.Now(); now.Sub(l.renewals.warned) > time.Minute {
				l.renewals.warned = now
				l.config.Log.Warn("a callee's new version could not be noted as a release", "callee", r.callee, "version", r.version, "error", err)
			}
			continue // the next call that has it asks again
		}
		l.config.Log.Info("a callee has a new version: its release is open", "callee", r.callee, "version", r.version, "for", releaseTime)
	}
}

// excuse takes new structure for part of a release: what is new is told, may not deny, and waits to recur. An attack, an odd value, what an operator ruled out, or a caller who
// never called is never excused, nor is what is new and has a finding in it or is wrapped.
func (j *judging) excuse(version string) {
	v := j.v
	if v.Allow && !v.WouldDeny {
		return
	}
	open := slices.ContainsFunc(j.s.releases[j.edge.To], func(w release) bool { return w.version == "" || w.version == version })
	if !open && !v.renewed {
		return
	}
	for i := range v.Reasons {
		if r := &v.Reasons[i]; r.Mature && !structureReleased(r) {
			return
		}
	}
	if !j.plain() {
		return
	}
	for i := range v.Reasons {
		if r := &v.Reasons[i]; r.Mature {
			r.Mature = false
			r.Text += "; let through as part of a release"
		}
	}
	v.Allow, v.WouldDeny, v.Released = true, false, true
}

// structureReleased says whether a release may bring what a reason is about.
func structureReleased(r *Reason) bool {
	if r.Decision > 0 {
		return false
	}
	switch r.Class {
	case "new-operation", "new-field", "missing-field", "kind":
		return r.Level == LevelOperation || r.Level == LevelShape
	}
	return false
}

// plain says of all in a call that is new that nothing was found in it and nothing had to be unwrapped.
func (j *judging) plain() bool {
	if len(j.t.Nodes) > len(j.f.Leaves) {
		return false
	}
	for i := range j.f.Leaves {
		if !j.isNew(i) {
			continue
		}
		n := &j.t.Nodes[i]
		if wraps(n) && n.Layer != decode.FormatPercent && n.Layer != decode.FormatPlus || n.Fault != decode.OK {
			return false
		}
	}
	for i := range j.t.Findings {
		f := &j.t.Findings[i]
		if j.isNew(int(f.Node)) && (IsAttack(f.Class) || ownWord(j.t.Nodes[f.Node].Root)) {
			return false
		}
	}
	return true
}

// ownWord says whether what stands in a root is the caller's own word, not what its library puts into headers.
func ownWord(root inspect.Root) bool {
	return root != inspect.HeaderRoot && root != inspect.CookieRoot
}

// isNew says whether leaf i was not there before, or not of its kind.
func (j *judging) isNew(i int) bool {
	if j.seen.operation == nil {
		return true
	}
	l := &j.f.Leaves[i]
	d := j.seen.operation.index.of(l.Field)
	return d == nil || d.kinds>>l.Kind&1 == 0
}
