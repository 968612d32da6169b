package profile

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postern/inspect"
)

// said is one call of a small mesh: two callees, five callers, four days, several operations of different shapes.
type said struct {
	id      string
	at      time.Time
	edge    Edge
	message inspect.Message
}

func conversation(n int) (all []said) {
	r := rand.New(rand.NewPCG(11, 7))
	callers := [...]string{web, "spiffe://mesh.test/ns/shop/sa/app", "spiffe://mesh.test/ns/shop/sa/batch", "spiffe://partner.test/ns/shop/sa/web", "spiffe://mesh.test/ns/ops/sa/cron"}
	callees := [...]string{orders, "spiffe://mesh.test/ns/shop/sa/users"}
	for i := range n {
		m := order(r)
		switch r.IntN(4) {
		case 0:
			m = post("/search", fmt.Sprintf(`{"q":"%c%c%c","page":%d,"filters":{"tag":["a%d"]}}`, 'a'+r.IntN(26), 'a'+r.IntN(26), 'a'+r.IntN(26), r.IntN(5), r.IntN(9)))
		case 1:
			m = post(fmt.Sprintf("/users/%08x/address", r.Uint32()), `{"street":"Main Street","zip":"`+fmt.Sprint(10000+r.IntN(9999))+`"}`)
		case 2:
			m = post("/login", fmt.Sprintf(`user=u%d&remember=%d`, r.IntN(1000), r.IntN(2)))
		}
		all = append(all, said{
			id: fmt.Sprint("call", i), at: time.Unix(1_800_000_000+int64(r.IntN(4*86400)), 0), message: m,
			edge: Edge{callers[min(r.IntN(7), 4)], callees[r.IntN(2)]},
		})
	}
	return all
}

func (c *classroom) hear(s *said) {
	tree := c.inspector.Inspect(&s.message)
	defer c.inspector.Free(tree)
	c.Learn(s.id, s.at, s.edge, "v1", tree)
}

// knowledge is all that a person or a call can see of a Snapshot: what it tells, and how it judges ordinary and odd calls.
func (c *classroom) knowledge(probes []said) string {
	var out strings.Builder
	s := c.Snapshot()
	for _, v := range s.Callees() {
		fmt.Fprintf(&out, "%+v\n", v)
		for _, o := range v.Operations {
			for _, r := range s.Rules(v.Callee, o.Operation) {
				fmt.Fprintf(&out, "  %+v\n", r)
			}
		}
	}
	for i := range probes {
		p := &probes[i]
		tree := c.inspector.Inspect(&p.message)
		v := s.Judge(p.edge, "v1", tree)
		c.inspector.Free(tree)
		fmt.Fprintf(&out, "%s %v %v %.12g %v\n", p.id, v.Allow, v.Mature, v.Score, v.Reasons)
	}
	return out.String()
}

// TestReplicasLearnTheSame: however calls are spread over replicas, in whatever order they come, and however often what one has counted is told the others, all know the
// same in the end, and the same as one that heard everything.
func TestReplicasLearnTheSame(t *testing.T) {
	t.Parallel()
	calls, probes := conversation(700), conversation(730)[700:]
	for i := range probes[:10] {
		probes[i].message.Body = append([]byte(`{"role":"admin",`), probes[i].message.Body...)
	}
	config := Config{Mode: Enforce, FalseDenyRate: .02}
	alone := newClassroom(t, config, &Memory{})
	for i := range calls {
		alone.hear(&calls[i])
	}
	alone.Publish()
	want := alone.knowledge(probes)
	if !strings.Contains(want, "false true") {
		t.Fatal("no odd call is denied: the comparison would show little")
	}
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			config := config
			if seed%2 == 1 {
				config.Memory = 100_000 // nearly all is on the shelf nearly always
			}
			mesh := replicate(t, config, 1+r.IntN(4))
			for _, i := range r.Perm(len(calls)) {
				mesh.replicas[r.IntN(len(mesh.replicas))].hear(&calls[i])
				if r.IntN(50) == 0 {
					mesh.flush(r)
				}
			}
			for range mesh.replicas {
				mesh.flush(nil)
			}
			for i, c := range mesh.replicas {
				if n := c.Stats().Shelved; (n > 0) != (config.Memory > 0) {
					t.Errorf("replica %d has put %d counts on the shelf", i, n)
				}
				c.Publish()
				if diff := cmp.Diff(want, c.knowledge(probes)); diff != "" {
					t.Errorf("replica %d of %d knows something else (-alone +replica):\n%.2000s", i, len(mesh.replicas), diff)
				}
			}
		})
	}
}

// replicated are Learners on one store; the test is what carries the news.
type replicated struct {
	store    *Memory
	replicas []*classroom
	told     []uint64 // up to which change of the store, to each
}

func replicate(t *testing.T, config Config, n int) *replicated {
	t.Helper()
	m := &replicated{store: &Memory{}, told: make([]uint64, n)}
	for i := range n {
		config.Replica = fmt.Sprint("replica-", i)
		m.replicas = append(m.replicas, newClassroom(t, config, m.store))
	}
	return m
}

// flush has replicas write what they counted, and tells the others of it: with a random source some replicas only, some news late, some twice, and some snapshots in between.
func (m *replicated) flush(r *rand.Rand) {
	for i, c := range m.replicas {
		if r != nil && r.IntN(3) == 0 {
			continue
		}
		if err := c.flush(c.t.Context()); err != nil {
			c.t.Fatal(err)
		}
		if r != nil && r.IntN(2) == 0 {
			continue
		}
		m.tell(i, r)
		if r != nil && r.IntN(2) == 0 {
			c.Publish()
		}
	}
}

// tell gives a replica the news of the store: with a random source in any order, some of it twice.
func (m *replicated) tell(i int, r *rand.Rand) {
	news, now := m.store.since(m.told[i])
	m.told[i] = now
	if r != nil {
		r.Shuffle(len(news), func(a, b int) { news[a], news[b] = news[b], news[a] })
	}
	for _, c := range news {
		m.replicas[i].stored(c)
		if r != nil && r.IntN(3) == 0 {
			m.replicas[i].stored(c)
		}
	}
}
