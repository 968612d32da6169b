package profile

import (
	"bytes"
	"testing"
	"time"
)

// TestRelease: an announced release lets new structure of its version in, and neither an attack, nor an odd value, nor a stranger.
func TestRelease(t *testing.T) {
	t.Parallel()
	store := &Memory{Now: func() time.Time { return time.Unix(1_800_000_000, 0) }}
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, store)
	teachOrders(c, 1500)
	gift := post("/orders/70123", `{"item":"lamp","amount":1,"price":402.55,"note":"please leave at door 3","gift":true}`)
	if v := c.ask(web, gift); v.Allow {
		t.Fatal("a new field was let through before its release")
	}
	if _, err := c.Decide(t.Context(), "pipeline", Act{Do: "release", Callee: orders, Version: "v1"}); err != nil {
		t.Fatal(err)
	}
	if v := c.ask(web, gift); !v.Allow || len(v.Reasons) == 0 {
		t.Errorf("a new field within its release: %+v", v)
	}
	if v := c.ask(web, post("/orders/70123", `{"item":"lamp","amount":1,"price":402.55,"note":"please <leave> at door 3","gift":true}`)); v.Allow {
		t.Error("an odd value was excused by a release")
	}
	if v := c.ask("spiffe://mesh.test/ns/shop/sa/notifier", gift); v.Allow {
		t.Error("a stranger was excused by a release")
	}
	tree := c.inspector.Inspect(&gift)
	defer c.inspector.Free(tree)
	if v := c.Snapshot().Judge(Edge{web, orders}, "v0", tree); v.Allow {
		t.Error("another version was excused by a release")
	}
	end := time.Unix(1_800_000_000, 0)
	if _, err := c.Decide(t.Context(), "pipeline", Act{Do: "release", Callee: "spiffe://mesh.test/ns/shop/sa/other", Until: &end}); err != nil {
		t.Fatal(err)
	}
	if n := len(c.Snapshot().releases); n != 1 {
		t.Errorf("%d callees have an open release, one had ended", n)
	}
}

// TestForget: what is forgotten is gone, and stays so in the file; the rest stays.
func TestForget(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{Now: func() time.Time { return time.Unix(1_800_000_100, 0) }})
	teachOrders(c, 500)
	for i := range 50 {
		c.teach(string(rune('a'+i)), web, post("/refunds", `{"id":1}`))
	}
	c.Publish()
	if _, err := c.Decide(t.Context(), "test", Act{Do: "forget", Callee: orders, Operation: "POST /refunds"}); err != nil {
		t.Fatal(err)
	}
	check := func(l *Learner) {
		t.Helper()
		if m := l.Snapshot().models[orders]; m.operations["POST /refunds"] != nil || m.operations["POST /orders/{int}"] == nil {
			t.Errorf("operations known: %v", m.operations)
		}
	}
	check(c.Learner)
	var file bytes.Buffer
	if err := c.Save(&file); err != nil {
		t.Fatal(err)
	}
	again, err := Open(Config{}, &file)
	if err != nil {
		t.Fatal(err)
	}
	check(again)
}

// TestFade: what was not seen for the time that the operator set is no longer known, and leaves the store after as long again.
func TestFade(t *testing.T) {
	t.Parallel()
	store := &Memory{}
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01, ForgetAfter: 3 * 24 * time.Hour}, store)
	teach := func(path string, day int64) {
		m := post(path, `{}`)
		tree := c.inspector.Inspect(&m)
		defer c.inspector.Free(tree)
		c.Learn(path, time.Unix(day*86400, 0), Edge{web, orders}, "", tree)
	}
	for _, x := range []struct {
		day   int64
		known bool
	}{{100, true}, {103, true}, {104, false}, {107, false}} {
		if x.day == 100 {
			teach("/old", 100)
		} else {
			teach("/new", x.day)
		}
		c.Publish()
		if err := c.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if known := c.Snapshot().models[orders].operations["POST /old"] != nil; known != x.known {
			t.Errorf("day %d: known %v", x.day, known)
		}
	}
	if n := len(store.counts); n != 3 {
		t.Errorf("%d counts stored; the days 103, 104 and 107 are to be kept", n)
	}
}
