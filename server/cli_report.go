package server

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"postern/envoy"
	"postern/server/admin"
)

const reportHelp = `
Writes what is known of each edge, for a review or an auditor: who calls whom, since when and until when, by which operations, the rules of their fields, which of them carry sensitive kinds of values
(e-mail addresses, card numbers, tokens …), and the denials that are stored. Markdown, or JSON with -json. Values stand nowhere in it.

  postern report > mesh.md
  postern report -profile shop.json -json`

// report is what is known of one callee.
type report struct {
	admin.Callee
	Fields  map[string][]admin.Field `json:"fields"` // by operation
	Denials map[string]int           `json:"denials"`
}

func bindReport(flags *flag.FlagSet) action {
	file := flags.String("profile", "", "a profile file to read, in place of the running Postern")
	callee := flags.String("callee", "", "only this callee: NS/SA or a SPIFFE ID")
	asJSON := flags.Bool("json", false, "one JSON object a line, one a callee")
	return func(ctx context.Context, a *app, args []string) error {
		if len(args) > 0 {
			return usagef("report takes no words, got %q", args)
		}
		list, err := a.reports(ctx, *file, *callee)
		if err != nil {
			return err
		}
		for i := range list {
			if *asJSON {
				if err := a.json(&list[i]); err != nil {
					return err
				}
				continue
			}
			a.printReport(&list[i])
		}
		return nil
	}
}

// reports gathers all from a profile file, or from the running Postern with its denials.
func (a *app) reports(ctx context.Context, file, only string) (list []report, err error) {
	k, err := a.known(ctx, file)
	if err != nil {
		return nil, err
	}
	for i := range k.callees {
		c := &k.callees[i]
		if only != "" && only != c.ID && only != c.Name {
			continue
		}
		r := report{Callee: *c, Fields: map[string][]admin.Field{}, Denials: map[string]int{}}
		for _, o := range c.Operations {
			if r.Fields[o.Name], err = k.fields(ctx, c.ID, o.Name); err != nil {
				return nil, err
			}
		}
		if file == "" {
			err = a.listDenials(ctx, url.Values{"callee": {c.ID}}, 10_000, func(d *admin.StoredDenial) error {
				if len(d.Reasons) > 0 {
					r.Denials[envoy.Short(d.Caller)+" "+d.Reasons[0].Level+"/"+d.Reasons[0].Class]++
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
		list = append(list, r)
	}
	if only != "" && len(list) == 0 {
		return nil, fmt.Errorf("nothing was learned of %s", only)
	}
	return list, nil
}

func (a *app) liveFields(ctx context.Context, callee, operation string) (list []admin.Field, err error) {
	q := url.Values{"callee": {callee}, "operation": {operation}, "limit": {"500"}}
	for {
		var page admin.FieldPage
		if err := a.api(ctx, http.MethodGet, "/fields?"+q.Encode(), nil, &page); err != nil {
			return nil, err
		}
		list = append(list, page.Fields...)
		if page.Next == "" {
			return list, nil
		}
		q.Set("after", page.Next)
	}
}

func (a *app) printReport(r *report) {
	out := a.stdout
	fmt.Fprintf(out, "# %s\n\n`%s`, mode %s, %d calls learned.\n\n", cell(r.Name), cell(r.ID), r.Mode, r.Calls)
	fmt.Fprint(out, "| caller | mode | calls | first seen | last seen | operations | sensitive kinds of values |\n|---|---|---|---|---|---|---|\n")
	for _, c := range r.Callers {
		fmt.Fprintf(out, "| %s | %s | %d | %s | %s | %s | %s |\n", cell(c.Name), c.Mode, c.Calls, c.First.Format(time.DateOnly), c.Last.Format(time.DateOnly), cell(strings.Join(c.Operations, ", ")), strings.Join(c.Sensitive, ", "))
	}
	for _, o := range r.Operations {
		fmt.Fprintf(out, "\n## %s\n\n%d calls of %d callers, from %s to %s.\n\n| field | rule | in | sensitive |\n|---|---|---|---|\n", cell(o.Name), o.Calls, o.Callers, o.First.Format(time.DateOnly), o.Last.Format(time.DateOnly))
		for _, f := range r.Fields[o.Name] {
			fmt.Fprintf(out, "| `%s` | %s | %.3g %% | %s |\n", cell(f.Path), cell(ruleOf(&f)), 100*float64(f.Calls)/max(float64(f.Of), 1), strings.Join(f.Sensitive, ", "))
		}
	}
	if len(r.Denials) > 0 {
		fmt.Fprint(out, "\n## Denials and would-be denials\n\n| caller and reason | stored |\n|---|---|\n")
		for _, k := range sortedKeys(r.Denials) {
			fmt.Fprintf(out, "| %s | %d |\n", cell(k), r.Denials[k])
		}
	}
	fmt.Fprintln(out)
}

// cell keeps a text from ending its table's cell: names of fields and operations are the callers' words.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "`", "'").Replace(s)
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
