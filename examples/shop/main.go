// Command shop is Postern's demo: a small company's services on real Envoys, their traffic, and what Postern makes of it.
//
//	shop demo [-once]                                      the whole story; `make demo` calls it
//	shop service [-listen ADDR] [-peer NAME=ADDR] NAME     one service, as the demo runs it
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"postern/examples/shop/demo"
	"postern/examples/shop/services"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "shop:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("say demo or service; `make demo` is the usual way")
	}
	flags := flag.NewFlagSet("shop "+args[0], flag.ContinueOnError)
	switch args[0] {
	case "demo":
		once := flags.Bool("once", false, "end after the story; exit 0 only if all of it held")
		binary := flags.String("postern", "bin/postern", "the program")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return demo.Run(ctx, demo.Options{Once: *once, Binary: *binary, Out: os.Stdout})
	case "service":
		listen := flags.String("listen", "127.0.0.1:8080", "`address` to answer on")
		peers := map[string]string{}
		flags.Func("peer", "`name=address` of another service, as our sidecar offers it; may be repeated", func(text string) error {
			name, at, ok := strings.Cut(text, "=")
			if !ok {
				return errors.New("it is name=address")
			}
			peers[name] = at
			return nil
		})
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		service, err := services.New(flags.Arg(0), peers)
		if err != nil {
			return err
		}
		return service.Serve(ctx, *listen)
	}
	return fmt.Errorf("there is no %q, only demo and service", args[0])
}
