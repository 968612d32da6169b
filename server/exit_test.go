package server

import (
	"bytes"
	"context"
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
