package inspect

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"postern/inspect/detect"
)

// What was seen before changes nothing: an Inspector that has opened many messages finds what a new one finds.
func TestMemoChangesNothing(t *testing.T) {
	values := []string{`a`, `1' OR 1=1 -- `, `plain words`, `<script>alert(1)</script>`, `../../etc/passwd`, `7`, `select name from users where id = 7`, `x-y_z`}
	old, err := New(DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	walk := &walk{memo: newMemo()} // one for all messages, whatever the pool does
	old.walks.New = func() any { return walk }
	for round := range 3 {
		for i, a := range values {
			for j, b := range values {
				m := Message{
					Method: []byte("POST"), Path: fmt.Appendf(nil, "/x?q=%d", round*100+i*10+j), Body: fmt.Appendf(nil, `{%q:%q,"k":%q,"l":[%q]}`, a, b, b, a),
					Header: []Header{{[]byte("content-type"), []byte("application/json")}, {[]byte("x-v"), []byte(b)}},
				}
				fresh, err := New(DefaultLimits())
				if err != nil {
					t.Fatal(err)
				}
				one, other := fresh.Inspect(&m), old.Inspect(&m)
				if d := cmp.Diff(one.Findings, other.Findings, cmpopts.EquateEmpty()); d != "" {
					t.Fatalf("%s: (-new +old):\n%s", m.Body, d)
				}
				fresh.Free(one)
				old.Free(other)
			}
		}
	}
}

// A value is known only where a detector would be asked the very same.
func TestMemoKeepsPlacesApart(t *testing.T) {
	m := newMemo()
	v := []byte("value")
	places := []detect.Context{{}, {Where: detect.Header}, {Name: []byte("a")}, {Name: []byte("value")}, {Key: true}, {Whole: true}, {Format: "json"}, {Name: []byte("json")}}
	keys := map[uint64]int{}
	for i := range places {
		k := m.key(v, &places[i])
		if j, ok := keys[k]; ok {
			t.Errorf("places %d and %d share a key", i, j)
		}
		keys[k] = i
		if m.known(k) {
			t.Errorf("place %d is known before it was learned", i)
		}
		m.learn(k)
		if !m.known(k) {
			t.Errorf("place %d is not known", i)
		}
	}
}
