package server

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"postern/envoy"
	"postern/profile"
	"postern/server/admin"
)

const logHelp = `
Lists every decision in order: its number, when, by whom, whether it still holds, and what it is. The decisions are their own audit log; nothing can be removed from it. What can be taken back (approvals,
rules, releases, rollbacks, pauses) is "in force" or "over"; postern profile withdraw -decision N takes it back. "postern" is Postern itself: it takes a version that it has not seen for a release, and pauses
learning of a callee whose calls are no longer like those that were learned, until a release is announced, something approved or forgotten, enough callers have shown what is new, or the pause is withdrawn.

  postern profile log -callee shop/orders`

func bindLog(flags *flag.FlagSet) action {
	file := flags.String("profile", "", "a profile file to read, in place of the running Postern")
	asJSON := flags.Bool("json", false, "one JSON object a line, with the act as it was stored")
	callee := flags.String("callee", "", "only what is about this callee: NS/SA or a SPIFFE ID")
	return func(ctx context.Context, a *app, args []string) error {
		if len(args) > 0 {
			return usagef("profile log takes no words, got %q", args)
		}
		k, err := a.known(ctx, *file)
		if err != nil {
			return err
		}
		list := k.decided
		if *callee != "" {
			list = about(list, *callee)
		}
		if !*asJSON {
			a.printDecisions(list)
			return nil
		}
		for i := range list {
			if err := a.json(&list[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// about leaves the decisions on one callee, and those that take such a one back.
func about(list []admin.Decided, callee string) (kept []admin.Decided) {
	numbers := map[uint64]bool{}
	for _, d := range list {
		var act profile.Act
		if json.Unmarshal(d.Act, &act) != nil {
			continue
		}
		if act.Callee != "" && slices.Contains([]string{act.Callee, envoy.Short(act.Callee)}, callee) || act.Do == "withdraw" && numbers[act.Decision] {
			numbers[d.Seq] = true
			kept = append(kept, d)
		}
	}
	return kept
}

func (a *app) printDecisions(list []admin.Decided) {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for i := range list {
		d := &list[i]
		state := map[string]string{"holds": "in force", "over": "over"}[d.State]
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", d.Seq, d.Time.Local().Format(time.DateTime), d.By, orDash(state), sentence(d))
	}
	_ = w.Flush() // stdout is gone
}

// sentence puts an act into words; one of a newer version stands as it was stored.
func sentence(d *admin.Decided) string {
	var act profile.Act
	if json.Unmarshal(d.Act, &act) != nil {
		return string(d.Act)
	}
	text := act.Do
	add := func(word, value string) {
		if value != "" {
			text += word + value
		}
	}
	switch act.Do {
	case "mode":
		add(" ", act.Mode)
	case "pause":
		text += " learning"
	case "withdraw":
		text += fmt.Sprintf(" decision %d", act.Decision)
	case "rollback":
		text += fmt.Sprintf(" of release %d", act.Revision)
	case "pin", "narrow", "patch":
		add(" ", act.Field)
		add(" to ", act.Rule)
		add(" against ", act.Class)
	case "approve":
		add(" ", act.Class)
		add(" at ", act.Field)
		add(" with value ", act.Value)
	}
	add(" version ", act.Version)
	switch {
	case act.Operation != "" && act.Callee != "":
		text += " in " + act.Operation + " of " + envoy.Short(act.Callee)
	case act.Callee != "":
		text += " of " + envoy.Short(act.Callee)
	case act.Do == "mode":
		text += " of the mesh"
	}
	if act.Caller != "" {
		text += " from " + envoy.Short(act.Caller)
	}
	if act.Until != nil {
		text += " until " + act.Until.Local().Format(time.DateTime)
	}
	if act.Force {
		text += ", forced"
	}
	if act.First != "" {
		text += ", first by " + act.First
	}
	add(": ", act.Note)
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, text)
}
