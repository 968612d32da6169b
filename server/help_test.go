package server

import (
	"flag"
	"io"
	"strings"
	"testing"
)

// TestExamplesInHelp: every command that acts on what was learned shows how it is called, and every example of any command can be called so.
func TestExamplesInHelp(t *testing.T) {
	t.Parallel()
	shown := map[string]int{}
	for _, c := range commands() {
		for line := range strings.Lines(c.help) {
			if !strings.HasPrefix(line, "  postern ") && !strings.HasPrefix(line, "  echo ") {
				continue
			}
			for part := range strings.SplitSeq(strings.ReplaceAll(strings.TrimSpace(line), " && ", " | "), " | ") {
				example, _, _ := strings.Cut(part, " > ")
				if !strings.HasPrefix(example, "postern ") {
					continue
				}
				called, rest := find(words(t, example))
				if called == nil {
					t.Errorf("%s: there is no command as in %q", c.name, example)
					continue
				}
				shown[called.name]++
				flags := flag.NewFlagSet(called.name, flag.ContinueOnError)
				flags.SetOutput(io.Discard)
				newConfig(nil, flags)
				called.bind(flags)
				if _, err := parseMixed(flags, rest); err != nil {
					t.Errorf("%s: %q: %v", c.name, example, err)
				}
			}
		}
	}
	for _, c := range profileCommands() {
		if shown[c.name] == 0 {
			t.Errorf("no example shows %s", c.name)
		}
	}
}
