package server

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
)

// TestREADMEHasTheVariables holds README's table to what postern env prints.
func TestREADMEHasTheVariables(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "<!-- postern env -markdown -->\n")
	table, _, end := strings.Cut(rest, "<!-- end -->")
	if !ok || !end {
		t.Fatal("README has no table between <!-- postern env -markdown --> and <!-- end -->")
	}
	var out bytes.Buffer
	a := &app{stdout: &out, stderr: os.Stderr}
	if code := a.run(context.Background(), []string{"env", "-markdown"}); code != 0 {
		t.Fatal(code)
	}
	if out.String() != table {
		t.Errorf("README's table is not what `postern env -markdown` prints:\n%s", &out)
	}
}
