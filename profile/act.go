package profile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Act is one decision of an operator or a pipeline. It is stored as versioned JSON and is its own audit log.
type Act struct {
	V         int        `json:"v"`                // 1
	Do        string     `json:"do"`               // mode, approve, withdraw, pin, narrow, forget, release, rollback, patch
	Callee    string     `json:"callee,omitempty"` // empty: the mesh
	Caller    string     `json:"caller,omitempty"`
	Operation string     `json:"operation,omitempty"`
	Field     string     `json:"field,omitempty"`    // printable path
	Mode      string     `json:"mode,omitempty"`     // of mode: off, shadow, enforce, inherit
	Force     bool       `json:"force,omitempty"`    // of mode: although immature
	Rule      string     `json:"rule,omitempty"`     // of pin and narrow: the rule's text
	Class     string     `json:"class,omitempty"`    // of approve: of the reason; of patch: of the attack
	Value     string     `json:"value,omitempty"`    // of approve: the mark of the only value that it holds for, see Snapshot.Mark
	Decision  uint64     `json:"decision,omitempty"` // of withdraw: the place of the approval that is taken back
	Version   string     `json:"version,omitempty"`
	Until     *time.Time `json:"until,omitempty"` // of release and patch: when it ends
	Revision  uint64     `json:"revision,omitempty"`
	Note      string     `json:"note,omitempty"`
	First     string     `json:"first,omitempty"` // of an act that came with a profile file: who decided it there, and when
}

const actVersion = 1

// decisions are the acts in force.
type decisions struct {
	modes     modes
	approvals approvals
	releases  releases
	list      []Decision
}

func newDecisions() decisions { return decisions{modes: modes{}} }

// ParseMode reads a mode as the command line writes it.
func ParseMode(s string) (Mode, error) {
	for _, m := range []Mode{Inherit, Off, Shadow, Enforce} {
		if m.String() == s {
			return m, nil
		}
	}
	return Inherit, fmt.Errorf("profile: mode %q is none of off, shadow, enforce, inherit", s)
}

func (a *Act) check() error {
	switch a.Do {
	case "mode":
		if _, err := ParseMode(a.Mode); err != nil {
			return err
		}
		if a.Callee == "" && (a.Caller != "" || a.Operation != "") {
			return errors.New("profile: a mode for a caller or an operation needs the callee")
		}
	case "approve", "release", "forget":
		if a.Callee == "" {
			return fmt.Errorf("profile: %s needs a callee", a.Do)
		}
		if a.Do == "forget" && a.Field != "" {
			return errors.New("profile: what can be forgotten is a callee, a caller or an operation; a field goes with its operation")
		}
	case "withdraw":
		if a.Decision == 0 {
			return errors.New("profile: withdraw needs the decision that is taken back")
		}
	case "pin", "narrow", "rollback", "patch":
		return fmt.Errorf("profile: %s is not done by this version: it would be stored and change nothing", a.Do)
	default:
		return fmt.Errorf("profile: unknown act %q", a.Do)
	}
	return nil
}

// Decide stores an act and returns it with its place. It holds from the next Snapshot on, which Run makes as soon as the Store tells of it.
func (l *Learner) Decide(ctx context.Context, by string, a Act) (Decision, error) {
	a.V = actVersion
	if err := a.check(); err != nil {
		return Decision{}, err
	}
	if a.Do == "withdraw" && !l.approved(a.Decision) {
		return Decision{}, fmt.Errorf("profile: decision %d is no approval in force", a.Decision)
	}
	body, err := json.Marshal(a)
	if err != nil {
		return Decision{}, fmt.Errorf("profile: %s: %w", a.Do, err)
	}
	d, err := l.store.Decide(ctx, by, body)
	if err != nil {
		return d, fmt.Errorf("profile: %s: %w", a.Do, err)
	}
	if l.following(d) {
		l.decided(d)
	}
	return d, nil
}

// following says whether a decision comes right after those that were applied. One that does not waits: the Store tells of all in order, and what other replicas
// decided before it must not be passed over.
func (l *Learner) following(d Decision) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.parsed.list)
	return n == 0 && d.Seq == 1 || n > 0 && d.Seq == l.parsed.list[n-1].Seq+1
}

// decided applies a decision once, whoever tells of it first: Decide itself or the Store.
func (l *Learner) decided(d Decision) { l.follow(d, true) }

// follow applies a decision. One that was read with counts which it has already changed is not fresh: what it forgot stays forgotten, and nothing else does.
func (l *Learner) follow(d Decision, fresh bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.parsed.list); n > 0 && d.Seq <= l.parsed.list[n-1].Seq {
		return
	}
	var a Act
	if err := json.Unmarshal(d.Body, &a); err != nil || a.V > actVersion {
		l.config.Log.Error("decision cannot be read, left out", "seq", d.Seq, "error", err)
		return
	}
	l.parsed.list = append(l.parsed.list, d)
	l.apply(&a, &d, fresh)
	l.publish()
}

// approved says whether a decision is an approval in force.
func (l *Learner) approved(seq uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.parsed.approvals.holds(seq)
}

func (l *Learner) apply(a *Act, d *Decision, fresh bool) {
	switch a.Do {
	case "release":
		l.parsed.releases = l.parsed.releases.open(a, d.Time)
	case "forget":
		if fresh {
			l.forget(a, d.Time.Unix())
		}
	case "approve":
		l.parsed.approvals = l.parsed.approvals.add(a, d.Seq)
	case "withdraw":
		l.parsed.approvals = l.parsed.approvals.withdraw(a.Decision)
	case "mode":
		mode, err := ParseMode(a.Mode)
		if err != nil {
			l.config.Log.Error("decision cannot be applied", "error", err)
			return
		}
		l.parsed.modes[scope{a.Callee, a.Caller, a.Operation}] = mode
	}
}

// Decided returns every decision in force or not, in order.
func (l *Learner) Decided() []Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Decision(nil), l.parsed.list...)
}
