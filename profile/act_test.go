package profile

import (
	"testing"
	"time"
)

// A decision that another replica made before ours, and that the Store tells of late, is not passed over.
func TestDecisionsOfOthersAreNotPassedOver(t *testing.T) {
	store := &Memory{}
	ours, err := New(Config{}, store)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // another replica's, which the Store has and has not told us of
		if _, err := store.Decide(t.Context(), "other", []byte(`{"v":1,"do":"mode","callee":"spiffe://mesh.test/ns/shop/sa/orders","mode":"off"}`)); err != nil {
			t.Fatal(err)
		}
	}
	d, err := ours.Decide(t.Context(), "us", Act{Do: "mode", Mode: "enforce"})
	if err != nil || d.Seq != 3 {
		t.Fatalf("%+v, %v", d, err)
	}
	done := make(chan error, 1)
	go func() { done <- ours.Run(t.Context()) }()
	for end := time.Now().Add(10 * time.Second); len(ours.Decided()) < 3; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("only %d of 3 decisions are known", len(ours.Decided()))
		}
	}
	if m := ours.Snapshot().Mode(Edge{To: "spiffe://mesh.test/ns/shop/sa/orders"}); m != Off {
		t.Errorf("the other's mode is %v, want off", m)
	}
}
