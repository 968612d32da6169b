package profile

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postern/inspect"
)

// counter is an invented service of one path: what it does is told by one field.
type counter struct {
	r     *rand.Rand
	where string // json, query, form
}

// counterActions are what it is asked, and the members that each has besides its id.
var counterActions = []struct {
	name    string
	members func(r *rand.Rand) []string // name, JSON value, …
}{
	{"get", func(*rand.Rand) []string { return nil }},
	{"list", func(r *rand.Rand) []string { return []string{"page", fmt.Sprint(r.IntN(40)), "size", "50"} }},
	{"create", func(r *rand.Rand) []string {
		return []string{"item", fmt.Sprintf(`"item-%d"`, r.IntN(5000)), "amount", fmt.Sprint(1 + r.IntN(9))}
	}},
	{"refund", func(r *rand.Rand) []string {
		return []string{"amount", fmt.Sprint(1 + r.IntN(60)), "reason", fmt.Sprintf(`"broken part %d"`, r.IntN(900))}
	}},
	{"capture", func(r *rand.Rand) []string {
		return []string{"amount", fmt.Sprint(20000 + r.IntN(40000)), "currency", [...]string{`"EUR"`, `"USD"`, `"CHF"`}[r.IntN(3)]}
	}},
	{"ship", func(r *rand.Rand) []string {
		return []string{"address", fmt.Sprintf(`"Main Street %d"`, r.IntN(900)), "express", fmt.Sprint(r.IntN(2) == 0)}
	}},
	{"rename", func(r *rand.Rand) []string { return []string{"label", fmt.Sprintf(`"label %d"`, r.IntN(900))} }},
	{"invite", func(r *rand.Rand) []string {
		return []string{"email", fmt.Sprintf(`"u%d@example.com"`, r.IntN(900)), "role", [...]string{`"viewer"`, `"editor"`}[r.IntN(2)]}
	}},
	{"delete-account", func(r *rand.Rand) []string {
		return []string{"confirm", "true", "ticket", fmt.Sprint(70000 + r.IntN(900))}
	}},
}

// call is an ordinary call of an action.
func (s *counter) call(action string) inspect.Message {
	for _, a := range counterActions {
		if a.name == action {
			return s.with(action, append([]string{"id", fmt.Sprintf(`"order-%d"`, s.r.IntN(5000))}, a.members(s.r)...)...)
		}
	}
	panic(action)
}

// with is a call that has the given members.
func (s *counter) with(action string, members ...string) inspect.Message {
	var fields []string
	path := "/counter"
	switch s.where {
	case "query":
		path += "?cmd=" + action
	default:
		fields = append(fields, fmt.Sprintf(`"action":%q`, action))
	}
	for i := 0; i < len(members); i += 2 {
		fields = append(fields, fmt.Sprintf("%q:%s", members[i], members[i+1]))
	}
	if s.where != "form" {
		return post(path, "{"+strings.Join(fields, ",")+"}")
	}
	for i, f := range fields {
		fields[i] = strings.NewReplacer(`"`, "", ":", "=", " ", "+", "@", "%40").Replace(f)
	}
	m := post(path, strings.Join(fields, "&"))
	m.Header[0].Value = []byte("application/x-www-form-urlencoded")
	return m
}

// any is an ordinary call of a caller. c0 asks for everything, the others for all but delete-account.
func (s *counter) any(caller int) inspect.Message {
	n := len(counterActions)
	if caller > 0 {
		n--
	}
	return s.call(counterActions[s.r.IntN(n)].name)
}

func (s *counter) operation(action string) string {
	if s.where == "query" {
		return "POST /counter cmd=" + action
	}
	return "POST /counter action=" + action
}

// teachCounter has four callers ask n times.
func teachCounter(c *classroom, s *counter, n int) {
	for i := range n {
		c.teach(fmt.Sprint(i), nth(i%4), s.any(i%4))
	}
	c.Publish()
}

func newCounter(where string) *counter { return &counter{rand.New(rand.NewPCG(3, 9)), where} }

func reasonOf(v *Verdict) string {
	if len(v.Reasons) == 0 {
		return "none"
	}
	return fmt.Sprint(v.Reasons[0].Level, "/", v.Reasons[0].Class, " ", v.Reasons[0].Path)
}

// TestActions: a path whose operations a field tells apart is as many operations, each with its own fields, values and callers.
func TestActions(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"json", "query", "form"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			s := newCounter(where)
			c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
			teachCounter(c, s, 3000)
			for _, a := range counterActions {
				if c.models[orders].operations[s.operation(a.name)] == nil {
					t.Errorf("%s is no operation of its own", s.operation(a.name))
				}
			}
			denied := 0
			for i := range 1000 {
				m := s.any(i % 4)
				v := c.ask(nth(i%4), m)
				if !v.Allow {
					denied++
				}
				if !strings.HasPrefix(v.Operation, s.operation("")) || !v.Mature {
					t.Fatalf("%s: operation %q, mature %v", m.Body, v.Operation, v.Mature)
				}
			}
			if denied > 20 {
				t.Errorf("%d of 1000 ordinary calls denied", denied)
			}
			field := "body|json.action"
			switch where {
			case "query":
				field = "query.cmd"
			case "form":
				field = "body|form.action"
			}
			for _, x := range []struct {
				name, from string
				m          inspect.Message
				operation  string
				reason     string
			}{
				{"an amount that is ordinary for another action", nth(1), s.with("refund", "id", `"order-777"`, "amount", "41000", "reason", `"broken part 7"`), "refund", "value/"},
				{"a member of another action", nth(1), s.with("rename", "id", `"order-777"`, "label", `"label 7"`, "amount", "7"), "rename", "shape/new-field"},
				{"the members of another action", nth(1), s.with("get", "id", `"order-777"`, "amount", "7", "reason", `"broken part 7"`), "get", "shape/new-field"},
				{"a caller who never asked for it", nth(1), s.call("delete-account"), "delete-account", "operation/new-operation"},
				{"an action that nobody asked for", nth(1), s.with("drop-tables", "id", `"order-777"`), "drop-tables", "operation/new-operation " + field},
			} {
				v := c.ask(x.from, x.m)
				if got := reasonOf(&v); v.Allow || !strings.HasPrefix(got, x.reason) || v.Operation != s.operation(x.operation) {
					t.Errorf("%s: allowed %v, operation %q, score %.2f, for %s; want %s", x.name, v.Allow, v.Operation, v.Score, got, x.reason)
				}
			}
			if v := c.ask(nth(0), s.call("delete-account")); !v.Allow {
				t.Errorf("who always asked for it is denied: %+v", v.Reasons)
			}
		})
	}
}

// TestActionsAreShown: rules, callers and calls of each action are told as those of any operation.
func TestActionsAreShown(t *testing.T) {
	t.Parallel()
	s := newCounter("json")
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	teachCounter(c, s, 3000)
	v, _ := c.Snapshot().Callee(orders)
	if len(v.Operations) != 1+len(counterActions) || v.Operations[0].Operation != "POST /counter" || v.Operations[0].Calls != 3000 {
		t.Fatalf("%+v", v.Operations)
	}
	all := 0.0
	for _, o := range v.Operations[1:] {
		if all += o.Calls; o.Path != "POST /counter" {
			t.Errorf("%s is an action of %q", o.Operation, o.Path)
		}
	}
	if all != 3000 {
		t.Errorf("%v calls of all actions", all)
	}
	for _, f := range c.Snapshot().Fields(orders) {
		if f.Operation != "POST /counter action=delete-account" {
			continue
		}
		if !slices.Equal(f.Callers, []string{nth(0)}) {
			t.Errorf("callers %v", f.Callers)
		}
		var paths []string
		for _, r := range f.Fields {
			if strings.HasPrefix(r.Path, "body|json.") {
				paths = append(paths, r.Path+" "+r.Text)
			}
		}
		if diff := cmp.Diff([]string{"body|json.action always the same value", "body|json.confirm bool", "body|json.id text ≤ 10: letters, digits, -", "body|json.ticket number 65000…78000"}, paths); diff != "" {
			t.Error(diff)
		}
	}
	since := c.CallsSince(time.Unix(1_800_000_000, 0), orders, nth(0))
	if n := since["POST /counter action=delete-account"]; n == 0 || since["POST /counter"] != 750 {
		t.Errorf("%v", since)
	}
}

// TestNoActions: what only correlates with the shape, or takes any value, tells no operations apart.
func TestNoActions(t *testing.T) {
	t.Parallel()
	countries := []string{"DE", "FR", "IT", "ES", "US", "CA", "JP", "PL", "SE", "NL", "AT", "CH"}
	for name, body := range map[string]func(r *rand.Rand) string{
		"a country that brings a member now and then": func(r *rand.Rand) string {
			switch c := countries[r.IntN(len(countries))]; c {
			case "US":
				return fmt.Sprintf(`{"country":"US","state":"S%d","zip":"%05d"}`, r.IntN(50), r.IntN(99999))
			case "CA":
				return fmt.Sprintf(`{"country":"CA","province":"P%d","zip":"%05d"}`, r.IntN(12), r.IntN(99999))
			default:
				return fmt.Sprintf(`{"country":%q,"zip":"%05d"}`, c, r.IntN(99999))
			}
		},
		"a currency": func(r *rand.Rand) string {
			return fmt.Sprintf(`{"currency":%q,"amount":%d}`, [...]string{"EUR", "USD", "CHF", "GBP"}[r.IntN(4)], r.IntN(900))
		},
		"members that come and go by chance": func(r *rand.Rand) string {
			body := fmt.Sprintf(`{"state":%q,"id":%d`, [...]string{"open", "closed", "waiting", "lost"}[r.IntN(4)], r.IntN(900))
			for _, m := range []string{"a", "b", "c", "d", "e"} {
				if r.IntN(20) > 0 {
					body += fmt.Sprintf(`,%q:%d`, m, r.IntN(9))
				}
			}
			return body + "}"
		},
		"random values, each with a member of its own": func(r *rand.Rand) string {
			x := r.IntN(90000)
			return fmt.Sprintf(`{"action":"do-%d","m%d":1}`, x, x%200)
		},
		"kinds of a part": func(r *rand.Rand) string {
			pay := [...]string{`{"type":"card","number":4,"expiry":"2027"}`, `{"type":"iban","holder":"a b"}`, `{"type":"voucher","code":"x9"}`}[r.IntN(3)]
			return fmt.Sprintf(`{"order":%d,"payment":%s}`, r.IntN(900), pay)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
			r := rand.New(rand.NewPCG(1, 2))
			for i := range 2000 {
				c.teach(fmt.Sprint(i), nth(i%4), post("/thing", body(r)))
			}
			c.Publish()
			if n := len(c.models[orders].operations); n != 1 {
				t.Errorf("%d operations", n)
			}
		})
	}
}

// TestActionsWhileLearning: at no moment (before the field is found, as it is found, while some actions are young) does an ordinary call fare worse than before, and what was mature
// stays mature.
func TestActionsWhileLearning(t *testing.T) {
	t.Parallel()
	s := newCounter("json")
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	mature, found, denied, asked := false, 0, 0, 0
	for i := range 4000 {
		from := i % 4
		if i%50 == 0 {
			c.Publish()
			if found == 0 && c.models[orders] != nil && len(c.models[orders].operations) > 1 {
				found = i
			}
		}
		m := s.any(from)
		v := c.ask(nth(from), m)
		if mature && !v.Mature {
			t.Fatalf("call %d of %q is immature, the path was mature", i, v.Operation)
		}
		mature = mature || v.Mature
		if asked++; !v.Allow {
			denied++
			continue // what is denied is not learned
		}
		c.teach(fmt.Sprint(i), nth(from), m)
	}
	if found == 0 || found > 1000 {
		t.Errorf("the actions were found after %d calls", found)
	}
	if denied > asked/50 {
		t.Errorf("%d of %d ordinary calls denied", denied, asked)
	}
}

// TestActionsOnReplicas: replicas that share a store, restarted ones and a file tell the same actions by the same names, and judge alike.
func TestActionsOnReplicas(t *testing.T) {
	t.Parallel()
	config := Config{Mode: Enforce, FalseDenyRate: .01}
	s := newCounter("json")
	var probes []said
	for i := range 60 {
		probes = append(probes, said{id: fmt.Sprint("probe", i), at: time.Unix(1_800_000_000, 0), edge: Edge{nth(i % 4), orders}, message: s.any(i % 4)})
	}
	probes[0].message = s.call("delete-account")
	probes[0].edge.From = nth(2)
	mesh := replicate(t, config, 2)
	for i := range 2400 {
		c := mesh.replicas[s.r.IntN(2)]
		c.teach(fmt.Sprint(i), nth(i%4), s.any(i%4))
	}
	for range 3 { // counts; then the words that are wanted; then all have both
		mesh.flush(nil)
		for _, c := range mesh.replicas {
			c.Publish()
		}
	}
	want := mesh.replicas[0].knowledge(probes)
	if !strings.Contains(want, "action=delete-account") || !strings.Contains(want, "probe0 false true") {
		t.Fatalf("no actions: %.3000s", want)
	}
	restarted := newClassroom(t, config, mesh.store)
	news, _ := mesh.store.since(0)
	for _, n := range news {
		restarted.stored(n)
	}
	restarted.Publish()
	var file bytes.Buffer
	if err := mesh.replicas[1].Save(&file); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(file.String(), `"editor"`) || !strings.Contains(file.String(), `"delete-account"`) {
		t.Error("the file has words in clear that name no action, or not those that do")
	}
	opened, err := Open(config, bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*classroom{"the other replica": mesh.replicas[1], "a restarted one": restarted, "a file": {t, restarted.inspector, opened}} {
		if diff := cmp.Diff(want, c.knowledge(probes)); diff != "" {
			t.Errorf("%s knows something else:\n%.2000s", name, diff)
		}
	}
	var again bytes.Buffer
	if err := opened.Save(&again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), file.Bytes()) {
		t.Error("the file that was opened is written otherwise")
	}
}

// TestNewActions: an action that nobody asked for waits until enough callers have, and what is only made up makes no operations.
func TestNewActions(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name    string
		callers int
		action  func(i int) string
		learned bool
	}{
		{"of enough callers", 4, func(int) string { return "archive" }, true},
		{"of one caller", 1, func(int) string { return "archive" }, false},
		{"made up", 4, func(i int) string { return fmt.Sprintf("do-%d", i) }, false},
		{"that is no word", 4, func(i int) string { return fmt.Sprintf("%d; drop table", i) }, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			s := newCounter("json")
			c := newClassroom(t, Config{Mode: Shadow, FalseDenyRate: .01}, &Memory{})
			teachCounter(c, s, 3000)
			before := len(c.models[orders].operations)
			start := time.Unix(1_800_000_000, 0)
			for i := range 200 {
				c.visitAt(start.Add(time.Duration(i)*20*time.Second), fmt.Sprint("new", i), nth(i%x.callers), s.with(x.action(i), "id", `"order-777"`))
			}
			c.Publish()
			if v := c.ask(nth(0), s.with(x.action(7), "id", `"order-777"`)); v.WouldDeny == x.learned {
				t.Errorf("would deny %v: %+v", v.WouldDeny, v.Reasons)
			}
			if n := len(c.models[orders].operations) - before; n != 0 && !x.learned || n != 1 && x.learned {
				t.Errorf("%d operations more", n)
			}
		})
	}
}

// TestActionsSaidTwice: who names two actions, or hides one, asks for none that is known.
func TestActionsSaidTwice(t *testing.T) {
	t.Parallel()
	s := newCounter("json")
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	teachCounter(c, s, 3000)
	for name, body := range map[string]string{
		"twice":          `{"action":"get","id":"order-777","action":"delete-account"}`,
		"another kind":   `{"action":["get"],"id":"order-777"}`,
		"not at all":     `{"id":"order-777"}`,
		"in other words": `{"action":"GET","id":"order-777"}`,
	} {
		if v := c.ask(nth(1), post("/counter", body)); v.Allow {
			t.Errorf("%s: let through, operation %q", name, v.Operation)
		}
	}
	if v := c.ask(nth(1), post("/counter", `{"action":"\u0067et","id":"order-777"}`)); v.Operation != "POST /counter action=get" {
		t.Errorf("as JSON escapes it: %q", v.Operation)
	}
}

// TestOperatorsOnActions: what is said of a path is true of its actions, and what is said of an action of that alone.
func TestOperatorsOnActions(t *testing.T) {
	t.Parallel()
	const path, refund = "POST /counter", "POST /counter action=refund"
	s := newCounter("json")
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	teachCounter(c, s, 3000)
	wrong := s.with("refund", "id", `"order-777"`, "amount", "41000", "reason", `"broken part 7"`)
	stranger, unknown := s.call("delete-account"), s.with("drop-tables", "id", `"order-777"`)
	steps := []struct {
		act                      Act
		wrong, stranger, unknown bool // are let through
	}{
		{Act{Do: "pin", Operation: path, Field: "body|json.amount", Rule: "number 0…90000"}, true, false, false},
		{Act{Do: "pin", Operation: refund, Field: "body|json.amount", Rule: "number 0…100"}, false, false, false},
		{Act{Do: "approve", Caller: nth(1), Operation: path}, false, true, false},
		{Act{Do: "approve", Operation: "POST /counter action=drop-tables"}, false, true, true},
		{Act{Do: "mode", Mode: "shadow", Operation: path}, true, true, true},
		{Act{Do: "mode", Mode: "enforce", Operation: refund}, false, true, true},
	}
	for i, x := range steps {
		c.decide(x.act)
		for name, ask := range map[string]struct {
			m     inspect.Message
			allow bool
		}{"wrong": {wrong, x.wrong}, "stranger": {stranger, x.stranger}, "unknown": {unknown, x.unknown}} {
			if v := c.ask(nth(1), ask.m); v.Allow != ask.allow {
				t.Errorf("after decision %d, %s: allowed %v, %s", i+1, name, v.Allow, reasonOf(&v))
			}
		}
	}
	if _, err := c.Decide(t.Context(), "test", Act{Do: "forget", Callee: orders, Operation: refund}); err == nil {
		t.Error("an action was forgotten alone")
	}
	marks := 0
	for _, r := range c.Snapshot().Rules(orders, refund) {
		marks += len(r.Marks)
	}
	if marks != 2 {
		t.Errorf("%d marks on an action, want that of its path and its own", marks)
	}
}

// TestOperatorsNameActions: a decision about an action says what tells the actions of its path apart, where nothing else does.
func TestOperatorsNameActions(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(1, 2))
	lock := func(do string) inspect.Message {
		return post("/door", fmt.Sprintf(`{"do":%q,"id":%d}`, do, r.IntN(900)))
	}
	for i := range 1000 {
		c.teach(fmt.Sprint(i), nth(i%2), lock([...]string{"lock", "unlock"}[i%2]))
	}
	c.Publish()
	if v := c.ask(nth(0), lock("unlock")); !v.Allow || v.Operation != "POST /door" {
		t.Fatalf("allowed %v, operation %q", v.Allow, v.Operation)
	}
	c.decide(Act{Do: "mode", Mode: "enforce", Operation: "POST /door do=unlock"})
	if v := c.ask(nth(0), lock("unlock")); v.Allow || v.Operation != "POST /door do=unlock" {
		t.Errorf("allowed %v, operation %q", v.Allow, v.Operation)
	}
	if v := c.ask(nth(1), lock("unlock")); !v.Allow {
		t.Errorf("%+v", v.Reasons)
	}
}

func TestJudgeOfActionsAllocatesNothing(t *testing.T) {
	if poolsForget {
		t.Skip("under the race detector a pool drops what it is given, at random")
	}
	s := newCounter("json")
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	teachCounter(c, s, 2000)
	call := s.call("refund")
	tree := c.inspector.Inspect(&call)
	defer c.inspector.Free(tree)
	for _, mode := range []string{"", "enforce"} { // modes are looked up by the path too
		if mode != "" {
			c.decide(Act{Do: "mode", Mode: mode, Operation: "POST /counter"})
		}
		judge, e := c.Snapshot(), Edge{nth(1), orders}
		if v := judge.Judge(e, "", tree); !v.Allow || v.Operation != "POST /counter action=refund" {
			t.Fatalf("%+v", v)
		}
		if n := testing.AllocsPerRun(200, func() { judge.Judge(e, "v1", tree) }); n >= 1 {
			t.Errorf("%v allocations for an ordinary call", n)
		}
	}
}

// TestActionsByPlace: what tells actions apart may stand in a header of the body, or be an element of XML; what tells of a part of the body does not count.
func TestActionsByPlace(t *testing.T) {
	t.Parallel()
	kinds := [...]struct{ name, json, xml string }{
		{"order-paid", `"order":7,"total":12.5`, `<order>7</order><total>12</total>`},
		{"order-shipped", `"order":8,"parcel":"p-12"`, `<order>8</order><parcel>p-12</parcel>`},
		{"user-left", `"user":"u-9"`, `<user>u-9</user>`},
		{"price-changed", `"sku":"s-1","price":3`, `<sku>s-1</sku><price>3</price>`},
	}
	for name, x := range map[string]struct {
		body func(i, n int) string
		want string // "": none
	}{
		"a header": {func(i, n int) string {
			return fmt.Sprintf(`{"meta":{"type":%q,"id":%d},"data":{%s}}`, kinds[i].name, n, kinds[i].json)
		}, "POST /x meta.type=order-paid"},
		"an envelope": {func(i, n int) string {
			return fmt.Sprintf(`{"data":{"type":%q,"id":%d,"attributes":{%s}}}`, kinds[i].name, n, kinds[i].json)
		}, "POST /x type=order-paid"},
		"an element": {func(i, n int) string {
			return fmt.Sprintf(`<?xml version="1.0"?><request><action>%s</action><id>%d</id>%s</request>`, kinds[i].name, n, kinds[i].xml)
		}, "POST /x action=order-paid"},
		"an attribute": {func(i, n int) string {
			return fmt.Sprintf(`<request do="%s"><id>%d</id>%s</request>`, kinds[i].name, n, kinds[i].xml)
		}, "POST /x do=order-paid"},
		"a part": {func(i, n int) string {
			return fmt.Sprintf(`{"id":%d,"last":{"type":%q,%s},"next":{}}`, n, kinds[i].name, kinds[i].json)
		}, ""},
		"a list": {func(i, n int) string {
			return fmt.Sprintf(`{"id":%d,"all":[{"type":%q,%s}]}`, n, kinds[i].name, kinds[i].json)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
			r := rand.New(rand.NewPCG(1, 2))
			for i := range 800 {
				c.teach(fmt.Sprint(i), web, post("/x", x.body(r.IntN(len(kinds)), r.IntN(900))))
			}
			c.Publish()
			n, o := len(c.models[orders].operations), c.models[orders].operations[x.want]
			if x.want == "" && n != 1 || x.want != "" && (n != 1+len(kinds) || o == nil) {
				t.Errorf("%v", slices.Sorted(maps.Keys(c.models[orders].operations)))
			}
		})
	}
}
