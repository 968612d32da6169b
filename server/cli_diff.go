package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"postern/envoy"
	"postern/profile"
	"postern/server/admin"
)

const diffHelp = `
Says what differs between two profiles, or between a profile file and the running Postern (with one file): services, callers, operations, the rules of fields and what operators said of them that were added
(+), are gone (-), or changed (~). Counts do not count as a difference. Exit 0 whatever differs.

With -release it says what a release brought, by its number in postern profile log: what postern profile rollback would take back.

  postern profile diff before.json after.json
  postern profile diff approved.json
  postern profile diff -release 17`

func bindDiff(flags *flag.FlagSet) action {
	asJSON := flags.Bool("json", false, "one JSON object a line: what, was, is")
	release := flags.Uint64("release", 0, "a release, by its number in postern profile log")
	file := flags.String("profile", "", "of -release: a profile file to read, in place of the running Postern")
	return func(ctx context.Context, a *app, files []string) error {
		var before, after knowledge
		var err error
		switch {
		case *release > 0 && len(files) == 0:
			before, after, err = a.aroundRelease(ctx, *file, *release)
		case *release > 0 || *file != "" || len(files) != 1 && len(files) != 2:
			return usagef("profile diff wants one file or two, or -release and no file but that of -profile")
		default:
			if before, err = a.known(ctx, files[0]); err == nil {
				after, err = a.known(ctx, strings.Join(files[1:], ""))
			}
		}
		if err != nil {
			return err
		}
		was, err := before.facts(ctx)
		if err != nil {
			return err
		}
		is, err := after.facts(ctx)
		if err != nil {
			return err
		}
		return a.printDiff(was, is, *asJSON)
	}
}

// aroundRelease is what would be known had a release been taken back, and what is.
func (a *app) aroundRelease(ctx context.Context, file string, release uint64) (before, after knowledge, err error) {
	var text []byte
	if file != "" {
		text, err = os.ReadFile(file) //nolint:gosec // the operator names it
	} else {
		var answer *http.Response
		if answer, err = a.ask(ctx, http.MethodGet, "/profile", nil); err == nil {
			defer func() { _ = answer.Body.Close() }() // only read
			text, err = io.ReadAll(answer.Body)
		}
	}
	if err != nil {
		return before, after, err
	}
	learner, err := profile.Open(a.config.learning(nil), bytes.NewReader(text))
	if err != nil {
		return before, after, err
	}
	after = knownOf(learner)
	for _, d := range learner.Decided() {
		var act profile.Act
		if d.Seq != release || json.Unmarshal(d.Body, &act) != nil || act.Do != "release" {
			continue
		}
		// The learner is this command's own: nothing of it is written anywhere.
		_, err := learner.Decide(ctx, "local", profile.Act{Do: "rollback", Callee: act.Callee, Revision: release})
		before = knownOf(learner)
		return before, after, err
	}
	return before, after, fmt.Errorf("decision %d is no release", release)
}

// fact is one thing that is known: of a callee, of its callers, of an operation (field "") or of a field.
type fact struct{ callee, operation, field string }

const calledBy = "called by "

// rank has callers stand before operations.
func (f *fact) rank() int {
	switch {
	case f.operation == "":
		return 0
	case strings.HasPrefix(f.operation, calledBy):
		return 1
	}
	return 2
}

// facts are what is known, each by a name that stays the same while it changes.
func (k *knowledge) facts(ctx context.Context) (map[fact]string, error) {
	all := map[fact]string{}
	for i := range k.callees {
		c := &k.callees[i]
		all[fact{c.ID, "", ""}] = "mode " + c.Mode
		for _, who := range c.Callers {
			all[fact{c.ID, calledBy + who.ID, ""}] = strings.Join(who.Sensitive, ", ")
		}
		for _, o := range c.Operations {
			all[fact{c.ID, o.Name, ""}] = ""
			fields, err := k.fields(ctx, c.ID, o.Name)
			if err != nil {
				return nil, err
			}
			for i := range fields {
				all[fact{c.ID, o.Name, fields[i].Path}] = ruleOf(&fields[i])
			}
		}
	}
	return all, nil
}

func ruleOf(f *admin.Field) string {
	words := make([]string, 1, 1+len(f.Marks))
	words[0] = orDash(f.Rule)
	if f.Required {
		words[0] += ", required"
	}
	for i := range f.Marks {
		words = append(words, saidOf(&f.Marks[i]))
	}
	return strings.Join(words, "; ")
}

// printDiff groups what differs by callee and operation. Below an operation that is there on one side only, the fields are the same.
func (a *app) printDiff(was, is map[fact]string, asJSON bool) error {
	all := maps.Clone(was)
	maps.Copy(all, is)
	list := slices.SortedFunc(maps.Keys(all), func(x, y fact) int {
		return cmp.Or(cmp.Compare(x.callee, y.callee), cmp.Compare(x.rank(), y.rank()), cmp.Compare(x.operation, y.operation), cmp.Compare(x.field, y.field))
	})
	var callee, operation string
	for _, f := range list {
		old, had := was[f]
		now, has := is[f]
		if had && has && old == now {
			continue
		}
		if asJSON {
			if err := a.json(map[string]any{"what": f.String(), "was": pointer(old, had), "is": pointer(now, has)}); err != nil {
				return err
			}
			continue
		}
		if f.callee != callee && f.operation != "" {
			fmt.Fprintf(a.stdout, "  %s\n", envoy.Short(f.callee))
		}
		if f.field != "" && (f.operation != operation || f.callee != callee) {
			fmt.Fprintf(a.stdout, "    %s\n", f.operation)
		}
		callee, operation = f.callee, f.operation
		fmt.Fprintln(a.stdout, f.line(old, had, now, has))
	}
	return nil
}

func (f *fact) line(old string, had bool, now string, has bool) string {
	name, indent := envoy.Short(f.callee), ""
	switch {
	case f.field != "":
		name, indent = f.field, "    "
	case strings.HasPrefix(f.operation, calledBy):
		name, indent = calledBy+envoy.Short(strings.TrimPrefix(f.operation, calledBy)), "  "
	case f.operation != "":
		name, indent = f.operation, "  "
	}
	switch {
	case !had:
		return "+ " + indent + name + colon(now)
	case !has:
		return "- " + indent + name + colon(old)
	}
	return "~ " + indent + name + ": " + orDash(old) + " → " + orDash(now)
}

// String names a fact in one line.
func (f fact) String() string {
	return strings.TrimSpace(strings.TrimSpace(f.callee+" "+f.operation) + " " + f.field)
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
