package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	tests := []struct {
		name, in, last string
		shows, hides   string
		exit           int
	}{
		{name: "nothing ran", in: "", last: "0 passed, 0 failed", shows: "no test ran", exit: 1},
		{
			name: "a pass is counted and its output hidden",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Elapsed":1}`,
			last: "1 passed, 0 failed", hides: "chatter",
		},
		{
			name: "a table is for people",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"| what fails | answer |\n"}
{"Action":"pass","Package":"p","Test":"TestA"}`,
			last: "1 passed, 0 failed", shows: "| what fails",
		},
		{
			name: "a failure shows its output",
			in: `{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"want 1, got 2\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p","Elapsed":1}`,
			last: "1 passed, 1 failed", shows: "want 1, got 2", exit: 1,
		},
		{
			name: "a package that does not build counts as one failure",
			in: `{"Action":"build-output","ImportPath":"p","Output":"x.go:1: undefined: y\n"}
{"Action":"fail","Package":"p","Elapsed":0}
{"Action":"pass","Package":"q","Test":"TestA"}`,
			last: "1 passed, 1 failed", shows: "undefined: y", exit: 1,
		},
		{
			name: "a test killed by a panic shows what it said",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"panic: oh\n"}
{"Action":"fail","Package":"p"}`,
			last: "0 passed, 1 failed", shows: "panic: oh", exit: 1,
		},
		{
			name: "seeds of a fuzz target count once, skips apart",
			in: `{"Action":"pass","Package":"p","Test":"FuzzA/seed#0"}
{"Action":"pass","Package":"p","Test":"FuzzA/seed#1"}
{"Action":"pass","Package":"p","Test":"FuzzA"}
{"Action":"skip","Package":"p","Test":"TestB"}`,
			last: "1 passed, 0 failed", shows: "1 skipped",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			c := tally{out: &out, reported: map[string]bool{}, kept: map[[2]string][]string{}}
			if err := c.read(strings.NewReader(test.in)); err != nil {
				t.Fatal(err)
			}
			exit := c.close()
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if got := lines[len(lines)-1]; got != test.last {
				t.Errorf("last line %q, want %q", got, test.last)
			}
			if exit != test.exit {
				t.Errorf("exit %d, want %d", exit, test.exit)
			}
			if !strings.Contains(out.String(), test.shows) {
				t.Errorf("missing %q in:\n%s", test.shows, out.String())
			}
			if test.hides != "" && strings.Contains(out.String(), test.hides) {
				t.Errorf("%q shown in:\n%s", test.hides, out.String())
			}
		})
	}
}
