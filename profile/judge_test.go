package profile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"postern/inspect"
)

// TestYoungValues: of an operation with fewer calls than values need, what is far out is denied, and what is ordinary or a little odd is not.
func TestYoungValues(t *testing.T) {
	t.Parallel()
	refund := func(r *rand.Rand, amount float64) inspect.Message {
		return post("/refunds", fmt.Sprintf(`{"order":%d,"amount":%.2f,"why":"item %d arrived broken"}`, r.IntN(100000), amount, r.IntN(300)))
	}
	r := rand.New(rand.NewPCG(8, 8))
	oneOf := func(every int) *classroom { // of so many calls one is a refund
		c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: 1e-3}, &Memory{})
		for i := range 3300 {
			m := order(r)
			if i%every == 0 {
				m = refund(r, 1+r.Float64()*900)
			}
			c.teach(fmt.Sprint(i), web, m)
		}
		c.Publish()
		return c
	}
	c := oneOf(30)
	v := c.ask(web, refund(r, 1e9))
	if v.Allow || !v.Mature || len(v.Reasons) == 0 || v.Reasons[0].Class != "range" || !v.Reasons[0].Mature {
		t.Errorf("an amount far out: %+v", v)
	}
	for range 300 {
		if v := c.ask(web, refund(r, 1+r.Float64()*1500)); !v.Allow || v.Mature {
			t.Fatalf("an ordinary refund: %+v", v)
		}
	}
	if v := oneOf(60).ask(web, refund(r, 1e9)); !v.Allow || v.Mature {
		t.Errorf("denied after 55 calls: %+v", v)
	}
}

// TestJudgingAndCalibrationAgree holds the two ways to the same evidence together: by features, as calibration goes, and straight from the bytes.
func TestJudgingAndCalibrationAgree(t *testing.T) {
	t.Parallel()
	c := taught(t, 800)
	s := c.Snapshot()
	m := s.models[orders]
	r := rand.New(rand.NewPCG(7, 7))
	for i := range 300 {
		call := order(r)
		switch i % 4 {
		case 1:
			call = post("/orders/9", fmt.Sprintf(`{"item":"l%dmp","amount":%d,"price":"x","note":"<%d> ' or"}`, i, r.IntN(1e6), i))
		case 2:
			call = post("/orders/9", `{"item":["lamp"],"amount":-1,"price":1e9,"note":"aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=","x":{"y":1}}`)
		case 3:
			call = post("/unknown", `{"item":1}`)
		}
		tree := c.inspector.Inspect(&call)
		v := s.Judge(Edge{web, orders}, "", tree)
		f := take(s.key, v.Operation, tree)
		seen, _ := newGathering(false).again(m, f, v.Operation, web)
		if got := m.calibration.score(seen, 0).score; got != v.Score && m.calibration.alone.worst(seen.attacks).Score == 0 {
			t.Errorf("%s: judged %v, by features %v", call.Body, v.Score, got)
		}
		c.inspector.Free(tree)
	}
}

// poolsForget is set under the race detector.
var poolsForget bool

func TestJudgeAllocatesNothing(t *testing.T) {
	if poolsForget {
		t.Skip("under the race detector a pool drops what it is given, at random")
	}
	c := taught(t, 800)
	s := c.Snapshot()
	call := order(rand.New(rand.NewPCG(8, 8)))
	tree := c.inspector.Inspect(&call)
	defer c.inspector.Free(tree)
	s.Judge(Edge{web, orders}, "", tree)
	if n := testing.AllocsPerRun(200, func() { s.Judge(Edge{web, orders}, "v1", tree) }); n >= 1 {
		t.Errorf("%v allocations for an ordinary call", n)
	}
	c.decide(Act{Do: "pin", Operation: orderOperation, Field: "body|json.item"})
	c.decide(Act{Do: "pin", Field: "body|json.note", Rule: "text ≤ 500: letters, digits, space or uuid or number 0…5 or one of \"a long value that is not on the stack of anybody\", b"})
	c.decide(Act{Do: "narrow", Field: "body|json.price", Rule: "number ≤ 1000, required"})
	s = c.Snapshot()
	if v := s.Judge(Edge{web, orders}, "v1", tree); !v.Allow {
		t.Fatalf("%+v", v)
	}
	if n := testing.AllocsPerRun(200, func() { s.Judge(Edge{web, orders}, "v1", tree) }); n >= 1 {
		t.Errorf("%v allocations for an ordinary call under rules", n)
	}
}

// The name of a method of gRPC is the path: it is known, and not written anew for each call.
func TestJudgeOfGRPCAllocatesNothing(t *testing.T) {
	if poolsForget {
		t.Skip("as above")
	}
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	call := post("/shop.v1.Payments/Charge", "\x00\x00\x00\x00\x02\x08\x07")
	call.Header[0].Value = []byte("application/grpc")
	for i := range 50 {
		c.teach(fmt.Sprint(i), web, call)
	}
	c.Publish()
	s, tree := c.Snapshot(), c.inspector.Inspect(&call)
	defer c.inspector.Free(tree)
	if v := s.Judge(Edge{web, orders}, "v1", tree); v.Operation != "/shop.v1.Payments/Charge" {
		t.Fatalf("%+v", v)
	}
	if n := testing.AllocsPerRun(200, func() { s.Judge(Edge{web, orders}, "v1", tree) }); n >= 1 {
		t.Errorf("%v allocations for an ordinary call", n)
	}
}

func BenchmarkJudge(b *testing.B) {
	c := newClassroom(b, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(9, 9))
	call := func() inspect.Message {
		body := `{"id":"` + fmt.Sprint(r.IntN(1e9)) + `","lines":[`
		for i := range 12 {
			if i > 0 {
				body += ","
			}
			body += fmt.Sprintf(`{"sku":"A-%04d","amount":%d,"price":%.2f,"note":"leave at the door of number %d"}`, r.IntN(9999), r.IntN(9), r.Float64()*100, r.IntN(300))
		}
		return post(fmt.Sprintf("/orders/%d", r.IntN(1e6)), body+`]}`)
	}
	for i := range 1000 {
		c.teach(fmt.Sprint(i), web, call())
	}
	c.Publish()
	m := call()
	s := c.Snapshot()
	b.Run("walk", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(m.Body)))
		for b.Loop() {
			c.inspector.Free(c.inspector.Inspect(&m))
		}
	})
	b.Run("judge", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(m.Body)))
		tree := c.inspector.Inspect(&m)
		defer c.inspector.Free(tree)
		for b.Loop() {
			s.Judge(Edge{web, orders}, "v1", tree)
		}
	})
}

// A call in which hundreds of values are odd is told of in few words, each once, and costs no words for the others.
func TestReasonsAreFew(t *testing.T) {
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(6, 6))
	list := func(n int, item string) inspect.Message {
		return post("/orders/7", `{"tags":[`+strings.TrimSuffix(strings.Repeat(item+",", n), ",")+`]}`)
	}
	for i := range 800 {
		c.teach(fmt.Sprint(i), web, list(1+r.IntN(4), fmt.Sprintf(`"tag%d"`, r.IntN(50))))
	}
	c.Publish()
	call := list(400, `"<<odd>>"`)
	tree := c.inspector.Inspect(&call)
	defer c.inspector.Free(tree)
	v := c.Snapshot().Judge(Edge{web, orders}, "v1", tree)
	if v.Allow || len(v.Reasons) == 0 || len(v.Reasons) > mostReasons {
		t.Fatalf("allowed %v for %d reasons", v.Allow, len(v.Reasons))
	}
	one := list(1, `"<<odd>>"`)
	alone := c.inspector.Inspect(&one)
	defer c.inspector.Free(alone)
	told := map[string]bool{}
	for _, r := range c.Snapshot().Judge(Edge{web, orders}, "v1", alone).Reasons {
		at := r.Path + " " + r.Class
		if told[at] {
			t.Errorf("told twice: %s", at)
		}
		told[at] = true
	}
	if !told["body|json.tags[] alphabet"] {
		t.Errorf("of one odd value is told %v", told)
	}
	if n := testing.AllocsPerRun(20, func() { c.Snapshot().Judge(Edge{web, orders}, "v1", tree) }); n > 100 && !poolsForget {
		t.Errorf("%v allocations", n)
	}
}
