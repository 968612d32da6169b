package admin

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"postern/envoy"
)

// Explanation is a denial with what an operator can do about it.
type Explanation struct {
	Denial   Denial   `json:"denial"`
	TraceURL string   `json:"trace_url,omitempty"`
	Allow    []string `json:"allow" doc:"the commands that would allow exactly this, one for each reason that denied"`
}

func (a *API) explainRoutes() {
	huma.Register(a.huma, op("explain", http.MethodGet, "/explain/{id}", "Why a call was denied, or would have been, and what would allow exactly this", http.StatusNotFound, http.StatusServiceUnavailable), a.explain)
}

func (a *API) explain(ctx context.Context, in *idInput) (*body[Explanation], error) {
	d, err := a.denial(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &body[Explanation]{Explanation{Denial: d.Denial, TraceURL: a.traceURL(d.TraceID), Allow: allowCommands(&d.Denial, a.config.Learner.Snapshot().Services())}}, nil
}

// allowCommands are the narrowest approvals: this caller, this operation, this field, this class, this value. Without -value they hold for every value there.
func allowCommands(d *Denial, known []string) []string {
	commands := []string{}
	for _, r := range d.Reasons {
		if !r.Mature {
			continue // it denied nothing
		}
		words := []string{"postern", "profile", "approve", "-callee", shell(shortest(d.Callee, known)), "-caller", shell(shortest(d.Caller, known))}
		if r.Level != "edge" {
			words = append(words, "-operation", shell(d.Operation))
		}
		if r.Path != "" {
			words = append(words, "-field", shell(r.Path))
		}
		if r.Level != "edge" && r.Level != "operation" {
			words = append(words, "-class", shell(r.Class))
		}
		if r.Value != "" {
			words = append(words, "-value", r.Value)
		}
		if command := strings.Join(words, " "); !slices.Contains(commands, command) {
			commands = append(commands, command)
		}
	}
	return commands
}

// shortest is NS/SA where no other known service is called so.
func shortest(id string, known []string) string {
	short := envoy.Short(id)
	for _, other := range known {
		if other != id && envoy.Short(other) == short {
			return id
		}
	}
	return short
}

// shell quotes a word for a POSIX shell where it must be.
func shell(word string) string {
	plain := word != ""
	for _, c := range word {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("/._:-@%+=,", c)) {
			plain = false
		}
	}
	if plain {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
