package server

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"postern/inspect"
	"postern/profile"
	"postern/server/record"
)

const judgeHelp = `
Judges recorded calls as enforce would, and prints one verdict a line:
  {"id":…,"verdict":"allow|deny","mature":…,"score":…,"operation":…,"reasons":[{"level":…,"class":…,"path":…,"score":…,"mature":…,"text":…}],"bytes":{…}}

A reason that follows from an operator's rule or approval names its number in postern profile log as "decision".

Without -profile nothing is known of the callers and callees, and only attacks speak. FILE is JSON Lines, plain or packed by gzip or zstd, or HAR; - or none is standard input.
Exit 0 whatever the verdicts are; 2 when a record could not be read, each named with its line on stderr.

  postern judge -profile shop.json calls.jsonl.gz | jq -c 'select(.verdict=="deny")'`

const profileFlags = "false-deny-rate attack-score unexamined forget-after hash-key-file "

const learnHelp = `
Learns from recorded calls and writes what was learned to the profile file P: made, or extended. The same calls in any order give the same bytes, and the file is text that fits in Git.

The files are trusted: nothing waits for other callers or days; callers whose calls stand far out are still left out, and named. Calls that did not end well (status 4xx or 5xx, grpc-status not 0), and
calls of unauthenticated callers, are not learned. FILE is JSON Lines, plain or packed by gzip or zstd, or HAR; - or none is standard input. What is kept are features (lengths, alphabets, kinds) and
keyed hashes, not values.

Exit 0; 2 when a record could not be read, each named with its line on stderr, and all others were learned; 1 if it could not be done, and P is as it was.

  postern learn -profile shop.json calls.jsonl.gz`

// callCommands work on files alone: no running Postern is needed.
func callCommands() []command {
	return []command{
		{"learn", "-profile P [FILE …]", "learn from recorded calls into a profile file", learnHelp, profileFlags + limitFlags, bindLearn},
		{"judge", "[-profile P] [-all] [FILE …]", "judge recorded calls, one verdict a line", judgeHelp, profileFlags + limitFlags, bindJudge},
		{"inspect", "[-calls] [-json] [-type T] [-header K:V] [FILE …]", "open a body, or recorded calls, layer by layer", inspectHelp, limitFlags, bindInspect},
	}
}

func bindLearn(flags *flag.FlagSet) action {
	file := flags.String("profile", "", "the profile file, made or extended")
	return func(ctx context.Context, a *app, files []string) error {
		if *file == "" {
			return usagef("-profile P is needed: the file to learn into")
		}
		inspector, err := inspect.New(a.config.Limits)
		if err != nil {
			return err
		}
		learner, err := a.openOrMake(*file)
		if err != nil {
			return err
		}
		now := learner.Latest()
		learned, failed, unproven := 0, 0, 0
		err = a.eachCall(ctx, files, func(r *record.Record) error {
			call := r.Call()
			if call.At.IsZero() {
				call.At = now
			}
			now = call.At
			switch {
			case !r.EndedWell():
				failed++
				return nil
			case call.Edge.From == profile.Unauthenticated:
				unproven++
				return nil
			}
			learned++
			tree := inspector.Inspect(&call.Message)
			defer inspector.Free(tree)
			learner.Learn(call.ID, call.At, call.Edge, call.Version, tree)
			return nil
		})
		if err != nil && !errors.Is(err, errSkipped) {
			return err
		}
		done := a.working("working out what is ordinary")
		learner.Publish()
		saved := replaceFile(*file, learner.Save)
		done()
		if saved != nil {
			return saved
		}
		fmt.Fprintf(a.stderr, "learned %d calls", learned)
		if failed > 0 {
			fmt.Fprintf(a.stderr, ", not %d that did not end well", failed)
		}
		if unproven > 0 {
			fmt.Fprintf(a.stderr, ", not %d of unauthenticated callers", unproven)
		}
		fmt.Fprintln(a.stderr)
		for _, c := range learner.Snapshot().Callees() {
			for _, id := range c.LeftOut {
				a.warn("%s is left out of what is known of %s: its calls stand far from the others'", id, c.Callee)
			}
		}
		return err
	}
}

// replaceFile writes a file whole or not at all.
func replaceFile(name string, write func(io.Writer) error) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // gone already where all went well
	if err := errors.Join(write(temporary), temporary.Sync(), temporary.Chmod(0o644), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}

// openOrMake reads a profile file, or begins one where there is none.
func (a *app) openOrMake(file string) (*profile.Learner, error) {
	learner, err := a.openProfile(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return learner, err
	}
	var store profile.Memory
	if a.config.HashKeyFile == "" {
		a.warn("the new profile's hashes have a fixed key: short values could be guessed from it. Set POSTERN_HASH_KEY_FILE where that matters")
	} else if store.Key, err = readHashKey(a.config.HashKeyFile); err != nil {
		return nil, err
	}
	return profile.New(a.config.learning(nil), &store)
}

// openProfile reads a profile file.
func (a *app) openProfile(file string) (*profile.Learner, error) {
	in, err := os.Open(file) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }() // only read
	learner, err := profile.Open(a.config.learning(nil), in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return learner, nil
}

func bindJudge(flags *flag.FlagSet) action {
	file := flags.String("profile", "", "the profile file; without it only attacks speak")
	all := flags.Bool("all", false, "print the reasons of immature levels too, which never deny")
	return func(ctx context.Context, a *app, files []string) error {
		inspector, err := inspect.New(a.config.Limits)
		if err != nil {
			return err
		}
		var learner *profile.Learner
		if *file == "" {
			learner, err = profile.New(a.config.learning(nil), &profile.Memory{})
		} else {
			learner, err = a.openProfile(*file)
		}
		if err != nil {
			return err
		}
		snapshot := learner.Snapshot().Enforcing()
		out := bufio.NewWriterSize(a.stdout, 1<<16)
		var line []byte
		err = a.eachCall(ctx, files, func(r *record.Record) error {
			call := r.Call()
			tree := inspector.Inspect(&call.Message)
			defer inspector.Free(tree)
			v := snapshot.Judge(call.Edge, call.Version, tree)
			line = append(appendVerdict(line[:0], r.ID, &v, tree, *all), '\n')
			_, err := out.Write(line)
			return err
		})
		return errors.Join(err, out.Flush())
	}
}

// appendVerdict writes the line that judge promises. A call is denied here where enforce would deny it.
func appendVerdict(dst []byte, id string, v *profile.Verdict, t *inspect.Tree, all bool) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendString(dst, id)
	word := "allow"
	if !v.Allow || v.WouldDeny {
		word = "deny"
	}
	dst = append(append(append(dst, `,"verdict":"`...), word...), `","mature":`...)
	dst = appendBool(dst, v.Mature)
	dst = appendNumber(append(dst, `,"score":`...), v.Score)
	dst = appendString(append(dst, `,"operation":`...), v.Operation)
	dst = append(dst, `,"reasons":[`...)
	comma := false
	for i := range v.Reasons {
		r := &v.Reasons[i]
		if !r.Mature && !all {
			continue
		}
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = appendString(append(dst, `{"level":`...), r.Level.String())
		dst = appendString(append(dst, `,"class":`...), r.Class)
		dst = appendString(append(dst, `,"path":`...), r.Path)
		dst = appendNumber(append(dst, `,"score":`...), r.Score)
		dst = appendBool(append(dst, `,"mature":`...), r.Mature)
		if r.Decision > 0 {
			dst = strconv.AppendUint(append(dst, `,"decision":`...), r.Decision, 10)
		}
		dst = appendString(append(dst, `,"text":`...), r.Text)
		dst = append(dst, '}')
	}
	dst = append(dst, ']')
	dst = appendBytes(dst, t)
	return append(dst, '}')
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}
