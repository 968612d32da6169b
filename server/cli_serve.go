package server

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"runtime/debug"
)

const serveHelp = `
Serves Envoy: answers ext_authz, hears the access log, learns, judges, and (once an operator says so) denies. It runs until SIGTERM or SIGINT, then drains: health says NOT_SERVING, calls under
way are answered, what was learned is stored.

Denials and would-be denials are written to stdout as JSON Lines, the program's own log to stderr. Without any variable it listens on loopback, keeps its data in ./data and denies nothing:
mode shadow. When postern status shows a callee mature, let it deny by: postern profile mode -callee NS/SA enforce`

// serveCommands run the program and speak with it while it runs.
func serveCommands() []command {
	return []command{
		{"serve", "", "answer Envoy: learn, judge and deny", serveHelp, "all", func(*flag.FlagSet) action { return serve }},
	}
}

func serve(ctx context.Context, a *app, args []string) error {
	if len(args) > 0 {
		return usagef("serve takes no words, got %q", args)
	}
	tuneGC(a.environ, a.config.ProfileMemory)
	log := newLog(a.stderr, a.config.LogLevel)
	for {
		config := *a.config // New sets the mode back to shadow where there is no store
		s, err := New(ctx, &config, log, a.stdout)
		if err != nil {
			return err
		}
		if err := s.Run(ctx); !errors.Is(err, errStoreBack) {
			return err
		}
		log.Info("the store can be opened now: postern begins again with what it holds")
	}
}

// tuneGC trades memory for time unless the operator chose: calls leave little garbage, and collecting it less often halves what a check costs. Where a large mesh is known, four
// times all of it would be too much of that: from a limit on what is garbage is collected as often as it takes.
func tuneGC(environ []string, memory int64) {
	if v, ok := lookup(environ, "GOGC"); !ok || v == "" {
		debug.SetGCPercent(400)
	}
	if v, ok := lookup(environ, "GOMEMLIMIT"); !ok || v == "" {
		debug.SetMemoryLimit(max(1<<30, 4*memory)) // counts, models, and what making these takes
	}
}

func newLog(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo // the configuration was checked
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l}))
}
