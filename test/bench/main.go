// Command bench measures what a decision costs: CPU time of the authorizer's process for one Check, as a ratio to a plain grpc-go server that
// decides nothing, both measured in turn in one run, with the load from a process of its own. Run it by `make bench`.
//
// Then it measures what is known of a mesh of 10 edges and of one of 1,000 (state.go): memory, the time to make models, what a flush writes, the start on such a store, and
// whether a Check in the large mesh costs more than one in the small.
//
// Absolute times depend on the machine and on what else it does; the ratios hold. Differences under 15 % are noise.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// settings are the flags.
type settings struct {
	rounds   int
	window   time.Duration // of one measurement
	inFlight int
	postern  string // the binary; "" leaves the real program out
	only     string // one payload
	profiles string // a folder for CPU profiles
	section  string // checks, state; empty: both
}

func main() {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		if err := child(os.Args[2], os.Args[3:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	var s settings
	flag.IntVar(&s.rounds, "rounds", 5, "rounds; in each every subject takes every payload once")
	flag.DurationVar(&s.window, "window", time.Second, "length of one measurement")
	flag.IntVar(&s.inFlight, "inflight", 64, "checks on their way at a time")
	flag.StringVar(&s.postern, "postern", "bin/postern", "the program to measure; empty: the parts alone")
	flag.StringVar(&s.only, "payload", "", "one payload only")
	flag.StringVar(&s.profiles, "profiles", "", "folder to write CPU profiles to")
	flag.StringVar(&s.section, "section", "", "checks (what a Check costs) or state (what is known of 1,000 edges costs); empty: both")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if s.section != "state" {
		err = run(ctx, s)
	}
	if err == nil && s.section != "checks" {
		err = state(ctx, os.Stdout, s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to stop
	}
}

func run(ctx context.Context, s settings) error {
	chosen := payloads()
	if s.only != "" {
		chosen = nil
		for _, p := range payloads() {
			if p.name == s.only {
				chosen = append(chosen, p)
			}
		}
		if chosen == nil {
			return fmt.Errorf("no payload %q", s.only)
		}
	}
	var subjects []*subject
	defer func() {
		for _, u := range subjects {
			u.stop()
		}
	}()
	for _, name := range []string{"no-op", "envoy", "inspect"} {
		u, err := startChild(name, s.profiles)
		if err != nil {
			return err
		}
		subjects = append(subjects, u)
	}
	if s.postern != "" {
		u, err := startPostern(ctx, s.postern, chosen)
		if err != nil {
			return err
		}
		subjects = append(subjects, u)
	}
	t := newTable(chosen, subjects)
	for round := range s.rounds {
		for i, p := range chosen {
			for j := range subjects {
				j = (j + round) % len(subjects) // whoever goes first finds a cooler machine
				m, err := measure(ctx, s, subjects[j], p)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", subjects[j].name, p.name, err)
				}
				t.add(i, j, m)
			}
		}
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, s.rounds)
	}
	t.print(os.Stdout, s)
	return nil
}
