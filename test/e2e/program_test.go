package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"postern/examples/shop/mesh"
)

// built is bin/postern as this tree makes it, in a folder that goes with the run.
var built struct {
	sync.Once
	folder, path string
	err          error
}

func TestMain(m *testing.M) {
	beNATSNode()
	code := m.Run()
	failMatrix.print()
	if built.folder != "" {
		_ = os.RemoveAll(built.folder)
	}
	os.Exit(code)
}

// binary builds the program, once for all suites.
func binary(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		if built.folder, built.err = os.MkdirTemp("", "postern-e2e-"); built.err != nil { //nolint:usetesting // it outlives one test
			return
		}
		built.path = filepath.Join(built.folder, "postern")
		out, err := exec.Command("go", "build", "-o", built.path, "postern/server/cmd/postern").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// program is Postern as people run it.
type program struct {
	t                         *testing.T
	w                         *world
	path, data                string
	grpc, admin, metrics, log string
	env                       []string
	process                   *mesh.Process
}

// withProgram makes a world with the program in it; env are further variables, NAME=VALUE.
func withProgram(t *testing.T, env ...string) (*world, *program) {
	t.Helper()
	tool(t, "ENVOY", "envoy")
	at := ports(t, 3)
	w := newWorld(t, at[0])
	p := &program{t: t, w: w, path: binary(t), data: filepath.Join(w.mesh.Folder, "data"), grpc: at[0], admin: at[1], metrics: at[2], env: env}
	p.start()
	return w, p
}

func (p *program) start() {
	p.t.Helper()
	begun := time.Now()
	defer func() { p.t.Logf("postern took %v to be ready", time.Since(begun).Round(10*time.Millisecond)) }()
	process, err := p.w.mesh.Start(p.t.Context(), mesh.Command{
		Name: strings.Replace(filepath.Base(p.data), "data", "postern", 1), Path: p.path, Args: []string{"serve"}, Ready: mesh.OK("http://" + p.metrics + "/readyz"), Env: p.environ(),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.process, p.log = process, process.Log
}

func (p *program) environ() []string {
	return append([]string{
		"POSTERN_GRPC_ADDR=" + p.grpc, "POSTERN_ADMIN_ADDR=" + p.admin, "POSTERN_METRICS_ADDR=" + p.metrics, "POSTERN_DATA=" + p.data, "POSTERN_TRUST_DOMAIN=mesh.test",
		"GOMEMLIMIT=1GiB",
	}, p.env...)
}

// run runs one command of the program and returns what it wrote to standard output.
func (p *program) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.Env = append(os.Environ(), p.environ()...)
	var wrong bytes.Buffer
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("postern %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(wrong.String()))
	}
	return string(out), err
}

// must runs a command that has to succeed.
func (p *program) must(args ...string) string {
	p.t.Helper()
	out, err := p.run(args...)
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// denial is a line of the decision log.
type denial struct {
	DecisionID string `json:"decision_id"`
	Verdict    string
	Mode       string
	Caller     string
	Callee     string
	Operation  string
	TraceID    string `json:"trace_id"`
	Mature     bool
	Reasons    []struct {
		Level, Class, Path, Text string
		Score                    float64
		Mature                   bool
	}
	Features struct {
		BodyBytes  int64 `json:"body_bytes"`
		Decoded    int64 `json:"decoded_bytes"`
		Opaque     int64 `json:"opaque_bytes"`
		Unexamined int64 `json:"unexamined_bytes"`
	}
}

func (d *denial) String() string {
	var reasons []string
	for _, r := range d.Reasons {
		reasons = append(reasons, fmt.Sprintf("%s/%s at %s (%.3g)", r.Level, r.Class, r.Path, r.Score))
	}
	return fmt.Sprintf("%s %s of %s: %s", d.Verdict, d.Operation, d.Caller, strings.Join(reasons, ", "))
}

// holds says that a reason of this class at or below this path is among the reasons.
func (d *denial) holds(t *testing.T, class, path string) {
	t.Helper()
	for _, r := range d.Reasons {
		if r.Class == class && strings.HasPrefix(r.Path, path) {
			return
		}
	}
	t.Errorf("%v; want %s at %s", d, class, path)
}

// denials reads the decision log.
func (p *program) denials() (all []denial) {
	p.t.Helper()
	file, err := os.Open(p.log)
	if err != nil {
		p.t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // read only
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var d denial
		if json.Unmarshal(lines.Bytes(), &d) == nil && d.DecisionID != "" && d.Verdict != "" {
			all = append(all, d)
		}
	}
	return all
}

// denial waits for one decision in the log.
func (p *program) denial(id string) (d denial) {
	p.t.Helper()
	eventually(p.t, "decision "+id+" in the decision log", func() bool {
		for _, d = range p.denials() {
			if d.DecisionID == id {
				return true
			}
		}
		return false
	})
	return d
}

// metric adds up every sample of a metric that has these labels, each as name="value".
func (p *program) metric(name string, labels ...string) (sum float64) {
	p.t.Helper()
	text, err := fetch(p.t.Context(), "http://"+p.metrics+"/metrics")
	if err != nil {
		p.t.Fatal(err)
	}
next:
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest == "" || rest[0] != '{' && rest[0] != ' ' {
			continue
		}
		for _, l := range labels {
			if !strings.Contains(rest, l) {
				continue next
			}
		}
		value := strings.Fields(rest[strings.LastIndex(rest, "}")+1:])
		n, err := strconv.ParseFloat(value[0], 64)
		if err != nil {
			p.t.Fatal(err)
		}
		sum += n
	}
	return sum
}

// fetch reads url.
func fetch(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(url + ": " + response.Status)
	}
	return string(text), err
}
