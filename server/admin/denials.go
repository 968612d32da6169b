package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"

	"postern/profile"
)

// StoredDenial is a denial with its place in the stream.
type StoredDenial struct {
	Seq uint64 `json:"seq" doc:"its place in the stream"`
	Denial
}

// DenialPage is some denials, newest first.
type DenialPage struct {
	Denials []StoredDenial `json:"denials"`
	Next    uint64         `json:"next,omitempty" doc:"ask for before=next to see older ones; absent at the end"`
}

type denialsInput struct {
	Before  uint64 `query:"before" maximum:"9007199254740991" doc:"only those before this place in the stream; 0: from the newest"`
	Limit   int    `query:"limit" default:"50" minimum:"1" maximum:"500"`
	Caller  string `query:"caller" doc:"NS/SA or a SPIFFE ID"`
	Callee  string `query:"callee" doc:"NS/SA or a SPIFFE ID"`
	Verdict string `query:"verdict" enum:"deny,would-deny,"`
}

func (in *denialsInput) wants(d *Denial) bool {
	return matches(in.Caller, d.Caller) && matches(in.Callee, d.Callee) && (in.Verdict == "" || in.Verdict == d.Verdict)
}

type body[T any] struct{ Body T }

func (a *API) denialRoutes() {
	huma.Register(a.huma, op("list-denials", http.MethodGet, "/denials", "Denials and would-be denials, newest first", http.StatusServiceUnavailable), a.listDenials)
	huma.Register(a.huma, op("get-denial", http.MethodGet, "/denials/{id}", "One denial by its decision id", http.StatusNotFound, http.StatusServiceUnavailable), a.getDenial)
	sse.Register(a.huma, op("follow-denials", http.MethodGet, "/denials/stream", "New denials as they happen, as server-sent events"), map[string]any{"message": StoredDenial{}}, a.followDenials)
}

// listDenials reads back from the newest until the page is full of what was asked for, or enough was looked at.
func (a *API) listDenials(ctx context.Context, in *denialsInput) (*body[DenialPage], error) {
	page := DenialPage{Denials: []StoredDenial{}}
	before := in.Before
	for looked := 0; looked < 20*maxPage; {
		list, err := a.config.Store.Denials(ctx, before, maxPage)
		if err != nil {
			return nil, storeError(err)
		}
		for i := range list {
			before = list[i].Seq
			d, err := readDenial(&list[i])
			if err != nil {
				return nil, huma.Error500InternalServerError("a stored denial cannot be read", err)
			}
			if in.wants(&d.Denial) {
				page.Denials = append(page.Denials, d)
			}
			if len(page.Denials) == in.Limit {
				page.Next = before
				return &body[DenialPage]{page}, nil
			}
		}
		looked += len(list)
		if len(list) < maxPage {
			return &body[DenialPage]{page}, nil
		}
	}
	page.Next = before
	return &body[DenialPage]{page}, nil
}

func readDenial(stored *profile.Denial) (d StoredDenial, err error) {
	if err := json.Unmarshal(stored.Record, &d.Denial); err != nil {
		return d, fmt.Errorf("denial %d: %w", stored.Seq, err)
	}
	d.Seq = stored.Seq
	return d, nil
}

type idInput struct {
	ID string `path:"id" maxLength:"128" doc:"decision id: x-postern-decision-id of the answer"`
}

func (a *API) getDenial(ctx context.Context, in *idInput) (*body[StoredDenial], error) {
	d, err := a.denial(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &body[StoredDenial]{d}, nil
}

func (a *API) denial(ctx context.Context, id string) (StoredDenial, error) {
	stored, err := a.config.Store.Denial(ctx, id)
	if errors.Is(err, profile.ErrNoDenial) {
		return StoredDenial{}, huma.Error404NotFound("no denial with this id is stored, or no longer: only denials and would-be denials are, and the oldest go first")
	}
	if err != nil {
		return StoredDenial{}, storeError(err)
	}
	d, err := readDenial(&stored)
	if err != nil {
		return d, huma.Error500InternalServerError("the stored denial cannot be read", err)
	}
	return d, nil
}

type followInput struct {
	Caller  string `query:"caller" doc:"NS/SA or a SPIFFE ID"`
	Callee  string `query:"callee" doc:"NS/SA or a SPIFFE ID"`
	Verdict string `query:"verdict" enum:"deny,would-deny,"`
}

func (a *API) followDenials(ctx context.Context, in *followInput, send sse.Sender) {
	want := denialsInput{Caller: in.Caller, Callee: in.Callee, Verdict: in.Verdict}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_ = a.config.Store.FollowDenials(ctx, func(stored profile.Denial) { // it ends when the reader goes
		d, err := readDenial(&stored)
		if err != nil || !want.wants(&d.Denial) {
			return
		}
		if send(sse.Message{ID: int(d.Seq), Data: d}) != nil { //nolint:gosec // counts up from 1
			cancel()
		}
	})
}

// storeError is the answer when the store does not.
func storeError(err error) error {
	return huma.Error503ServiceUnavailable("the store does not answer", err)
}
