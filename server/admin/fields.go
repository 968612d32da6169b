package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"postern/profile"
)

// Field is what was learned of one field, as a rule.
type Field struct {
	Path      string   `json:"path"`
	Calls     int64    `json:"calls" doc:"that have it"`
	Of        int64    `json:"of" doc:"calls of the operation"`
	Required  bool     `json:"required" doc:"a call without it deviates"`
	Rule      string   `json:"rule" doc:"such as: number 0.01…9500, uuid, text ≤ 240: letters"`
	Findings  []string `json:"findings" doc:"classes that are ordinary here"`
	Sensitive []string `json:"sensitive" doc:"kinds of values that must not be kept in clear"`
	Marks     []Mark   `json:"marks" doc:"what operators said of it, oldest first"`
}

// Mark is what an operator said of a field.
type Mark struct {
	Decision  uint64     `json:"decision" doc:"its place in the log"`
	Do        string     `json:"do" enum:"pin,narrow,patch"`
	Caller    string     `json:"caller,omitempty" doc:"only of its calls"`
	Operation string     `json:"operation,omitempty" doc:"only in it"`
	Rule      string     `json:"rule,omitempty"`
	Class     string     `json:"class,omitempty" doc:"of attacks, that a patch is against"`
	Until     *time.Time `json:"until,omitempty"`
}

// FieldPage is the fields of one operation, by path.
type FieldPage struct {
	Fields []Field `json:"fields"`
	Next   string  `json:"next,omitempty" doc:"ask for after=next to see more; absent at the end"`
}

// NewFields makes the API's form of rules.
func NewFields(rules []profile.Rule) []Field {
	list := make([]Field, len(rules))
	for i, r := range rules {
		list[i] = Field{
			Path: r.Path, Calls: int64(r.Calls), Of: int64(r.Of), Required: r.Required, Rule: r.Text,
			Findings: append([]string{}, r.Findings...), Sensitive: append([]string{}, r.Sensitive...), Marks: make([]Mark, len(r.Marks)),
		}
		for k, m := range r.Marks {
			list[i].Marks[k] = Mark{Decision: m.Decision, Do: m.Do, Caller: m.Caller, Operation: m.Operation, Rule: m.Rule, Class: m.Class}
			if !m.Until.IsZero() {
				list[i].Marks[k].Until = &m.Until
			}
		}
	}
	return list
}

type fieldsInput struct {
	Callee    string `query:"callee" required:"true" minLength:"1" maxLength:"2048" doc:"NS/SA or a SPIFFE ID"`
	Operation string `query:"operation" required:"true" minLength:"1" maxLength:"4096"`
	After     string `query:"after" doc:"only fields after this path"`
	Limit     int    `query:"limit" default:"100" minimum:"1" maximum:"500"`
}

func (a *API) fieldRoutes() {
	huma.Register(a.huma, op("list-fields", http.MethodGet, "/fields", "What was learned of each field of an operation, as rules", http.StatusNotFound, http.StatusConflict), a.listFields)
}

func (a *API) listFields(_ context.Context, in *fieldsInput) (*body[FieldPage], error) {
	id, err := a.resolve(in.Callee)
	if err != nil {
		return nil, err
	}
	rules := a.config.Learner.Snapshot().Rules(id, in.Operation)
	if rules == nil {
		return nil, huma.Error404NotFound("nothing was learned of this operation")
	}
	page := FieldPage{Fields: []Field{}}
	for _, f := range NewFields(rules) {
		if f.Path <= in.After {
			continue
		}
		if len(page.Fields) == in.Limit {
			page.Next = page.Fields[in.Limit-1].Path
			break
		}
		page.Fields = append(page.Fields, f)
	}
	return &body[FieldPage]{page}, nil
}
