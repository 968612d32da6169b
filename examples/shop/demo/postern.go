package demo

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// flag is what the command line needs where the admin port is not the usual one, with a space before it.
func (s *shop) flag() string {
	if s.admin == "127.0.0.1:9180" {
		return ""
	}
	return " -admin-addr " + s.admin
}

// run runs one command of Postern's against the running one, as a person would, and returns what it printed.
func (s *shop) run(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if flag := s.flag(); flag != "" {
		args = append(args, strings.Fields(flag)...)
	}
	out, err := exec.CommandContext(ctx, s.binary, args...).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), fmt.Errorf("postern %s: exit %d: %s", strings.Join(args, " "), exit.ExitCode(), strings.TrimSpace(string(out)))
	}
	if err != nil {
		return string(out), fmt.Errorf("postern %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}

// explain returns what Postern says about a decision. It waits a little: the record is written beside the call, not in its way.
func (s *shop) explain(ctx context.Context, id string) (string, error) {
	var text string
	var err error
	for range 20 {
		if text, err = s.run(ctx, "explain", id); err == nil {
			return text, nil
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(250 * time.Millisecond):
		}
	}
	return text, err
}
