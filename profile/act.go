package profile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"postern/inspect"
	"postern/inspect/detect"
	"postern/profile/rule"
)

// Act is one decision of an operator or a pipeline. It is stored as versioned JSON and is its own audit log.
type Act struct {
	V         int        `json:"v"`                // 1
	Do        string     `json:"do"`               // mode, approve, withdraw, pin, narrow, forget, release, rollback, patch; pause, by Postern itself where a callee drifts
	Callee    string     `json:"callee,omitempty"` // empty: the mesh
	Caller    string     `json:"caller,omitempty"`
	Operation string     `json:"operation,omitempty"`
	Field     string     `json:"field,omitempty"`    // printable path
	Mode      string     `json:"mode,omitempty"`     // of mode: off, shadow, enforce, inherit
	Force     bool       `json:"force,omitempty"`    // of mode: although immature
	Rule      string     `json:"rule,omitempty"`     // of pin, narrow and patch: the rule's text, see package rule; a pin without one is to what was learned, see Decide
	Class     string     `json:"class,omitempty"`    // of approve: of the reason; of patch: of the attack
	Value     string     `json:"value,omitempty"`    // of approve: the mark of the only value that it holds for, see Snapshot.Mark
	Decision  uint64     `json:"decision,omitempty"` // of withdraw: the place of the decision that is taken back
	Version   string     `json:"version,omitempty"`  // of release: of the callee
	Seen      bool       `json:"seen,omitempty"`     // of release: nobody announced it, the version was seen
	Until     *time.Time `json:"until,omitempty"`    // of release and patch: when it ends
	Revision  uint64     `json:"revision,omitempty"` // of rollback: the release that is taken back with all after it, by its place; a rollback without one is of the last, see Decide
	Note      string     `json:"note,omitempty"`
	First     string     `json:"first,omitempty"` // of an act that came with a profile file: who decided it there, and when
}

const actVersion = 1

// withdrawable are the acts that withdraw takes back. A mode is replaced by another; what was forgotten is gone.
var withdrawable = []string{"approve", "pin", "narrow", "patch", "release", "rollback", "pause"}

// decisions are the acts in force.
type decisions struct {
	modes     modes
	approvals approvals
	rulings   rulings
	history   history
	pauses    map[string][]uint64 // of learning, by callee: the decisions
	list      []Decision
}

func newDecisions() decisions {
	return decisions{modes: modes{}, history: history{}, pauses: map[string][]uint64{}}
}

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
		return nil
	case "withdraw":
		if a.Decision == 0 {
			return errors.New("profile: withdraw needs the decision that is taken back")
		}
		return nil
	case "approve", "release", "forget", "rollback", "pin", "narrow", "patch", "pause":
	default:
		return fmt.Errorf("profile: unknown act %q", a.Do)
	}
	if a.Callee == "" {
		return fmt.Errorf("profile: %s needs a callee", a.Do)
	}
	switch a.Do {
	case "forget":
		if a.Field != "" {
			return errors.New("profile: what can be forgotten is a callee, a caller or an operation; a field goes with its operation")
		}
		if path := pathOf(a.Operation); path != a.Operation {
			return fmt.Errorf("profile: an action is counted with its path and cannot be forgotten alone: forget %q", path)
		}
	case "pin", "narrow", "patch":
		return a.checkRuling()
	}
	return nil
}

// checkRuling checks what is said of a field.
func (a *Act) checkRuling() error {
	if a.Field == "" {
		return fmt.Errorf("profile: %s needs a field, by its path: body|json.amount", a.Do)
	}
	p, err := inspect.ParsePath(a.Field)
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	switch {
	case a.Do == "patch" && a.Rule == "" && a.Class == "":
		return errors.New("profile: a patch needs a class of attacks or a rule")
	case a.Do != "patch" && a.Rule == "":
		return fmt.Errorf("profile: %s needs a rule, such as: number 0…9500", a.Do)
	case a.Do != "patch" && a.Class != "":
		return fmt.Errorf("profile: %s is about values; a class is for patch and approve", a.Do)
	case a.Class != "" && (!IsAttack(a.Class) || !slices.Contains(detect.Classes(), a.Class)):
		return fmt.Errorf("profile: %q is no class of attacks: there are %v", a.Class, slices.DeleteFunc(detect.Classes(), func(c string) bool { return !IsAttack(c) }))
	case a.Rule == "":
		return nil
	}
	said, err := rule.Parse(a.Rule)
	if err == nil && said.Required() && len(p) < 2 {
		err = fmt.Errorf("profile: %s has no parent: it cannot be required", a.Field)
	}
	return err
}

// parseAct reads an act as it was stored.
func parseAct(body []byte) (a Act, err error) {
	if err = json.Unmarshal(body, &a); err == nil && a.V > actVersion {
		err = ErrNewer
	}
	return a, err
}

// end is when an act that was decided at a time ends by itself, the zero Time where it does not.
func (a *Act) end(decided time.Time) time.Time {
	switch {
	case a.Until != nil:
		return *a.Until
	case a.Do == "release":
		return decided.Add(releaseTime)
	case a.Do == "patch":
		return decided.Add(patchTime)
	}
	return time.Time{}
}

// complete fills in what an act leaves to what is known now, so that its place in the log says all.
func (l *Learner) complete(a *Act) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case a.Callee == "" && a.Do != "withdraw": // check says so
	case a.Do == "pin" && a.Rule == "":
		m := l.models[a.Callee]
		if m == nil || m.operations[a.Operation] == nil {
			return errors.New("profile: a pin without a rule is to what was learned: name an operation that is known")
		}
		for _, d := range m.operations[a.Operation].fields {
			if o := m.operations[a.Operation]; o.path(d) == a.Field {
				a.Rule = d.frozen(d.required(o))
				return nil
			}
		}
		return fmt.Errorf("profile: a pin without a rule is to what was learned: nothing was of %s", a.Field)
	case a.Do == "rollback":
		var err error
		a.Revision, err = l.parsed.history.last(a.Callee, a.Revision)
		return err
	case a.Do == "withdraw":
		if _, ok := l.parsed.standing()[a.Decision]; ok {
			return nil
		}
		return fmt.Errorf("profile: decision %d is no approval, pin, narrowing, patch, release, rollback or pause in force", a.Decision)
	}
	return nil
}

// Decide stores an act and returns it with its place. It holds from the next Snapshot on, which Run makes as soon as the Store tells of it.
func (l *Learner) Decide(ctx context.Context, by string, a Act) (Decision, error) {
	a.V = actVersion
	if err := l.complete(&a); err != nil {
		return Decision{}, err
	}
	if err := a.check(); err != nil {
		return Decision{}, err
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
	if callee := l.applied(d, fresh); callee != "" {
		l.publishOne(callee)
	}
}

// applied publishes what a decision changes at once. It returns the callee whose model must be made anew, if there is one.
func (l *Learner) applied(d Decision, fresh bool) (callee string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.parsed.list); n > 0 && d.Seq <= l.parsed.list[n-1].Seq {
		return ""
	}
	a, err := parseAct(d.Body)
	if err != nil {
		l.config.Log.Error("decision cannot be read, left out", "seq", d.Seq, "error", err)
		return ""
	}
	l.parsed.list = append(l.parsed.list, d)
	if a.Do == "forget" && fresh {
		l.forget(&a, d.Time.Unix())
		callee = a.Callee
	}
	if callee := l.parsed.unpause(&a); callee != "" {
		l.drift.settle(callee)
	}
	if a.Do == "pause" {
		delete(l.drift.raised, a.Callee)
	}
	recount, err := l.parsed.apply(&a, &d)
	if err != nil {
		l.config.Log.Error("decision cannot be applied", "seq", d.Seq, "error", err)
	}
	if recount != "" {
		l.restate(recount)
		callee = recount
	}
	if led := l.ledgers[a.Callee]; a.Do == "release" && led != nil {
		led.stale = true // its versions are no news any more
		callee = a.Callee
	}
	if pathOf(a.Operation) != a.Operation {
		callee = a.Callee // its path has actions, whatever was found
	}
	l.announce()
	if l.starting {
		return "" // models are made once the Store has told all
	}
	return callee
}

// apply changes what is in force, and returns the callee whose counts mean something else now, if there is one.
func (s *decisions) apply(a *Act, d *Decision) (callee string, err error) {
	switch a.Do {
	case "approve":
		s.approvals = s.approvals.add(a, d.Seq)
	case "pin", "narrow", "patch":
		r, err := newRuling(a, d)
		if err != nil {
			return "", err
		}
		s.rulings = s.rulings.add(a.Callee, r)
	case "pause":
		s.pauses[a.Callee] = append(s.pauses[a.Callee], d.Seq)
	case "release":
		s.history.open(a, d)
	case "rollback":
		s.history.rollback(a, d)
		return a.Callee, nil
	case "withdraw":
		s.approvals = s.approvals.withdraw(a.Decision)
		s.rulings = s.rulings.withdraw(a.Decision)
		return s.history.withdraw(a.Decision), nil
	case "mode":
		mode, err := ParseMode(a.Mode)
		if err != nil {
			return "", err
		}
		s.modes[scope{a.Callee, a.Caller, a.Operation}] = mode
	}
	return "", nil
}

// unpause has learning go on where an act says so, and returns the callee.
func (s *decisions) unpause(a *Act) (callee string) {
	switch a.Do {
	case "release", "approve", "forget":
		callee = a.Callee
	case "withdraw":
		for of, list := range s.pauses {
			if slices.Contains(list, a.Decision) {
				callee = of
			}
		}
	}
	delete(s.pauses, callee)
	return callee
}

// standing are the decisions that can be taken back: they were not yet, and nothing has taken their place. Until says when those end that end by themselves.
func (s *decisions) standing() (until map[uint64]time.Time) {
	until = map[uint64]time.Time{}
	for _, list := range s.approvals {
		for _, a := range list {
			until[a.seq] = time.Time{}
		}
	}
	for _, list := range s.rulings {
		for _, r := range list {
			until[r.Decision] = r.Until
		}
	}
	for _, list := range s.pauses {
		for _, seq := range list {
			until[seq] = time.Time{}
		}
	}
	for _, r := range s.history {
		for _, w := range r.opened {
			if w.until > 0 && !r.reverted(w.seq) {
				until[w.seq] = time.Unix(w.until, 0)
			}
		}
		for _, b := range r.back {
			until[b.seq] = time.Time{}
		}
	}
	return until
}

// nextEnd is when the next release or patch ends, seconds since 1970.
func (s *decisions) nextEnd(now time.Time) int64 {
	next := int64(math.MaxInt64)
	for _, r := range s.history {
		for _, w := range r.opened {
			if w.until > now.Unix() {
				next = min(next, w.until)
			}
		}
	}
	for _, list := range s.rulings {
		for _, r := range list {
			if r.Until.After(now) {
				next = min(next, r.Until.Unix()+1)
			}
		}
	}
	return next
}

// Decided returns every decision in force or not, in order.
func (l *Learner) Decided() []Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Decision(nil), l.parsed.list...)
}

// InForce says of each decision that can be taken back whether it still holds: it was not withdrawn, nothing has taken its place, and its time is not over.
func (l *Learner) InForce() map[uint64]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	held, standing := map[uint64]bool{}, l.parsed.standing()
	for _, d := range l.parsed.list {
		if a, err := parseAct(d.Body); err == nil && slices.Contains(withdrawable, a.Do) {
			until, ok := standing[d.Seq]
			held[d.Seq] = ok && (until.IsZero() || until.After(l.now()))
		}
	}
	return held
}
