package server

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"postern/envoy"
	"postern/profile"
	"postern/server/admin"
)

const showHelp = `
Shows one callee (NS/SA or a SPIFFE ID): who calls it and with what sensitive kinds of values, its operations and which levels of them are mature, and of each operation the rules of its fields: in what
share of the calls a field is there, what its values are like, and what operators have said of it. At the end stand the decisions that hold. -operation and -caller show a part.

A rule is what was learned, in words: "number 0.01…9500" is a range, "text ≤ 240: letters, .-" a length in bytes and the characters seen, "one of 4 values" a closed set whose members are kept as hashes.
postern profile pin and narrow take rules written so.

  postern profile show shop/orders
  postern profile show -operation 'POST /orders' shop/orders`

func bindShow(flags *flag.FlagSet) action {
	file := flags.String("profile", "", "a profile file to read, in place of the running Postern")
	asJSON := flags.Bool("json", false, "one JSON object: the callee as the admin API has it, with its fields by operation and the decisions that hold")
	callee := flags.String("callee", "", "the callee; the same as the word")
	operation := flags.String("operation", "", "only this operation")
	caller := flags.String("caller", "", "only the operations of this caller")
	return func(ctx context.Context, a *app, args []string) error {
		if *callee != "" {
			args = append(args, *callee)
		}
		if len(args) != 1 {
			return usagef("profile show wants one callee")
		}
		k, err := a.known(ctx, *file)
		if err != nil {
			return err
		}
		s, err := a.shown(ctx, &k, args[0], *caller, *operation)
		if err != nil {
			return err
		}
		if *asJSON {
			return a.json(s)
		}
		a.printCallee(s)
		if *file != "" {
			return nil // a file holds what was learned alone
		}
		var d admin.Drift
		if err := a.api(ctx, http.MethodGet, "/drift?callee="+url.QueryEscape(s.ID), nil, &d); err != nil {
			return err
		}
		a.printDrift(&d)
		return nil
	}
}

// printDrift tells what is new and not learned yet.
func (a *app) printDrift(d *admin.Drift) {
	const most = 10
	for i := range d.Novelties[:min(len(d.Novelties), most)] {
		n := &d.Novelties[i]
		fmt.Fprintf(a.stdout, "new, not learned yet: %s %s %s: %d calls of %d callers; learned after %d more calls, %d more callers and not before %s, or once approved\n",
			n.Operation, n.Class, n.Path, n.Calls, len(n.Callers), n.WantsCalls, n.WantsCallers, n.Until.Local().Format(time.DateTime))
	}
	if more := len(d.Novelties) - most + d.More; more > 0 {
		fmt.Fprintf(a.stdout, "and %d more\n", more)
	}
}

// shown is one callee with all that is known of it.
type shown struct {
	admin.Callee
	Fields  map[string][]admin.Field `json:"fields"`  // by operation
	Decided []admin.Decided          `json:"decided"` // that holds
}

// shown gathers what is known of one callee, or of a part.
func (a *app) shown(ctx context.Context, k *knowledge, callee, caller, operation string) (*shown, error) {
	ids := make([]string, len(k.callees))
	for i := range k.callees {
		ids[i] = k.callees[i].ID
	}
	id, err := admin.Resolve(callee, ids, a.config.TrustDomain)
	i := slices.Index(ids, id)
	if err != nil || i < 0 {
		return nil, errors.Join(fmt.Errorf("nothing was learned of %s", callee), err)
	}
	s := &shown{Callee: k.callees[i], Fields: map[string][]admin.Field{}, Decided: []admin.Decided{}}
	if caller != "" {
		s.Callers = slices.DeleteFunc(s.Callers, func(c admin.Caller) bool { return caller != c.ID && caller != c.Name })
		if len(s.Callers) == 0 {
			return nil, fmt.Errorf("%s has not called %s", caller, callee)
		}
	}
	s.Operations = slices.DeleteFunc(s.Operations, func(o admin.Operation) bool {
		return operation != "" && o.Name != operation || caller != "" && !slices.Contains(s.Callers[0].Operations, o.Name)
	})
	if operation != "" && len(s.Operations) == 0 {
		return nil, fmt.Errorf("%s has no operation %q: postern profile show %s lists them", callee, operation, callee)
	}
	for _, o := range s.Operations {
		if s.Fields[o.Name], err = k.fields(ctx, id, o.Name); err != nil {
			return nil, err
		}
	}
	for _, d := range k.decided {
		var act profile.Act
		if json.Unmarshal(d.Act, &act) == nil && d.State == "holds" && act.Callee == id {
			s.Decided = append(s.Decided, d)
		}
	}
	return s, nil
}

func (a *app) printCallee(s *shown) {
	c := &s.Callee
	fmt.Fprintf(a.stdout, "%s\nmode %s, %d calls learned, %d scored: can hold a rate of %s\n\n", c.ID, c.Mode, c.Calls, c.Scored, holds(c))
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CALLER\tMODE\tCALLS\tOPERATIONS\tSENSITIVE")
	for _, o := range c.Callers {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\n", o.Name, o.Mode, o.Calls, len(o.Operations), orDash(strings.Join(o.Sensitive, ", ")))
	}
	fmt.Fprintln(w, "\nOPERATION\tMODE\tCALLS\tCALLERS\tFIELDS\tMATURE\tLAST SEEN")
	for _, o := range c.Operations {
		mature := "no"
		switch {
		case o.Structure && o.Value:
			mature = "structure, values"
		case o.Structure:
			mature = fmt.Sprintf("structure (values: %d more calls)", o.Needs)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%s\t%s\n", o.Name, o.Mode, o.Calls, o.Callers, o.Fields, mature, o.Last.Format(time.DateTime))
	}
	_ = w.Flush() // stdout is gone
	for _, o := range c.Operations {
		fmt.Fprintf(a.stdout, "\n%s\n", o.Name)
		printFields(a.stdout, s.Fields[o.Name])
	}
	if len(s.Decided) > 0 {
		fmt.Fprintln(a.stdout, "\nDECIDED, AND IN FORCE")
		a.printDecisions(s.Decided)
	}
	for _, id := range c.LeftOut {
		fmt.Fprintf(a.stdout, "left out: %s, whose calls stand far from the others'\n", envoy.Short(id))
	}
}

// printFields prints rules, each with what operators said of it under it.
func printFields(out io.Writer, fields []admin.Field) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range fields {
		share := "never seen"
		if f.Calls > 0 {
			share = fmt.Sprintf("in %.3g %%", 100*float64(f.Calls)/max(float64(f.Of), 1))
		}
		notes := []string{}
		if f.Required {
			notes = append(notes, "required")
		}
		for _, what := range f.Sensitive {
			notes = append(notes, "sensitive: "+what)
		}
		for _, what := range f.Findings {
			notes = append(notes, what+" is ordinary")
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", f.Path, orDash(f.Rule), share, strings.Join(notes, ", "))
		for _, m := range f.Marks {
			fmt.Fprintf(w, "\t^ %s\t\tdecision %d\n", saidOf(&m), m.Decision)
		}
	}
	_ = w.Flush() // stdout is gone
}

// saidOf puts what an operator said of a field into words.
func saidOf(m *admin.Mark) string {
	text := map[string]string{"pin": "pinned to", "narrow": "narrowed to", "patch": "patched"}[m.Do]
	if m.Class != "" {
		text += " against " + m.Class
	}
	if m.Rule != "" && m.Do == "patch" {
		text += " to"
	}
	if m.Rule != "" {
		text += " " + m.Rule
	}
	if m.Caller != "" {
		text += " from " + envoy.Short(m.Caller)
	}
	if m.Until != nil {
		text += " until " + m.Until.Local().Format(time.DateTime)
	}
	return text
}
