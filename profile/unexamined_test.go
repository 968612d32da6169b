package profile

import (
	"fmt"
	"math/rand/v2"
	"testing"
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
