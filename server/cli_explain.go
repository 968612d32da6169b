package server

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"postern/envoy"
	"postern/server/admin"
)

const explainHelp = `
Explains one denial or would-be denial by its decision id (the header x-postern-decision-id of the answer, the decision log, postern denials): who called whom, the layers that were opened, each reason
with its place, what was expected and what came, the address of the trace, and the exact command that would allow exactly this. Every replica can, after a restart too.

  postern explain 4f1c…`

func bindExplain(flags *flag.FlagSet) action {
	asJSON := flags.Bool("json", false, "as the admin API has it")
	return func(ctx context.Context, a *app, args []string) error {
		if len(args) != 1 {
			return usagef("explain wants one decision id")
		}
		var e admin.Explanation
		if err := a.api(ctx, http.MethodGet, "/explain/"+url.PathEscape(args[0]), nil, &e); err != nil {
			return err
		}
		if *asJSON {
			return a.json(e)
		}
		a.printExplanation(&e)
		return nil
	}
}

func (a *app) printExplanation(e *admin.Explanation) {
	d, out := &e.Denial, a.stdout
	word := "denied"
	if d.Verdict == "would-deny" {
		word = "would have been denied (mode " + d.Mode + ")"
	}
	fmt.Fprintf(out, "%s %s at %s\n", d.DecisionID, word, d.Time.Local().Format(time.DateTime))
	fmt.Fprintf(out, "  %s → %s", envoy.Short(d.Caller), envoy.Short(d.Callee))
	if d.Version != "" {
		fmt.Fprintf(out, " (version %s)", d.Version)
	}
	fmt.Fprintf(out, "\n  %s, score %.2f\n\nwhy\n", orDash(d.Operation), d.Score)
	for _, r := range d.Reasons {
		note := ""
		switch {
		case !r.Mature && r.Decision > 0:
			note = " (approved: it denies nothing)"
		case !r.Mature:
			note = " (immature: it denies nothing)"
		}
		fmt.Fprintf(out, "  %s/%s %.2f %s%s\n", r.Level, r.Class, r.Score, r.Path, note)
		if r.Text != "" {
			fmt.Fprintf(out, "      %s\n", r.Text)
		}
		for _, f := range e.Expected {
			if f.Path == r.Path {
				fmt.Fprintf(out, "      ordinary there: %s (in %d of %d calls)\n", f.Rule, f.Calls, f.Of)
			}
		}
	}
	fmt.Fprintf(out, "\nwhat was opened (%d values; bytes: %d decoded, %d opaque, %d unexamined)\n", d.Features.Nodes, d.Features.Decoded, d.Features.Opaque, d.Features.Unexamined)
	for _, l := range d.Features.Layers {
		fmt.Fprintf(out, "  %s\n", l)
	}
	if e.TraceURL != "" {
		fmt.Fprintf(out, "\ntrace\n  %s\n", e.TraceURL)
	}
	if len(e.Allow) > 0 {
		fmt.Fprintf(out, "\nto allow exactly this\n  postern profile approve -denial %s\nwhich does\n", d.DecisionID)
		for _, c := range e.Allow {
			fmt.Fprintf(out, "  %s\n", c)
		}
	}
}
