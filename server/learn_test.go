package server

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLearnIsDeterministic: the same records give the same profile, byte for byte, in any order, over any number of files and runs; a terminal sees how far it is.
func TestLearnIsDeterministic(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	lines := make([]string, 1200)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"id":"%d","time":"2026-11-%02dT10:%02d:00Z","source":"spiffe://m/ns/shop/sa/c%d","destination":"spiffe://m/ns/shop/sa/d%d","version":"v%d","method":"POST","path":"/a/%d","body":"{\"n\":%d,\"s\":\"%c%c\"}"}`,
			i, 10+r.IntN(5), r.IntN(60), r.IntN(7), r.IntN(2), r.IntN(3), r.IntN(1000), r.IntN(50), 'a'+r.IntN(26), 'a'+r.IntN(26)) + "\n"
	}
	learn := func(name string, terminal bool, parts ...[]string) (profile []byte, stderr string) {
		t.Helper()
		folder := t.TempDir()
		file := filepath.Join(folder, name)
		for i, part := range parts {
			calls := filepath.Join(folder, fmt.Sprint("calls", i))
			if err := os.WriteFile(calls, []byte(strings.Join(part, "")), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, problems bytes.Buffer
			a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &problems, terminal: terminal}
			if code := a.run(context.Background(), []string{"learn", "-profile", file, calls}); code != 0 || out.Len() > 0 {
				t.Fatalf("%d %s %s", code, &out, &problems)
			}
			stderr += problems.String()
		}
		profile, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return profile, stderr
	}
	want, quiet := learn("a.json", false, lines)
	if strings.Contains(quiet, "a second") {
		t.Errorf("progress without a terminal: %q", quiet)
	}
	shuffled := append([]string(nil), lines...)
	r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	got, told := learn("b.json", true, shuffled)
	if !bytes.Equal(want, got) {
		t.Error("another order gives another profile")
	}
	if !strings.Contains(told, "records, ") || !strings.Contains(told, "1200 records in ") || !strings.Contains(told, "working out what is ordinary") {
		t.Errorf("no progress on a terminal: %q", told)
	}
	if got, _ = learn("c.json", false, shuffled[:500], shuffled[500:501], shuffled[501:]); !bytes.Equal(want, got) {
		t.Error("three runs give another profile")
	}
}
