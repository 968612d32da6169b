package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"text/tabwriter"
	"time"

	"postern/envoy"
	"postern/server/admin"
)

// profileCommands look at and act on what was learned: of the running Postern, or in a profile file.
func profileCommands() []command {
	act := func(do, usage, about string) command {
		return command{"profile " + do, usage, about, actHelp, askFlags, func(flags *flag.FlagSet) action { return bindAct(do, flags) }}
	}
	return []command{
		{"profile list", "[-profile P] [-json]", "list the callees that were learned, and how mature they are", "Lists every callee that was learned: its calls, callers and operations, how many of these may deny, and the mode that holds.", askFlags, bindList},
		{"profile show", "[-profile P] [-json] CALLEE", "show what was learned of one callee", "Shows one callee (NS/SA or a SPIFFE ID): who calls it, its operations, and which levels are mature.", askFlags, bindShow},
		{"profile diff", "[-json] FILE [FILE]", "say what differs between two profiles", diffHelp, askFlags, bindDiff},
		{"profile mode", "[-callee C [-caller D] [-operation O]] [-force] off|shadow|enforce|inherit", "set what Postern may do", modeHelp, askFlags, bindMode},
		{"profile approve", "-denial ID | -callee C [-caller D] [-operation O] [-field PATH] [-class K] [-value V]", "take something for ordinary from now on", approveHelp, askFlags, bindApprove},
		{"profile withdraw", "[-profile P] -decision N", "take an approval back", "Takes back an approval, by its number in postern profile log: what it let pass is judged again. It holds at once, on every replica, and after a restart.", askFlags, bindWithdraw},
		act("pin", "-callee C -operation O -field PATH RULE", "hold a field to a rule, whatever is learned (not in this version)"),
		act("narrow", "-callee C -operation O -field PATH RULE", "narrow what was learned of a field (not in this version)"),
		act("forget", "-callee C [-caller D] [-operation O]", "forget what was learned"),
		act("rollback", "-callee C [-revision N]", "take the last release back (not in this version)"),
		{"profile log", "[-profile P] [-json]", "list what operators decided: the audit log", "Lists every decision in order: when, by whom, and what. The decisions are their own audit log; nothing can be removed from it.", askFlags, bindLog},
		{"profile export", "[-format F -callee C] [-profile P] [-o FILE]", "write what was learned, as a profile file or for others", exportHelp, askFlags, bindExport},
		{"profile import", "FILE", "add a profile file to what was learned", importHelp, askFlags, bindImport},
		{"report", "[-profile P] [-callee C] [-json]", "write what is known of each edge, for a review", reportHelp, askFlags, bindReport},
		{"release", "-callee C [-version V] [-for 1h] [-note WHY]", "announce a release of a callee", "Opens a release window: new operations and fields of the callee are let pass and adopted once they recur and succeed, if they hold no attack. A pipeline calls it before it deploys.", askFlags, bindRelease},
	}
}

// callees reads what was learned, from a file or the running Postern.
func (a *app) callees(ctx context.Context, file string) (list []admin.Callee, err error) {
	if file != "" {
		learner, err := a.openProfile(file)
		if err != nil {
			return nil, err
		}
		for _, v := range learner.Snapshot().Callees() {
			list = append(list, admin.NewCallee(&v))
		}
		return list, nil
	}
	for after := ""; ; {
		var page admin.CalleePage
		if err := a.api(ctx, http.MethodGet, "/callees?limit=500&after="+url.QueryEscape(after), nil, &page); err != nil {
			return nil, err
		}
		list = append(list, page.Callees...)
		if after = page.Next; after == "" {
			return list, nil
		}
	}
}

func bindList(flags *flag.FlagSet) action {
	file := flags.String("profile", "", "a profile file to read, in place of the running Postern")
	asJSON := flags.Bool("json", false, "one JSON object a line")
	return func(ctx context.Context, a *app, args []string) error {
		if len(args) > 0 {
			return usagef("profile list takes no words, got %q", args)
		}
		list, err := a.callees(ctx, *file)
		if err != nil {
			return err
		}
		if *asJSON {
			for i := range list {
				if err := a.json(&list[i]); err != nil {
					return err
				}
			}
			return nil
		}
		a.printCallees(list)
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

func bindShow(flags *flag.FlagSet) action {
	file := flags.String("profile", "", "a profile file to read, in place of the running Postern")
	asJSON := flags.Bool("json", false, "as the admin API has it")
	callee := flags.String("callee", "", "the callee; the same as the word")
	return func(ctx context.Context, a *app, args []string) error {
		if *callee != "" {
			args = append(args, *callee)
		}
		if len(args) != 1 {
			return usagef("profile show wants one callee")
		}
		list, err := a.callees(ctx, *file)
		if err != nil {
			return err
		}
		known := make([]string, len(list))
		for i := range list {
			known[i] = list[i].ID
		}
		id, err := admin.Resolve(args[0], known, a.config.TrustDomain)
		i := slices.Index(known, id)
		if err != nil || i < 0 {
			return errors.Join(fmt.Errorf("nothing was learned of %s", args[0]), err)
		}
		if *asJSON {
			return a.json(&list[i])
		}
		a.printCallee(&list[i])
		return nil
	}
}

func (a *app) printCallee(c *admin.Callee) {
	fmt.Fprintf(a.stdout, "%s\nmode %s, %d calls learned, %d scored: can hold a rate of %s\n\n", c.ID, c.Mode, c.Calls, c.Scored, holds(c))
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CALLER\tMODE\tCALLS\tOPERATIONS")
	for _, o := range c.Callers {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\n", o.Name, o.Mode, o.Calls, len(o.Operations))
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
	for _, id := range c.LeftOut {
		fmt.Fprintf(a.stdout, "left out: %s, whose calls stand far from the others'\n", envoy.Short(id))
	}
}
