package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"postern/envoy"
	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile"
)

// attack is a call that is denied in enforce by what it says, whatever was learned.
func attack(c *caller) answer {
	return c.post("/v1/purchases", "application/json", purchase(readsAFile))
}

func benign(c *caller) answer {
	return c.post("/v1/purchases", "application/json", purchase(harmless))
}

// holds says what an HTTP call is answered.
func (a answer) holds(t *testing.T, what string, status int) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: %d %s, want %d", what, a.status, a.body, status)
	}
}

// Test05FailMatrix makes everything fail that the fail matrix names, behind real Envoys. Rows that need what was learned are in 04; the run prints all.
func Test05FailMatrix(t *testing.T) {
	t.Parallel()
	tool(t, "ENVOY", "envoy")
	m := &failMatrix
	t.Run("program", func(t *testing.T) { t.Parallel(); m.program(t) })
	t.Run("service", func(t *testing.T) { t.Parallel(); m.service(t) })
	t.Run("store", func(t *testing.T) { t.Parallel(); m.store(t) })
}

// program has the rows that the program itself shows.
func (m *matrix) program(t *testing.T) {
	w, p := withProgram(t, "POSTERN_MODE=enforce", "POSTERN_UNEXAMINED=deny", "POSTERN_DRAIN=1s")
	w.postern.Timeout = 500 * time.Millisecond
	w.callee()
	web := w.caller("web")
	m.row(t, "no body, no headers", "judged on what there is", "bytes unexamined where there was a body", func(t *testing.T) {
		web.get("/v1/purchases").holds(t, "no body", 200)
		before := p.metric("postern_decode_bytes_total", `state="unexamined"`)
		web.post("/stream/v1", "application/json", purchase(harmless)).holds(t, "a body that is not shown, POSTERN_UNEXAMINED=deny", 403)
		if n := p.metric("postern_decode_bytes_total", `state="unexamined"`) - before; n != float64(len(purchase(harmless))) {
			t.Errorf("%v bytes unexamined, %d were not shown", n, len(purchase(harmless)))
		}
	})
	m.row(t, "body cut, POSTERN_UNEXAMINED=deny", "403 shape/cut", "fault cut", func(t *testing.T) {
		a := web.post("/v1/purchases", "application/json", purchase(harmless)+strings.Repeat(" ", w.bodies))
		a.holds(t, "padded", 403)
		if r := a.header.Get("x-postern-reason"); r != "shape/cut" {
			t.Errorf("reason %q", r)
		}
	})
	m.unread(t, web)
	p.restart("POSTERN_UNEXAMINED=allow")
	m.row(t, "body cut, POSTERN_UNEXAMINED=allow", "what was shown is judged: benign 200, attack 403", "fault cut", func(t *testing.T) {
		patient(t, web)
		web.post("/v1/purchases", "application/json", purchase(harmless)+strings.Repeat(" ", w.bodies)).holds(t, "padded", 200)
		web.post("/v1/purchases", "application/json", purchase(readsAFile)+strings.Repeat(" ", w.bodies)).holds(t, "attack before the padding", 403)
	})
	m.row(t, "context_extensions empty (plain Istio)", "judged: the callee is destination.principal", "callee as ever", func(t *testing.T) {
		w.bare = true
		w.callee()
		other := w.caller("other")
		a := attack(other)
		a.holds(t, "attack", 403)
		if d := p.denial(a.header.Get("x-postern-decision-id")); d.Callee != w.mesh.ID("shop", "orders") || d.Caller != w.mesh.ID("shop", "other") {
			t.Errorf("%s calls %s", d.Caller, d.Callee)
		}
	})
	m.hung(t, w, p)
	m.lost(t, p)
}

// unread: bodies that all came, but that cannot be read to their end.
func (m *matrix) unread(t *testing.T, web *caller) {
	m.row(t, "body over a limit, POSTERN_UNEXAMINED=deny", "403 shape/limit", "fault limit", func(t *testing.T) {
		var bomb bytes.Buffer
		z := gzip.NewWriter(&bomb)
		_, err := z.Write(make([]byte, 2<<20))
		if err := errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		a := web.do(web.client, http.MethodPost, "/v1/purchases", &bomb, "content-type", "application/json", "content-encoding", "gzip")
		if a.holds(t, "a bomb", 403); a.header.Get("x-postern-reason") != "shape/limit" {
			t.Errorf("reason %q", a.header.Get("x-postern-reason"))
		}
	})
	m.row(t, "opaque body, POSTERN_UNEXAMINED=deny", "403 shape/opaque", "bytes opaque, with their entropy", func(t *testing.T) {
		noise := make([]byte, 2048)
		_, _ = rand.NewChaCha8([32]byte{1}).Read(noise)
		a := web.post("/v1/purchases", "application/octet-stream", string(noise))
		if a.holds(t, "noise", 403); a.header.Get("x-postern-reason") != "shape/opaque" {
			t.Errorf("reason %q", a.header.Get("x-postern-reason"))
		}
	})
}

// restart ends the program and starts it with one variable changed.
func (p *program) restart(env string) {
	p.t.Helper()
	name, _, _ := strings.Cut(env, "=")
	for i, e := range p.env {
		if strings.HasPrefix(e, name+"=") {
			p.env[i] = env
		}
	}
	if err := p.process.Stop(); err != nil {
		p.t.Fatal(err)
	}
	p.start()
}

// patient waits until Envoy asks a Postern again that was away.
func patient(t *testing.T, c *caller) {
	t.Helper()
	eventually(t, "Envoy asks again", func() bool { return c.get("/v1/purchases").status == http.StatusOK })
}

// hung: the program stands still, then is gone. Envoy's failure mode decides: closed answers 503, open lets through.
func (m *matrix) hung(t *testing.T, w *world, p *program) {
	w.bare = false
	w.callee()
	closed := w.caller("closed")
	m.row(t, "Postern hangs, failure mode closed", "503 after Envoy's timeout, then as before", "errors of Envoy's own", func(t *testing.T) {
		if err := syscall.Kill(p.process.Pid(), syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it stands still", func() bool { return stopped(p.process.Pid()) })
		begun := time.Now()
		benign(closed).holds(t, "while it hangs", 503)
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("the caller waited %v", took)
		}
		if err := syscall.Kill(p.process.Pid(), syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		patient(t, closed)
		attack(closed).holds(t, "attack afterwards", 403)
	})
	w.postern.FailOpen = true
	w.callee()
	open := w.caller("open")
	m.row(t, "Postern gone (kill -9), failure mode open", "200, then as before", "access log entries without decision id", func(t *testing.T) {
		attack(open).holds(t, "attack before", 403)
		if err := p.process.Kill(); err != nil {
			t.Fatal(err)
		}
		benign(open).holds(t, "while it is gone", 200)
		p.start()
		eventually(t, "attacks are denied again", func() bool { return attack(open).status == http.StatusForbidden })
		benign(open).holds(t, "benign afterwards", 200)
	})
}

// stopped tells whether every thread of a process stands still (proc(5), state T).
func stopped(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, file := range threads {
		text, _ := os.ReadFile(file)
		if _, rest, _ := strings.Cut(string(text), ") "); !strings.HasPrefix(rest, "T") {
			return false
		}
	}
	return err == nil && len(threads) > 0
}

// lost: a decision that was acknowledged, and a store that cannot be read.
func (m *matrix) lost(t *testing.T, p *program) {
	m.row(t, "kill -9 just after an operator's decision", "the decision holds", "profile log", func(t *testing.T) {
		p.must("profile", "mode", "-callee", "shop/orders", "shadow")
		if err := p.process.Kill(); err != nil {
			t.Fatal(err)
		}
		p.start()
		if out := p.must("profile", "log"); !strings.Contains(out, "shadow") || !strings.Contains(out, "orders") {
			t.Errorf("the log says\n%s", out)
		}
	})
	m.damaged(t, p)
	m.row(t, "store of a newer version", "starts empty in shadow: all let through; store untouched", "readiness warns, postern_store_up 0", func(t *testing.T) {
		if err := p.process.Stop(); err != nil {
			t.Fatal(err)
		}
		newer(t, p.data)
		p.start()
		ready, err := fetch(t.Context(), "http://"+p.metrics+"/readyz")
		if err != nil || !strings.Contains(ready, "warning") || p.metric("postern_store_up") != 0 {
			t.Errorf("readiness says %q, %v", ready, err)
		}
		open := p.w.caller("after")
		eventually(t, "Envoy asks again", func() bool {
			attack(open).holds(t, "attack in shadow", 200)
			return p.metric("postern_decisions_total", `verdict="would-deny"`) > 0
		})
	})
}

// service has the rows that need a fault put into the program: the Envoy side and the inspector are the real ones, what is behind them breaks.
func (m *matrix) service(t *testing.T) {
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	s := &spy{outcomes: map[string]envoy.Outcome{}, mode: profile.Enforce}
	w := newWorld(t, s.listen(t))
	w.postern.Timeout = 500 * time.Millisecond
	w.callee()
	web := w.caller("web")
	m.row(t, "a decoder panics", "its node is opaque, the rest is judged: attack beside it 403", "fault panic, the stack in Tree.Panics", func(t *testing.T) {
		was := decode.Formats[decode.FormatXML]
		decode.Formats[decode.FormatXML].Decode = func([]byte, decode.Sink) (int, decode.Fault) { panic("boom") }
		defer func() { decode.Formats[decode.FormatXML] = was }()
		var panics []string
		s.answer = func(c *envoy.Call) profile.Verdict {
			tree := inspector.Inspect(&c.Message)
			defer inspector.Free(tree)
			panics = append(panics, tree.Panics...)
			v := profile.Verdict{Allow: true, Mode: profile.Enforce}
			for _, f := range tree.Findings {
				v.Allow = v.Allow && !(f.Class == "sqli" && f.Score > .9)
			}
			return v
		}
		web.post("/a", "application/json", `{"xml":"<order><buyer>Anna Keller</buyer></order>","q":"7"}`).holds(t, "benign", 200)
		web.post("/a", "application/json", `{"xml":"<order><buyer>Anna Keller</buyer></order>","q":"1' UNION SELECT password FROM users -- "}`).holds(t, "attack", 403)
		if len(panics) != 2 || !strings.Contains(panics[0], "boom") {
			t.Errorf("%d panics are told of", len(panics))
		}
	})
	for _, c := range []struct {
		mode   profile.Mode
		answer string
		status int
	}{{profile.Enforce, "error_response: 503 in failure mode closed", 503}, {profile.Shadow, "an explicit OK", 200}, {profile.Off, "an explicit OK", 200}} {
		m.row(t, "panic in a check, mode "+c.mode.String(), c.answer, `postern_errors_total{kind="panic"}, log with stack`, func(t *testing.T) {
			s.answer, s.mode = func(*envoy.Call) profile.Verdict { panic("boom") }, c.mode
			before := s.count(envoy.FailurePanic)
			web.get("/a").holds(t, "panic", c.status)
			if s.count(envoy.FailurePanic) != before+1 {
				t.Error("not counted")
			}
		})
	}
	m.row(t, "deadline", "Envoy's failure mode at its timeout: 503", `postern_errors_total{kind="late"}`, func(t *testing.T) {
		s.mode = profile.Enforce
		s.answer = func(*envoy.Call) profile.Verdict {
			time.Sleep(time.Second)
			return profile.Verdict{Allow: true, Mode: profile.Enforce}
		}
		web.get("/a").holds(t, "slow", 503)
		eventually(t, "it is counted", func() bool { return s.count(envoy.FailureLate) > 0 })
	})
	m.overload(t, s, web)
	m.row(t, "learner behind", "observations are dropped, checks are not", "postern_learn_dropped_total", learnerBehind)
}

// overload: more is asked than two cores can judge in time. What Envoy could not wait for is answered by its failure mode, nothing is let through unjudged.
func (m *matrix) overload(t *testing.T, s *spy, web *caller) {
	m.row(t, "overload", "each call judged in time or 503, none let through; then as before", `postern_errors_total{kind="late"}`, func(t *testing.T) {
		s.answer = func(*envoy.Call) profile.Verdict {
			for end := time.Now().Add(30 * time.Millisecond); time.Now().Before(end); { // work, as a judge's is
			}
			return profile.Verdict{Mode: profile.Enforce, Reasons: []profile.Reason{{Level: profile.LevelAttack, Class: "sqli", Mature: true}}}
		}
		late := s.count(envoy.FailureLate) + s.count(envoy.FailureDeadline)
		var all sync.WaitGroup
		var mu sync.Mutex
		answers := map[int]int{}
		for range 100 {
			all.Go(func() {
				a := web.get("/a")
				mu.Lock()
				defer mu.Unlock()
				answers[a.status]++
			})
		}
		all.Wait()
		if answers[403]+answers[503] != 100 || answers[503] == 0 {
			t.Errorf("answers %v", answers)
		}
		if s.count(envoy.FailureLate)+s.count(envoy.FailureDeadline) == late {
			t.Error("none of those that were too late is counted")
		}
		eventually(t, "it denies in time again", func() bool { return web.get("/a").status == http.StatusForbidden })
	})
}

func (s *spy) count(kind envoy.FailureKind) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.failures {
		if f.Kind == kind {
			n++
		}
	}
	return n
}

// learnerBehind hands a learner that does not run more than its inbox holds.
func learnerBehind(t *testing.T) {
	l, err := profile.New(profile.Config{Inbox: 4}, &profile.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	message := inspect.Message{Method: []byte("GET"), Path: []byte("/a"), Size: -1}
	tree := inspector.Inspect(&message)
	defer inspector.Free(tree)
	edge := profile.Edge{From: "spiffe://mesh.test/ns/shop/sa/web", To: "spiffe://mesh.test/ns/shop/sa/orders"}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	done := make(chan int)
	go func() {
		allowed := 0
		for i := range 100 {
			if v := l.Snapshot().Judge(edge, "", tree); v.Allow {
				allowed++
				l.Saw(fmt.Sprint(i), time.Now(), edge, "", tree, &v)
			}
		}
		done <- allowed
	}()
	select {
	case n := <-done:
		if dropped := l.Stats().Dropped; n != 100 || dropped != 96 {
			t.Errorf("%d checks answered, %d observations dropped", n, dropped)
		}
	case <-ctx.Done():
		t.Error("a check waits for the learner")
	}
}
