package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"time"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	statusv3 "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"

	"postern/envoy"
	"postern/inspect"
	"postern/profile"
)

// subject is an authorizer to be measured: a process of its own.
type subject struct {
	name, address string
	metrics       string // address of its metrics port, of the program alone
	pid           int
	stop          func()
}

// noop is what everyone writes first: generated code, default options, always allow.
type noop struct {
	authv3.UnimplementedAuthorizationServer
}

func (noop) Check(context.Context, *authv3.CheckRequest) (*authv3.CheckResponse, error) {
	return &authv3.CheckResponse{Status: &statusv3.Status{}, HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: &authv3.OkHttpResponse{}}}, nil
}

// allow is Postern's Envoy side with nothing behind it.
type allow struct{}

func (allow) Check(context.Context, *envoy.Call) profile.Verdict {
	return profile.Verdict{Allow: true, Mode: profile.Enforce, Operation: "POST /api/v1/orders"}
}
func (allow) Mode(profile.Edge) profile.Mode                     { return profile.Enforce }
func (allow) Failed(context.Context, *envoy.Call, envoy.Failure) {}
func (allow) Ended(envoy.Outcome)                                {}

// open is allow with every layer of the message opened first.
type open struct {
	allow
	inspector *inspect.Inspector
}

func (o open) Check(ctx context.Context, c *envoy.Call) profile.Verdict {
	tree := o.inspector.Inspect(&c.Message)
	defer o.inspector.Free(tree)
	return o.allow.Check(ctx, c)
}

// child is one of our own processes.
func child(name string, args []string) error {
	switch name {
	case "load":
		return load(args)
	case "no-op":
		g := grpc.NewServer()
		authv3.RegisterAuthorizationServer(g, noop{})
		return serve(g, args)
	case "envoy":
		return serveOurs(allow{}, args)
	case "inspect":
		inspector, err := inspect.New(inspect.DefaultLimits())
		if err != nil {
			return err
		}
		return serveOurs(open{inspector: inspector}, args)
	}
	return fmt.Errorf("no child %q", name)
}

func serveOurs(s envoy.Service, args []string) error {
	g := grpc.NewServer(envoy.ServerOptions()...)
	if _, err := envoy.Register(g, s, envoy.Config{}); err != nil {
		return err
	}
	return serve(g, args)
}

// serve serves g on a free port, which it prints, until its standard input ends: it dies with whoever started it. The argument, if any, is
// the file for a CPU profile.
func serve(g *grpc.Server, args []string) error {
	if len(args) > 0 {
		file, err := os.Create(args[0])
		if err != nil {
			return err
		}
		defer file.Close() //nolint:errcheck // the profile is a help, no result
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // loopback: it does not wait
	if err != nil {
		return err
	}
	signal.Ignore(os.Interrupt) // Ctrl-C is for the parent
	_, _ = fmt.Fprintln(os.Stdout, listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		g.Stop()
	}()
	return g.Serve(listener)
}

// startChild starts one of our own authorizers.
func startChild(name, profiles string) (*subject, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"child", name}
	if profiles != "" {
		args = append(args, filepath.Join(profiles, name+".pprof"))
	}
	cmd := exec.Command(self, args...) //nolint:noctx // ourselves; stop ends it
	if name != "no-op" {
		cmd.Env = append(os.Environ(), "GOGC=400") // as serve sets it
	}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop := func() {
		_ = in.Close()
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return nil, fmt.Errorf("%s said no address: %w", name, err)
	}
	return &subject{name: name, address: strings.TrimSpace(line), pid: cmd.Process.Pid, stop: stop}, nil
}

// measurement is one window of one subject with one payload.
type measurement struct {
	cpu       time.Duration // of the authorizer's process, for one call
	perSecond float64       // calls answered
}

// measure lets the load process loose on a subject for one window.
func measure(ctx context.Context, s settings, u *subject, p payload) (measurement, error) {
	self, err := os.Executable()
	if err != nil {
		return measurement{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 4*s.window+20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "child", "load", u.address, p.name, s.window.String(), strconv.Itoa(s.inFlight))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return measurement{}, err
	}
	if err := cmd.Start(); err != nil {
		return measurement{}, err
	}
	profiled := u.profile(ctx, s, p)
	defer profiled()
	lines := bufio.NewScanner(out)
	var from, to time.Duration
	var calls, took int64
	for lines.Scan() {
		switch word, rest, _ := strings.Cut(lines.Text(), " "); word {
		case "begin":
			from, err = cpuTime(u.pid)
		case "end":
			to, err = cpuTime(u.pid)
			_, scan := fmt.Sscan(rest, &calls, &took)
			err = errors.Join(err, scan)
		}
		if err != nil {
			break
		}
	}
	if err = errors.Join(err, lines.Err(), cmd.Wait()); err != nil {
		return measurement{}, err
	}
	if calls == 0 {
		return measurement{}, errors.New("no call was answered")
	}
	return measurement{cpu: (to - from) / time.Duration(calls), perSecond: float64(calls) / time.Duration(took).Seconds()}, nil
}

// profile has the program write a CPU profile of one window, where profiles are asked for; the function waits for it.
func (u *subject) profile(ctx context.Context, s settings, p payload) (wait func()) {
	if s.profiles == "" || u.metrics == "" {
		return func() {}
	}
	var all sync.WaitGroup
	all.Go(func() {
		text, err := get(ctx, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", u.metrics, max(1, int(s.window.Seconds()))))
		if err == nil {
			err = os.WriteFile(filepath.Join(s.profiles, p.name+".pprof"), text, 0o600)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "no profile:", err)
		}
	})
	return all.Wait
}

// cpuTime is the user and system time a process has used, from /proc/PID/stat (proc(5), fields 14 and 15, in ticks of 10 ms).
func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, fmt.Errorf("CPU time is read the Linux way: %w", err)
	}
	_, after, _ := strings.Cut(string(text), ") ") // the name may hold spaces
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is short", pid)
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2)
}
