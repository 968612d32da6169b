package profile

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// NotStoredError says that an import broke off because the Store did not take it. It may be repeated: what was taken already is not taken twice.
type NotStoredError struct{ Problem error }

func (e *NotStoredError) Error() string {
	return "profile: the Store did not take the whole file; import it again: " + e.Problem.Error()
}

// Unwrap gives the Store's own error.
func (e *NotStoredError) Unwrap() error { return e.Problem }

// Import adds a profile file to what is known and returns once the Store has all of it. Its acts become acts of whoever imports, in the file's order, each with who first
// decided it and when. What an act in the file has taken back or forgotten is not imported, since the file is as it left it.
func (l *Learner) Import(ctx context.Context, by string, r io.Reader) error {
	head, counts, err := l.readFile(r)
	if err != nil {
		return err
	}
	acts, err := inForce(head.Acts)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.merge(counts)
	l.mu.Unlock()
	if err := l.flush(ctx); err != nil {
		return &NotStoredError{err}
	}
	for _, a := range acts {
		if l.knows(&a) {
			continue
		}
		if _, err := l.Decide(ctx, by, a.Act); err != nil {
			return &NotStoredError{err}
		}
	}
	l.Publish()
	return nil
}

// imported is an act of a file, and the decision it was there.
type imported struct {
	Act
	first fileDecision
}

// inForce reads the acts that a file's profile stands under.
func inForce(decisions []fileDecision) (list []imported, err error) {
	for _, d := range decisions {
		var a Act
		if err := json.Unmarshal(d.Act, &a); err != nil {
			return nil, fmt.Errorf("profile: decision %d of the file: %w", d.Seq, err)
		}
		if a.V > actVersion {
			return nil, fmt.Errorf("profile: decision %d of the file: %w", d.Seq, ErrNewer)
		}
		if err := a.check(); err != nil {
			return nil, fmt.Errorf("decision %d of the file: %w", d.Seq, err)
		}
		switch a.Do {
		case "forget":
		case "withdraw":
			list = slices.DeleteFunc(list, func(i imported) bool { return i.first.Seq == a.Decision })
		default:
			if a.First == "" {
				a.First = fmt.Sprintf("%s, %s, decision %d", d.By, d.Time.UTC().Format(time.RFC3339Nano), d.Seq)
			}
			list = append(list, imported{a, d})
		}
	}
	return list, nil
}

// knows says whether an act of a file was decided here, or imported before.
func (l *Learner) knows(a *imported) bool {
	return slices.ContainsFunc(l.Decided(), func(d Decision) bool {
		var old Act
		if json.Unmarshal(d.Body, &old) != nil {
			return false
		}
		return old.First == a.First || d.Seq == a.first.Seq && d.By == a.first.By && d.Time.Equal(a.first.Time)
	})
}
