package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// app is one run of the program: where it reads and writes, and what the operator set.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       bool // stderr is one: progress is shown
	environ        []string
	config         *Config
}

func (a *app) warn(format string, args ...any) {
	fmt.Fprintf(a.stderr, "postern: "+format+"\n", args...)
}

// action is what a command does once its flags are parsed; args are the words that are no flags.
type action func(ctx context.Context, a *app, args []string) error

// command is one subcommand. bind gives it its own flags; every variable is a flag too.
type command struct {
	name  string // one or two words
	usage string // what follows the name
	about string // one line for the list
	help  string // what it does, for a person who has never seen it
	vars  string // the variables that matter to it, by flag, for its help; "" none, "all"
	bind  func(*flag.FlagSet) action
}

// usageError is about the command line itself: the answer says where help is.
type usageError struct{ error }

func usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

// errSkipped says that all was done but some records could not be read; each was named.
var errSkipped = errors.New("some records could not be read; each is named above")

// commands is every subcommand, as help lists them.
func commands() []command {
	return slices.Concat(serveCommands(), liveCommands(), profileCommands(), callCommands(), envoyCommands(), aboutCommands())
}

// Main runs the program and returns its exit code: 0 done, whatever was found; 1 it could not be done, and nothing was written; 2 done but for records that could not be read.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, terminal: isTerminal(os.Stderr), environ: os.Environ()}
	return a.run(ctx, os.Args[1:])
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && info.Mode()&os.ModeDevice != 0
}

func (a *app) run(ctx context.Context, args []string) int {
	err := a.dispatch(ctx, args)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSkipped):
		a.warn("%v", err)
		return 2
	case errors.As(err, &usage):
		a.warn("%v\nrun `postern help%s` to see how it is called", err, known(args))
	default:
		a.warn("%v", err)
	}
	return 1
}

// known is " NAME" where args begin with a subcommand's name.
func known(args []string) string {
	if c, _ := find(args); c != nil {
		return " " + c.name
	}
	return ""
}

// find returns the command that args name, by two words or by one, and the words after its name.
func find(args []string) (*command, []string) {
	for words := min(2, len(args)); words > 0; words-- {
		name := strings.Join(args[:words], " ")
		for _, c := range commands() {
			if c.name == name {
				return &c, args[words:]
			}
		}
	}
	return nil, nil
}

func (a *app) dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		a.list(a.stderr)
		return usageError{errors.New("no command was given")}
	}
	if args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
		a.list(a.stdout)
		return nil
	}
	c, rest := find(args)
	if c == nil {
		if group := a.group(args[0]); group != "" {
			return usagef("%s what? There are %s", args[0], group)
		}
		return usagef("there is no command %q", args[0])
	}
	flags := flag.NewFlagSet("postern "+c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	config, check, warnings := newConfig(a.environ, flags)
	do := c.bind(flags)
	words, err := parseMixed(flags, rest)
	if errors.Is(err, flag.ErrHelp) {
		a.help(c)
		return nil
	}
	if err != nil {
		return usageError{err}
	}
	for _, w := range warnings {
		a.warn("%s", w)
	}
	if err := check(); err != nil {
		return fmt.Errorf("the configuration is wrong:\n  %s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	a.config = config
	return do(ctx, a, words)
}

// group lists the second words of the commands that begin with first, "" where there are none.
func (a *app) group(first string) string {
	var seconds []string
	for _, c := range commands() {
		if head, second, ok := strings.Cut(c.name, " "); ok && head == first {
			seconds = append(seconds, second)
		}
	}
	return strings.Join(seconds, ", ")
}

// parseMixed lets flags stand before, between and after the words; after -- all is words.
func parseMixed(flags *flag.FlagSet, args []string) (words []string, err error) {
	var last []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, last = args[:i], args[i+1:]
	}
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) == 0 {
			return append(words, last...), nil
		}
		words, args = append(words, args[0]), args[1:]
	}
}

func (a *app) list(w io.Writer) {
	fmt.Fprint(w, "Postern is the call firewall for the inside of a service mesh: it opens each call, knows what one service says to the other, and denies what is not that.\n\nusage: postern COMMAND [-flag …] [word …]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-17s %s\n", c.name, c.about)
	}
	fmt.Fprint(w, "\n`postern help COMMAND` says more about one; `postern env` lists every variable, each of which is a flag too.\n")
}

func (a *app) help(c *command) {
	fmt.Fprintf(a.stdout, "usage: postern %s\n\n%s\n", strings.TrimSpace(c.name+" "+c.usage), strings.TrimSpace(c.help))
	own := flag.NewFlagSet(c.name, flag.ContinueOnError)
	own.SetOutput(a.stdout)
	c.bind(own)
	has := false
	own.VisitAll(func(*flag.Flag) { has = true })
	if has {
		fmt.Fprint(a.stdout, "\nIts flags:\n")
		own.PrintDefaults()
	}
	var shown []variable
	for _, v := range new(Config).variables() {
		if c.vars == "all" || slices.Contains(strings.Fields(c.vars), v.flag()) {
			shown = append(shown, v)
		}
	}
	if len(shown) > 0 {
		fmt.Fprint(a.stdout, "\nVariables that matter to it, each a flag too:\n")
	}
	for _, v := range shown {
		fmt.Fprintf(a.stdout, "  %s, -%s (default %q)\n        %s\n", v.name, v.flag(), v.initial, strings.ReplaceAll(v.meaning, "`", ""))
	}
}
