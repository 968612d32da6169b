package profile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// decide is one act on orders, in force at once.
func (c *classroom) decide(a Act) Decision {
	c.t.Helper()
	a.Callee = orders
	d, err := c.Decide(c.t.Context(), "ada", a)
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

const orderOperation = "POST /orders/{int}"

func TestRulings(t *testing.T) {
	t.Parallel()
	plain := `{"item":"lamp","amount":3,"price":402.55,"note":"please leave at door 3"}`
	long := strings.Replace(plain, "door 3", "door 3 and then come round to the back of the house and knock", 1)
	for _, x := range []struct {
		name  string
		act   Act
		body  string
		class string // of the reason that names the decision; "" where the call is let through
		level Level
	}{
		{"pin kept", Act{Do: "pin", Field: "body|json.amount", Rule: "number 1…5"}, plain, "", 0},
		{"pin broken", Act{Do: "pin", Field: "body|json.amount", Rule: "number 1…5"}, strings.Replace(plain, `:3,`, `:7,`, 1), "range", LevelValue},
		{"pin broken within another kind", Act{Do: "pin", Field: "body|json.amount", Rule: "number 1…5"}, strings.Replace(plain, `:3,`, `:{"a":3},`, 1), "kind", LevelShape},
		{"pin wins over what was learned", Act{Do: "pin", Field: "body|json.note", Rule: "text ≤ 500"}, long, "", 0},
		{"pin wins over learned kinds", Act{Do: "pin", Field: "body|json.amount", Rule: "any"}, strings.Replace(plain, `:3,`, `:{"a":{"b":[1]}},`, 1), "", 0},
		{"pin makes a new field ordinary", Act{Do: "pin", Field: "body|json.gift", Rule: "bool"}, strings.Replace(plain, `{`, `{"gift":true,`, 1), "", 0},
		{"pin makes a field optional", Act{Do: "pin", Field: "body|json.note", Rule: "text"}, `{"item":"lamp","amount":3,"price":402.55}`, "", 0},
		{"pin requires", Act{Do: "pin", Field: "body|json.note", Rule: "text, required"}, `{"item":"lamp","amount":3,"price":402.55}`, "missing-field", LevelShape},
		{"narrow requires a query", Act{Do: "narrow", Field: "query.dry", Rule: "required"}, plain, "missing-field", LevelShape},
		{"narrow kept", Act{Do: "narrow", Field: "body|json.price", Rule: "number ≤ 500"}, plain, "", 0},
		{"narrow broken", Act{Do: "narrow", Field: "body|json.price", Rule: "number ≤ 400"}, plain, "range", LevelValue},
		{"never", Act{Do: "narrow", Field: "body|json.note", Rule: "never"}, plain, "new-field", LevelShape},
		{"another operation", Act{Do: "narrow", Operation: "POST /carts", Field: "body|json.note", Rule: "never"}, plain, "", 0},
		{"another caller", Act{Do: "narrow", Caller: orders, Field: "body|json.note", Rule: "never"}, plain, "", 0},
		{"this caller and operation", Act{Do: "narrow", Caller: web, Operation: orderOperation, Field: "body|json.note", Rule: "never"}, plain, "new-field", LevelShape},
		{"operation by the name it had before it was one of many", Act{Do: "narrow", Operation: "POST /orders/70123", Field: "body|json.note", Rule: "never"}, plain, "new-field", LevelShape},
		{"patch by a rule", Act{Do: "patch", Field: "body|json.item", Rule: "one of chair, desk"}, plain, "enumeration", LevelValue},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{Now: func() time.Time { return time.Unix(1_800_000_000, 0) }})
			teachOrders(c, 800)
			d := c.decide(x.act)
			v := c.ask(web, post("/orders/70123", x.body))
			if x.class == "" {
				if !v.Allow {
					t.Fatalf("denied: %+v", v)
				}
				return
			}
			if v.Allow || len(v.Reasons) == 0 {
				t.Fatalf("allowed: %+v", v)
			}
			r := v.Reasons[0]
			if r.Class != x.class || r.Level != x.level || r.Decision != d.Seq || !r.Mature || !strings.Contains(r.Text, fmt.Sprint("decision ", d.Seq)) {
				t.Errorf("%+v", r)
			}
			m := post("/orders/70123", x.body)
			tree := c.inspector.Inspect(&m)
			defer c.inspector.Free(tree)
			if v = c.Snapshot().Judge(Edge{web, "spiffe://mesh.test/ns/shop/sa/users"}, "", tree); !v.Allow {
				t.Errorf("another callee's call: %+v", v)
			}
			if _, err := c.Decide(t.Context(), "ada", Act{Do: "withdraw", Decision: d.Seq}); err != nil {
				t.Fatal(err)
			}
			if v = c.ask(web, post("/orders/70123", x.body)); len(v.Reasons) > 0 && v.Reasons[0].Decision > 0 {
				t.Errorf("withdrawn, and still it speaks: %+v", v)
			}
			if _, err := c.Decide(t.Context(), "ada", Act{Do: "withdraw", Decision: d.Seq}); err == nil {
				t.Error("withdrawn twice")
			}
		})
	}
}

// A narrowing excuses nothing, and a pin no attack; a padded call escapes neither; shadow denies nothing.
func TestRulingsExcuseNoAttack(t *testing.T) {
	t.Parallel()
	c := taught(t, 800)
	long := post("/orders/70123", `{"item":"lamp","amount":1,"price":402.55,"note":"please leave at door 3 and then come round to the back of the house and knock"}`)
	c.decide(Act{Do: "narrow", Field: "body|json.note", Rule: "text ≤ 500"})
	if v := c.ask(web, long); v.Allow {
		t.Error("a narrowing let an odd value pass")
	}
	c.decide(Act{Do: "pin", Field: "body|json.note", Rule: "text ≤ 500"})
	if v := c.ask(web, long); !v.Allow {
		t.Errorf("pinned: %+v", v)
	}
	if v := c.ask(web, post("/orders/70123", `{"item":"lamp","amount":1,"price":402.55,"note":"' OR 1=1 UNION SELECT password FROM users--"}`)); v.Allow || v.Reasons[0].Class != "sqli" {
		t.Errorf("an attack in a pinned field: %+v", v)
	}
	c.decide(Act{Do: "pin", Field: "body|json.amount", Rule: "number 1…5"})
	padded := post("/orders/70123", `{"pad":[`+strings.Repeat("0,", 3000)+`0],"amount":7}`)
	v := c.ask(web, padded)
	if v.Allow || !hasDecision(&v, 3) {
		t.Errorf("behind 3,000 nodes: %+v", v)
	}
	c.decide(Act{Do: "mode", Mode: "shadow"})
	if v := c.ask(web, padded); !v.Allow || !v.WouldDeny {
		t.Errorf("in shadow: %+v", v)
	}
	// What breaks a rule is never learned, however many callers say it and however long.
	learned := c.Stats().Learned
	tree := c.inspector.Inspect(&padded)
	defer c.inspector.Free(tree)
	for i := range 100 {
		id := fmt.Sprint("broken", i)
		c.Saw(id, time.Unix(1_800_000_000+int64(i)*60, 0), Edge{fmt.Sprintf("spiffe://mesh.test/ns/shop/sa/c%d", i%5), orders}, "v1", tree, &v)
		c.Ended(id, true, time.Unix(1_800_000_000+int64(i)*60, 0))
	}
	c.drain()
	if n := c.Stats().Learned; n != learned {
		t.Errorf("%d calls learned that break a rule", n-learned)
	}
}

func hasDecision(v *Verdict, seq uint64) bool {
	for _, r := range v.Reasons {
		if r.Decision == seq && r.Mature {
			return true
		}
	}
	return false
}

// A narrower pin wins over a wider one, a later over an earlier of the same breadth; every narrowing holds.
func TestWhichPinHolds(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce}, &Memory{})
	says := func(n string) Verdict { return c.ask(web, post("/a", `{"n":`+n+`}`)) }
	allowed := func(what string, want map[string]bool) {
		t.Helper()
		for n, ok := range want {
			if v := says(n); v.Allow != ok {
				t.Errorf("%s: %s allowed %v", what, n, v.Allow)
			}
		}
	}
	const field = "body|json.n"
	allowed("nothing said", map[string]bool{"1": true, "1000": true})
	c.decide(Act{Do: "pin", Field: field, Rule: "number 0…10"})
	allowed("immature and pinned", map[string]bool{"1": true, "11": false})
	c.decide(Act{Do: "pin", Operation: "POST /a", Field: field, Rule: "number 0…100"})
	allowed("operation over callee", map[string]bool{"11": true, "101": false})
	c.decide(Act{Do: "pin", Caller: web, Field: field, Rule: "number 0…5"})
	allowed("operation over edge", map[string]bool{"11": true, "101": false})
	edge := c.decide(Act{Do: "pin", Caller: web, Operation: "POST /a", Field: field, Rule: "number 0…50"})
	allowed("edge and operation", map[string]bool{"50": true, "51": false})
	later := c.decide(Act{Do: "pin", Caller: web, Operation: "POST /a", Field: field, Rule: "number 0…500"})
	allowed("the later", map[string]bool{"500": true, "501": false})
	if held := c.InForce(); held[edge.Seq] || !held[later.Seq] {
		t.Errorf("in force: %v", held)
	}
	c.decide(Act{Do: "narrow", Field: field, Rule: "number ≥ 3"})
	c.decide(Act{Do: "narrow", Field: field, Rule: "number ≤ 400"})
	allowed("narrowed twice", map[string]bool{"2": false, "3": true, "400": true, "401": false})
	// An approval of what a rule denies is a later word; a rule after it is later still.
	c.decide(Act{Do: "approve", Caller: web, Operation: "POST /a", Field: field, Class: "range"})
	v := says("401")
	if !v.Allow || len(v.Reasons) == 0 || v.Reasons[0].Mature || v.Reasons[0].Decision != later.Seq+3 {
		t.Errorf("approved: %+v", v)
	}
	c.decide(Act{Do: "narrow", Field: field, Rule: "number ≤ 399"})
	allowed("after the approval", map[string]bool{"400": false, "399": true})
}

// A patch denies attacks too faint to deny by themselves, where they stand, for its time.
func TestPatch(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_800_000_000, 0)
	c := newClassroom(t, Config{Mode: Enforce}, &Memory{Now: func() time.Time { return at }})
	faint := ""
	for _, s := range []string{"x' --", "a; ls", "1 or 2", "union select", "'; drop", "<b>", "admin'--", "1=1", "order by 3"} {
		m := post("/a", `{"q":"`+s+`"}`)
		tree := c.inspector.Inspect(&m)
		for _, f := range tree.Findings {
			if f.Class == "sqli" && f.Score < .5 {
				faint = s
			}
		}
		c.inspector.Free(tree)
	}
	if faint == "" {
		t.Fatal("no value holds a faint finding: another one is needed here")
	}
	ask := func(field string) Verdict { return c.ask(web, post("/a", `{"`+field+`":{"inner":"`+faint+`"}}`)) }
	if v := ask("q"); !v.Allow {
		t.Fatalf("not faint: %+v", v)
	}
	end := at.Add(time.Hour)
	d := c.decide(Act{Do: "patch", Operation: "POST /a", Field: "body|json.q", Class: "sqli", Until: &end})
	if v := ask("q"); v.Allow || v.Reasons[0].Level != LevelAttack || v.Reasons[0].Class != "sqli" || v.Reasons[0].Decision != d.Seq || v.Reasons[0].Path != "body|json.q.inner" {
		t.Errorf("patched: %+v", v)
	}
	if v := ask("other"); !v.Allow {
		t.Errorf("another field: %+v", v)
	}
	if v := c.ask(web, post("/a", `{"q":{"inner":"a text"}}`)); !v.Allow {
		t.Errorf("its benign twin: %+v", v)
	}
	c.clock = end.Unix() + 1
	c.Publish()
	if v := ask("q"); !v.Allow || c.InForce()[d.Seq] {
		t.Errorf("after its end: %+v", v)
	}
}

// A pin without a rule is to what was learned when it was set.
func TestPinOfWhatWasLearned(t *testing.T) {
	t.Parallel()
	c := taught(t, 800)
	for _, field := range []string{"body|json.item", "body|json.note"} {
		c.decide(Act{Do: "pin", Operation: orderOperation, Field: field})
	}
	r := rand.New(rand.NewPCG(5, 5))
	for range 100 {
		if v := c.ask(web, order(r)); !v.Allow && v.Reasons[0].Decision > 0 {
			t.Fatalf("an ordinary order: %+v", v)
		}
	}
	if v := c.ask(web, post("/orders/1", `{"item":"sofa","amount":1,"price":2.5,"note":"please leave at door 3"}`)); v.Allow || !hasDecision(&v, 1) {
		t.Errorf("a new item: %+v", v)
	}
	marks := map[string]string{}
	for _, rule := range c.Snapshot().Rules(orders, orderOperation) {
		for _, m := range rule.Marks {
			marks[rule.Path] += m.Do + " " + m.Rule
		}
	}
	if !strings.HasPrefix(marks["body|json.item"], "pin one of #") || !strings.HasPrefix(marks["body|json.note"], "pin text ≤ ") || len(marks) != 2 {
		t.Errorf("marks: %q", marks)
	}
	for _, bad := range []Act{
		{Do: "pin", Operation: orderOperation, Field: "body|json.unknown"},
		{Do: "pin", Field: "body|json.item"},
		{Do: "pin", Field: "nonsense", Rule: "any"},
		{Do: "pin", Rule: "any"},
		{Do: "narrow", Field: "body|json.item"},
		{Do: "narrow", Field: "body|json.item", Rule: "nonsense"},
		{Do: "narrow", Field: "body", Rule: "any, required"},
		{Do: "patch", Field: "body|json.item"},
		{Do: "patch", Field: "body|json.item", Class: "sqlinjection"},
		{Do: "patch", Field: "body|json.item", Class: "document:sql"},
		{Do: "narrow", Field: "body|json.item", Rule: "any", Class: "sqli"},
		{Do: "rollback"},
		{Do: "rollback", Revision: 1},
		{Do: "dance"},
	} {
		bad.Callee = orders
		if d, err := c.Decide(t.Context(), "ada", bad); err == nil {
			t.Errorf("%+v is decided: %+v", bad, d)
		}
	}
	if _, err := c.Decide(t.Context(), "ada", Act{Do: "pin", Field: "body|json.item", Rule: "any"}); err == nil {
		t.Error("a pin without a callee")
	}
}

// What one replica decides holds on the others, and after a restart.
func TestRulingsHoldOnEveryReplica(t *testing.T) {
	t.Parallel()
	store := &Memory{}
	one, two := newClassroom(t, Config{Mode: Enforce, Replica: "one"}, store), newClassroom(t, Config{Mode: Enforce, Replica: "two"}, store)
	for _, c := range []*classroom{one, two} {
		go func() { _ = c.Run(t.Context()) }() // ends with the test
	}
	one.decide(Act{Do: "pin", Operation: "POST /a", Field: "body|json.n", Rule: "number 0…10"})
	denies := func(c *classroom) bool {
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if v := c.ask(web, post("/a", `{"n":11}`)); !v.Allow {
				return true
			}
		}
		return false
	}
	again := newClassroom(t, Config{Mode: Enforce, Replica: "one"}, store)
	go func() { _ = again.Run(t.Context()) }()
	if !denies(one) || !denies(two) || !denies(again) {
		t.Error("a pin does not hold everywhere")
	}
}
