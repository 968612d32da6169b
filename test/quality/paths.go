package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"postern/profile/template"
)

// pathTemplates measures how well templates of paths are learned from calls alone.
func pathTemplates(out io.Writer, c corpora) error {
	real, err := specTemplates(c)
	if err != nil {
		return err
	}
	made := make([][]string, 120)
	for i := range made {
		made[i] = inventAPI(rand.New(rand.NewPCG(uint64(i), 22)))
	}
	fmt.Fprintf(out, "%d APIs from OpenAPI documents, %d invented; their values are invented: half of them used again, a kind of value for each parameter.\n\n", len(real), len(made))
	fmt.Fprintln(out, "| APIs | calls a template | fresh calls that match nothing | completeness | purity |\n|---|--:|---|---|---|")
	for _, set := range []struct {
		name string
		apis [][]string
	}{{"documents", real}, {"invented", made}} {
		for _, calls := range []int{3, 10, 30, 100} {
			var unknown, complete, pure rate
			for i, api := range set.apis {
				measurePaths(rand.New(rand.NewPCG(uint64(i), uint64(calls))), api, calls, &unknown, &complete, &pure)
			}
			fmt.Fprintf(out, "| %s | %d | %v | %v | %v |\n", set.name, calls, unknown, complete, pure)
		}
	}
	return nil
}

// measurePaths learns an API from calls and looks at as many fresh ones. Complete: a call falls where most calls of its true template fall. Pure: a call's true
// template is the one that most calls of its learned template have.
func measurePaths(random *rand.Rand, api []string, calls int, unknown, complete, pure *rate) {
	values := newValues(random, api)
	trie := template.New(func(b []byte) uint64 { return maphash.Bytes(pathSeed, b) })
	for range calls * len(api) {
		trie.Add(values.path(api[values.zipf(len(api))]), 1)
	}
	compiled := trie.Compile()
	pairs := map[[2]string]int{}
	for range 20 * len(api) {
		truth := api[random.IntN(len(api))]
		found := compiled.Match(values.path(truth))
		unknown.add(found == nil)
		if found != nil {
			pairs[[2]string{truth, found.Name}]++
		}
	}
	most := [2]map[string]int{{}, {}}
	for p, n := range pairs {
		for side := range most {
			most[side][p[side]] = max(most[side][p[side]], n)
		}
	}
	total := 0
	for _, n := range pairs {
		total += n
	}
	for side, r := range []*rate{complete, pure} {
		r.of += total
		for _, n := range most[side] {
			r.hits += n
		}
	}
}

var pathSeed = maphash.MakeSeed()

// specTemplates are the path templates of the OpenAPI documents of the data, each document an API.
func specTemplates(c corpora) (apis [][]string, err error) {
	files, err := filepath.Glob(filepath.Join(string(c), "specs", "*"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var document struct {
			Paths map[string]any `json:"paths" yaml:"paths"`
		}
		if strings.HasSuffix(name, ".json") {
			err = json.Unmarshal(text, &document)
		} else {
			err = yaml.Unmarshal(text, &document)
		}
		if err == nil && len(document.Paths) > 2 {
			apis = append(apis, slices.Sorted(maps.Keys(document.Paths)))
		}
	}
	if len(apis) == 0 {
		return nil, fmt.Errorf("no OpenAPI document in %s", filepath.Join(string(c), "specs"))
	}
	return apis, nil
}

var (
	nouns = strings.Fields(`accounts addresses alerts assets attachments audits backups banners baskets bills bookings branches builds campaigns carts categories channels charges claims clusters
comments contacts contracts coupons courses credits customers dashboards deliveries deployments devices discounts documents domains employees events exports feeds files filters folders forms gateways
groups hosts images imports incidents indexes invoices items jobs keys labels ledgers licenses lists locations machines media members merchants messages metrics milestones models networks nodes notes
notifications offers orders organizations packages pages partners payments payouts permissions persons phones pipelines plans players playlists policies posts products profiles projects providers quotes
ratings receipts recipes refunds regions releases reports repos requests reservations resources returns reviews roles rooms routes rules schedules sessions settings shipments sites snapshots stores
subscriptions suppliers surveys tags tasks taxes teams templates tenants tests threads tickets tokens topics tracks transactions transfers trips users vehicles vendors versions videos volumes vouchers wallets
warehouses webhooks widgets workflows zones`)
	verbs    = strings.Fields(`activate approve archive cancel clone close complete confirm copy disable enable export import lock merge pause publish refund reject rename reset restart restore resume retry search start stats status stop summary sync test unlock validate verify`)
	singles  = strings.Fields(`me current latest search count stats bulk batch export default health summary recent`)
	prefixes = []string{"", "/api", "/api/v1", "/v1", "/v2", "/rest/api/2", "/svc/internal", "/api/v3.1"}
)

// inventAPI makes the path templates of one API: collections, their members, collections of these, actions and words in place of members.
func inventAPI(random *rand.Rand) []string {
	prefix := prefixes[random.IntN(len(prefixes))]
	all := map[string]bool{}
	for range 3 + random.IntN(10) {
		base := prefix + "/" + nouns[random.IntN(len(nouns))]
		if all[base] {
			continue
		}
		all[base] = true
		member := base + "/{p" + fmt.Sprint(random.IntN(1000)) + "}"
		all[member] = true
		for range random.IntN(4) {
			sub := member + "/" + nouns[random.IntN(len(nouns))]
			if !all[sub] && random.IntN(2) == 0 {
				all[sub+"/{s"+fmt.Sprint(random.IntN(1000))+"}"] = true
			}
			all[sub] = true
		}
		for range random.IntN(3) {
			all[member+"/"+verbs[random.IntN(len(verbs))]] = true
		}
		if random.IntN(3) == 0 {
			all[base+"/"+singles[random.IntN(len(singles))]] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// values draws the values of an API's parameters: each parameter has a kind, and values seen before come again half of the time.
type values struct {
	random *rand.Rand
	kinds  map[string]int
	pools  map[string][]string
}

func newValues(random *rand.Rand, api []string) *values {
	v := &values{random, map[string]int{}, map[string][]string{}}
	for _, path := range api {
		for part := range strings.SplitSeq(path, "/") {
			if strings.HasPrefix(part, "{") && v.kinds[part] == 0 {
				v.kinds[part] = 1 + random.IntN(kinds)
			}
		}
	}
	return v
}

// zipf draws an index, the first ones more often.
func (v *values) zipf(n int) int {
	if v.random.IntN(2) == 0 {
		return v.random.IntN(n)
	}
	return int(float64(n) * v.random.Float64() * v.random.Float64())
}

func (v *values) path(name string) (segments [][]byte) {
	for part := range strings.SplitSeq(strings.Trim(name, "/"), "/") {
		if kind := v.kinds[part]; kind != 0 {
			part = v.value(part, kind)
		}
		segments = append(segments, []byte(part))
	}
	return segments
}

func (v *values) value(parameter string, kind int) string {
	pool := v.pools[parameter]
	if len(pool) > 0 && v.random.IntN(2) == 0 {
		return pool[v.zipf(len(pool))]
	}
	fresh := v.fresh(kind)
	v.pools[parameter] = append(pool, fresh)
	return fresh
}

// kinds is how many kinds of values fresh knows.
const kinds = 16

func (v *values) fresh(kind int) string {
	r := v.random
	name := func() string { return syllables(r) }
	switch kind {
	case 1, 2:
		return fmt.Sprint(r.IntN(1_000_000))
	case 3:
		return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64()>>16)
	case 4:
		return fmt.Sprintf("%024x", r.Uint64())
	case 5:
		return name() + "-" + name() + "-" + name()
	case 6:
		return name()
	case 7:
		return fmt.Sprintf("%s@%s.example", name(), name())
	case 8:
		const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
		id := []byte("it_")
		for range 14 {
			id = append(id, letters[r.IntN(len(letters))])
		}
		return string(id)
	case 9:
		return fmt.Sprintf("%s%02d", name(), r.IntN(100))
	case 10:
		return name() + "-" + name() + [...]string{".pdf", ".png", ".json"}[r.IntN(3)]
	case 11:
		return string([]byte{"ABCDEFGHIJ"[r.IntN(10)], "EFILNRSTU"[r.IntN(9)]}) // countries
	case 12:
		return fmt.Sprintf("%d.%d.%d", r.IntN(4), r.IntN(20), r.IntN(30))
	case 13:
		return fmt.Sprintf("%06x", r.IntN(1<<24))
	case 14:
		return fmt.Sprintf("%.4f,%.4f", 90*r.Float64(), 180*r.Float64())
	case 15:
		return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, r.Uint64()))
	}
	return fmt.Sprintf("%s-%d", strings.ToUpper(name()[:3]), r.IntN(100_000))
}

// syllables is a name as people give to things: a few thousand different ones.
func syllables(r *rand.Rand) string {
	const first, second = "bcdfghjklmnprstvwz", "aeiou"
	var b strings.Builder
	for range 2 + r.IntN(2) {
		b.WriteByte(first[r.IntN(len(first))])
		b.WriteByte(second[r.IntN(len(second))])
		if r.IntN(3) == 0 {
			b.WriteByte("nrstl"[r.IntN(5)])
		}
	}
	return b.String()
}
