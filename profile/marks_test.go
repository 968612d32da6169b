package profile

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// TestManyMarks: each mark is ordinary in a name, many together are not. How many a text may have depends on its length.
func TestManyMarks(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
	r := rand.New(rand.NewPCG(5, 5))
	marks := []string{",", "'", "-", ".", ""}
	for i := range 2000 {
		name := "Anna" + marks[r.IntN(5)] + "Lena" + []string{"", "Maria"}[r.IntN(2)]
		if i%4 == 0 {
			name = "Anna, Lena, Maria, Rosa, Ida, Eva, Ina, Ada and O'Neil-Smith, jr. and others"
		}
		c.teach(fmt.Sprint(i), web, post("/people", fmt.Sprintf(`{"name":%q}`, name)))
	}
	c.Publish()
	for name, allow := range map[string]bool{
		"Anna,Lena": true,
		"A,n,n,L,e": false,
		"Anna, Lena, Maria, Rosa, Ida, Eva, Ina, Ada and O'Neil-Smith, jr. and Others": true, // as many, in a longer text
	} {
		if v := c.ask(web, post("/people", fmt.Sprintf(`{"name":%q}`, name))); v.Allow != allow {
			t.Errorf("%s: allowed %v, score %.2f, %+v", name, v.Allow, v.Score, v.Reasons)
		}
	}
}

// TestMarksLeaveOneOut: the evidence of a value among those that were counted is that of the others alone.
func TestMarksLeaveOneOut(t *testing.T) {
	t.Parallel()
	of := func(text string) *value {
		v := &value{}
		v.look(sketch.Key{}, &inspect.Node{Kind: decode.String, Raw: []byte(text)}, nil)
		return v
	}
	texts := []string{"anna", "a-na", "a--a", "anna lena maria", "----------------"}
	with := &field{}
	for _, text := range texts {
		with.add(&leaf{Value: of(text)})
	}
	var all derived
	all.derive(with)
	for i, text := range texts {
		without := &field{}
		for k, other := range texts {
			if k != i {
				without.add(&leaf{Value: of(other)})
			}
		}
		var others derived
		others.derive(without)
		v := of(text)
		if got, want := all.marksNats(v.marks(), own{v}), others.marksNats(v.marks(), nil); got != want {
			t.Errorf("%s: %v among all without itself, %v among the others", text, got, want)
		}
	}
}
