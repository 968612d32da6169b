package main

import (
	_ "embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"postern/inspect"
)

// notAttacks lists requests of the firewall's own test suite that are no attack in a value: an id, a blank, the kind, a colon and what the kind is.
//
//go:embed notattacks.txt
var notAttacks string

// kindsOfMiss gives the kind of each request in notattacks.txt.
func kindsOfMiss() map[string]string {
	kinds := map[string]string{}
	for line := range strings.Lines(notAttacks) {
		if id, kind, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(line, "#") {
			kinds[id] = kind
		}
	}
	return kinds
}

// requests measures whole requests: those of two test suites of other firewalls, and real ordinary traffic.
func (d *detection) requests(out io.Writer, c corpora) error {
	fmt.Fprintf(out, "\nWhole requests flagged (goal: attacks of CRS and GoTestWAF >= 95 %%)\n\n")
	notAttack := kindsOfMiss()
	for _, name := range []string{"crs_regression", "gotestwaf", "api_json_benign", "weblog_benign"} {
		kinds, missed := map[string]*rate{}, map[string]int{}
		var all, meant rate // attacks by label, and without those that are none in a value
		err := c.read(name, func(s *sample) {
			if d.wrong[s.ID] {
				return
			}
			hit := d.attackIn(d.look(wholeRequest(s)), "", false)
			entry(kinds, s.Label+" "+s.Class).add(hit)
			if !s.attack() {
				return
			}
			all.add(hit)
			kind := notAttack[s.ID]
			if hit || kind == "" {
				meant.add(hit)
			}
			if !hit {
				missed[kind]++
			}
		})
		if err != nil {
			return err
		}
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			fmt.Fprintf(out, "%-16s %-24s %v\n", name, kind, *kinds[kind])
		}
		if all.of > 0 {
			fmt.Fprintf(out, "%-16s %-24s %v\n", name, "attacks by label", all)
			fmt.Fprintf(out, "%-16s %-24s %v\n", name, "attacks in a value", meant)
		}
		for _, kind := range slices.Sorted(maps.Keys(missed)) {
			if kind == "" {
				fmt.Fprintf(out, "  %4d missed and an attack all the same\n", missed[kind])
				continue
			}
			fmt.Fprintf(out, "  %4d missed, %s\n", missed[kind], kind)
		}
	}
	return nil
}

// wholeRequest gives a line of the data as a message. Host and connection headers are the recorder's.
func wholeRequest(s *sample) *inspect.Message {
	m := &inspect.Message{Method: []byte(s.Method), Path: []byte(s.Path), Body: s.Body, Size: int64(len(s.Body))}
	if s.Query != "" {
		m.Path = []byte(s.Path + "?" + s.Query)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		if key := strings.ToLower(name); key != "host" {
			m.Header = append(m.Header, inspect.Header{Name: []byte(key), Value: []byte(s.Headers[name])})
		}
	}
	if s.ContentType != "" && m.Get("content-type") == nil {
		m.Header = append(m.Header, inspect.Header{Name: []byte("content-type"), Value: []byte(s.ContentType)})
	}
	return m
}
