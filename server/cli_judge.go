package server

import (
	"context"
	"flag"

	"postern/inspect"
	"postern/profile"
	"postern/server/record"
)

const judgeHelp = `
Judges recorded calls as enforce would, and prints one verdict a line:
  {"id":…,"verdict":"allow|deny","mature":…,"score":…,"operation":…,"reasons":[{"level":…,"class":…,"path":…,"score":…,"mature":…,"text":…}],"bytes":{…}}

Without -profile nothing is known of the callers and callees, and only attacks speak. FILE is JSON Lines, plain or packed by gzip or zstd, or HAR; - or none is standard input.
Exit 0 whatever the verdicts are; 2 when a record could not be read, each named with its line on stderr.

  postern judge -profile shop.json calls.jsonl.gz | jq -c 'select(.verdict=="deny")'`

const profileFlags = "false-deny-rate attack-score unexamined forget-after hash-key-file "

// callCommands work on files alone: no running Postern is needed.
func callCommands() []command {
	return []command{
		{"judge", "[-profile P] [-all] [FILE …]", "judge recorded calls, one verdict a line", judgeHelp, profileFlags + limitFlags, bindJudge},
		{"inspect", "[-calls] [-json] [-type T] [-header K:V] [FILE …]", "open a body, or recorded calls, layer by layer", inspectHelp, limitFlags, bindInspect},
	}
}

func bindJudge(flags *flag.FlagSet) action {
	all := flags.Bool("all", false, "print the reasons of immature levels too, which never deny")
	return func(ctx context.Context, a *app, files []string) error {
		inspector, err := inspect.New(a.config.Limits)
		if err != nil {
			return err
		}
		var line []byte
		return a.eachCall(ctx, files, func(r *record.Record) error {
			call := r.Call()
			tree := inspector.Inspect(&call.Message)
			defer inspector.Free(tree)
			v := attacksOnly(tree, a.config.AttackScore)
			line = appendVerdict(line[:0], r.ID, &v, tree, *all)
			return a.line(line)
		})
	}
}

// attacksOnly is the verdict where nothing was learned.
func attacksOnly(t *inspect.Tree, least float64) profile.Verdict {
	v := profile.Verdict{Allow: true, Mode: profile.Enforce}
	for i := range t.Findings {
		f := &t.Findings[i]
		if float64(f.Score) >= least && isAttack(f.Class) {
			v.Allow = false
			v.Reasons = append(v.Reasons, profile.Reason{Level: profile.LevelAttack, Class: f.Class, Path: t.Path(f.Node), Score: float64(f.Score), Mature: true})
		}
	}
	return v
}

// isAttack tells an attack's class from ambiguous:<kind> and document:<language>.
func isAttack(class string) bool {
	for i := range len(class) {
		if class[i] == ':' {
			return false
		}
	}
	return class != ""
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
