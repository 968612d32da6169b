package mesh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Command is a process to start.
type Command struct {
	Name  string // of its log file
	Path  string
	Args  []string
	Env   []string // added to ours
	Ready func(ctx context.Context) error
	Hasty bool // it has nothing to lose: Stop kills it at once
}

// Process is a running one.
type Process struct {
	Name string
	Log  string // the file it writes to

	cmd  *exec.Cmd
	kill bool
	done chan struct{} // closed when it has ended
	err  error         // how, once done is closed
}

// errEnded is what a process that ended has done, whatever its exit.
var errEnded = errors.New("it is not running")

// readyWithin bounds how long a process may take to be ready: this is a small machine's slowest start, several times over.
const readyWithin = 30 * time.Second

// Start starts a process and waits until it is ready. An error says what the process last wrote.
func (m *Mesh) Start(ctx context.Context, c Command) (*Process, error) {
	log := filepath.Join(m.Folder, "log", c.Name+".log")
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	defer out.Close()                                                                                                     //nolint:errcheck // the child has its own copy
	p := &Process{Name: c.Name, Log: log, kill: c.Hasty, cmd: exec.Command(c.Path, c.Args...), done: make(chan struct{})} //nolint:noctx // Stop ends it, in order
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = out, out, append(os.Environ(), c.Env...)
	p.cmd.SysProcAttr = attributes()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("mesh: start %s: %w", c.Name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	m.keep(p)
	if c.Ready == nil {
		return p, nil
	}
	if err := p.wait(ctx, c.Ready); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

func (p *Process) wait(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	for {
		try, end := context.WithTimeout(ctx, 2*time.Second)
		err := ready(try)
		end()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("mesh: %s ended at its start: %w; its last words:\n%s", p.Name, errors.Join(errEnded, p.err), p.Tail(12))
		case <-ctx.Done():
			return fmt.Errorf("mesh: %s is not ready: %w; its last words:\n%s", p.Name, err, p.Tail(12))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop asks the process to end, kills it after ten seconds, and waits. Stopping twice does nothing.
func (p *Process) Stop() error {
	select {
	case <-p.done:
		return nil
	default:
	}
	if p.kill {
		return p.Kill()
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("mesh: stop %s: %w", p.Name, err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(10 * time.Second):
		return p.Kill()
	}
}

// Kill ends the process at once, as a crash would (kill -9), and waits.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("mesh: kill %s: %w", p.Name, err)
	}
	<-p.done
	return nil
}

// Pid returns the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Tail returns the last lines the process wrote.
func (p *Process) Tail(lines int) string {
	text, err := os.ReadFile(p.Log)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(bytes.ToValidUTF8(text, nil)), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// OK is ready when url answers 200.
func OK(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close() //nolint:errcheck // read only
		_, _ = io.Copy(io.Discard, response.Body)
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, response.Status)
		}
		return nil
	}
}

// Listening is ready when address (host:port) takes a connection.
func Listening(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return c.Close()
	}
}
