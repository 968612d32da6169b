package profile

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNoisyClass: where ordinary calls are taken for one attack now and then, only that one must be surer to deny alone.
func TestNoisyClass(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(4, 4))
	const quoted = "where name = 'x' or 1=1 --"
	for i := range 1000 {
		note := remark(r)
		if i%100 == 0 {
			note = quoted
		}
		c.teach(fmt.Sprint(i), web, post("/tickets", ticket(note, "open")))
	}
	c.Publish()
	for _, x := range []struct {
		note   string
		attack bool
	}{
		{remark(r), false},
		{quoted, false},
		{`<img src=x onerror=alert(document.cookie)>`, true},
		{`../../../../etc/passwd`, true},
	} {
		v := c.ask(web, post("/tickets", ticket(x.note, "open")))
		if attack := len(v.Reasons) > 0 && v.Reasons[0].Level == LevelAttack; attack != x.attack || x.attack && v.Allow {
			t.Errorf("%s: allowed %v, score %.2f, %+v", x.note, v.Allow, v.Score, v.Reasons)
		}
	}
}

// TestRare: as many calls as may be are left that an attack alone denies, and no class gives more than it must.
func TestRare(t *testing.T) {
	t.Parallel()
	call := func(list ...found) *seenIn { return &seenIn{weight: 1, attacks: list} }
	seen := []*seenIn{
		call(found{"sqli", .6}), call(found{"sqli", .6}), call(found{"sqli", .9}, found{"xss", .7}), call(found{"sqli", .9}), call(found{"xss", .7}), call(), call(found{"cmdi", .4}),
	}
	for most, want := range map[float64]map[string]float32{
		5: nil,
		4: {"sqli": .6},
		3: {"sqli": .6},
		2: {"sqli": .9},
		0: {"sqli": .9, "xss": .7},
	} {
		a := alone{from: .5}
		a.rare(seen, most)
		if diff := cmp.Diff(want, a.above); diff != "" {
			t.Errorf("at most %v calls:\n%s", most, diff)
		}
	}
	a := alone{from: .5, above: map[string]float32{"sqli": .6}}
	if a.denies(found{"sqli", .6}) || !a.denies(found{"sqli", .7}) || !a.denies(found{"xss", .5}) || a.denies(found{"xss", .4}) {
		t.Errorf("%+v denies what it should not, or lets pass what it should deny", a)
	}
}
