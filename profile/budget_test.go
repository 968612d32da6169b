package profile

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"postern/inspect"
)

// change is what an attacker who calls a mature service wants it to take for ordinary.
type change struct {
	name  string
	step  func(n int) inspect.Message // the n-th step towards it, from 0
	steps int
}

func orderOf(item string, amount float64, more string) inspect.Message {
	return post("/orders/7", fmt.Sprintf(`{"item":%q,"amount":%g,"price":2.5,"note":"please leave at door 3"%s}`, item, amount, more))
}

var changes = []change{
	{"an enumeration: one value more", func(int) inspect.Message { return orderOf("sword", 1, "") }, 1},
	{"a range: a hundred times the amount, at once", func(int) inspect.Message { return orderOf("lamp", 900, "") }, 1},
	{"a range: the same, by a sixth at a time", func(n int) inspect.Message {
		amount := 9.0
		for range n + 1 {
			amount *= 7.0 / 6
		}
		return orderOf("lamp", float64(int(amount)), "")
	}, 30},
	{"a shape: one field more", func(int) inspect.Message { return orderOf("lamp", 1, `,"admin":true`) }, 1},
	{"an operation", func(int) inspect.Message { return post("/admin/users", `{"name":"x"}`) }, 1},
}

// budget is what a change has cost: calls of the attackers and their time.
type budget struct {
	calls int
	time  time.Duration
	moved bool
}

func (b budget) String() string {
	if !b.moved {
		return fmt.Sprintf("not with %d calls in %.0f days", b.calls, b.time.Hours()/24)
	}
	return fmt.Sprintf("%d calls, %.1f hours", b.calls, b.time.Hours())
}

// spend has so many of ten callers work at a change in shadow, where nothing stops them: a call a minute beside one ordinary call of everybody, until the last step is let through.
func (x *change) spend(t *testing.T, attackers int) (b budget) {
	t.Helper()
	const callers, days = 10, 1
	c := newClassroom(t, Config{Mode: Shadow, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(6, 6))
	for i := range 2000 {
		c.teach(fmt.Sprint(i), nth(i%callers), order(r))
	}
	c.Publish()
	start := time.Unix(1_800_000_100, 0)
	for step := 0; b.time < days*24*time.Hour; {
		at := start.Add(b.time)
		c.visitAt(at, fmt.Sprint("a", b.calls), nth(b.calls%attackers), x.step(step))
		c.visitAt(at, fmt.Sprint("o", b.calls), nth(r.IntN(callers)), order(r))
		b.time, b.calls = b.time+time.Minute, b.calls+1
		if b.calls%60 > 0 {
			continue
		}
		c.Publish()
		for ; !c.ask(nth(0), x.step(step)).WouldDeny; step++ {
			if step == x.steps-1 {
				b.moved = true
				return b
			}
		}
	}
	return b
}

// TestBudget: what it costs to move a profile, by the number of callers that work together. Nobody alone moves an enumeration, a shape or an operation; three callers need a
// quorum's calls and time.
func TestBudget(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("days of calls")
	}
	for _, x := range changes {
		for _, attackers := range []int{1, 2, 3} {
			t.Run(fmt.Sprint(x.name, " by ", attackers), func(t *testing.T) {
				t.Parallel()
				b := x.spend(t, attackers)
				t.Logf("| %s | %d of 10 callers | %v |", x.name, attackers, b)
				switch {
				case attackers < quorum && b.moved:
					t.Errorf("moved by %d callers", attackers)
				case b.moved && (b.calls < quorumCalls || b.time < quorumTime):
					t.Error("moved without a quorum's calls and time")
				}
			})
		}
	}
}
