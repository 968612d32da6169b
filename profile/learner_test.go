package profile

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"postern/inspect"
)

const (
	web    = "spiffe://mesh.test/ns/shop/sa/web"
	orders = "spiffe://mesh.test/ns/shop/sa/orders"
)

// classroom teaches and asks one Learner.
type classroom struct {
	t         testing.TB
	inspector *inspect.Inspector
	*Learner
}

func newClassroom(t testing.TB, config Config, store Store) *classroom {
	t.Helper()
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	l, err := New(config, store)
	if err != nil {
		t.Fatal(err)
	}
	return &classroom{t, inspector, l}
}

func post(path, body string) inspect.Message {
	return inspect.Message{
		Method: []byte("POST"), Path: []byte(path), Body: []byte(body), Size: int64(len(body)),
		Header: []inspect.Header{{Name: []byte("content-type"), Value: []byte("application/json")}},
	}
}

func (c *classroom) teach(id, from string, m inspect.Message) { c.teachVersion(id, from, "v1", m) }

func (c *classroom) teachVersion(id, from, version string, m inspect.Message) {
	c.teachVersionAt(id, from, version, 1_800_000_000, m)
}

func (c *classroom) teachVersionAt(id, from, version string, at int64, m inspect.Message) {
	tree := c.inspector.Inspect(&m)
	defer c.inspector.Free(tree)
	c.Learn(id, time.Unix(at, 0), Edge{from, orders}, version, tree)
}

func (c *classroom) ask(from string, m inspect.Message) Verdict { return c.askVersion(from, "v1", m) }

func (c *classroom) askVersion(from, version string, m inspect.Message) Verdict {
	tree := c.inspector.Inspect(&m)
	defer c.inspector.Free(tree)
	return c.Snapshot().Judge(Edge{from, orders}, version, tree)
}

// order is an ordinary call, another one each time.
func order(r *rand.Rand) inspect.Message {
	items := [...]string{"lamp", "chair", "desk", "shelf"}
	body := fmt.Sprintf(`{"item":%q,"amount":%d,"price":%.2f,"note":"please leave at door %d"}`, items[r.IntN(4)], 1+r.IntN(9), 1+r.Float64()*900, r.IntN(300))
	return post(fmt.Sprintf("/orders/%d", r.IntN(100000)), body)
}

func taught(t testing.TB, n int) *classroom {
	t.Helper()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	teachOrders(c, n)
	return c
}

func teachOrders(c *classroom, n int) {
	r := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		c.teach(fmt.Sprint(i), web, order(r))
	}
	c.Publish()
}

func TestJudge(t *testing.T) {
	t.Parallel()
	c := taught(t, 1500)
	r := rand.New(rand.NewPCG(2, 2))
	denied := 0
	for range 1000 {
		if v := c.ask(web, order(r)); !v.Allow {
			denied++
		}
	}
	if denied > 20 {
		t.Errorf("%d of 1000 ordinary calls denied, asked for 1 %%", denied)
	}
	for _, x := range []struct {
		name, from  string
		m           inspect.Message
		level       Level
		class, path string
	}{
		{"new caller", "spiffe://mesh.test/ns/shop/sa/notifier", order(r), LevelEdge, "new-caller", ""},
		{"new operation", web, post("/admin", `{}`), LevelOperation, "new-operation", ""},
		{"new field", web, post("/orders/7", `{"item":"lamp","amount":1,"price":2.5,"note":"please leave at door 3","admin":true}`), LevelShape, "new-field", "body|json.admin"},
		{"missing field", web, post("/orders/7", `{"item":"lamp","price":2.5,"note":"please leave at door 3"}`), LevelShape, "missing-field", "body|json.amount"},
		{"other kind", web, post("/orders/7", `{"item":"lamp","amount":{"$gt":0},"price":2.5,"note":"please leave at door 3"}`), LevelShape, "kind", "body|json.amount"},
		{"not of the set", web, post("/orders/7", `{"item":"sofa","amount":1,"price":2.5,"note":"please leave at door 3"}`), LevelValue, "enumeration", "body|json.item"},
		{"alphabet", web, post("/orders/7", `{"item":"lamp","amount":1,"price":2.5,"note":"please <leave> at door 3"}`), LevelValue, "alphabet", "body|json.note"},
		{"length", web, post("/orders/7", `{"item":"lamp","amount":1,"price":2.5,"note":"please leave at door 3 and then come round to the back of the house and knock"}`), LevelValue, "length", "body|json.note"},
		{"range", web, post("/orders/7", `{"item":"lamp","amount":1,"price":25000000.25,"note":"please leave at door 3"}`), LevelValue, "range", "body|json.price"},
	} {
		t.Run(x.name, func(t *testing.T) {
			v := c.ask(x.from, x.m)
			if v.Allow {
				t.Fatalf("allowed: %+v", v)
			}
			for _, r := range v.Reasons {
				if r.Level == x.level && r.Class == x.class && r.Path == x.path && r.Mature {
					return
				}
			}
			t.Errorf("no mature reason %v/%s at %q in %+v", x.level, x.class, x.path, v.Reasons)
		})
	}
}

func TestImmatureNeverDenies(t *testing.T) {
	t.Parallel()
	c := taught(t, 30)
	if v := c.ask("spiffe://mesh.test/ns/shop/sa/notifier", post("/admin", `{"x":1}`)); !v.Allow || v.Mature {
		t.Errorf("denied after 30 calls: %+v", v)
	}
}

func TestSameCallsSameBytes(t *testing.T) {
	t.Parallel()
	write := func(order []int) []byte {
		c := newClassroom(t, Config{}, &Memory{})
		for _, i := range order {
			c.teach(fmt.Sprint(i), web, post("/orders/1", fmt.Sprintf(`{"n":%d,"text":"a%db"}`, i, i*i)))
		}
		var out bytes.Buffer
		if err := c.Save(&out); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	there := rand.New(rand.NewPCG(3, 3)).Perm(200)
	back := rand.New(rand.NewPCG(4, 4)).Perm(200)
	a, b := write(there), write(back)
	if !bytes.Equal(a, b) {
		t.Fatal("the order of the calls changes the profile file")
	}
	l, err := Open(Config{}, bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := l.Save(&again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, again.Bytes()) {
		t.Fatal("reading and writing a profile file changes it")
	}
}

// TestRun goes the live way: what was seen is learned when it has ended well, and is there after a restart.
func TestRun(t *testing.T) {
	t.Parallel()
	store := &Memory{}
	config := Config{Mode: Enforce, FalseDenyRate: .05, Flush: time.Millisecond, Publish: time.Millisecond, Replica: "a"}
	run := func(f func(c *classroom)) {
		c := newClassroom(t, config, store)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- c.Run(ctx) }()
		f(c)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(5, 5))
	run(func(c *classroom) {
		for i := range 200 {
			m := order(r)
			tree := c.inspector.Inspect(&m)
			v := c.Snapshot().Judge(Edge{web, orders}, "v1", tree)
			id := fmt.Sprint(i)
			c.Saw(id, time.Unix(1_800_000_000, 0), Edge{web, orders}, "v1", tree, &v)
			c.inspector.Free(tree)
			c.Ended(id, i%2 == 0, time.Unix(1_800_000_000, 0))
		}
		if _, err := c.Decide(t.Context(), "test", Act{Do: "mode", Callee: orders, Mode: "shadow"}); err != nil {
			t.Fatal(err)
		}
	})
	run(func(c *classroom) {
		for c.Snapshot().models[orders] == nil || c.Snapshot().modes.of(Edge{web, orders}, "", Enforce) != Shadow {
			time.Sleep(time.Millisecond)
		}
		if n := c.Snapshot().models[orders].calls; n != 100 {
			t.Errorf("%v calls known after a restart, 100 ended well", n)
		}
		v := c.ask("spiffe://mesh.test/ns/shop/sa/notifier", order(r))
		if !v.Allow || !v.WouldDeny {
			t.Errorf("a new caller in shadow: %+v", v)
		}
	})
}
