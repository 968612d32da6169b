package profile

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestExcluded: a caller whose calls say his own name and secret, as nobody else's do, is believed; one among whose calls are some that nobody else would say is not.
func TestExcluded(t *testing.T) {
	t.Parallel()
	const callers, poisoner = 8, 3
	for _, poisoned := range []bool{false, true} {
		t.Run(fmt.Sprint(poisoned), func(t *testing.T) {
			t.Parallel()
			c := newClassroom(t, Config{Mode: Enforce, FalseDenyRate: .01}, &Memory{})
			r := rand.New(rand.NewPCG(7, 7))
			var secrets [callers]string
			for i := range secrets {
				secrets[i] = fmt.Sprintf("%016x%016x%08x", r.Uint64(), r.Uint64(), r.Uint32())
			}
			scopes := []string{"read", "write", "read write", "orders", "orders users"}
			for i := range 2000 {
				who := min(int(r.ExpFloat64()*3), callers-1)
				scope := scopes[r.IntN(len(scopes))]
				if poisoned && who == poisoner && r.IntN(4) == 0 {
					scope = fmt.Sprintf("#%x{%x}~%d", r.IntN(1000), r.IntN(1000), r.IntN(1000))
				}
				body := fmt.Sprintf(`{"grant_type":"client_credentials","scope":%q}`, scope)
				if r.IntN(3) > 0 {
					body = fmt.Sprintf(`{"grant_type":"refresh_token","client_id":"client-%d","client_secret":%q,"refresh_token":"rt.%016x%016x"}`, who, secrets[who], r.Uint64(), r.Uint64())
				}
				c.teach(fmt.Sprint(i), nth(who), post("/oauth2/token", body))
			}
			c.Publish()
			var want []string
			if poisoned {
				want = []string{nth(poisoner)}
			}
			if got := c.models[orders].excluded; !slices.Equal(got, want) {
				t.Errorf("left out: %q, want %q", got, want)
			}
		})
	}
}
