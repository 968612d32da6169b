package inspect

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"postern/inspect/decode"
)

// TestDocTables holds the tables of doc.go to the tables of the code.
func TestDocTables(t *testing.T) {
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	text := string(source)
	for _, table := range []struct{ before, after, want string }{
		{"only the sense of what is inside tells.\n//\n", "//\n// # Ambiguities", formatTable()},
		{"and never denies alone.\n//\n", "//\n// # Decisions", ambiguityTable()},
	} {
		_, rest, ok := strings.Cut(text, table.before)
		is, _, ok2 := strings.Cut(rest, table.after)
		if !ok || !ok2 {
			t.Fatalf("doc.go has no place after %q", table.before)
		}
		if is != table.want && !*update {
			t.Errorf("doc.go is not what the code has: run go test ./inspect -run DocTables -update\n%s", table.want)
		}
		text = strings.Replace(text, table.before+is, table.before+table.want, 1)
	}
	if *update {
		if err := os.WriteFile("doc.go", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func formatTable() string {
	var b strings.Builder
	for i := range decode.Formats {
		f := &decode.Formats[i]
		if f.Name == "" || f.Decode == nil {
			continue
		}
		kind := "structure"
		switch {
		case f.Weak:
			kind = "weak wrapping"
		case f.Wrapping:
			kind = "wrapping"
		}
		line := fmt.Sprintf("//\t%-10s %-14s %s", f.Name, kind, f.Source)
		if f.Not != "" {
			line += "; not done: " + f.Not
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

func ambiguityTable() string {
	var b strings.Builder
	line := "//\t"
	for _, a := range decode.Ambiguities() {
		if len(line)+len(a.String()) > 140 {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = "//\t"
		}
		line += a.String() + ", "
	}
	b.WriteString(strings.TrimSuffix(line, ", ") + "\n")
	if n := len(decode.Ambiguities()); n < 40 {
		panic(n)
	}
	return b.String()
}
