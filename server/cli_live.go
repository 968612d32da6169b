package server

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"postern/envoy"
	"postern/server/admin"
)

const askFlags = "admin-addr admin-token-file"

const denialsHelp = `
Lists denials and would-be denials of the running Postern, the newest first: when, who called whom, the operation, the first reason and where it stands, and the decision id for postern explain.
Every replica shows all of them, after a restart too. -follow goes on with new ones as they happen.

  postern denials -callee shop/orders -limit 20
  postern denials -follow -json | jq .decision_id`

const statusHelp = `
Shows the running Postern at a glance: its mode, its store, how many checks were answered how, whether the access log is heard, and what was learned of each callee. What needs an operator is said first.`

// liveCommands ask the running Postern.
func liveCommands() []command {
	return []command{
		{"status", "[-json]", "show the running Postern at a glance", statusHelp, askFlags, bindStatus},
		{"denials", "[-follow] [-callee C] [-caller D] [-verdict V] [-limit N] [-json]", "list denials and would-be denials, or follow them", denialsHelp, askFlags, bindDenials},
		{"explain", "[-json] ID", "say why a call was denied, and what would allow it", explainHelp, askFlags, bindExplain},
	}
}

func bindStatus(flags *flag.FlagSet) action {
	asJSON := flags.Bool("json", false, "as the admin API has it")
	return func(ctx context.Context, a *app, _ []string) error {
		var s admin.Status
		if err := a.api(ctx, http.MethodGet, "/status", nil, &s); err != nil {
			return err
		}
		if *asJSON {
			return a.json(s)
		}
		a.printStatus(&s)
		k, err := a.known(ctx, "")
		if err != nil {
			return err
		}
		if len(k.callees) == 0 {
			fmt.Fprintln(a.stdout, "\nnothing was learned yet")
			return nil
		}
		fmt.Fprintln(a.stdout)
		a.printCallees(k.callees)
		return nil
	}
}

// json writes one value for machines.
func (a *app) json(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return a.line(text)
}

func (a *app) printStatus(s *admin.Status) {
	for _, w := range s.Warnings {
		fmt.Fprintln(a.stdout, w)
	}
	up := "up"
	if !s.StoreUp {
		up = "DOWN"
	}
	fmt.Fprintf(a.stdout, "%s\nmode        %s\nstore       %s\nchecks      %s\n", s.Version, s.Mode, up, counts(s.Checks))
	fmt.Fprintf(a.stdout, "errors      %s\naccess log  %s\ndropped     %s\n", counts(s.Errors), counts(s.Ended), counts(s.Dropped))
}

// counts writes the counts that are not zero, by name.
func counts(m map[string]int64) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if m[k] != 0 {
			parts = append(parts, k+" "+strconv.FormatInt(m[k], 10))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func bindDenials(flags *flag.FlagSet) action {
	follow := flags.Bool("follow", false, "go on with new ones as they happen")
	callee := flags.String("callee", "", "only calls to it: NS/SA or a SPIFFE ID")
	caller := flags.String("caller", "", "only calls by it: NS/SA or a SPIFFE ID")
	verdict := flags.String("verdict", "", "only this `verdict`: deny or would-deny")
	limit := flags.Int("limit", 50, "how many")
	asJSON := flags.Bool("json", false, "one JSON object a line, as the decision log")
	return func(ctx context.Context, a *app, args []string) error {
		if len(args) > 0 {
			return usagef("denials takes no words, got %q", args)
		}
		show := func(d *admin.StoredDenial) error {
			if *asJSON {
				return a.json(d)
			}
			return a.line([]byte(denialLine(d)))
		}
		q := url.Values{}
		for name, value := range map[string]string{"callee": *callee, "caller": *caller, "verdict": *verdict} {
			if value != "" {
				q.Set(name, value)
			}
		}
		if *follow {
			return a.follow(ctx, "/denials/stream?"+q.Encode(), show)
		}
		return a.listDenials(ctx, q, *limit, show)
	}
}

func (a *app) listDenials(ctx context.Context, q url.Values, limit int, show func(*admin.StoredDenial) error) error {
	for limit > 0 {
		q.Set("limit", strconv.Itoa(min(limit, 500)))
		var page admin.DenialPage
		if err := a.api(ctx, http.MethodGet, "/denials?"+q.Encode(), nil, &page); err != nil {
			return err
		}
		for i := range page.Denials {
			if err := show(&page.Denials[i]); err != nil {
				return err
			}
		}
		limit -= len(page.Denials)
		if page.Next == 0 {
			break
		}
		q.Set("before", strconv.FormatUint(page.Next, 10))
	}
	return nil
}

// follow reads server-sent events until ctx ends.
func (a *app) follow(ctx context.Context, path string, show func(*admin.StoredDenial) error) error {
	answer, err := a.ask(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // it has no end to check
	lines := bufio.NewReader(answer.Body)
	for {
		line, err := lines.ReadString('\n')
		if ctx.Err() != nil {
			return nil // the reader had enough
		}
		if err != nil {
			return fmt.Errorf("the stream of denials ended: %w", unexpected(err))
		}
		text, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		var d admin.StoredDenial
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			return fmt.Errorf("the stream of denials: %w", err)
		}
		if err := show(&d); err != nil {
			return err
		}
	}
}

func unexpected(err error) error {
	if err == io.EOF { //nolint:errorlint // ReadString gives it bare
		return io.ErrUnexpectedEOF
	}
	return err
}

// denialLine is a denial on one line.
func denialLine(d *admin.StoredDenial) string {
	reason, where := "-", ""
	if len(d.Reasons) > 0 {
		reason, where = d.Reasons[0].Level+"/"+d.Reasons[0].Class, d.Reasons[0].Path
	}
	return fmt.Sprintf("%s  %-10s  %s → %s  %s  %s  %s  %s", d.Time.Local().Format(time.DateTime), d.Verdict, envoy.Short(d.Caller), envoy.Short(d.Callee), operationOr(d), reason, orDash(where), d.DecisionID)
}

func operationOr(d *admin.StoredDenial) string {
	if d.Operation == "" {
		return d.Method
	}
	return d.Operation
}
