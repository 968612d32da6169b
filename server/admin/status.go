package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Program is how the program itself is: what neither the learner nor the store knows.
type Program struct {
	Mode     string           `json:"mode" doc:"of the mesh"`
	Warnings []string         `json:"warnings" doc:"what an operator should know though calls are answered"`
	Checks   map[string]int64 `json:"checks" doc:"verdicts since the start, by word"`
	Errors   map[string]int64 `json:"errors" doc:"calls answered without a verdict, by kind"`
	Ended    map[string]int64 `json:"ended" doc:"access log entries since the start: ok, failed, unchecked"`
	Dropped  map[string]int64 `json:"dropped" doc:"what there was no room for: learn, log, record"`
}

// Status is the program, its store and what was learned at a glance.
type Status struct {
	Version string `json:"version"`
	StoreUp bool   `json:"store_up"`
	Program
}

func (a *API) statusRoutes() {
	huma.Register(a.huma, op("get-status", http.MethodGet, "/status", "The program, its store and what was learned, at a glance"), a.status)
}

func (a *API) status(context.Context, *struct{}) (*body[Status], error) {
	return &body[Status]{Status{Version: a.config.Version, StoreUp: a.config.Store.Up(), Program: a.config.Program()}}, nil
}
