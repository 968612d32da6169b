package server

import (
	"bytes"
	"context"
	"flag"
	"strings"
	"testing"
)

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args, stdin string
		want        int
	}{
		{"version", "", 0},
		{"nosuch", "", 1},
		{"judge -", `{"method":"GET","path":"/"}`, 0},
		{"judge -", "{}\n" + `{"method":"GET","path":"/"}`, 2},
		{"inspect -calls", "{", 2},
		{"inspect -calls -", "\x1f\x8b", 2},
		{"judge -nosuch", "", 1},
		{"judge - -", "", 1},
	} {
		var out, problems bytes.Buffer
		a := &app{stdin: strings.NewReader(c.stdin), stdout: &out, stderr: &problems}
		if got := a.run(context.Background(), strings.Fields(c.args)); got != c.want {
			t.Errorf("postern %s < %q: exit %d, not %d: %s", c.args, c.stdin, got, c.want, &problems)
		}
		if c.want == 1 && out.Len() > 0 {
			t.Errorf("postern %s wrote %s", c.args, &out)
		}
	}
}

// TestEveryHelpReadsWell: the help of every command names it, gives its flags in words, and asks nothing of package flag that it cannot answer.
func TestEveryHelpReadsWell(t *testing.T) {
	for _, c := range commands() {
		var out, problems bytes.Buffer
		a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &problems}
		if code := a.run(context.Background(), append([]string{"help"}, strings.Fields(c.name)...)); code != 0 {
			t.Errorf("help %s: exit %d: %s", c.name, code, &problems)
		}
		text := out.String()
		if !strings.HasPrefix(text, "usage: postern "+c.name) || strings.Contains(text, "panic") || strings.Contains(text, "%!") || strings.Contains(text, "(default )") {
			t.Errorf("help %s:\n%s", c.name, text)
		}
		flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
		c.bind(flags)
		flags.VisitAll(func(f *flag.Flag) {
			if name, usage := flag.UnquoteUsage(f); usage == "" || strings.Contains(usage, name+" or") {
				t.Errorf("%s -%s %s: %s", c.name, f.Name, name, usage)
			}
		})
	}
}
