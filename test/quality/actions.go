package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	"postern/inspect"
)

// The invented services of this section have one path and many actions, told apart by a member of the body, a parameter of the query or a field of a form. Some members are an action's
// own, others have the same name in several: what is an ordinary amount of one is none of another.

const (
	actionCount   = 12
	actionCallers = 10
)

// actionAPI is a service of one path.
type actionAPI struct {
	carrier string // json, query, form
	field   string // that tells the actions apart
	actions []action
	users   [actionCallers][]int // the actions that each caller asks
}

// action is one of them: the members that its calls have, each maybe or always.
type action struct {
	name    string
	members []member
}

// member draws its values.
type member struct {
	name   string
	always bool
	draw   func(*rand.Rand) any
}

var (
	actionVerbs = []string{"get", "list", "create", "update", "delete", "refund", "capture", "ship", "cancel", "merge", "export", "invite", "suspend", "restore"}
	actionNouns = []string{"order", "invoice", "account", "user", "payment", "coupon", "address", "basket", "review", "session"}
	ownMembers  = []string{"reason", "comment", "target", "page", "size", "since", "channel", "priority", "owner", "label", "template", "role", "source", "batch", "limit", "ref"}
	selectors   = map[string]string{"json": "action", "query": "cmd", "form": "do"}
)

func newActionAPI(r *rand.Rand, carrier string, texts []string) *actionAPI {
	api := &actionAPI{carrier: carrier, field: selectors[carrier]}
	names := map[string]bool{}
	for len(api.actions) < actionCount {
		name := actionVerbs[r.IntN(len(actionVerbs))] + "-" + actionNouns[r.IntN(len(actionNouns))]
		if names[name] {
			continue
		}
		names[name] = true
		a := action{name: name, members: []member{{"id", true, func(r *rand.Rand) any {
			return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48))
		}}}}
		if r.IntN(3) > 0 { // shared by name, its values the action's own
			least := 1 << r.IntN(14)
			a.members = append(a.members, member{"amount", true, func(r *rand.Rand) any { return least + r.IntN(least+1) }})
		}
		if r.IntN(2) > 0 {
			words := [3]string{}
			for i := range words {
				words[i] = fmt.Sprintf("%c%c-%d", 'a'+r.IntN(26), 'a'+r.IntN(26), len(api.actions))
			}
			a.members = append(a.members, member{"status", true, func(r *rand.Rand) any { return words[r.IntN(3)] }})
		}
		if r.IntN(2) > 0 {
			a.members = append(a.members, member{"note", r.IntN(2) > 0, func(r *rand.Rand) any { return mixed(r, texts) }})
		}
		own := r.Perm(len(ownMembers))
		for _, k := range own[:1+r.IntN(3)] {
			m := member{name: ownMembers[k], always: r.IntN(4) > 0}
			switch least := 1 << r.IntN(10); r.IntN(3) {
			case 0:
				m.draw = func(r *rand.Rand) any { return r.IntN(4 * least) }
			case 1:
				m.draw = func(r *rand.Rand) any { return mixed(r, texts) }
			default:
				m.draw = func(r *rand.Rand) any { return r.IntN(2) > 0 }
			}
			a.members = append(a.members, m)
		}
		api.actions = append(api.actions, a)
	}
	for i := range api.users {
		api.users[i] = r.Perm(actionCount)[:3+r.IntN(6)]
	}
	return api
}

// ordinary draws a call: of a caller, and of one of the actions that it asks, the first of them most.
func (api *actionAPI) ordinary(r *rand.Rand) (from int, a *action, values map[string]any) {
	from = r.IntN(actionCallers)
	list := api.users[from]
	k := min(r.IntN(len(list)), r.IntN(len(list)))
	a = &api.actions[list[k]]
	return from, a, a.values(r)
}

func (a *action) values(r *rand.Rand) map[string]any {
	values := map[string]any{}
	for _, m := range a.members {
		if m.always || r.IntN(2) > 0 {
			values[m.name] = m.draw(r)
		}
	}
	return values
}

func (a *action) has(name string) bool {
	return slices.ContainsFunc(a.members, func(m member) bool { return m.name == name && m.always })
}

// message writes a call of an action.
func (api *actionAPI) message(action string, values map[string]any) *inspect.Message {
	m := &inspect.Message{Method: []byte("POST"), Path: []byte("/api")}
	contentType := "application/json"
	body := maps.Clone(values)
	if api.carrier != "query" {
		body[api.field] = action
	} else {
		m.Path = []byte("/api?" + api.field + "=" + url.QueryEscape(action))
	}
	if api.carrier == "form" {
		contentType = "application/x-www-form-urlencoded"
		form := url.Values{}
		for name, v := range body {
			form.Set(name, fmt.Sprint(v))
		}
		m.Body = []byte(form.Encode())
	} else {
		m.Body, _ = json.Marshal(body) // of strings, numbers and truths
	}
	m.Size = int64(len(m.Body))
	m.Header = []inspect.Header{{Name: []byte("content-type"), Value: []byte(contentType)}}
	return m
}

// wrong are the ways in which a call is made wrong. Each takes an ordinary one, and says whether it could.
var wrong = []struct {
	name string
	do   func(r *rand.Rand, api *actionAPI, from *int, a **action, values *map[string]any, payload string) bool
}{
	{"another action's amount", func(r *rand.Rand, api *actionAPI, _ *int, a **action, values *map[string]any, _ string) bool {
		other := &api.actions[r.IntN(actionCount)]
		if !(*a).has("amount") || !other.has("amount") {
			return false
		}
		x, y := (*values)["amount"].(int), other.values(r)["amount"].(int)
		(*values)["amount"] = y
		return max(x, y) >= 4*min(x, y)
	}},
	{"another action's status", func(r *rand.Rand, api *actionAPI, _ *int, a **action, values *map[string]any, _ string) bool {
		other := &api.actions[r.IntN(actionCount)]
		if other == *a || !(*a).has("status") || !other.has("status") {
			return false
		}
		(*values)["status"] = other.values(r)["status"]
		return true
	}},
	{"another action's members", func(r *rand.Rand, api *actionAPI, _ *int, a **action, values *map[string]any, _ string) bool {
		other := &api.actions[r.IntN(actionCount)]
		*values = other.values(r)
		return !slices.EqualFunc(other.members, (*a).members, func(x, y member) bool { return x.name == y.name })
	}},
	{"an action of others", func(r *rand.Rand, api *actionAPI, from *int, a **action, values *map[string]any, _ string) bool {
		k := r.IntN(actionCount)
		asked := slices.ContainsFunc(api.users[:], func(list []int) bool { return slices.Contains(list, k) })
		if slices.Contains(api.users[*from], k) || !asked {
			return false
		}
		*a = &api.actions[k]
		*values = (*a).values(r)
		return true
	}},
	{"an action of nobody", func(r *rand.Rand, _ *actionAPI, _ *int, a **action, _ *map[string]any, _ string) bool {
		*a = &action{name: actionVerbs[r.IntN(len(actionVerbs))] + "-everything"}
		return true
	}},
	{"a payload in a text", func(_ *rand.Rand, _ *actionAPI, _ *int, _ **action, values *map[string]any, payload string) bool {
		if _, ok := (*values)["note"]; !ok {
			return false
		}
		(*values)["note"] = payload
		return true
	}},
}

// actionPaths measures paths that carry many operations, told apart by a field.
func actionPaths(out io.Writer, c corpora) error {
	texts, attacks, err := serviceTexts(c)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(40, 40))
	r.Shuffle(len(texts), func(i, k int) { texts[i], texts[k] = texts[k], texts[i] })
	half := len(texts) / 2
	for _, asked := range []struct {
		rate  float64
		calls int
	}{{1e-2, 3000}, {1e-3, 12000}} {
		fmt.Fprintf(out, "asked %g %%, %d calls learned of each of 6 services with %d actions\n\n| told apart by | what is wrong | denied |\n|---|---|---|\n", 100*asked.rate, asked.calls, actionCount)
		all := map[string]*rate{}
		for _, carrier := range []string{"json", "query", "form"} {
			denied := map[string]*rate{}
			for seed := range uint64(2) {
				r := rand.New(rand.NewPCG(41, seed))
				api := newActionAPI(r, carrier, texts[:half])
				var learned []call
				for range asked.calls {
					from, a, values := api.ordinary(r)
					learned = append(learned, call{from: from, message: api.message(a.name, values)})
				}
				m, err := train(asked.rate, learned)
				if err != nil {
					return err
				}
				api.measure(r, m, denied, attacks, texts[half:])
			}
			for _, name := range slices.SortedFunc(maps.Keys(denied), func(a, b string) int { return cmp.Compare(rankOf(a), rankOf(b)) }) {
				fmt.Fprintf(out, "| %s | %s | %v |\n", carrier, name, *denied[name])
				if all[name] == nil {
					all[name] = &rate{}
				}
				all[name].hits, all[name].of = all[name].hits+denied[name].hits, all[name].of+denied[name].of
			}
		}
		for _, name := range slices.SortedFunc(maps.Keys(all), func(a, b string) int { return cmp.Compare(rankOf(a), rankOf(b)) }) {
			fmt.Fprintf(out, "| all | %s | %v |\n", name, *all[name])
		}
		fmt.Fprintln(out)
	}
	return nil
}

const nothingWrong = "nothing"

// rankOf is the place of a way to be wrong in the table.
func rankOf(name string) int {
	if name == nothingWrong {
		return -1
	}
	for i := range wrong {
		if strings.HasPrefix(name, wrong[i].name) {
			return i
		}
	}
	return len(wrong)
}

// measure judges calls that were not learned: ordinary ones, and the same made wrong.
func (api *actionAPI) measure(r *rand.Rand, m *model, denied map[string]*rate, attacks []sample, texts []string) {
	for range 3000 {
		from, a, values := api.ordinary(r)
		if _, ok := values["note"]; ok {
			values["note"] = mixed(r, texts)
		}
		tally(denied, nothingWrong, !m.judge(call{from: from, message: api.message(a.name, values)}).Allow)
		w := &wrong[r.IntN(len(wrong))]
		if w.do(r, api, &from, &a, &values, string(attacks[r.IntN(len(attacks))].Payload)) {
			tally(denied, w.name, !m.judge(call{from: from, message: api.message(a.name, values)}).Allow)
		}
	}
}
