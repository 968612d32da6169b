package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"postern/envoy"
	"postern/profile"
	"postern/profile/export"
	"postern/server/admin"
)

const modeHelp = `
Sets what Postern may do: off (let pass, learn nothing), shadow (learn and judge, deny nothing), enforce (deny what fails at a mature level, and attacks from the first call), inherit (as the next wider
selector says). Without a selector it is the mesh's mode; the narrowest wins: operation, edge, callee, mesh. It holds at once, on every replica, and after a restart.

Before enforce it shows what would have been denied since yesterday, by operation, and refuses where that is more than POSTERN_FALSE_DENY_RATE or where too little is mature; -force sets it all the same.

  postern profile mode -callee shop/orders enforce
  postern profile mode -callee shop/orders -caller shop/web -operation 'POST /orders' shadow
  postern profile mode shadow`

const actHelp = `
Acts on what was learned of one callee, narrowed by -caller, -operation and -field. postern explain ID prints the exact command for a denial. It holds at once, on every replica, and after a restart; who
did it and when stands in postern profile log.`

const exportHelp = `
Writes what the running Postern has learned and what operators decided as a profile file, to FILE or standard output: for Git, a backup, or postern judge -profile. With -format and -callee it writes
one callee's rules for others instead: openapi (OpenAPI 3.1), istio (AuthorizationPolicy), rbac (Envoy's RBAC filter), rego. Each says in itself what it cannot express.

  postern profile export -o shop.json
  postern profile export -format istio -callee shop/orders | kubectl apply -f -`

// selectors are the flags that say which part of what was learned is meant.
type selectors struct{ file, callee, caller, operation, field, class, value, note string }

func (s *selectors) bind(flags *flag.FlagSet) {
	flags.StringVar(&s.file, "profile", "", "a profile file to act on, in place of the running Postern")
	flags.StringVar(&s.callee, "callee", "", "the service that is called: NS/SA, or a SPIFFE ID where two domains hold it")
	flags.StringVar(&s.caller, "caller", "", "the service that calls")
	flags.StringVar(&s.operation, "operation", "", "the operation, as postern profile show prints it")
}

func (s *selectors) bindAct(flags *flag.FlagSet) {
	s.bind(flags)
	flags.StringVar(&s.field, "field", "", "the field, a path such as body|json.items[].note")
	flags.StringVar(&s.class, "class", "", "the class of the reason, such as sqli or length")
	flags.StringVar(&s.value, "value", "", "the only value it holds for, as explain names it; empty: every value there")
	flags.StringVar(&s.note, "note", "", "why, for the log")
}

func (s *selectors) act(do string) admin.Act {
	return admin.Act{Do: do, Callee: s.callee, Caller: s.caller, Operation: s.operation, Field: s.field, Class: s.class, Value: s.value, Note: s.note}
}

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
		act("approve", "-callee C [-caller D] [-operation O] [-field PATH] [-class K] [-value V]", "take something for ordinary from now on"),
		act("pin", "-callee C -operation O -field PATH RULE", "hold a field to a rule, whatever is learned (not in this version)"),
		act("narrow", "-callee C -operation O -field PATH RULE", "narrow what was learned of a field (not in this version)"),
		act("forget", "-callee C [-caller D] [-operation O]", "forget what was learned"),
		act("rollback", "-callee C [-revision N]", "take the last release back (not in this version)"),
		{"profile log", "[-profile P] [-json]", "list what operators decided: the audit log", "Lists every decision in order: when, by whom, and what. The decisions are their own audit log; nothing can be removed from it.", askFlags, bindLog},
		{"profile export", "[-format F -callee C] [-profile P] [-o FILE]", "write what was learned, as a profile file or for others", exportHelp, askFlags, bindExport},
		{"profile import", "FILE", "add a profile file to what was learned", "Adds a profile file to what the running Postern has learned. The file's hash key must be the store's own, since its hashes mean nothing under another.", askFlags, bindImport},
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

// act does one act on the running Postern, or in a profile file.
func (a *app) act(ctx context.Context, file string, act admin.Act) error {
	if file == "" {
		var d admin.Decided
		if err := a.api(ctx, http.MethodPost, "/acts", act, &d); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "decision %d holds, by %s: %s\n", d.Seq, d.By, d.Act)
		return nil
	}
	learner, err := a.openProfile(file)
	if err != nil {
		return err
	}
	known := learner.Snapshot().Services()
	if act.Callee, err = admin.Resolve(act.Callee, known, a.config.TrustDomain); err != nil {
		return err
	}
	if act.Caller, err = admin.Resolve(act.Caller, known, a.config.TrustDomain); err != nil {
		return err
	}
	d, err := learner.Decide(ctx, "local", profile.Act{
		Do: act.Do, Callee: act.Callee, Caller: act.Caller, Operation: act.Operation, Field: act.Field, Mode: act.Mode, Force: act.Force,
		Rule: act.Rule, Class: act.Class, Value: act.Value, Version: act.Version, Until: act.Until, Revision: act.Revision, Note: act.Note,
	})
	if err != nil {
		return err
	}
	if err := replaceFile(file, learner.Save); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "decision %d stands in %s: %s\n", d.Seq, file, d.Body)
	return nil
}

func bindMode(flags *flag.FlagSet) action {
	var s selectors
	s.bind(flags)
	force := flags.Bool("force", false, "although the gate refuses")
	note := flags.String("note", "", "why, for the log")
	return func(ctx context.Context, a *app, args []string) error {
		if len(args) != 1 {
			return usagef("profile mode wants one of off, shadow, enforce, inherit")
		}
		if _, err := parseMode(args[0]); err != nil {
			return usageError{err}
		}
		act := s.act("mode")
		act.Mode, act.Force, act.Note = args[0], *force, *note
		if act.Callee == "" && (act.Caller != "" || act.Operation != "") {
			return usagef("-caller and -operation narrow a -callee")
		}
		if s.file == "" && act.Mode == "enforce" {
			if err := a.preview(ctx, &act); err != nil {
				return err
			}
		}
		return a.act(ctx, s.file, act)
	}
}

// preview shows what enforce would have denied.
func (a *app) preview(ctx context.Context, act *admin.Act) error {
	q := url.Values{"callee": {act.Callee}, "caller": {act.Caller}, "operation": {act.Operation}}
	var p admin.Preview
	if err := a.api(ctx, http.MethodGet, "/preview?"+q.Encode(), nil, &p); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "since %s: %d calls, of which enforce would have denied %d (%.2g %%; asked: %.2g %%); %.0f %% of the learned calls are of mature operations\n",
		p.Since.Format(time.DateOnly), p.Calls, p.WouldDeny, 100*p.Rate, 100*p.Asked, 100*p.Mature)
	for _, o := range p.Operations {
		fmt.Fprintf(a.stdout, "  %s %s: %d of %d (%s), such as %s\n", envoy.Short(o.Callee), o.Operation, o.WouldDeny, o.Calls, counts(o.Reasons), o.Example)
	}
	return nil
}

func bindAct(do string, flags *flag.FlagSet) action {
	var s selectors
	s.bindAct(flags)
	revision := flags.Uint64("revision", 0, "of rollback: the revision to go back to; 0: before the last")
	return func(ctx context.Context, a *app, args []string) error {
		if s.callee == "" {
			return usagef("profile %s needs -callee", do)
		}
		act := s.act(do)
		act.Revision = *revision
		switch wants := do == "pin" || do == "narrow"; {
		case wants && len(args) == 0:
			return usagef("profile %s wants a rule, such as 'number 0.01…9500'", do)
		case !wants && len(args) > 0:
			return usagef("profile %s takes no words, got %q", do, args)
		}
		act.Rule = strings.Join(args, " ")
		return a.act(ctx, s.file, act)
	}
}

func bindRelease(flags *flag.FlagSet) action {
	var s selectors
	s.bind(flags)
	version := flags.String("version", "", "the callee's new version")
	length := durationValue{new(time.Duration)}
	if err := length.Set("1h"); err != nil {
		panic(err) // a literal
	}
	flags.Var(length, "for", "how long the window stays open")
	note := flags.String("note", "", "why, for the log")
	return func(ctx context.Context, a *app, args []string) error {
		if s.callee == "" || len(args) > 0 {
			return usagef("release wants -callee and no words")
		}
		act := s.act("release")
		until := time.Now().Add(*length.p).UTC()
		act.Version, act.Until, act.Note = *version, &until, *note
		return a.act(ctx, s.file, act)
	}
}

func bindLog(flags *flag.FlagSet) action {
	file := flags.String("profile", "", "a profile file to read, in place of the running Postern")
	asJSON := flags.Bool("json", false, "one JSON object a line")
	return func(ctx context.Context, a *app, _ []string) error {
		list, err := a.decisions(ctx, *file)
		if err != nil {
			return err
		}
		for i := range list {
			d := &list[i]
			if *asJSON {
				if err := a.json(d); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintf(a.stdout, "%d  %s  %s  %s\n", d.Seq, d.Time.Local().Format(time.DateTime), d.By, d.Act)
		}
		return nil
	}
}

func (a *app) decisions(ctx context.Context, file string) (list []admin.Decided, err error) {
	if file != "" {
		learner, err := a.openProfile(file)
		if err != nil {
			return nil, err
		}
		for _, d := range learner.Decided() {
			list = append(list, admin.Decided{Seq: d.Seq, Time: d.Time, By: d.By, Act: json.RawMessage(d.Body)})
		}
		return list, nil
	}
	for after := uint64(0); ; {
		var page admin.DecisionPage
		if err := a.api(ctx, http.MethodGet, fmt.Sprintf("/decisions?limit=500&after=%d", after), nil, &page); err != nil {
			return nil, err
		}
		list = append(list, page.Decisions...)
		if after = page.Next; after == 0 {
			return list, nil
		}
	}
}

func bindExport(flags *flag.FlagSet) action {
	file := flags.String("o", "", "the file to write; empty: standard output")
	from := flags.String("profile", "", "a profile file to read, in place of the running Postern")
	format := flags.String("format", "profile", "`profile`, or one callee's rules for others: "+strings.Join(export.Formats(), ", "))
	callee := flags.String("callee", "", "the callee: NS/SA or a SPIFFE ID")
	return func(ctx context.Context, a *app, _ []string) error {
		if *from != "" {
			return a.exportFile(*from, *format, *callee, *file)
		}
		path := "/profile"
		if *format != "profile" {
			path = "/export?" + url.Values{"format": {*format}, "callee": {*callee}}.Encode()
		}
		answer, err := a.ask(ctx, http.MethodGet, path, nil)
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }() // only read
		if *file == "" {
			_, err = io.Copy(a.stdout, answer.Body)
			return err
		}
		return replaceFile(*file, func(w io.Writer) error {
			_, err := io.Copy(w, answer.Body)
			return err
		})
	}
}

// exportFile writes what a profile file holds.
func (a *app) exportFile(from, format, callee, to string) error {
	learner, err := a.openProfile(from)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if format == "profile" {
		err = learner.Save(&text)
	} else {
		err = admin.Export(&text, learner.Snapshot(), format, callee, a.config.TrustDomain)
	}
	if err != nil {
		return err
	}
	if to == "" {
		_, err = text.WriteTo(a.stdout)
		return err
	}
	return replaceFile(to, func(w io.Writer) error {
		_, err := text.WriteTo(w)
		return err
	})
}

func bindImport(*flag.FlagSet) action {
	return func(ctx context.Context, a *app, files []string) error {
		if len(files) != 1 {
			return usagef("profile import wants one file")
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			return err
		}
		return a.api(ctx, http.MethodPut, "/profile", text, nil)
	}
}
