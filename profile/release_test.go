package profile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"postern/inspect"
)

// TestRelease: an announced release lets new structure of its version in, and neither an attack, nor an odd value, nor a stranger.
func TestRelease(t *testing.T) {
	t.Parallel()
	store := &Memory{Now: func() time.Time { return time.Unix(1_800_000_000, 0) }}
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, store)
	c.teachVersion("first", web, "v0", order(rand.New(rand.NewPCG(2, 2))))
	teachOrders(c, 1500)
	gift := post("/orders/70123", `{"item":"lamp","amount":1,"price":402.55,"note":"please leave at door 3","gift":true}`)
	if v := c.ask(web, gift); v.Allow {
		t.Fatal("a new field was let through before its release")
	}
	if _, err := c.Decide(t.Context(), "pipeline", Act{Do: "release", Callee: orders, Version: "v1"}); err != nil {
		t.Fatal(err)
	}
	if v := c.ask(web, gift); !v.Allow || !v.Released || len(v.Reasons) == 0 || v.Reasons[0].Mature {
		t.Errorf("a new field within its release: %+v", v)
	}
	if v := c.ask(web, post("/orders/70123", `{"item":"lamp","amount":1,"price":402.55,"note":"please <leave> at door 3","gift":true}`)); v.Allow {
		t.Error("an odd value was excused by a release")
	}
	if v := c.ask("spiffe://mesh.test/ns/shop/sa/notifier", gift); v.Allow {
		t.Error("a stranger was excused by a release")
	}
	for _, x := range []struct{ what, body string }{
		{"an attack in the new field", `{"item":"lamp","amount":1,"price":402.55,"note":"please leave at door 3","gift":"' OR 1=1 UNION SELECT password FROM users--"}`},
		{"a wrapping in the new field", `{"item":"lamp","amount":1,"price":402.55,"note":"please leave at door 3","gift":"cGxlYXNlIGxlYXZlIHRoaXMgYXQgdGhlIGRvb3I="}`},
		{"a document in the new field", `{"item":"lamp","amount":1,"price":402.55,"note":"please leave at door 3","gift":"select name from users where id = 3 order by name"}`},
	} {
		if v := c.ask(web, post("/orders/70123", x.body)); v.Allow {
			t.Errorf("%s was excused by a release: %+v", x.what, v)
		}
	}
	if v := c.askVersion(web, "v0", gift); v.Allow {
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

// say has a call of a version checked, and end well.
func (c *classroom) say(id, version string, at int64, m inspect.Message) Verdict {
	tree := c.inspector.Inspect(&m)
	defer c.inspector.Free(tree)
	v := c.Snapshot().Judge(Edge{web, orders}, version, tree)
	c.Saw(id, time.Unix(at, 0), Edge{web, orders}, version, tree, &v)
	c.Ended(id, true, time.Unix(at, 0))
	c.drain()
	c.renew(c.t.Context())
	return v
}

// A version that was not seen before is a release that nobody announced: from its first call on, for an hour, whatever else is said of it.
func TestAVersionNotSeenBeforeIsARelease(t *testing.T) {
	t.Parallel()
	const now = 1_800_000_000
	store := &Memory{Now: func() time.Time { return time.Unix(now, 0) }}
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, store)
	if v := c.say("young", "v0", now, order(rand.New(rand.NewPCG(2, 2)))); !v.Allow || len(c.Decided()) > 0 {
		t.Errorf("a callee's first version: %+v, %d decisions", v, len(c.Decided()))
	}
	teachOrders(c, 1500)
	gift := post("/orders/70123", `{"item":"lamp","amount":1,"price":402.55,"note":"please leave at door 3","gift":true}`)
	if v := c.say("old", "v1", now, gift); v.Allow || len(c.Decided()) > 0 {
		t.Fatalf("of a version that is known: %+v", v)
	}
	if v := c.say("no version", "", now, gift); v.Allow || len(c.Decided()) > 0 {
		t.Errorf("without a version: %+v", v)
	}
	odd := post("/orders/70123", `{"item":"lamp","amount":1,"price":402.55,"note":"please <leave> at door 3","gift":true}`)
	if v := c.say("odd", "v2", now, odd); v.Allow {
		t.Errorf("an odd value was excused: %+v", v)
	}
	list := c.Decided()
	if len(list) != 1 || list[0].By != "postern" || !strings.Contains(string(list[0].Body), `"version":"v2","seen":true`) {
		t.Fatalf("%d decisions: %+v", len(list), list)
	}
	for i := range 3 {
		if v := c.say(fmt.Sprint("new", i), "v2", now+int64(i), gift); !v.Allow || !v.Released {
			t.Errorf("the first calls of a new version: %+v", v)
		}
	}
	if n := len(c.Decided()); n != 1 {
		t.Errorf("%d decisions for one version", n)
	}
	c.clock = now + int64(releaseTime/time.Second) + 1
	c.Publish()
	if v := c.say("late", "v2", now, gift); v.Allow {
		t.Errorf("after the window: %+v", v)
	}
	// A version that never stays the same tells of no release.
	for i := range 2 * maxSeen {
		c.say(fmt.Sprint("restless", i), fmt.Sprint("build-", i), now, order(rand.New(rand.NewPCG(2, 2))))
		c.Publish()
	}
	if n := len(c.Decided()); n != maxSeen {
		t.Errorf("%d windows opened by versions alone", n)
	}
	if v := c.say("restless", "build-x", now, gift); v.Allow {
		t.Errorf("excused by a version that never stays the same: %+v", v)
	}
}

// Two replicas that see the same version open one window.
func TestReplicasOpenOneWindow(t *testing.T) {
	t.Parallel()
	store := &Memory{}
	one, two := newClassroom(t, Config{}, store), newClassroom(t, Config{}, store)
	for range 2 {
		for _, c := range []*classroom{one, two} {
			c.renewals.seen[renewal{orders, "v2"}] = true
		}
		one.renew(t.Context())
		two.renew(t.Context())
	}
	for i := range store.decisions {
		two.decided(store.decisions[i])
	}
	if n := len(two.parsed.history[orders].opened); n != 1 {
		t.Errorf("%d windows", n)
	}
}

// What is new in a release is learned once it recurs; a rollback takes back what was learned since it opened and nothing before, and can itself be taken back.
func TestRollback(t *testing.T) {
	t.Parallel()
	now := int64(1_800_000_000)
	store := &Memory{Now: func() time.Time { return time.Unix(now, 0) }}
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, store)
	teachOrders(c, 1500)
	gift := post("/orders/70123", `{"item":"lamp","amount":1,"price":402.55,"note":"please leave at door 3","gift":true}`)
	refund := post("/refunds", `{"order":17}`)
	now += 60
	release := c.decide(Act{Do: "release", Version: "v2"})
	knows := func(m inspect.Message) bool {
		c.clock = now + 7200 // no window is open
		c.Publish()
		defer func() { c.clock = 0; c.Publish() }()
		return c.askVersion(web, "v2", m).Allow
	}
	for i := range releaseCalls - 1 {
		c.say(fmt.Sprint("gift", i), "v2", now+int64(i), gift)
		c.say(fmt.Sprint("refund", i), "v2", now+int64(i), refund)
	}
	if knows(gift) || knows(refund) {
		t.Error("learned before it recurred")
	}
	for i := range 3 * releaseCalls {
		c.say(fmt.Sprint("more gift", i), "v2", now+int64(i), gift)
		c.say(fmt.Sprint("more refund", i), "v2", now+int64(i), refund)
	}
	if !knows(gift) || !knows(refund) {
		t.Error("not learned although it recurred")
	}
	var file bytes.Buffer
	if err := c.Save(&file); err != nil {
		t.Fatal(err)
	}
	now += 60
	back := c.decide(Act{Do: "rollback"})
	if !strings.Contains(string(back.Body), fmt.Sprintf(`"revision":%d`, release.Seq)) {
		t.Errorf("the log does not say which release: %s", back.Body)
	}
	if knows(gift) || knows(refund) || c.Snapshot().models[orders].operations["POST /refunds"] != nil {
		t.Error("known after the rollback")
	}
	if v := c.askVersion(web, "v2", gift); v.Allow {
		t.Error("the window of a release that was taken back is open")
	}
	r, denied := rand.New(rand.NewPCG(9, 9)), 0
	for range 200 {
		if !c.ask(web, order(r)).Allow {
			denied++
		}
	}
	if denied > 8 {
		t.Errorf("%d of 200 ordinary calls denied after the rollback", denied)
	}
	if _, err := c.Decide(t.Context(), "ada", Act{Do: "rollback", Callee: orders}); err == nil {
		t.Error("taken back twice")
	}
	// What is learned from now on is no part of what was taken back.
	now += 60
	c.teachVersionAt("after", web, "v3", now, refund)
	c.Publish()
	if c.Snapshot().models[orders].operations["POST /refunds"] == nil {
		t.Error("not learned after the rollback")
	}
	if _, err := c.Decide(t.Context(), "ada", Act{Do: "withdraw", Decision: back.Seq}); err != nil {
		t.Fatal(err)
	}
	if !knows(gift) || !knows(refund) {
		t.Error("not known although the rollback was taken back")
	}
	// A profile file keeps apart what belongs to the release.
	again, err := Open(c.config, &file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Decide(t.Context(), "ada", Act{Do: "rollback", Callee: orders}); err != nil {
		t.Fatal(err)
	}
	if m := again.Snapshot().models[orders]; m.operations["POST /refunds"] != nil || m.operations[orderOperation] == nil {
		t.Errorf("of a file: %v", m.operations)
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
	n := 0
	for _, w := range store.counts {
		if w.value != nil {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d counts stored; the days 103, 104 and 107 are to be kept", n)
	}
}
