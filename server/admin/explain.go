package admin

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"postern/envoy"
	"postern/profile"
)

// Explanation is a denial with what an operator can do about it.
type Explanation struct {
	Denial   Denial   `json:"denial"`
	Expected []Field  `json:"expected" doc:"what is known of the fields that the reasons name, as rules"`
	TraceURL string   `json:"trace_url,omitempty"`
	Allow    []string `json:"allow" doc:"the commands that would allow exactly this, one for each reason that denied"`
	Acts     []Act    `json:"acts" doc:"the same as acts of this API"`
}

func (a *API) explainRoutes() {
	huma.Register(a.huma, op("explain", http.MethodGet, "/explain/{id}", "Why a call was denied, or would have been, and what would allow exactly this", http.StatusNotFound, http.StatusServiceUnavailable), a.explain)
}

func (a *API) explain(ctx context.Context, in *idInput) (*body[Explanation], error) {
	d, err := a.denial(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	e := Explanation{Denial: d.Denial, TraceURL: a.traceURL(d.TraceID), Allow: []string{}, Acts: approvals(&d.Denial)}
	snapshot := a.config.Learner.Snapshot()
	known := snapshot.Services()
	e.Expected = NewFields(slices.DeleteFunc(snapshot.Rules(d.Callee, d.Operation), func(r profile.Rule) bool {
		return !slices.ContainsFunc(d.Reasons, func(why Reason) bool { return why.Path == r.Path })
	}))
	for i := range e.Acts {
		e.Allow = append(e.Allow, command(&e.Acts[i], known))
	}
	return &body[Explanation]{e}, nil
}

// approvals are the narrowest there are: this caller, this operation, this field, this class, this value. Without the value they hold for every value there.
func approvals(d *Denial) []Act {
	acts := []Act{}
	for _, r := range d.Reasons {
		if !r.Mature {
			continue // it denied nothing
		}
		act := Act{Do: "approve", Callee: d.Callee, Caller: d.Caller, Field: r.Path, Value: r.Value}
		if r.Level != "edge" {
			act.Operation = d.Operation
		}
		if r.Level != "edge" && r.Level != "operation" {
			act.Class = r.Class
		}
		if !slices.Contains(acts, act) {
			acts = append(acts, act)
		}
	}
	return acts
}

// command is an approval as the command line has it.
func command(act *Act, known []string) string {
	words := []string{"postern", "profile", "approve", "-callee", shell(shortest(act.Callee, known)), "-caller", shell(shortest(act.Caller, known))}
	for _, f := range []struct{ flag, value string }{{"-operation", act.Operation}, {"-field", act.Field}, {"-class", act.Class}, {"-value", act.Value}} {
		if f.value != "" {
			words = append(words, f.flag, shell(f.value))
		}
	}
	return strings.Join(words, " ")
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
	needs := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("/._:-@%+=,", c)
	}
	if word != "" && !strings.ContainsFunc(word, needs) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
