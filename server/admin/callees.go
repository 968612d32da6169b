package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"postern/envoy"
	"postern/profile"
)

// Callee is what is known of one callee.
type Callee struct {
	ID         string      `json:"id"`
	Name       string      `json:"name" doc:"NS/SA"`
	Mode       string      `json:"mode" doc:"that holds for it"`
	Calls      int64       `json:"calls" doc:"learned"`
	Scored     int64       `json:"scored" doc:"calls that calibration has scored"`
	Holds      float64     `json:"holds" doc:"the smallest rate of false denials that so many calls can hold"`
	EdgeMature bool        `json:"edge_mature" doc:"callers that are not known may be denied"`
	Callers    []Caller    `json:"callers"`
	Operations []Operation `json:"operations"`
	LeftOut    []string    `json:"left_out" doc:"callers whose calls stand out so far that they teach nothing"`
}

// Caller is one caller of a callee.
type Caller struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Mode       string    `json:"mode"`
	Calls      int64     `json:"calls"`
	First      time.Time `json:"first"`
	Last       time.Time `json:"last"`
	Operations []string  `json:"operations"`
	Sensitive  []string  `json:"sensitive" doc:"kinds of values in its calls that must not be kept in clear: e-mail, card number, iban, national id, secret, …"`
}

// Operation is one operation of a callee.
type Operation struct {
	Name      string    `json:"name"`
	Mode      string    `json:"mode"`
	Calls     int64     `json:"calls"`
	Callers   int       `json:"callers"`
	First     time.Time `json:"first"`
	Last      time.Time `json:"last"`
	Fields    int       `json:"fields"`
	Structure bool      `json:"structure_mature" doc:"a structure not known may be denied"`
	Value     bool      `json:"value_mature" doc:"a value not known may be denied"`
	Needs     int64     `json:"needs" doc:"calls until values may be denied at the asked rate"`
}

// CalleePage is some callees, by name.
type CalleePage struct {
	Callees []Callee `json:"callees"`
	Next    string   `json:"next,omitempty" doc:"ask for after=next to see more; absent at the end"`
}

// NewCallee makes the API's form of a view.
func NewCallee(v *profile.CalleeView) Callee {
	c := Callee{
		ID: v.Callee, Name: envoy.Short(v.Callee), Mode: v.Mode.String(), Calls: int64(v.Calls), Scored: int64(v.Scored), Holds: v.Holds, EdgeMature: v.Edge,
		Callers: make([]Caller, len(v.Callers)), Operations: make([]Operation, len(v.Operations)), LeftOut: append([]string{}, v.LeftOut...),
	}
	for i, o := range v.Callers {
		c.Callers[i] = Caller{ID: o.Caller, Name: envoy.Short(o.Caller), Mode: o.Mode.String(), Calls: int64(o.Calls), First: o.First, Last: o.Last, Operations: o.Operations, Sensitive: append([]string{}, o.Sensitive...)}
	}
	for i, o := range v.Operations {
		c.Operations[i] = Operation{
			Name: o.Operation, Mode: o.Mode.String(), Calls: int64(o.Calls), Callers: o.Callers, First: o.First, Last: o.Last, Fields: o.Fields,
			Structure: o.Structure, Value: o.Value, Needs: int64(o.Needs),
		}
	}
	return c
}

type calleesInput struct {
	After string `query:"after" doc:"only callees after this id"`
	Limit int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

type calleeInput struct {
	Callee string `query:"callee" required:"true" minLength:"1" maxLength:"2048" doc:"NS/SA or a SPIFFE ID"`
}

func (a *API) calleeRoutes() {
	huma.Register(a.huma, op("list-callees", http.MethodGet, "/callees", "What was learned, callee by callee"), a.listCallees)
	huma.Register(a.huma, op("get-callee", http.MethodGet, "/callee", "What was learned of one callee", http.StatusNotFound, http.StatusConflict), a.getCallee)
}

func (a *API) listCallees(_ context.Context, in *calleesInput) (*body[CalleePage], error) {
	page := CalleePage{Callees: []Callee{}}
	for _, v := range a.config.Learner.Snapshot().Callees() {
		if v.Callee <= in.After {
			continue
		}
		if len(page.Callees) == in.Limit {
			page.Next = page.Callees[in.Limit-1].ID
			break
		}
		page.Callees = append(page.Callees, NewCallee(&v))
	}
	return &body[CalleePage]{page}, nil
}

func (a *API) getCallee(_ context.Context, in *calleeInput) (*body[Callee], error) {
	id, err := a.resolve(in.Callee)
	if err != nil {
		return nil, err
	}
	v, ok := a.config.Learner.Snapshot().Callee(id)
	if !ok {
		return nil, huma.Error404NotFound("nothing was learned of " + id)
	}
	return &body[Callee]{NewCallee(&v)}, nil
}
