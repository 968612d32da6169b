package profile

import (
	"testing"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/profile/sketch"
)

// TestOddSteps: each rare step adds to what a text tells, and no step does so twice. What is read of a text says the same as what is learned of it.
func TestOddSteps(t *testing.T) {
	t.Parallel()
	node := func(text string) *inspect.Node { return &inspect.Node{Kind: decode.String, Raw: []byte(text)} }
	f := &field{}
	for range 300 {
		for _, text := range []string{"the lamp is broken", "send somebody, please", "room 12, first floor"} {
			v := &value{}
			v.look(sketch.Key{}, node(text), nil)
			f.add(&leaf{Value: v})
		}
	}
	var d derived
	d.derive(f)
	var before float32
	for _, text := range []string{"the lamp, is broken", "the lamp (is broken", "the lamp (is broken;", "the lamp=(is broken);"} {
		_, pair, _ := d.textNats([]byte(text))
		if pair <= before {
			t.Errorf("%q tells %v, what has fewer odd steps %v", text, pair, before)
		}
		before = pair
		v := &value{}
		v.look(sketch.Key{}, node(text), nil)
		if _, learned, _ := d.learnedNats(v, nil); learned != pair {
			t.Errorf("%q tells %v, and %v when it is learned", text, pair, learned)
		}
	}
	once := d.direct(sketch.Key{}, node("a ( b"))
	if twice := d.direct(sketch.Key{}, node("a ( b ( c")); once[onPair] != twice[onPair] {
		t.Errorf("a step tells %v, twice %v", once[onPair], twice[onPair])
	}
}
