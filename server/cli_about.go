package server

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"
)

// aboutCommands tell about the program itself.
func aboutCommands() []command {
	return []command{
		{
			"env", "[-json | -markdown]", "list every variable: its value now, its default, what it means",
			"Lists every variable with the value that holds now (from the environment or a flag), its default and its meaning. Secrets are in files, so nothing shown here is one.", "", bindEnv,
		},
		{
			"health", "", "ask the running Postern whether it is ready (exit 0 or 1)",
			"Asks /readyz on the metrics address and prints the answer: made for container health checks.", "metrics-addr", bindHealth,
		},
		{"version", "", "print the version", "Prints the version, the commit it was built from, and Go's version.", "", func(*flag.FlagSet) action { return printVersion }},
		{"help", "[COMMAND]", "say how a command is called", "Says what a command does and how it is called.", "", func(*flag.FlagSet) action { return printHelp }},
	}
}

func bindEnv(flags *flag.FlagSet) action {
	asJSON := flags.Bool("json", false, "one JSON object a line")
	asMarkdown := flags.Bool("markdown", false, "the table as README has it: names, defaults and meanings")
	return func(_ context.Context, a *app, args []string) error {
		if len(args) > 0 {
			return usagef("env takes no words, got %q", args)
		}
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		for i, v := range a.config.variables() {
			switch {
			case *asJSON:
				line, err := json.Marshal(map[string]string{"name": v.name, "flag": "-" + v.flag(), "value": v.value.String(), "default": v.initial, "meaning": v.meaning})
				if err != nil {
					return err
				}
				fmt.Fprintf(a.stdout, "%s\n", line)
			case *asMarkdown:
				if i == 0 {
					fmt.Fprint(a.stdout, "| variable | default | meaning |\n|---|---|---|\n")
				}
				fmt.Fprintf(a.stdout, "| `%s` | %s | %s |\n", v.name, code(v.initial), v.meaning)
			default:
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", v.name, orDash(v.value.String()), orDash(v.initial), strings.ReplaceAll(v.meaning, "`", ""))
			}
		}
		return w.Flush()
	}
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func bindHealth(*flag.FlagSet) action {
	return func(ctx context.Context, a *app, _ []string) error {
		if len(a.config.MetricsAddr) == 0 {
			return fmt.Errorf("there is no metrics address to ask (POSTERN_METRICS_ADDR is off)")
		}
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		client, base := clientFor(a.config.MetricsAddr[0])
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err != nil {
			return fmt.Errorf("not running, or not at %s: %w", a.config.MetricsAddr[0], err)
		}
		defer func() { _ = answer.Body.Close() }() // read to its end
		text, err := readShort(answer.Body)
		if err != nil {
			return fmt.Errorf("health: %w", err)
		}
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("not ready: %s", strings.TrimSpace(text))
		}
		fmt.Fprintln(a.stdout, strings.TrimSpace(text))
		return nil
	}
}

func printVersion(_ context.Context, a *app, _ []string) error {
	fmt.Fprintln(a.stdout, Version())
	return nil
}

// Version is the module's version and the commit it was built from, as the linker recorded them.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "postern (unknown) " + runtime.Version()
	}
	version, commit, dirty := info.Main.Version, "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = " " + s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = " (changed)"
		}
	}
	return "postern " + version + commit + dirty + " " + runtime.Version()
}

func printHelp(_ context.Context, a *app, args []string) error {
	if len(args) == 0 {
		a.list(a.stdout)
		return nil
	}
	c, _ := find(args)
	if c == nil {
		if group := a.group(args[0]); group != "" {
			for _, c := range commands() {
				if strings.HasPrefix(c.name, args[0]+" ") {
					fmt.Fprintf(a.stdout, "  %-16s %s\n", c.name, c.about)
				}
			}
			return nil
		}
		return usagef("there is no command %q", strings.Join(args, " "))
	}
	a.help(c)
	return nil
}
