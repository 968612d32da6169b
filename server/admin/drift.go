package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"postern/profile"
)

// Novelty is new structure of a callee that was let through and is not learned yet.
type Novelty struct {
	Callee       string    `json:"callee"`
	Operation    string    `json:"operation,omitempty"`
	Class        string    `json:"class" doc:"of the reason, such as new-operation or new-field"`
	Path         string    `json:"path,omitempty"`
	First        time.Time `json:"first"`
	Last         time.Time `json:"last"`
	Calls        int       `json:"calls" doc:"that said it and ended well"`
	Callers      []string  `json:"callers" doc:"of those calls"`
	WantsCalls   int       `json:"wants_calls" doc:"how many more until it is learned"`
	WantsCallers int       `json:"wants_callers" doc:"how many more callers; where there are none, an operator approves it or announces a release"`
	Until        time.Time `json:"until" doc:"it waits at least"`
}

// Drift is what waits, by callee and operation.
type Drift struct {
	Novelties []Novelty `json:"novelties"`
	More      int       `json:"more" doc:"how many further ones wait"`
}

type driftInput struct {
	Callee string `query:"callee" maxLength:"2048" doc:"NS/SA or a SPIFFE ID; empty: all"`
}

func (a *API) driftRoutes() {
	huma.Register(a.huma, op("list-drift", http.MethodGet, "/drift", "New structure that waits until enough callers say it, or an operator decides; each replica tells what it saw", http.StatusConflict), a.drift)
}

func (a *API) drift(_ context.Context, in *driftInput) (*body[Drift], error) {
	id, err := a.resolve(in.Callee)
	if err != nil {
		return nil, err
	}
	list := a.config.Learner.Novelties(id)
	shown := list[:min(len(list), maxPage)]
	d := Drift{Novelties: make([]Novelty, len(shown)), More: len(list) - len(shown)}
	for i := range shown {
		d.Novelties[i] = newNovelty(&shown[i])
	}
	return &body[Drift]{d}, nil
}

func newNovelty(n *profile.Novelty) Novelty {
	return Novelty{
		Callee: n.Callee, Operation: n.Operation, Class: n.Class, Path: n.Path, First: n.First, Last: n.Last, Calls: n.Calls, Callers: n.Callers,
		WantsCalls: n.WantsCalls, WantsCallers: n.WantsCallers, Until: n.Until,
	}
}
