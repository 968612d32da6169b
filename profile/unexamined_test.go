package profile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"postern/inspect"
	"postern/profile/sketch"
)

// What was not read is denied or let through as the operator asked, learned or not.
func TestUnexamined(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		setting string
		mode    Mode
		learned int
		deny    bool
	}{
		{"deny", Enforce, 0, true},
		{"deny", Enforce, 1000, true},
		{"deny", Shadow, 0, true},
		{"allow", Enforce, 0, false},
		{"allow", Enforce, 1000, false},
		{"profile", Enforce, 0, false},
		{"profile", Enforce, 1000, true},
	} {
		t.Run(fmt.Sprint(c.setting, " ", c.mode, " after ", c.learned), func(t *testing.T) {
			t.Parallel()
			l := newClassroom(t, Config{Mode: c.mode, FalseDenyRate: .01, Unexamined: c.setting}, &Memory{})
			r := rand.New(rand.NewPCG(1, 1))
			for i := range c.learned {
				l.teach(fmt.Sprint(i), web, order(r))
			}
			l.Publish()
			whole, cut := order(r), order(r)
			cut.Cut, cut.Size = true, cut.Size+100
			if v := l.ask(web, whole); !v.Allow || v.WouldDeny {
				t.Errorf("a whole body: %+v", v)
			}
			v := l.ask(web, cut)
			if denied := !v.Allow || v.WouldDeny; denied != c.deny || v.Allow == (c.deny && c.mode == Enforce) {
				t.Errorf("a cut body: %+v", v)
			}
			if c.deny && (len(v.Reasons) == 0 || v.Reasons[0].Level != LevelShape || v.Reasons[0].Class != "cut" || !v.Reasons[0].Mature) {
				t.Errorf("reasons %+v", v.Reasons)
			}
		})
	}
}

// TestBeyondWhatIsTaken: nothing hides behind more members than a profile takes. An attack there is one, and so many members are odd where calls ordinarily have few.
func TestBeyondWhatIsTaken(t *testing.T) {
	t.Parallel()
	tags := func(n int, last string) string {
		return `{"tags":[` + strings.Repeat(`"blue",`, n) + fmt.Sprintf("%q]}", last)
	}
	small, large := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{}), newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(2, 2))
	for i := range 800 {
		small.teach(fmt.Sprint(i), web, post("/tags", tags(r.IntN(9), "red")))
		large.teach(fmt.Sprint(i), web, post("/tags", tags(2*maxLeaves+r.IntN(9), "red")))
	}
	small.Publish()
	large.Publish()
	for _, x := range []struct {
		name  string
		of    *classroom
		body  string
		deny  bool
		level Level
	}{
		{"few members where few are ordinary", small, tags(3, "red"), false, 0},
		{"many where few are ordinary", small, tags(2*maxLeaves, "red"), true, LevelShape},
		{"many where many are ordinary", large, tags(2*maxLeaves+3, "red"), false, 0},
		{"an attack behind many", large, tags(2*maxLeaves+3, "x' union select card from users where '1'='1"), true, LevelAttack},
		{"an attack behind many, of an immature callee", newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{}), tags(2*maxLeaves, "x' union select card from users where '1'='1"), true, LevelAttack},
	} {
		v := x.of.ask(web, post("/tags", x.body))
		if v.Allow == x.deny || x.deny && (len(v.Reasons) == 0 || v.Reasons[0].Level != x.level) {
			t.Errorf("%s: allowed %v, score %.2f, %+v", x.name, v.Allow, v.Score, v.Reasons)
		}
	}
}

// TestManyMembersOfAnOlderStore: what was ordinary there stays so, although older counts do not say that their calls had more members than a profile takes.
func TestManyMembersOfAnOlderStore(t *testing.T) {
	t.Parallel()
	before := newClassroom(t, Config{Replica: "a"}, &Memory{})
	call := func(n int) inspect.Message { return post("/tags", `{"tags":[`+strings.Repeat(`"blue",`, n)+`"red"]}`) }
	r := rand.New(rand.NewPCG(2, 2))
	for i := range 800 {
		before.teach(fmt.Sprint(i), web, call(2*maxLeaves+r.IntN(9)))
	}
	store := &Memory{}
	for k, en := range before.ledgers[orders].entries {
		c := en.open
		c.Whole = sketch.TallyOf(map[uint8]uint32{0: c.Calls})
		for _, s := range c.Samples {
			s.Whole = 0
		}
		old := c.spelling(0).encode()
		old[0] = 4
		if err := store.Put(t.Context(), Count{k, old[:len(old)-1]}); err != nil { // that there are no words is its last byte
			t.Fatal(err)
		}
	}
	after := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01, Replica: "a"}, store)
	news, _ := store.since(0)
	for _, n := range news {
		after.stored(n)
	}
	after.Publish()
	if v := after.ask(web, call(2*maxLeaves+3)); !v.Allow || !v.Mature {
		t.Errorf("allowed %v, mature %v: %+v", v.Allow, v.Mature, v.Reasons)
	}
}
