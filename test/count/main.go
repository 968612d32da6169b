// Command count reads `go test -json` from standard input, prints what a person wants of it, and ends with one line: "N passed, N failed".
// It exits 1 if a test or a package failed, or if no test ran, so that an empty run never looks green.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// event is one line of `go test -json` (cmd/test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build event
	Test       string
	Output     string
	Elapsed    float64 // seconds
}

// tally is what was counted, and the output kept until it is known whether its test failed.
type tally struct {
	out                     io.Writer
	passed, failed, skipped int
	broken                  []string // packages that failed without a failed test: build errors, panics, timeouts
	reported                map[string]bool
	kept                    map[[2]string][]string
}

func main() {
	t := tally{out: os.Stdout, reported: map[string]bool{}, kept: map[[2]string][]string{}}
	if err := t.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "count:", err)
		os.Exit(1)
	}
	os.Exit(t.close())
}

func (t *tally) read(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(t.out, lines.Text())
			continue
		}
		t.see(e)
	}
	return lines.Err()
}

func (t *tally) see(e event) {
	switch e.Action {
	case "build-output":
		fmt.Fprint(t.out, e.Output)
	case "output":
		if strings.HasPrefix(e.Output, "|") { // a table that a suite prints for people
			fmt.Fprint(t.out, e.Output)
			return
		}
		key := [2]string{e.Package, e.Test}
		t.kept[key] = append(t.kept[key], e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.endPackage(e)
		} else {
			t.endTest(e)
		}
	}
}

// endTest counts one test. The seeds of a fuzz target count as one: they are data, and would drown the rest.
func (t *tally) endTest(e event) {
	key := [2]string{e.Package, e.Test}
	kept := t.kept[key]
	delete(t.kept, key)
	if e.Action != "pass" {
		for _, line := range kept {
			if !strings.HasPrefix(line, "===") {
				fmt.Fprint(t.out, line)
			}
		}
	}
	if strings.HasPrefix(e.Test, "Fuzz") && strings.Contains(e.Test, "/") && e.Action == "pass" {
		return
	}
	switch e.Action {
	case "pass":
		t.passed++
	case "fail":
		t.failed++
		t.reported[e.Package] = true
	case "skip":
		t.skipped++
	}
}

func (t *tally) endPackage(e event) {
	key := [2]string{e.Package, ""}
	kept := t.kept[key]
	delete(t.kept, key)
	switch e.Action {
	case "pass":
		fmt.Fprintf(t.out, "ok    %-32s %6.1f s\n", e.Package, e.Elapsed)
	case "fail":
		for _, line := range kept {
			fmt.Fprint(t.out, line)
		}
		t.unfinished(e.Package)
		fmt.Fprintf(t.out, "FAIL  %-32s %6.1f s\n", e.Package, e.Elapsed)
		if !t.reported[e.Package] {
			t.broken = append(t.broken, e.Package)
		}
	}
}

// unfinished prints what was kept of tests that never ended: a panic or a timeout killed them.
func (t *tally) unfinished(pkg string) {
	for key, kept := range t.kept {
		if key[0] == pkg {
			fmt.Fprint(t.out, strings.Join(kept, ""))
			delete(t.kept, key)
		}
	}
}

// close prints the last lines and returns the exit status.
func (t *tally) close() int {
	if t.skipped > 0 {
		fmt.Fprintf(t.out, "%d skipped\n", t.skipped)
	}
	for _, pkg := range t.broken {
		fmt.Fprintf(t.out, "%s failed before its tests ended\n", pkg)
	}
	failed := t.failed + len(t.broken)
	if t.passed+failed == 0 {
		fmt.Fprintln(t.out, "no test ran")
	}
	fmt.Fprintf(t.out, "%d passed, %d failed\n", t.passed, failed)
	if failed > 0 || t.passed == 0 {
		return 1
	}
	return 0
}
