package profile

import (
	"strings"
	"testing"

	"postern/inspect"
)

func TestAnApprovalIsAsNarrowAsItsAct(t *testing.T) {
	inspector, err := inspect.New(inspect.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	tree := inspector.Inspect(&inspect.Message{Method: []byte("POST"), Path: []byte("/a"), Body: []byte(`{"q":"x","list":["a","b"]}`), Size: -1})
	defer inspector.Free(tree)
	s := &Snapshot{}
	mark := s.Mark(tree, "body|json.q")
	if mark == "" || mark == s.Mark(tree, "body|json.list[]") || s.Mark(tree, "body|json.none") != "" || s.Mark(tree, "nonsense") != "" {
		t.Fatalf("mark %q", mark)
	}
	edge := Edge{From: "web", To: "orders"}
	attack := Reason{Level: LevelAttack, Class: "sqli", Path: "body|json.q", Mature: true}
	long := Reason{Level: LevelValue, Class: "length", Path: "body|json.q", Mature: true}
	stranger := Reason{Level: LevelEdge, Class: "new-caller", Mature: true}
	for _, c := range []struct {
		name    string
		act     Act
		reasons []Reason
		allow   bool
		left    int
	}{
		{"this value", Act{Caller: "web", Operation: "POST /a", Field: "body|json.q", Class: "sqli", Value: mark}, []Reason{attack}, true, 0},
		{"another value", Act{Field: "body|json.q", Class: "sqli", Value: "0000000000000000"}, []Reason{attack}, false, 1},
		{"every value", Act{Field: "body|json.q", Class: "sqli"}, []Reason{attack}, true, 0},
		{"another caller", Act{Caller: "app", Field: "body|json.q", Class: "sqli"}, []Reason{attack}, false, 1},
		{"another operation", Act{Operation: "GET /a", Field: "body|json.q", Class: "sqli"}, []Reason{attack}, false, 1},
		{"another field", Act{Field: "body|json.list[]", Class: "sqli"}, []Reason{attack}, false, 1},
		{"another class", Act{Field: "body|json.q", Class: "xss"}, []Reason{attack}, false, 1},
		{"one reason of two", Act{Field: "body|json.q", Class: "length"}, []Reason{attack, long}, false, 1},
		{"a field without class approves no attack", Act{Field: "body|json.q"}, []Reason{attack, long}, false, 1},
		{"a class without field approves no attack", Act{Class: "sqli"}, []Reason{attack}, false, 1},
		{"a class without field is about the whole call", Act{Class: "length"}, []Reason{long, {Level: LevelShape, Class: "length", Mature: true}}, false, 1},
		{"a callee alone approves no attack", Act{}, []Reason{attack, stranger}, false, 1},
		{"a caller", Act{Caller: "web"}, []Reason{stranger}, true, 0},
		{"immature reasons deny nothing", Act{Caller: "web"}, []Reason{stranger, {Level: LevelShape, Class: "kind"}}, true, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.act.Callee = edge.To
			v := Verdict{Mode: Enforce, Operation: "POST /a", Reasons: append([]Reason(nil), c.reasons...)}
			approvals{}.add(&c.act, 1).lift(s, &v, edge, tree)
			left := 0
			for _, r := range v.Reasons {
				if r.Decision == 0 {
					left++
				} else if r.Decision != 1 || r.Mature || !strings.HasSuffix(r.Text, "approved it by decision 1") {
					t.Errorf("not marked as approved: %+v", r)
				}
			}
			if v.Allow != c.allow || left != c.left || len(v.Reasons) != len(c.reasons) {
				t.Errorf("allow %v, %d of %d reasons left", v.Allow, left, len(v.Reasons))
			}
			v = Verdict{Mode: Enforce, Operation: "POST /a", Reasons: append([]Reason(nil), c.reasons...)}
			approvals{}.add(&c.act, 1).lift(s, &v, Edge{From: edge.From, To: "users"}, tree)
			if v.Allow {
				t.Error("another callee's call was let through")
			}
		})
	}
}
