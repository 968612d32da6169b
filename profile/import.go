package profile

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"postern/profile/sketch"
)

// NotStoredError says that an import broke off because the Store did not take it. It may be repeated: what was taken already is not taken twice.
type NotStoredError struct{ Problem error }

func (e *NotStoredError) Error() string {
	return "profile: the Store did not take the whole file; import it again: " + e.Problem.Error()
}

// Unwrap gives the Store's own error.
func (e *NotStoredError) Unwrap() error { return e.Problem }

// Import adds a profile file to what is known and returns once the Store has all of it. Its acts become acts of whoever imports, in the file's order, each with who first
// decided it and when. What an act in the file has taken back or forgotten is not imported, since the file is as it left it. Releases come first: by their places here it is
// told what was learned in each.
func (l *Learner) Import(ctx context.Context, by string, r io.Reader) error {
	head, counts, err := l.readFile(r)
	if err != nil {
		return err
	}
	acts, past, err := inForce(head.Acts)
	if err != nil {
		return err
	}
	places := map[uint64]uint64{} // of releases: from the file's to ours
	for _, release := range []bool{true, false} {
		for _, a := range acts {
			if (a.Do == "release") != release {
				continue
			}
			place, known := l.knows(&a)
			if !known {
				d, err := l.Decide(ctx, by, a.Act)
				if err != nil {
					return &NotStoredError{err}
				}
				place = d.Seq
			}
			places[a.first.Seq] = place
		}
		if !release {
			break
		}
		l.mu.Lock()
		l.merge(past.replace(l.key, counts, places))
		l.mu.Unlock()
		if err := l.flush(ctx); err != nil {
			return &NotStoredError{err}
		}
	}
	l.Publish()
	return nil
}

// replace gives counts the releases' places here. What was learned in releases that were taken back is left out; what was after that belongs to the release before it.
func (h history) replace(key sketch.Key, counts map[Key]*count, places map[uint64]uint64) map[Key]*count {
	out := make(map[Key]*count, len(counts))
	for k, c := range counts {
		if r := h[k.Callee]; r != nil && c.Release > 0 {
			if r.reverted(c.Release) {
				continue
			}
			c.Release = places[r.standing(c.Release)]
		}
		k.Operation = c.key(key)
		if old := out[k]; old != nil {
			old.absorb(c)
		} else {
			out[k] = c
		}
	}
	return out
}

// standing is the last release up to a revision that was not taken back, 0 where there is none.
func (r *revisions) standing(revision uint64) (seq uint64) {
	for _, w := range r.opened {
		if w.seq <= revision && !r.reverted(w.seq) {
			seq = max(seq, w.seq)
		}
	}
	return seq
}

// imported is an act of a file, and the decision it was there.
type imported struct {
	Act
	first fileDecision
}

// inForce reads the acts that a file's profile stands under, and the releases that it has been through.
func inForce(decided []fileDecision) (list []imported, past history, err error) {
	all := newDecisions()
	for _, d := range decided {
		a, err := parseAct(d.Act)
		if err == nil {
			err = a.check()
		}
		if err != nil {
			return nil, nil, fmt.Errorf("decision %d of the file: %w", d.Seq, err)
		}
		if _, err := all.apply(&a, &Decision{Seq: d.Seq, Time: d.Time}); err != nil {
			return nil, nil, fmt.Errorf("decision %d of the file: %w", d.Seq, err)
		}
		switch a.Do {
		case "forget", "rollback", "pause":
		case "withdraw":
			list = slices.DeleteFunc(list, func(i imported) bool { return i.first.Seq == a.Decision && i.Do != "release" })
		default:
			if end := a.end(d.Time); !end.IsZero() {
				a.Until = &end // it is not to last longer for being decided again
			}
			if a.First == "" {
				a.First = fmt.Sprintf("%s, %s, decision %d", d.By, d.Time.UTC().Format(time.RFC3339Nano), d.Seq)
			}
			list = append(list, imported{a, d})
		}
	}
	standing := all.standing()
	for i := range list {
		if _, open := standing[list[i].first.Seq]; list[i].Do == "release" && !open {
			a := &list[i]
			a.Until = &a.first.Time // its window was closed
		}
	}
	return slices.DeleteFunc(list, func(i imported) bool {
		return i.Do == "release" && all.history[i.Callee].reverted(i.first.Seq)
	}), all.history, nil
}

// knows says whether an act of a file was decided here, or imported before, and its place here.
func (l *Learner) knows(a *imported) (place uint64, known bool) {
	for _, d := range l.Decided() {
		if old, err := parseAct(d.Body); err == nil && (old.First == a.First || d.Seq == a.first.Seq && d.By == a.first.By && d.Time.Equal(a.first.Time)) {
			return d.Seq, true
		}
	}
	return 0, false
}
