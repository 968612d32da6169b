package profile

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"postern/inspect"
	"postern/profile/sketch"
)

// certified is an ordinary call as a proxy passes it on that proves its caller by a certificate with this hash.
func certified(r *rand.Rand, hash string) inspect.Message {
	m := order(r)
	m.Header = append(m.Header, inspect.Header{Name: []byte("x-forwarded-client-cert"), Value: []byte("By=" + orders + ";Hash=" + hash + ";URI=" + web)})
	return m
}

// A caller's new certificate is not a new kind of value: hashes of a few certificates are learned by heart otherwise.
func TestNewCertificate(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 1500 {
		c.teach(fmt.Sprint(i), web, certified(r, "1111222233334444555566667777888899990000111122223333444455556666"))
	}
	c.Publish()
	denied := 0
	for range 200 {
		if v := c.ask(web, certified(r, "a9b8c7d6e5f4a9b8c7d6e5f4a9b8c7d6e5f4a9b8c7d6e5f4a9b8c7d6e5f4cafe")); !v.Allow {
			denied++
		}
	}
	if denied > 8 {
		t.Errorf("%d of 200 ordinary calls denied under a new certificate", denied)
	}
}

// What is judged of a call is what was learned of it, but for the values of a field beyond the first: a reading that another outdoes has none, however many parts it has.
func TestWhatIsJudgedIsLearned(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{}, &Memory{})
	var rows strings.Builder
	rows.WriteString("id,name,remark\n")
	for i := range 12 {
		fmt.Fprintf(&rows, "%d,a b,said to c%d\n", i, i)
	}
	long, _ := json.Marshal(map[string]any{"line": []string{url.QueryEscape(rows.String()), "first", url.QueryEscape(rows.String())}, "tags": strings.Split(strings.Repeat("a ", 40), " ")})
	m := post("/lists", string(long))
	tree := c.inspector.Inspect(&m)
	defer c.inspector.Free(tree)
	var judged features
	judged.read(tree)
	learned := take(sketch.Key{}, "POST /lists", tree)
	rivals, values := 0, map[uint64]int{}
	for i := range learned.Leaves {
		l, k := &learned.Leaves[i], &judged.Leaves[i]
		if k.rival {
			rivals++
		}
		if k.read {
			values[l.Field]++
		}
		if want := k.read && values[l.Field] <= maxRepeats; (l.Value != nil) != want {
			t.Errorf("%s: value %v, the %d. of its field", tree.Path(int32(i)), l.Value, values[l.Field])
		}
	}
	if rivals <= maxRepeats {
		t.Errorf("only %d leaves of readings that others outdo", rivals)
	}
}

// Forty categories that were drawn 160 times are no closed set, although each has come more than once: a new one is no wonder, as it is where two came 160 times.
func TestRareMembers(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .001}, &Memory{})
	for i := range 4000 {
		page := ""
		if i%25 == 0 {
			page = fmt.Sprintf(`,"page":{"shelf":"a%d","sort":"%s"}`, i/25%40, []string{"ascending", "by-number"}[i/25%2])
		}
		c.teach(fmt.Sprint(i), web, post("/lists", `{"name":"list"`+page+`}`))
	}
	c.Publish()
	for _, test := range []struct {
		page        string
		least, most float64
	}{{`{"shelf":"a47","sort":"ascending"}`, 1, 2}, {`{"shelf":"a7","sort":"sidewards"}`, 4, 20}} {
		v := c.ask(web, post("/lists", `{"name":"list","page":`+test.page+`}`))
		if len(v.Reasons) != 1 || v.Reasons[0].Class != "enumeration" || v.Reasons[0].Score < test.least || v.Reasons[0].Score > test.most {
			t.Errorf("%s: %+v", test.page, v.Reasons)
		}
	}
}
