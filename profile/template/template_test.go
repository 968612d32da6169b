package template

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func hash(b []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(b)
	return h.Sum64()
}

func segments(path string) (s [][]byte) {
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part != "" {
			s = append(s, []byte(part))
		}
	}
	return s
}

func learn(paths ...string) *Trie {
	t := New(hash)
	for _, p := range paths {
		t.Add(segments(p), 1)
	}
	return t
}

func TestLabelOf(t *testing.T) {
	for label, all := range map[Label][]string{
		Int:   {"0", "17", "-3", "20240101"},
		UUID:  {"123e4567-e89b-42d3-a456-426614174000", "123E4567-E89B-42D3-A456-426614174000"},
		Date:  {"2024-12-31", "2024-12-31T10:00:00Z", "logs-2024.12.31", "logs-2024.12.31-000001", "dt=2024-12-31", "metrics_2024_12", "dump-20241231.sql.gz"},
		Hex:   {"deadbeef01", "507f1f77bcf86cd799439011"},
		Email: {"a@b.co"},
		Token: {"cus_9s6XKzkNRiz8i3", "dQw4w9WgXcQ1", "AbCdEfGhIjKlMnOp"},
		Word: {
			"", "-", "orders", "v1", "v2beta1", "oauth2", "x509certificates", "base64url", "web3-providers", "search", "export.csv", "a@b", "@", "feedface", "order-2024", "getUserById", "createOrUpdateSubscription", "ThirdPartyIntegrations",
			"deadbee", "2024-13", "v12024-12", "log-2024.13.01", "log-2024", "order-2024123", "sku-20241331", "1800-01-01-memories", "99-bottles", "findByStatus", "loginOrRegister", "my-blog-post-title", "HTTPServerError",
		},
	} {
		for _, s := range all {
			if got := LabelOf([]byte(s)); got != label {
				t.Errorf("%q: got %q, want %q", s, got, label)
			}
		}
	}
}

func TestTemplates(t *testing.T) {
	names := func(n int, format string) (all []string) {
		for i := range n {
			all = append(all, fmt.Sprintf(format, strings.Repeat(string(rune('a'+i%26)), 3+i/26)))
		}
		return all
	}
	for _, c := range []struct {
		name  string
		paths []string
		want  string
	}{
		{"nothing", nil, ""},
		{"the root alone", []string{"/", "/"}, "/"},
		{"numbers", []string{"/orders/1", "/orders/2", "/orders"}, "/orders /orders/{int}"},
		{"numbers and hex are one", []string{"/o/12345678", "/o/1a2b3c4d5e"}, "/o/{hex}"},
		{"numbers and UUIDs are one", []string{"/o/1", "/o/123e4567-e89b-42d3-a456-426614174000"}, "/o/{*}"},
		{"few words are constants", []string{"/a/x", "/a/y", "/a/z"}, "/a/x /a/y /a/z"},
		{"many words are a parameter", names(10, "/users/%s/profile"), "/users/{*}/profile"},
		{"a heavy constant beside a parameter", append(names(10, "/users/%s"), "/users/me", "/users/me", "/users/me", "/users/me", "/users/me", "/users/me"), "/users/me /users/{*}"},
		{"a constant that goes on alone", append(names(12, "/users/%s/profile"), "/users/search/advanced", "/users/search/advanced", "/users/search/advanced"), "/users/search/advanced /users/{*}/profile"},
		{"identifiers that are hardly labels", []string{"/o/LEM-51136", "/o/FON-291", "/o/search"}, "/o/search /o/{token}"},
		{"one that looks like an identifier is a constant", []string{"/digest/sha256", "/digest/md5"}, "/digest/md5 /digest/sha256"},
		{"an unlikely token among tokens", []string{"/o/it_9s6XKzkNRiz8i3", "/o/it_hxpAbLJSRLHJUk"}, "/o/{token}"},
		{"words in turns among tokens", []string{"/pet/it_9s6XKzkNRiz8i3", "/pet/findByStatus"}, "/pet/findByStatus /pet/{token}"},
		{"codes of capitals", []string{"/rates/EUR", "/rates/USD", "/rates/GBP", "/rates/latest"}, "/rates/latest /rates/{*}"},
		{"a few rare words are not the last", strings.Fields(strings.Repeat("/u/anna ", 5) + strings.Repeat("/u/bert ", 4) + "/u/carl /u/carl /u/dora /u/emil /u/finn"), "/u/anna /u/{*}"},
		{"a few rare words among many calls are", strings.Fields(strings.Repeat("/u/list ", 90) + strings.Repeat("/u/find ", 40) + "/u/export /u/export /u/bulk /u/reset /u/count"), "/u/bulk /u/count /u/export /u/find /u/list /u/reset"},
		{"braces in a path", []string{"/a/{int}"}, "/a/%7Bint%7D"},
	} {
		t.Run(c.name, func(t *testing.T) {
			compiled := learn(c.paths...).Compile()
			var got []string
			for _, x := range compiled.List {
				got = append(got, x.Name)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, p := range c.paths {
				if compiled.Match(segments(p)) == nil {
					t.Errorf("%s, which was learned, matches nothing", p)
				}
			}
			if compiled.Match(segments("/never/seen/before/at/all")) != nil {
				t.Error("a path never seen matches")
			}
		})
	}
}

// How calls are spread over tries, and in which order they come, changes nothing (invariant 1).
func TestMergeIsTheSum(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var paths []string
	for range 3000 {
		paths = append(paths, fmt.Sprintf("/%c/w%d/%d", 'a'+random.IntN(3), random.IntN(600), random.IntN(5)))
	}
	want := learn(paths...)
	for n := range 3 {
		parts := []*Trie{New(hash), New(hash), New(hash)}
		for _, i := range random.Perm(len(paths)) {
			parts[random.IntN(3)].Add(segments(paths[i]), 1)
		}
		got := New(hash)
		for _, i := range random.Perm(3) {
			got.Merge(parts[i])
		}
		if diff := cmp.Diff(want.Compile().List, got.Compile().List); diff != "" {
			t.Fatalf("%d: %s", n, diff)
		}
	}
}

func TestRowsKeepEverything(t *testing.T) {
	trie := learn("/a/1", "/a/b/c", "/a/b/c", "/a/b/c", "/", "/x/secret")
	text, err := json.Marshal(trie.Rows())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "secret") || !strings.Contains(string(text), `"c"`) {
		t.Errorf("a segment seen once is kept in clear, or one seen often is not: %s", text)
	}
	var rows []Row
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	back, ok := FromRows(hash, rows)
	if !ok {
		t.Fatal("not read back")
	}
	if diff := cmp.Diff(trie.Rows(), back.Rows()); diff != "" {
		t.Error(diff)
	}
	if back.Compile().Match(segments("/x/secret")) == nil {
		t.Error("a word known by its hash alone is not found")
	}
}

func TestHostilePathsStayBounded(t *testing.T) {
	trie := New(hash)
	for i := range 200_000 {
		trie.Add([][]byte{binary.BigEndian.AppendUint32(nil, uint32(i*7919)), []byte("x"), fmt.Append(nil, i)}, 1)
	}
	if n := len(trie.Rows()); n > maxNodes+1 || trie.Left == 0 {
		t.Errorf("%d nodes, %d calls left out", n, trie.Left)
	}
	deep := make([][]byte, 1000)
	trie.Add(deep, 1)
	trie.Compile().Match(deep)
}

// Where tokens stand, what no constant is and reads like a word only by chance is one too; a plain word is not.
func TestTokensTakeUnlikelyOnes(t *testing.T) {
	compiled := learn("/o/it_9s6XKzkNRiz8i3/x", "/o/findByStatus", "/o/findByStatus", "/o/findByStatus").Compile()
	for path, want := range map[string]string{
		"/o/it_swFTCisHNWDpnn/x": "/o/{token}/x", "/o/BOF-63/x": "/o/{token}/x", "/o/findByStatus": "/o/findByStatus", "/o/search/x": "", "/o/a'b1/x": "",
	} {
		got := ""
		if found := compiled.Match(segments(path)); found != nil {
			got = found.Name
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	compiled := learn("/orders/1/items", "/orders/2/items", "/orders/search").Compile()
	path := segments("/orders/77/items")
	if n := testing.AllocsPerRun(100, func() { compiled.Match(path) }); n > 1 { // the test's own hash allocates
		t.Errorf("%v allocations", n)
	}
}

// Whatever rows a store gives, reading them neither panics nor grows beyond the bounds, and what is accepted can be written again.
func FuzzFromRows(f *testing.F) {
	seed, _ := json.Marshal(learn("/a/1", "/a/b").Rows())
	f.Add(seed)
	f.Fuzz(func(t *testing.T, text []byte) {
		var rows []Row
		if json.Unmarshal(text, &rows) != nil {
			return
		}
		trie, ok := FromRows(hash, rows)
		if !ok {
			return
		}
		again, ok := FromRows(hash, trie.Rows())
		if !ok || !cmp.Equal(trie.Rows(), again.Rows()) {
			t.Fatal("what was accepted does not come back")
		}
		trie.Compile()
	})
}
