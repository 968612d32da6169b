package profile

import (
	"bytes"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"postern/inspect/decode"
)

var update = flag.Bool("update", false, "write testdata/count-5.txt, the stored form of this version; those of versions before can no longer be written")

// storedCalls are what the files of testdata were learned from.
func storedCalls(t *testing.T) *classroom {
	t.Helper()
	c := newClassroom(t, Config{Replica: "a"}, &Memory{Key: [32]byte{1, 2, 3}})
	for i, body := range []string{
		`{"item":"lamp","amount":1,"price":2.5,"note":"at the door","tags":["a","b"]}`,
		`{"item":"desk","amount":20,"price":-7,"note":"eyJub3RlIjoiYmFzZTY0IGluc2lkZSJ9","vip":true}`,
		`{"item":"lamp","amount":"3","id":"5f0c9b1e-7c1d-4f5e-9b1a-0c9d8e7f6a5b","note":"<b>hi</b>","tags":[]}`,
		`{"item":"chair","amount":null,"nested":{"deep":{"list":[1,2,3]}},"note":"SELECT * FROM t WHERE a=1 OR 1=1"}`,
		`not json`,
	} {
		m := post(fmt.Sprintf("/orders/%d?q=%d", 100+i, i), body)
		tree := c.inspector.Inspect(&m)
		for day := range 2 {
			c.Learn(fmt.Sprint("call", i, day), time.Unix(1_800_000_000+int64(86400*day), 0), Edge{[...]string{web, "spiffe://partner.test/ns/shop/sa/web"}[i%2], orders}, "v1", tree)
		}
		c.inspector.Free(tree)
	}
	c.Publish()
	return c
}

// TestStoredFormsLoad: what a version has written, later ones read. profile-1.json has the counts of version 1, which a store of that version holds as they are there;
// count-3.txt to count-5.txt those of versions 3, which tell the same, 4, and 5, which tell what was learned without and with the words of calls.
func TestStoredFormsLoad(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/profile-1.json")
	if err != nil {
		t.Fatal(err)
	}
	l, err := Open(Config{Replica: "a"}, bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var first []string // in this version's form
	for _, c := range l.openCounts() {
		text, err := c.text()
		if err != nil {
			t.Fatal(err)
		}
		old, err := decodeCount(text)
		if err != nil {
			t.Fatal(err)
		}
		first = append(first, base64.StdEncoding.EncodeToString(old.encode()))
	}
	slices.Sort(first)
	if diff := cmp.Diff(first, stored(t, 3)); diff != "" {
		t.Errorf("version 1 and version 3 tell different things:\n%.2000s", diff)
	}

	var fourth, fifth []string
	for _, c := range storedCalls(t).openCounts() {
		fourth = append(fourth, base64.StdEncoding.EncodeToString(withoutArrays(t, c.spelling(0)).encode()))
		fifth = append(fifth, base64.StdEncoding.EncodeToString(c.encode()))
	}
	slices.Sort(fourth)
	slices.Sort(fifth)
	if *update {
		if err := os.WriteFile("testdata/count-5.txt", []byte(strings.Join(fifth, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for version, learned := range map[int][]string{4: fourth, 5: fifth} {
		if diff := cmp.Diff(learned, stored(t, version)); diff != "" {
			t.Errorf("what was learned and version %d tell different things:\n%.2000s", version, diff)
		}
	}
}

// withoutArrays is a count as programs wrote it that did not count the elements of arrays.
func withoutArrays(t *testing.T, c *count) *count {
	t.Helper()
	c, err := decodeCount(c.encode())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Fields {
		if f.Kinds.Of(decode.Array) > 0 && f.Values == 0 {
			f.Lengths = nil
		}
	}
	return c
}

// openCounts are the counts in memory.
func (l *Learner) openCounts() (list []*count) {
	for _, led := range l.ledgers {
		for _, en := range led.entries {
			list = append(list, en.open)
		}
	}
	return list
}

// stored reads the counts that a version wrote, and returns them in this version's form, sorted as they are.
func stored(tb testing.TB, version int) (list []string) {
	tb.Helper()
	for _, raw := range storedBytes(tb, version) {
		c, err := decodeCount(raw)
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, base64.StdEncoding.EncodeToString(c.encode()))
	}
	slices.Sort(list)
	return list
}

func storedBytes(tb testing.TB, version int) (list [][]byte) {
	tb.Helper()
	text, err := os.ReadFile(fmt.Sprintf("testdata/count-%d.txt", version))
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, raw)
	}
	return list
}

// TestNewerCountIsUntouched: what a newer program has written is neither read nor written over, and does not leave the store.
func TestNewerCountIsUntouched(t *testing.T) {
	t.Parallel()
	c := storedCalls(t)
	if err := c.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	store := c.store.(*Memory)
	newer := map[Key][]byte{}
	for k := range store.counts {
		newer[k] = slices.Concat([]byte{codecVersion + 1}, store.counts[k].value[1:])
		store.write(k, newer[k])
	}
	later := newClassroom(t, Config{Replica: "a"}, store)
	news, _ := store.since(0)
	for _, n := range news {
		later.stored(n)
		if _, err := decodeCount(n.Value); !errors.Is(err, ErrNewer) {
			t.Errorf("%v", err)
		}
	}
	m := post("/orders/1", `{"item":"lamp"}`)
	tree := later.inspector.Inspect(&m)
	defer later.inspector.Free(tree)
	later.Learn("x", time.Unix(1_800_000_000, 0), Edge{web, orders}, "v2", tree)
	if _, err := later.Decide(t.Context(), "test", Act{Do: "forget", Callee: orders}); err != nil {
		t.Fatal(err)
	}
	if err := later.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for k, value := range newer {
		if !bytes.Equal(store.counts[k].value, value) {
			t.Errorf("%v: written over", k)
		}
	}
	if n := later.Stats().Learned; n != 0 {
		t.Errorf("%d calls learned of an operation whose count cannot be read", n)
	}
}

// FuzzDecodeCount: whatever a store holds, reading it ends in an error or in a count that can be written, read and learned from.
func FuzzDecodeCount(f *testing.F) {
	for _, version := range []int{3, 4, 5} {
		for _, raw := range storedBytes(f, version) {
			f.Add(raw)
		}
	}
	f.Add([]byte(`{"v":1,"calls":3,"fields":{"1":{"name":".x","kinds":{"4":3},"pairs":{"3":1}}},"samples":""}`))
	l, err := New(Config{}, &Memory{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decodeCount(data)
		if err != nil {
			return
		}
		if limit := 4000 + 400*len(data); c.size() > limit && data[0] != '{' {
			t.Fatalf("%d bytes became %d in memory", len(data), c.size())
		}
		again, err := decodeCount(c.encode())
		if err != nil || !bytes.Equal(again.encode(), c.encode()) {
			t.Fatalf("written and read again it is another: %v", err)
		}
		l.model("x", []part{{caller: "a", count: c}, {caller: "b", count: again}}, nil, 100, ^uint64(0), leastModel)
	})
}
