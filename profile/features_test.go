package profile

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"postern/inspect"
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
