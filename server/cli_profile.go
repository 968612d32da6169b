package server

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"

	"postern/profile"
	"postern/server/admin"
)

// profileCommands look at and act on what was learned: of the running Postern, or in a profile file.
func profileCommands() []command {
	return []command{
		{"profile list", "[-profile P] [-json]", "list the callees that were learned, and how mature they are", listHelp, askFlags, bindList},
		{"profile show", "[-operation O] [-caller D] [-profile P] [-json] CALLEE", "show what was learned of one callee, as rules", showHelp, askFlags, bindShow},
		{"profile diff", "[-json] FILE [FILE] | -release N [-profile P]", "say what differs between two profiles, or what a release brought", diffHelp, askFlags, bindDiff},
		{"profile mode", "[-callee C [-caller D] [-operation O]] [-force] off|shadow|enforce|inherit", "set what Postern may do", modeHelp, askFlags, bindMode},
		{"profile approve", "-denial ID | -callee C [-caller D] [-operation O] [-field PATH] [-class K] [-value V]", "take something for ordinary from now on", approveHelp, askFlags, bindApprove},
		{"profile pin", "-callee C [-caller D] [-operation O] -field PATH [RULE]", "hold a field to a rule, whatever is learned", pinHelp, askFlags, func(f *flag.FlagSet) action { return bindRule("pin", f) }},
		{"profile narrow", "-callee C [-caller D] [-operation O] -field PATH RULE", "narrow what was learned of a field", narrowHelp, askFlags, func(f *flag.FlagSet) action { return bindRule("narrow", f) }},
		{"profile patch", "-callee C [-caller D] [-operation O] -field PATH [-class K] [-for 7d] [RULE]", "close a hole in a service for a time", patchHelp, askFlags, func(f *flag.FlagSet) action { return bindRule("patch", f) }},
		{"profile withdraw", "[-profile P] -decision N", "take an approval, a rule, a release, a rollback or a pause back", withdrawHelp, askFlags, bindWithdraw},
		{"profile forget", "-callee C [-caller D] [-operation O]", "forget what was learned", forgetHelp, askFlags, bindForget},
		{"profile rollback", "-callee C [-revision N]", "take back what a release brought", rollbackHelp, askFlags, bindRollback},
		{"profile log", "[-callee C] [-profile P] [-json]", "list what operators decided: the audit log", logHelp, askFlags, bindLog},
		{"profile export", "[-format F -callee C] [-profile P] [-o FILE]", "write what was learned, as a profile file or for others", exportHelp, askFlags, bindExport},
		{"profile import", "FILE", "add a profile file to what was learned", importHelp, askFlags, bindImport},
		{"report", "[-profile P] [-callee C] [-json]", "write what is known of each edge, for a review", reportHelp, askFlags, bindReport},
		{"release", "-callee C [-version V] [-for 1h] [-note WHY]", "announce a release of a callee", releaseHelp, askFlags, bindRelease},
	}
}

const listHelp = `
Lists every callee that was learned: its calls, callers and operations, how many of these may deny by structure and by values, and the mode that holds. CAN HOLD is the smallest rate of false denials that
so many calls can prove: where it is above POSTERN_FALSE_DENY_RATE, nothing but attacks is denied yet.

  postern profile list
  postern profile list -profile shop.json`

// knowledge is what was learned and decided, of the running Postern or in a profile file.
type knowledge struct {
	callees []admin.Callee
	decided []admin.Decided
	fields  func(ctx context.Context, callee, operation string) ([]admin.Field, error)
}

// known reads from a file, or from the running Postern where file is "".
func (a *app) known(ctx context.Context, file string) (k knowledge, err error) {
	if file != "" {
		learner, err := a.openProfile(file)
		if err != nil {
			return k, err
		}
		return knownOf(learner), nil
	}
	k.fields = a.liveFields
	for after := ""; ; {
		var page admin.CalleePage
		if err := a.api(ctx, http.MethodGet, "/callees?limit=500&after="+url.QueryEscape(after), nil, &page); err != nil {
			return k, err
		}
		k.callees = append(k.callees, page.Callees...)
		if after = page.Next; after == "" {
			break
		}
	}
	for after := uint64(0); ; {
		var page admin.DecisionPage
		if err := a.api(ctx, http.MethodGet, fmt.Sprintf("/decisions?limit=500&after=%d", after), nil, &page); err != nil {
			return k, err
		}
		k.decided = append(k.decided, page.Decisions...)
		if after = page.Next; after == 0 {
			return k, nil
		}
	}
}

// knownOf is what a Learner knows.
func knownOf(learner *profile.Learner) (k knowledge) {
	snapshot := learner.Snapshot()
	for _, v := range snapshot.Callees() {
		k.callees = append(k.callees, admin.NewCallee(&v))
	}
	held := learner.InForce()
	for _, d := range learner.Decided() {
		k.decided = append(k.decided, admin.NewDecided(&d, held))
	}
	k.fields = func(_ context.Context, callee, operation string) ([]admin.Field, error) {
		return admin.NewFields(snapshot.Rules(callee, operation)), nil
	}
	return k
}

func bindList(flags *flag.FlagSet) action {
	file := flags.String("profile", "", "a profile file to read, in place of the running Postern")
	asJSON := flags.Bool("json", false, "one JSON object a line")
	return func(ctx context.Context, a *app, args []string) error {
		if len(args) > 0 {
			return usagef("profile list takes no words, got %q", args)
		}
		k, err := a.known(ctx, *file)
		if err != nil {
			return err
		}
		if *asJSON {
			for i := range k.callees {
				if err := a.json(&k.callees[i]); err != nil {
					return err
				}
			}
			return nil
		}
		a.printCallees(k.callees)
		return nil
	}
}

func (a *app) printCallees(list []admin.Callee) {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CALLEE\tMODE\tCALLS\tCALLERS\tOPERATIONS\tSTRUCTURE MATURE\tVALUES MATURE\tCAN HOLD")
	for i := range list {
		c := &list[i]
		structure, value := 0, 0
		for _, o := range c.Operations {
			structure += count(o.Structure)
			value += count(o.Value)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\n", c.Name, c.Mode, c.Calls, len(c.Callers), len(c.Operations), structure, value, holds(c))
	}
	_ = w.Flush() // stdout is gone
}

// holds is the smallest rate of false denials that the calibration calls allow.
func holds(c *admin.Callee) string {
	if c.Scored == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3g %%", 100*c.Holds)
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
