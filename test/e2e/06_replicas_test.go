package e2e

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"postern/examples/shop/mesh"
)

// replicas are three Posterns on one store of three nodes, behind one mesh.
type replicas struct {
	w     *world
	all   []*program
	nodes []*mesh.Process
	web   *caller
	batch *caller
	made  []string // what operators were told is stored: the selectors of their acts
}

// Test06Replicas: three replicas on an external cluster of three nodes; one replica and one node are killed under way, and the store is out of reach for a while.
// What was learned comes to be the same everywhere, no acknowledged act is lost, and no call is answered wrongly.
func Test06Replicas(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	tool(t, "ENVOY", "envoy")
	r := startReplicas(t)
	stop := sync.OnceFunc(r.load(t))
	defer stop()
	r.all[0].decideEventually(t, r, "notes")
	if err := r.all[0].process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := r.nodes[0].Kill(); err != nil {
		t.Fatal(err)
	}
	seen := r.noticed(t)
	t.Logf("Envoy noticed the dead replica after %v; until then %d of %d calls were not answered", seen.after, seen.failed, seen.calls)
	r.all[1].decideEventually(t, r, "one node is gone")
	calm := r.errors(200)
	if calm > 0 {
		t.Errorf("%d errors after the health check has seen the dead replica", calm)
	}
	for _, n := range r.nodes[1:] {
		send(t, n, syscall.SIGSTOP)
	}
	started := time.Now()
	dark := 0
	for time.Since(started) < 20*time.Second {
		dark += r.errors(20)
	}
	for _, n := range r.nodes[1:] {
		send(t, n, syscall.SIGCONT)
	}
	if dark > 0 {
		t.Errorf("%d errors while the store was out of reach", dark)
	}
	r.all[2].decideEventually(t, r, "the store is back")
	r.all[0].start()
	stop()
	r.same(t)
}

func startReplicas(t *testing.T) *replicas {
	t.Helper()
	at := ports(t, 9)
	w := newWorld(t, at[0])
	w.postern.Addresses = []string{at[0], at[3], at[6]}
	r := &replicas{w: w}
	nodes, urls := natsCluster(t, w)
	r.nodes = nodes
	for i := range 3 {
		p := &program{
			t: t, w: w, path: binary(t), data: filepath.Join(w.mesh.Folder, fmt.Sprintf("data-%d", i)), grpc: at[3*i], admin: at[3*i+1], metrics: at[3*i+2],
			env: []string{"POSTERN_NATS_URL=" + urls, fmt.Sprintf("POSTERN_REPLICA=r%d", i), "POSTERN_MODE=enforce", "POSTERN_FALSE_DENY_RATE=0.00001"}, // too small for so few calls: attacks alone are denied
		}
		p.start()
		r.all = append(r.all, p)
	}
	w.callee()
	r.web, r.batch = w.caller("web"), w.caller("batch")
	return r
}

// load sends ordinary calls and attacks until it is told to stop. An answer that is neither right nor an error of ours is a wrong decision.
func (r *replicas) load(t *testing.T) (stop func()) {
	t.Helper()
	done := make(chan struct{})
	var group sync.WaitGroup
	for n, c := range []*caller{r.web, r.batch} {
		group.Go(func() {
			g := newTraffic(uint64(n))
			for {
				select {
				case <-done:
					return
				default:
				}
				if wrong := r.one(c, g); wrong != "" {
					t.Error(wrong)
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	return func() { close(done); group.Wait() }
}

// one sends an ordinary call, and now and then an attack; it says what was decided wrongly.
func (r *replicas) one(c *caller, g *traffic) (wrong string) {
	if g.r.IntN(10) > 0 {
		if a := c.post("/v1/orders", "application/json", encode(g.order())); a.status != http.StatusOK && !ours(a) {
			return fmt.Sprintf("an ordinary call is answered %d %s", a.status, a.body)
		}
		return ""
	}
	if a := c.post("/v1/purchases", "application/json", purchase(readsAFile)); a.status != http.StatusForbidden && !ours(a) {
		return fmt.Sprintf("an attack is answered %d %s", a.status, a.body)
	}
	return ""
}

// ours is an error: nobody could be asked.
func ours(a answer) bool { return a.status == http.StatusServiceUnavailable || a.status == 0 }

// errors sends ordinary calls and counts those that nobody could judge.
func (r *replicas) errors(calls int) (n int) {
	g := newTraffic(99)
	for range calls {
		if a := r.web.post("/v1/orders", "application/json", encode(g.order())); a.status != http.StatusOK {
			n++
		}
	}
	return n
}

type notice struct {
	after         time.Duration
	calls, failed int
}

// noticed waits until the callee's Envoy holds one Postern for dead.
func (r *replicas) noticed(t *testing.T) (n notice) {
	t.Helper()
	start := time.Now()
	eventually(t, "Envoy sees the dead replica", func() bool {
		n.calls, n.failed = n.calls+5, n.failed+r.errors(5)
		text, err := fetch(t.Context(), "http://"+r.w.admin+"/clusters")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text) {
			if strings.Contains(line, r.all[0].grpc+"::health_flags::") && strings.Contains(line, "failed_active_hc") {
				return true
			}
		}
		return false
	})
	n.after = time.Since(start).Round(time.Millisecond)
	return n
}

// decideEventually lets an operator approve a field that does not exist yet, until it is acknowledged, and remembers it.
// A store without a leader answers with an error, and nothing is decided.
func (p *program) decideEventually(t *testing.T, r *replicas, field string) {
	t.Helper()
	eventually(t, "an act is acknowledged", func() bool {
		_, err := p.run("profile", "approve", "-callee", "shop/orders", "-operation", "POST /v1/orders", "-field", "body|json."+path(field), "-class", "new-field")
		return err == nil
	})
	r.made = append(r.made, field)
}

func path(name string) string {
	text, _ := json.Marshal(name) // strings always encode
	return strings.ReplaceAll(string(text), " ", "-")
}

// same waits until every replica exports the same profile, with every act that was acknowledged.
func (r *replicas) same(t *testing.T) {
	t.Helper()
	var exports []string
	equal := func() bool {
		exports = exports[:0]
		for _, p := range r.all {
			text, err := p.run("profile", "export")
			if err != nil {
				return false
			}
			exports = append(exports, text)
		}
		return exports[0] == exports[1] && exports[1] == exports[2]
	}
	for end := time.Now().Add(150 * time.Second); !equal(); time.Sleep(time.Second) {
		if time.Now().After(end) {
			for _, p := range r.all {
				t.Logf("%s, last: %s", p.grpc, p.process.Tail(10))
			}
			t.Fatalf("the replicas do not come to hold the same profile: %d, %d and %d bytes", len(exports[0]), len(exports[1]), len(exports[2]))
		}
	}
	t.Logf("all three export %x, %d bytes", sha256.Sum256([]byte(exports[0])), len(exports[0]))
	for _, p := range r.all {
		log := p.must("profile", "log")
		for _, field := range r.made {
			if !strings.Contains(log, strings.Trim(path(field), `"`)) {
				t.Errorf("%s lost the act on %q:\n%s", p.grpc, field, log)
			}
		}
	}
}

func send(t *testing.T, p *mesh.Process, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(p.Pid(), s); err != nil {
		t.Fatal(err)
	}
}
