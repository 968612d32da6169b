package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// school is a world whose program has learned orders' calls from two callers, and enforces.
type school struct {
	w          *world
	p          *program
	web, batch *caller
	traffic    *traffic
}

// Test04Learn: learn in shadow, enforce without a restart, and deny what is not ordinary. Its parts follow one another in one mesh.
func Test04Learn(t *testing.T) {
	t.Parallel()
	w, p := withProgram(t, "POSTERN_FALSE_DENY_RATE=0.01")
	w.callee()
	s := &school{w: w, p: p, web: w.caller("web"), batch: w.caller("batch"), traffic: newTraffic(2)}
	s.notLearned(t)
	k := teach(t, p, s.web, s.batch)
	if n := len(k.Callers); n != 2 {
		t.Errorf("%d callers are known: %+v", n, k.Callers)
	}
	for _, o := range k.Operations {
		if strings.Contains(o.Name, "/status/") || strings.Contains(o.Name, "Fail") || strings.Contains(o.Name, "plain") {
			t.Errorf("learned from what did not end well, or from nobody: %s", o.Name)
		}
	}
	p.must("profile", "mode", "-force", "enforce")
	eventually(t, "the mode is enforce", func() bool { return p.known().Mode == "enforce" })
	for _, part := range []struct {
		name string
		run  func(t *testing.T, s *school)

		answer, seen string // of a row of the fail matrix
	}{
		{"ordinary", ordinary, "", ""},
		{"new value", newValue, "", ""},
		{"new operation", newOperation, "", ""},
		{"new caller", newCallerDenied, "", ""},
		{"unauthenticated", unauthenticated, "", ""},
		{"body cut, POSTERN_UNEXAMINED=profile, learned", padding, "403 shape/… where such calls ordinarily come whole", "bytes unexamined"},
		{"stream", streaming, "", ""},
		{"new address", newAddress, "", ""},
		{"restart", restart, "decides as before at once", "profile list, profile show"},
		{"kill -9", kill, "decides as it did at the last flush", "profile list, profile show"},
	} {
		run := func(t *testing.T) {
			web, batch := *s.web, *s.batch
			web.t, batch.t = t, t
			here := &school{w: s.w, p: s.p, web: &web, batch: &batch, traffic: s.traffic}
			part.run(t, here)
			s.web, s.batch = here.web, here.batch
		}
		if part.answer == "" {
			t.Run(part.name, run)
		} else {
			failMatrix.row(t, part.name, part.answer, part.seen, run)
		}
	}
}

// notLearned sends what must leave no trace in the profile: calls that fail, and calls of nobody.
func (s *school) notLearned(t *testing.T) {
	direct := newCaller(t, s.w.http, s.w.grpc)
	for i := range 30 {
		for _, code := range []int{404, 500} {
			s.web.get(fmt.Sprintf("/status/%d?try=%d", code, i))
		}
		if _, _, err := s.web.call("/shop.Orders/Fail", s.traffic.place()); status.Code(err) != codes.FailedPrecondition {
			t.Fatal(err)
		}
		direct.get(fmt.Sprintf("/plain/%d", i))
	}
}

// most of n ordinary calls of each kind must pass; the rate asked for is one in a hundred.
func (s *school) most(t *testing.T, n int) {
	t.Helper()
	for _, kind := range kinds {
		denied, last := 0, ""
		for range n {
			if r := kind.call(s.web, s.traffic); r != "ok" {
				denied, last = denied+1, r
			}
		}
		if denied > max(2, n/20) {
			t.Errorf("%s: %d of %d ordinary calls are denied: %s%s", kind.name, denied, n, last, lately(s.p))
		}
	}
}

// lately is the last denial in the log.
func lately(p *program) string {
	all := p.denials()
	if len(all) == 0 {
		return ""
	}
	return "\n" + all[len(all)-1].String()
}

func ordinary(t *testing.T, s *school) { s.most(t, 60) }

// denied holds that an HTTP answer is a denial with a reason of this level.
func (s *school) denied(t *testing.T, a answer, level string) denial {
	t.Helper()
	if a.status != http.StatusForbidden || !strings.HasPrefix(a.header.Get("x-postern-reason"), level) {
		t.Fatalf("%d %s, want a denial for %s", a.status, a.body, level)
	}
	return s.p.denial(a.header.Get("x-postern-decision-id"))
}

func newValue(t *testing.T, s *school) {
	for name, change := range map[string]func(o *order){
		"number to text":  func(o *order) { o.Total = "a lot" },
		"alphabet":        func(o *order) { o.Items[0].SKU = "\u0000\u0001\u0002\u0003\u0004\u0005" },
		"length":          func(o *order) { o.Items[0].SKU = strings.Repeat("A-0001", 40) },
		"unknown field":   func(o *order) { o.Customer["role"] = map[string]any{"admin": true, "scopes": []string{"all", "root"}} },
		"another species": func(o *order) { o.ID = "../../../../var/lib/x" },
	} {
		o := s.traffic.order()
		change(&o)
		a := s.web.post("/v1/orders", "application/json", encode(o))
		if a.status != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, a.status, a.body)
			continue
		}
		if d := s.p.denial(a.header.Get("x-postern-decision-id")); len(d.Reasons) == 0 || d.Operation == "" {
			t.Errorf("%s: %v", name, &d)
		}
	}
}

func newOperation(t *testing.T, s *school) {
	d := s.denied(t, s.web.do(s.web.client, http.MethodDelete, "/internal/admin/reset", nil), "operation/")
	if !d.Reasons[0].Mature || d.Caller != s.w.mesh.ID("shop", "web") {
		t.Errorf("%v", &d)
	}
	_, _, err := s.web.call("/shop.Orders/Purge", s.traffic.place())
	if status.Code(err) != codes.PermissionDenied || !strings.Contains(err.Error(), "operation/new-operation") {
		t.Error(err)
	}
}

func newCallerDenied(t *testing.T, s *school) {
	notifier := *s.w.caller("notifier") // has a certificate as good as any
	notifier.t = t
	reached := s.w.app.reached.Load()
	s.denied(t, notifier.post("/v1/orders", "application/json", encode(s.traffic.order())), "edge/new-caller")
	_, trailer, err := notifier.call("/shop.Orders/Place", s.traffic.place())
	if status.Code(err) != codes.PermissionDenied || !strings.Contains(err.Error(), "edge/new-caller") || !slices.Equal(trailer.Get("x-postern-reason"), []string{"edge/new-caller"}) {
		t.Error(err, trailer)
	}
	if n := s.w.app.reached.Load() - reached; n != 0 {
		t.Errorf("orders was reached %d times", n)
	}
}

func unauthenticated(t *testing.T, s *school) {
	direct := newCaller(t, s.w.http, s.w.grpc)
	d := s.denied(t, direct.post("/v1/orders", "application/json", encode(s.traffic.order())), "edge/unauthenticated")
	if d.Caller != "unauthenticated" {
		t.Errorf("%v", &d)
	}
	if k := s.p.known(); len(k.Callers) != 2 {
		t.Errorf("callers %+v", k.Callers)
	}
}

// padding: the attack stands behind so much space that Envoy does not show it.
func padding(t *testing.T, s *school) {
	text := encode(s.traffic.order())
	behind := text[:len(text)-1] + strings.Repeat(" ", s.w.bodies) + `,"note":"1' OR 1=1; DROP TABLE orders --"}`
	d := s.denied(t, s.web.post("/v1/orders", "application/json", behind), "shape/")
	if d.Features.Unexamined == 0 || d.Features.Decoded+d.Features.Opaque+d.Features.Unexamined != int64(len(behind)) {
		t.Errorf("%+v of %d bytes", d.Features, len(behind))
	}
	_, _, err := s.web.call("/shop.Orders/Place", append(s.traffic.place(), make([]byte, s.w.bodies)...))
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("gRPC: %v", err)
	}
}

// streaming: a stream of a new method is denied like any call; what was let through flows both ways.
func streaming(t *testing.T, s *school) {
	s.p.must("profile", "mode", "-callee", "shop/orders", "-operation", "/shop.Orders/Watch", "shadow")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stream, err := s.web.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, "/shop.Orders/Watch")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var reply []byte
		if err := errors.Join(stream.SendMsg(s.traffic.place()), stream.RecvMsg(&reply)); err != nil {
			t.Fatalf("%v%s", err, lately(s.p))
		}
	}
	if err := errors.Join(stream.CloseSend()); err != nil {
		t.Error(err)
	}
	if err := stream.RecvMsg(new([]byte)); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// newAddress: the callee's pod and the caller's are replaced; both come up elsewhere, with new certificates.
func newAddress(t *testing.T, s *school) {
	s.w.callee()
	web, batch := *s.w.caller("web"), *s.w.caller("batch")
	web.t, batch.t = t, t
	s.web, s.batch = &web, &batch
	s.most(t, 20)
	k := s.p.known()
	if len(k.Callers) != 2 || k.Calls == 0 {
		t.Errorf("callers %+v", k.Callers)
	}
}

// restart ends the program in order and starts it again: it decides as before at once.
func restart(t *testing.T, s *school) {
	before := s.p.known()
	if err := s.p.process.Stop(); err != nil {
		t.Fatal(err)
	}
	s.p.start()
	s.remembers(t, before)
}

// kill ends it as a crash would.
func kill(t *testing.T, s *school) {
	before := s.p.known()
	time.Sleep(11 * time.Second) // one flush, at the longest
	if err := s.p.process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.p.start()
	s.remembers(t, before)
}

func (s *school) remembers(t *testing.T, before known) {
	t.Helper()
	if k := s.p.known(); k.Mode != "enforce" || k.Calls < before.Calls || len(k.Operations) < len(before.Operations) || len(k.Callers) != len(before.Callers) {
		t.Errorf("knows %+v, knew %+v", k, before)
	}
	eventually(t, "Envoy has found it again", func() bool { return kinds[0].call(s.batch, s.traffic) == "ok" })
	s.batchMost(t)
	o := s.traffic.order()
	o.Total = "a lot"
	if a := s.batch.post("/v1/orders", "application/json", encode(o)); a.status != http.StatusForbidden {
		t.Errorf("forgot what a total is: %d %s", a.status, a.body)
	}
}

func (s *school) batchMost(t *testing.T) {
	t.Helper()
	here := *s
	here.web = s.batch
	here.most(t, 15)
}
