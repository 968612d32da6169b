package profile

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What was learned in a release can be taken back in another store too, where the release has another place; what was taken back before is not brought along.
func TestImportKeepsReleasesApart(t *testing.T) {
	t.Parallel()
	now := int64(1_800_000_000)
	clock := func() time.Time { return time.Unix(now, 0) }
	config := Config{Mode: Enforce, FalseDenyRate: .01}
	from := newClassroom(t, config, &Memory{Now: clock})
	teachOrders(from, 300)
	learn := func(path string) {
		now += 60
		for i := range 20 {
			from.teachVersionAt(path+fmt.Sprint(i), web, "v1", now, post(path, `{}`))
		}
	}
	release := func() Decision { now += 60; return from.decide(Act{Do: "release"}) }
	release()
	learn("/first")
	release()
	learn("/second")
	now += 60
	from.decide(Act{Do: "rollback"})
	learn("/after")
	release()
	learn("/third")
	from.decide(Act{Do: "narrow", Field: "body|json.amount", Rule: "number ≤ 5"})
	end := now
	from.decide(Act{Do: "patch", Field: "body|json.note", Class: "sqli"})
	from.Publish()
	var file bytes.Buffer
	if err := from.Save(&file); err != nil {
		t.Fatal(err)
	}

	now += 86400
	store := &Memory{Now: clock}
	to := newClassroom(t, config, store)
	from.clock, to.clock = now, now // no window is open
	from.Publish()
	to.decide(Act{Do: "mode", Mode: "shadow"})
	to.decide(Act{Do: "mode", Mode: "inherit"})
	to.decide(Act{Do: "mode", Mode: "inherit"})
	for range 2 { // the second time nothing is new
		if err := to.Import(t.Context(), "ada", bytes.NewReader(file.Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	probes := conversation(30)
	if diff := cmp.Diff(judged(from, probes), judged(to, probes)); diff != "" {
		t.Errorf("another verdict (-there +here):\n%s", diff)
	}
	operations := func(c *classroom) (names []string) {
		v, _ := c.Snapshot().Callee(orders)
		for _, o := range v.Operations {
			names = append(names, fmt.Sprint(o.Operation, " ", o.Calls))
		}
		return names
	}
	if diff := cmp.Diff(operations(from), operations(to)); diff != "" || len(operations(to)) != 4 {
		t.Errorf("other operations (-there +here):\n%s", diff)
	}
	for seq, held := range to.InForce() {
		if d := to.Decided()[seq-1]; held && bytes.Contains(d.Body, []byte(`"do":"release"`)) {
			t.Errorf("a window is open again: %s", d.Body)
		}
	}
	if list := to.parsed.rulings[orders]; len(list) != 2 || list[1].Until.Unix() != end+int64(patchTime/time.Second) {
		t.Errorf("%d rulings, or the patch lasts longer here", len(list))
	}
	for _, left := range []int{3, 1} { // the third release, then the first and what followed its successor
		if to.decide(Act{Do: "rollback"}); len(operations(to)) != left {
			t.Errorf("%d operations are to be left: %v", left, operations(to))
		}
	}
	if len(store.counts) == 0 {
		t.Error("nothing is in the store")
	}
}

// judged is what a Learner says of calls.
func judged(c *classroom, probes []said) (list []string) {
	for i := range probes {
		tree := c.inspector.Inspect(&probes[i].message)
		v := c.Snapshot().Judge(Edge{web, orders}, "v1", tree)
		list = append(list, fmt.Sprintf("%v %.9g %s", v.Allow, v.Score, v.Operation))
		c.inspector.Free(tree)
	}
	return list
}
