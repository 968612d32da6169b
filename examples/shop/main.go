// Command shop is Postern's demo: a small company's services on real Envoys, their traffic, and what Postern makes of it.
//
//	shop demo [-once]                                      the whole story; `make demo` calls it
//	shop service [-listen ADDR] [-peer NAME=ADDR] NAME     one service, as the demo runs it
//	shop svid [-domain TD] [-folder F] NS/SA …             certificates for a mesh of one's own, from an authority made and forgotten here
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"postern/examples/shop/demo"
	"postern/examples/shop/mesh"
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
		return errors.New("say demo, service or svid; `make demo` is the usual way")
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
	case "svid":
		td := flags.String("domain", "mesh.example", "trust domain")
		folder := flags.String("folder", "svid", "where each workload gets a `folder` with cert.pem, key.pem and roots.pem")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return identities(*td, *folder, flags.Args())
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
	return fmt.Errorf("there is no %q, only demo, service and svid", args[0])
}

// identities gives workloads (NS/SA) their certificates; each lies in a folder named for its account.
func identities(domain, folder string, workloads []string) error {
	scratch, err := os.MkdirTemp("", "postern-svid-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch) //nolint:errcheck // it is empty
	m, err := mesh.New(scratch, domain)
	if err != nil {
		return err
	}
	for _, workload := range workloads {
		namespace, account, ok := strings.Cut(workload, "/")
		if !ok {
			return fmt.Errorf("a workload is NS/SA, not %q", workload)
		}
		svid, err := m.Identity(filepath.Join(folder, account), m.ID(namespace, account))
		if err != nil {
			return err
		}
		fmt.Println(svid.ID, svid.Certificate)
	}
	return nil
}
