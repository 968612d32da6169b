package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"postern/profile"
	"postern/profile/export"
)

// Act is one decision of an operator, as it is asked for. Callee and caller may be NS/SA where only one trust domain holds it.
type Act struct {
	Do        string     `json:"do" enum:"mode,approve,withdraw,pin,narrow,forget,release,rollback,patch"`
	Callee    string     `json:"callee,omitempty" maxLength:"2048" doc:"empty: the mesh"`
	Caller    string     `json:"caller,omitempty" maxLength:"2048"`
	Operation string     `json:"operation,omitempty" maxLength:"4096"`
	Field     string     `json:"field,omitempty" maxLength:"4096" doc:"printable path"`
	Mode      string     `json:"mode,omitempty" enum:"off,shadow,enforce,inherit," doc:"of mode"`
	Force     bool       `json:"force,omitempty" doc:"although the gate refuses"`
	Rule      string     `json:"rule,omitempty" maxLength:"4096" doc:"of pin and narrow"`
	Class     string     `json:"class,omitempty" maxLength:"64" doc:"of approve and patch"`
	Value     string     `json:"value,omitempty" maxLength:"64" doc:"of approve: the only value it holds for, as explain names it"`
	Decision  uint64     `json:"decision,omitempty" doc:"of withdraw: the approval that is taken back, by its place in the log"`
	Version   string     `json:"version,omitempty" maxLength:"256" doc:"of release: the callee's new version"`
	Until     *time.Time `json:"until,omitempty" doc:"of release and patch: when it ends"`
	Revision  uint64     `json:"revision,omitempty" doc:"of rollback"`
	Note      string     `json:"note,omitempty" maxLength:"1024" doc:"for the log"`
}

// Profile is the act as the learner takes it.
func (a *Act) Profile() profile.Act {
	return profile.Act{
		Do: a.Do, Callee: a.Callee, Caller: a.Caller, Operation: a.Operation, Field: a.Field, Mode: a.Mode, Force: a.Force,
		Rule: a.Rule, Class: a.Class, Value: a.Value, Decision: a.Decision, Version: a.Version, Until: a.Until, Revision: a.Revision, Note: a.Note,
	}
}

// Decided is an act that holds, with its place, when and by whom.
type Decided struct {
	Seq  uint64          `json:"seq"`
	Time time.Time       `json:"time"`
	By   string          `json:"by"`
	Act  json.RawMessage `json:"act" doc:"as it was stored"`

	State string `json:"state,omitempty" enum:"holds,over" doc:"of what can be taken back: whether it still holds, or was withdrawn, replaced, or is past its end"`
}

// NewDecided makes the API's form of a decision. held says which of those that can be taken back hold.
func NewDecided(d *profile.Decision, held map[uint64]bool) Decided {
	one := decided(d)
	if holds, can := held[d.Seq]; can {
		one.State = map[bool]string{true: "holds", false: "over"}[holds]
	}
	return one
}

// DecisionPage is some decisions, oldest first.
type DecisionPage struct {
	Decisions []Decided `json:"decisions"`
	Next      uint64    `json:"next,omitempty" doc:"ask for after=next to see later ones; absent at the end"`
}

type actInput struct{ Body Act }

type decisionsInput struct {
	After uint64 `query:"after" maximum:"9007199254740991" doc:"only those after this place"`
	Limit int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

type exported struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type exportInput struct {
	Callee string `query:"callee" required:"true" minLength:"1" maxLength:"2048" doc:"NS/SA or a SPIFFE ID"`
	Format string `query:"format" required:"true" enum:"openapi,istio,rbac,rego"`
}

type importInput struct {
	RawBody []byte `contentType:"application/json"`
}

func (a *API) actRoutes() {
	act := op("act", http.MethodPost, "/acts", "Decide: set a mode, approve, pin, narrow, patch, forget, announce a release, roll one back, or withdraw an earlier decision", http.StatusConflict, http.StatusNotFound, http.StatusServiceUnavailable)
	huma.Register(a.huma, act, a.act)
	huma.Register(a.huma, op("list-decisions", http.MethodGet, "/decisions", "What operators decided, oldest first: the audit log"), a.listDecisions)
	file := op("export-profile", http.MethodGet, "/profile", "All that was learned and decided, as a profile file")
	file.Responses = answers("A profile file", "application/json", huma.TypeObject)
	huma.Register(a.huma, file, a.exportProfile)
	out := op("export-rules", http.MethodGet, "/export", "One callee's rules for others to enforce or read", http.StatusNotFound, http.StatusConflict)
	out.Responses = answers("YAML, JSON or Rego, by the format", "text/plain", huma.TypeString)
	huma.Register(a.huma, out, a.exportRules)
	in := op("import-profile", http.MethodPut, "/profile", "Add a profile file to what was learned and decided", http.StatusConflict, http.StatusServiceUnavailable)
	in.MaxBodyBytes, in.SkipValidateBody = maxBody, true
	huma.Register(a.huma, in, a.importProfile)
}

// act stores a decision. It is acknowledged only once the store has it.
func (a *API) act(ctx context.Context, in *actInput) (*body[Decided], error) {
	q := in.Body
	var err error
	if q.Callee, err = a.resolve(q.Callee); err != nil {
		return nil, err
	}
	if q.Caller, err = a.resolve(q.Caller); err != nil {
		return nil, err
	}
	if err := a.gate(ctx, &q); err != nil {
		return nil, err
	}
	d, err := a.config.Learner.Decide(ctx, caller(ctx).Name, q.Profile())
	if err != nil && !a.config.Store.Up() {
		return nil, storeError(err)
	}
	if err != nil {
		return nil, huma.Error422UnprocessableEntity("the act cannot be done", err)
	}
	return &body[Decided]{decided(&d)}, nil
}

func decided(d *profile.Decision) Decided {
	return Decided{Seq: d.Seq, Time: d.Time, By: d.By, Act: json.RawMessage(d.Body)}
}

func (a *API) listDecisions(_ context.Context, in *decisionsInput) (*body[DecisionPage], error) {
	page := DecisionPage{Decisions: []Decided{}}
	held := a.config.Learner.InForce()
	for _, d := range a.config.Learner.Decided() {
		if d.Seq <= in.After {
			continue
		}
		if len(page.Decisions) == in.Limit {
			page.Next = page.Decisions[in.Limit-1].Seq
			break
		}
		page.Decisions = append(page.Decisions, NewDecided(&d, held))
	}
	return &body[DecisionPage]{page}, nil
}

func (a *API) exportProfile(context.Context, *struct{}) (*exported, error) {
	var out bytes.Buffer
	if err := a.config.Learner.Save(&out); err != nil {
		return nil, huma.Error500InternalServerError("the profile cannot be written", err)
	}
	return &exported{"application/json", out.Bytes()}, nil
}

func (a *API) exportRules(_ context.Context, in *exportInput) (*exported, error) {
	var out bytes.Buffer
	if err := Export(&out, a.config.Learner.Snapshot(), in.Format, in.Callee, a.config.TrustDomain); err != nil {
		return nil, huma.Error404NotFound(err.Error())
	}
	return &exported{"text/plain; charset=utf-8", out.Bytes()}, nil
}

// Export writes one callee's rules in a format of package export.
func Export(w io.Writer, s *profile.Snapshot, format, callee, trustDomain string) error {
	id, err := Resolve(callee, s.Services(), trustDomain)
	if err != nil {
		return err
	}
	rules := s.Fields(id)
	if rules == nil {
		return fmt.Errorf("nothing was learned of %q", callee)
	}
	text, err := export.Write(format, id, rules)
	if err != nil {
		return fmt.Errorf("%s: %w", format, err)
	}
	_, err = w.Write(text)
	return err
}

// importProfile adds a profile file. It is acknowledged only once the store has all of it.
func (a *API) importProfile(ctx context.Context, in *importInput) (*struct{}, error) {
	if !a.config.Store.Up() {
		return nil, storeError(errors.New("nothing of the file was taken"))
	}
	err := a.config.Learner.Import(ctx, caller(ctx).Name, bytes.NewReader(in.RawBody))
	var not *profile.NotStoredError
	switch {
	case errors.As(err, &not):
		return nil, storeError(err)
	case err != nil:
		return nil, huma.Error409Conflict("the file is not taken", err)
	}
	return nil, nil //nolint:nilnil // 204
}

// resolve finds the SPIFFE ID of a service that is named NS/SA. One that is not known yet is taken for the configured trust domain's.
func (a *API) resolve(name string) (string, error) {
	id, err := Resolve(name, a.config.Learner.Snapshot().Services(), a.config.TrustDomain)
	if err != nil {
		return "", huma.Error409Conflict(fmt.Sprintf("%q: %v", name, err))
	}
	return id, nil
}
