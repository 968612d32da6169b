package demo

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mostCommands is how many commands may stand between a newcomer and the first denial explained.
const mostCommands = 12

// TestReadme does what README says under "Try it", command by command, in a copy of the tree: the demo as people run it, then what they type beside it.
func TestReadme(t *testing.T) {
	if os.Getenv("POSTERN_E2E") != "required" {
		t.Skip("the whole demo, half a minute: `make test` or `make e2e` runs it")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	commands := tryIt(t, filepath.Join(root, "README.md"))
	if len(commands) < 4 || len(commands) > mostCommands || !strings.HasPrefix(commands[0], "git clone ") || commands[1] != "make demo" {
		t.Fatalf("README says %q", commands)
	}
	n := &newcomer{folder: copied(t, root)}
	n.demo(t)
	for _, c := range commands[2:] {
		n.types(t, c)
	}
	if !n.explained {
		t.Error("no denial was explained")
	}
}

// tryIt are the commands under "Try it", up to the tests: whoever tries need not run them.
func tryIt(t *testing.T, file string) (commands []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, text2, _ := strings.Cut(string(text), "\n## Try it\n")
	text2, _, _ = strings.Cut(text2, "\n## ")
	for line := range strings.Lines(text2) {
		command, indented := strings.CutPrefix(line, "    ")
		command, _, _ = strings.Cut(command, " #")
		switch command = strings.TrimSpace(command); {
		case command == "make test":
			return commands
		case indented && command != "":
			commands = append(commands, command)
		}
	}
	return commands
}

// copied is what a clone would hold, with the changes that are not committed yet. The tools come along: they take minutes to bring.
func copied(t *testing.T, root string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "postern")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	copying := exec.Command("sh", "-c", `git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -cf - -T - 2>/dev/null | tar -xf - -C "$1"`, "sh", folder)
	copying.Dir = root
	if out, err := copying.CombinedOutput(); err != nil {
		t.Fatalf("copy: %v\n%s", err, out)
	}
	if err := os.Symlink(filepath.Join(root, ".tools"), filepath.Join(folder, ".tools")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	return folder
}

// newcomer types README's commands.
type newcomer struct {
	folder    string
	admin     string // where the usual port was taken, the demo says which it uses
	id        string // of the denial listed first
	explained bool
}

func (n *newcomer) command(ctx context.Context, line string) *exec.Cmd {
	c := exec.CommandContext(ctx, "sh", "-c", line)
	c.Dir = n.folder
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); name != "MAKEFLAGS" && name != "MFLAGS" && name != "MAKELEVEL" && !strings.HasPrefix(name, "POSTERN_") {
			c.Env = append(c.Env, e)
		}
	}
	if n.admin != "" {
		c.Env = append(c.Env, "POSTERN_ADMIN_ADDR="+n.admin)
	}
	return c
}

// demo runs the demo in the background, until its story is told and it waits.
func (n *newcomer) demo(t *testing.T) {
	t.Helper()
	demo := n.command(t.Context(), "exec make demo")
	demo.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches make and what it runs
	demo.Cancel = func() error { return syscall.Kill(-demo.Process.Pid, syscall.SIGINT) }
	demo.WaitDelay = 30 * time.Second
	out, in := io.Pipe()
	demo.Stdout, demo.Stderr = in, in
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	ended, told, said := make(chan struct{}), make(chan bool, 1), &strings.Builder{}
	go func() {
		_ = demo.Wait() // what it said is what counts
		_ = in.Close()
		close(ended)
	}()
	t.Cleanup(func() { <-ended }) // t.Context ended before
	go func() {
		lines := bufio.NewScanner(out)
		stays := false
		for lines.Scan() {
			if line := lines.Text(); !stays {
				said.WriteString(line + "\n")
				if at := regexp.MustCompile(`admin http://(\S+),`).FindStringSubmatch(line); at != nil {
					n.admin = at[1]
				}
				if strings.Contains(line, "Everything stays up until Ctrl-C.") {
					stays = true
					told <- true
				}
			}
		}
		if !stays {
			told <- false
		}
	}()
	select {
	case ok := <-told:
		if !ok || !strings.Contains(said.String(), "The whole story held.") {
			t.Fatalf("the story did not hold:\n%s", said)
		}
	case <-time.After(8 * time.Minute):
		t.Fatal("the demo takes too long")
	}
}

var decisionID = regexp.MustCompile(`\b[0-9a-f]{32}\b`)

// types runs one command, with ID put in as a person would.
func (n *newcomer) types(t *testing.T, line string) {
	t.Helper()
	out, err := n.command(t.Context(), strings.ReplaceAll(line, "ID", n.id)).CombinedOutput()
	if err != nil || len(out) == 0 {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	if n.id == "" {
		n.id = decisionID.FindString(string(out))
	}
	if strings.Contains(line, " explain ") {
		n.explained = n.id != "" && strings.Contains(string(out), "\nwhy\n") && strings.Contains(string(out), "to allow exactly this")
	}
}
