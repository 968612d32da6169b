package server

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
)

const diffHelp = `
Says what differs between two profiles, or between a profile file and the running Postern (with one file): services, callers, operations and the rules of fields that were added, are gone, or changed.
Counts do not count as a difference. Exit 0 whatever differs.

  postern profile diff before.json after.json
  postern profile diff approved.json`

func bindDiff(flags *flag.FlagSet) action {
	asJSON := flags.Bool("json", false, "one JSON object a line")
	return func(ctx context.Context, a *app, files []string) error {
		if len(files) != 1 && len(files) != 2 {
			return usagef("profile diff wants one file or two")
		}
		before, err := a.reports(ctx, files[0], "")
		if err != nil {
			return err
		}
		with := ""
		if len(files) == 2 {
			with = files[1]
		}
		after, err := a.reports(ctx, with, "")
		if err != nil {
			return err
		}
		was, is := facts(before), facts(after)
		all := maps.Clone(was)
		maps.Copy(all, is)
		for _, what := range slices.Sorted(maps.Keys(all)) {
			old, had := was[what]
			now, has := is[what]
			if had && has && old == now {
				continue
			}
			if *asJSON {
				if err := a.json(map[string]any{"what": what, "was": pointer(old, had), "is": pointer(now, has)}); err != nil {
					return err
				}
				continue
			}
			switch {
			case !had:
				fmt.Fprintf(a.stdout, "+ %s%s\n", what, colon(now))
			case !has:
				fmt.Fprintf(a.stdout, "- %s%s\n", what, colon(old))
			default:
				fmt.Fprintf(a.stdout, "~ %s: %s → %s\n", what, orDash(old), orDash(now))
			}
		}
		return nil
	}
}

// facts are what is known, each by a name that stays the same while it changes.
func facts(list []report) map[string]string {
	all := map[string]string{}
	for i := range list {
		r := &list[i]
		all[r.ID] = ""
		for _, c := range r.Callers {
			all[r.ID+" called by "+c.ID] = ""
		}
		for operation, fields := range r.Fields {
			all[r.ID+" "+operation] = ""
			for _, f := range fields {
				rule := f.Rule
				if f.Required {
					rule += ", required"
				}
				all[r.ID+" "+operation+" "+f.Path] = rule
			}
		}
	}
	return all
}

func colon(s string) string {
	if s == "" {
		return ""
	}
	return ": " + s
}

func pointer(s string, there bool) *string {
	if !there {
		return nil
	}
	return &s
}
