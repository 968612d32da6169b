package profile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestFileLosesNothing: what is written and read again is the same file, knows and judges the same, and goes on from there, whatever was learned and decided.
func TestFileLosesNothing(t *testing.T) {
	t.Parallel()
	calls, probes := conversation(500), conversation(530)[500:]
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 5))
			config := Config{Mode: Enforce, FalseDenyRate: .02}
			c := newClassroom(t, config, &Memory{Key: [32]byte{byte(seed), 7}, Now: func() time.Time { return time.Unix(1_800_000_000+int64(r.IntN(4*86400)), 0) }})
			for _, i := range r.Perm(len(calls)) {
				if c.hear(&calls[i]); r.IntN(20) == 0 {
					c.decideAnything(r, &calls[i])
				}
			}
			c.Publish()
			var first, second, third bytes.Buffer
			if err := c.Save(&first); err != nil {
				t.Fatal(err)
			}
			again, err := Open(config, bytes.NewReader(first.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			if err := again.Save(&second); err != nil {
				t.Fatal(err)
			}
			if first.String() != second.String() {
				t.Fatalf("another file:\n%s", cmp.Diff(strings.Split(first.String(), "\n"), strings.Split(second.String(), "\n")))
			}
			copied := &classroom{t, c.inspector, again}
			if diff := cmp.Diff(c.knowledge(probes), copied.knowledge(probes)); diff != "" {
				t.Errorf("it knows something else (-written +read):\n%.3000s", diff)
			}
			if diff := cmp.Diff(c.InForce(), again.InForce()); diff != "" {
				t.Errorf("something else is in force (-written +read):\n%s", diff)
			}
			// The next decision has its place after the others, and stands in the file too.
			d, err := again.Decide(t.Context(), "ada", Act{Do: "mode", Mode: "shadow"})
			if err != nil || int(d.Seq) != len(c.Decided())+1 {
				t.Fatalf("%+v, %v", d, err)
			}
			if err := again.Save(&third); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(third.String(), fmt.Sprintf(`{"seq":%d,`, d.Seq)) || len(third.Bytes()) <= len(second.Bytes()) {
				t.Error("a decision on a file is not in the file")
			}
			if m := again.Snapshot().Mode(Edge{}); m != Shadow {
				t.Errorf("mode %v", m)
			}
		})
	}
}

// decideAnything does one act of any sort about what a call is about. Some are refused: that is theirs.
func (c *classroom) decideAnything(r *rand.Rand, s *said) {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	do := pick("mode", "approve", "withdraw", "pin", "narrow", "forget", "release", "rollback", "patch")
	if do == "forget" && r.IntN(4) > 0 {
		return
	}
	a := Act{
		Do: do, Callee: s.edge.To, Caller: pick("", s.edge.From), Operation: pick("", orderOperation, "POST /search"), Decision: uint64(1 + r.IntN(20)), Version: pick("", "v1", "v2"),
		Mode: pick("shadow", "enforce", "inherit"), Note: pick("", "a \"note\", with\nlines"),
	}
	if do == "approve" || do == "pin" || do == "narrow" || do == "patch" {
		a.Field = pick("body|json.amount", "body|json.note", "body|json.filters.tag[]", "query.x", `body|json."a.b"`)
		a.Class = pick("", "sqli", "length")
	}
	if do == "pin" || do == "narrow" || do == "patch" {
		a.Class, a.Rule = "", pick("number 0…7", "text ≤ 30", `one of "a b", c`, "any", "text, required")
	}
	if do == "patch" || do == "release" {
		until := time.Unix(1_800_000_000+int64(r.IntN(8*86400)), 0).UTC()
		a.Until = &until
	}
	if do == "withdraw" {
		a = Act{Do: do, Decision: a.Decision}
	}
	_, _ = c.Decide(c.t.Context(), "ada", a)
}

// A file that could not be written again without loss is not read.
func TestFileThatCannotBeReadWhole(t *testing.T) {
	t.Parallel()
	c := taught(t, 20)
	c.decide(Act{Do: "mode", Mode: "off"})
	var file bytes.Buffer
	if err := c.Save(&file); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ old, with, says string }{
		{`{"v":1,"do":"mode"`, `{"v":2,"do":"mode"`, "newer"},
		{`{"v":1,"do":"mode"`, `{"v":"x","do":"mode"`, "decision 1"},
		{`{"seq":1,`, `{"seq":0,`, "decision 0"},
		{`"count":{"v":4,`, `"count":{"v":9,`, "version 9"},
		{`"hash_key":"AAAA`, `"hash_key":"AAA`, "key"},
		{`postern-profile/1`, `postern-profile/2`, "newer"},
	} {
		text := strings.Replace(file.String(), x.old, x.with, 1)
		if text == file.String() {
			t.Fatalf("%q is not in the file", x.old)
		}
		if _, err := Open(Config{}, strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("with %q: %v", x.with, err)
		}
	}
}
