// Package demo tells Postern's story on a small mesh: it starts everything on loopback, lets Postern learn from traffic, switches it to enforce while it runs,
// and then does what a customer, an attacker and a compromised third party would do. Each act says what must happen; the story holds only if all did.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"postern/examples/shop/mesh"
)

// Options of a run.
type Options struct {
	Once   bool   // end after the story
	Binary string // bin/postern
	Out    io.Writer
}

const (
	// A laptop that runs a mesh, a trace store and the traffic is busier than a node: checks may wait longer here than a real mesh should let them.
	checkTimeout = 2 * time.Second
	logFlush     = 200 * time.Millisecond
)

// errBroken is a story that did not hold.
var errBroken = errors.New("the story did not hold: see the lines marked NO above")

// Run tells the story. Once it is over it ends, or waits until ctx does.
func Run(ctx context.Context, o Options) error {
	begun := time.Now()
	clearEnvironment()
	folder, err := os.MkdirTemp("", "postern-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	m, err := mesh.New(folder, domain)
	if err != nil {
		return err
	}
	binary, err := filepath.Abs(o.Binary)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if _, err := os.Stat(binary); err != nil {
		return fmt.Errorf("demo: no %s: `make build` writes it", o.Binary)
	}
	t := &teller{out: o.Out, shop: &shop{mesh: m, binary: binary}}
	err = t.tell(ctx, begun)
	if err == nil && !o.Once {
		t.stay(ctx)
	}
	if stopped := m.Close(); err == nil {
		err = stopped
	}
	if ctx.Err() != nil && !errors.Is(err, errBroken) {
		err = nil // Ctrl-C
	}
	if err != nil {
		return fmt.Errorf("%w\n  every process's log is in %s/log", err, folder)
	}
	return os.RemoveAll(folder)
}

// clearEnvironment keeps what a shell sets for another Postern out of the demo.
func clearEnvironment() {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "POSTERN_") || strings.HasPrefix(name, "OTEL_") {
			_ = os.Unsetenv(name) // it exists, so it can be unset
		}
	}
}

// teller tells the story and keeps count of what did not hold.
type teller struct {
	out    io.Writer
	shop   *shop
	broken int
}

func (t *teller) say(format string, a ...any) { fmt.Fprintf(t.out, format+"\n", a...) }

// act begins a part of the story.
func (t *teller) act(title string) { t.say("\n== %s", title) }

// expect says what must hold and whether it does.
func (t *teller) expect(holds bool, format string, a ...any) {
	mark := "yes"
	if !holds {
		mark = "NO "
		t.broken++
	}
	t.say("   [%s] %s", mark, fmt.Sprintf(format, a...))
}

// quote prints a program's words, set off.
func (t *teller) quote(text string) {
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		t.say("   | %s", strings.TrimRight(line, "\n"))
	}
}

func (t *teller) tell(ctx context.Context, begun time.Time) error {
	t.act("A small company's mesh")
	if err := t.shop.lay(t.say); err != nil {
		return err
	}
	if err := t.shop.start(ctx); err != nil {
		return err
	}
	t.introduce()
	if err := t.learn(ctx); err != nil {
		return err
	}
	if err := t.enforce(ctx); err != nil {
		return err
	}
	for _, act := range []func(context.Context) error{t.benign, t.newPod, t.xxe, t.thirdParty, t.newKind} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	took := time.Since(begun).Round(time.Second)
	if t.broken > 0 {
		t.say("\n%d things did not hold. (%s)", t.broken, took)
		return errBroken
	}
	t.say("\nThe whole story held. (%s)", took)
	return nil
}

func (t *teller) introduce() {
	s := t.shop
	t.say(`   gateway → storefront → users, catalogue
                        → orders → catalogue, payments (gRPC), notifier (a third party's) → users
   gateway → orders: partners' purchase orders, XML inside JSON

   Each service runs behind an Envoy of its own; they speak mTLS with the SPIFFE IDs of %s. Each inbound Envoy asks Postern.
   Postern   gRPC %s, admin http://%s, metrics http://%s/metrics
   Jaeger    http://%s (query API: /api/traces)
   logs      %s`, domain, s.grpc, s.admin, s.metrics, s.jaeger, filepath.Join(s.mesh.Folder, "log"))
}

// stay keeps everything up until ctx ends.
func (t *teller) stay(ctx context.Context) {
	s := t.shop
	t.say(`
Everything stays up until Ctrl-C. In another terminal, try
   bin/postern status%[1]s
   bin/postern denials%[1]s
   bin/postern profile show%[1]s shop/orders
   curl -s http://%[2]s/metrics | grep ^postern_
   curl -s 'http://%[3]s/api/traces?service=postern&limit=5'
or look in a browser: http://%[5]s
Be a customer:
   curl -si http://%[4]s/products/AB-12345`, s.flag(), s.metrics, s.jaeger, s.gateway.Storefront, s.admin)
	<-ctx.Done()
	t.say("\nEnding.")
}
