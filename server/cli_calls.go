package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"postern/inspect"
	"postern/inspect/decode"
	"postern/server/record"
)

const limitFlags = "max-bytes max-unfolded max-ratio max-depth max-layers max-nodes max-work"

// inspectHelp is also the shortest way to see what Postern does.
const inspectHelp = `
Opens a call layer by layer, down to plain values, and prints what it found as a tree: each layer, each value, what could not be read and why, and every attack or ambiguity.

FILE holds the body of one request, as sent; - or none is standard input. -type and -header tell its headers, -method and -target the rest.

With -calls, FILE holds recorded calls instead (JSON Lines, plain or packed by gzip or zstd, or HAR). With -json each body or call becomes one line:
  {"id":…,"leaves":[{"path":…,"kind":…,"value_base64":…}],"findings":[{"class":…,"path":…,"score":…}],"bytes":{"decoded":…,"opaque":…,"unexamined":…}}

Values are shown as they are: mind where the output goes. Exit 0 whatever was found; 2 when a record could not be read, each named with its line on stderr.

  echo '{"note":"PHhtbD4="}' | postern inspect
  postern inspect -json -calls calls.jsonl.gz`

func bindInspect(flags *flag.FlagSet) action {
	calls := flags.Bool("calls", false, "the files hold recorded calls")
	asJSON := flags.Bool("json", false, "one JSON object a line")
	kind := flags.String("type", "", "content type of the body")
	method := flags.String("method", "POST", "method of the request")
	target := flags.String("target", "/", "path and query of the request")
	var extra headerFlag
	flags.Var(&extra, "header", "a header of the request, `name:value`; may be repeated")
	return func(ctx context.Context, a *app, files []string) error {
		inspector, err := inspect.New(a.config.Limits)
		if err != nil {
			return err
		}
		show := func(id string, m *inspect.Message) error {
			tree := inspector.Inspect(m)
			defer inspector.Free(tree)
			if *asJSON {
				return a.line(appendTree(nil, id, tree))
			}
			return a.line(appendTreeText(nil, id, m, tree))
		}
		if *calls {
			return a.eachCall(ctx, files, func(r *record.Record) error {
				call := r.Call()
				return show(r.ID, &call.Message)
			})
		}
		if *kind != "" {
			extra = append(extra, inspect.Header{Name: []byte("content-type"), Value: []byte(*kind)})
		}
		return a.eachFile(files, func(name string, in io.Reader) error {
			body, err := io.ReadAll(in)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return show(name, &inspect.Message{Method: []byte(*method), Path: []byte(*target), Header: extra, Body: body, Size: -1})
		})
	}
}

// headerFlag gathers -header name:value.
type headerFlag []inspect.Header

func (h *headerFlag) String() string { return "" }

func (h *headerFlag) Set(s string) error {
	name, value, ok := strings.Cut(s, ":")
	if !ok || name == "" {
		return fmt.Errorf("%q is not name:value", s)
	}
	*h = append(*h, inspect.Header{Name: []byte(strings.ToLower(strings.TrimSpace(name))), Value: []byte(strings.TrimSpace(value))})
	return nil
}

// line writes one answer; nothing else goes to stdout.
func (a *app) line(text []byte) error {
	_, err := a.stdout.Write(append(text, '\n'))
	return err
}

// eachFile opens every file before the first is read, so that a wrong name ends the command with nothing written. None, or -, is standard input.
func (a *app) eachFile(files []string, f func(name string, in io.Reader) error) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	open := make([]io.Reader, len(files))
	for i, name := range files {
		if name == "-" {
			if slices.Index(files, "-") != i {
				return usagef("standard input can be read once")
			}
			open[i] = a.stdin
			continue
		}
		file, err := os.Open(name) //nolint:gosec // the operator names it
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }() // only read
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return usagef("%s is a folder: name its files", name)
		}
		open[i] = file
	}
	for i, name := range files {
		if err := f(name, open[i]); err != nil {
			return err
		}
	}
	return nil
}

// eachCall calls f for each recorded call of files. Records that cannot be read are named on stderr, and make errSkipped at the end.
func (a *app) eachCall(ctx context.Context, files []string, f func(*record.Record) error) error {
	var reader record.Reader
	skipped := false
	p := progress{app: a, start: time.Now()}
	defer p.end()
	err := a.eachFile(files, func(name string, in io.Reader) error {
		var stop error
		err := reader.Read(in, func(r *record.Record) error {
			p.step()
			if stop = ctx.Err(); stop == nil {
				stop = f(r)
			}
			return stop
		}, func(b *record.LineError) {
			skipped = true
			p.clear()
			a.warn("%s:%v", name, b)
		})
		if stop != nil {
			return stop
		}
		if err != nil { // the file is broken from here on; the others are read
			skipped = true
			p.clear()
			a.warn("%s: %v", name, err)
		}
		return nil
	})
	if err == nil && skipped {
		err = errSkipped
	}
	return err
}

// progress tells on a terminal how far the reading is.
type progress struct {
	*app
	start, shown time.Time
	n            int
	dirty        bool
}

func (p *progress) step() {
	p.n++
	if !p.terminal || p.n%256 != 0 {
		return
	}
	now := time.Now()
	if now.Sub(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown, p.dirty = now, true
	fmt.Fprintf(p.stderr, "\r%d records, %.0f a second \x1b[K", p.n, float64(p.n)/max(now.Sub(p.start).Seconds(), 1e-3))
}

func (p *progress) clear() {
	if p.dirty {
		fmt.Fprint(p.stderr, "\r\x1b[K")
	}
	p.dirty = false
}

func (p *progress) end() {
	p.clear()
	if p.terminal && p.n >= 256 {
		fmt.Fprintf(p.stderr, "%d records in %s\n", p.n, time.Since(p.start).Round(time.Millisecond))
	}
}

// working says on a terminal what takes long, until done is called.
func (a *app) working(what string) (done func()) {
	if !a.terminal {
		return func() {}
	}
	fmt.Fprintf(a.stderr, "\r%s … \x1b[K", what)
	return func() { fmt.Fprint(a.stderr, "\r\x1b[K") }
}

// appendTree writes the line that -json -calls promises.
func appendTree(dst []byte, id string, t *inspect.Tree) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendString(dst, id)
	dst = append(dst, `,"leaves":[`...)
	comma := false
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if !n.Kind.Leaf() {
			continue
		}
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = append(dst, `{"path":`...)
		dst = appendString(dst, t.Path(int32(i)))
		dst = append(append(append(dst, `,"kind":"`...), n.Kind.String()...), `","value_base64":"`...)
		if n.Kind != decode.Null { // null and empty are ""
			dst = base64.StdEncoding.AppendEncode(dst, n.Raw)
		}
		dst = append(dst, '"')
		if n.Fault != decode.OK {
			dst = append(append(append(dst, `,"fault":"`...), n.Fault.String()...), '"')
		}
		dst = append(dst, '}')
	}
	dst = append(dst, `],"findings":[`...)
	for i := range t.Findings {
		f := &t.Findings[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"class":`...)
		dst = appendString(dst, f.Class)
		dst = append(dst, `,"path":`...)
		dst = appendString(dst, t.Path(f.Node))
		dst = append(dst, `,"score":`...)
		dst = append(appendNumber(dst, float64(f.Score)), '}')
	}
	dst = append(dst, ']')
	dst = appendBytes(dst, t)
	return append(dst, '}')
}

// appendBytes writes the byte account as the last member of an object.
func appendBytes(dst []byte, t *inspect.Tree) []byte {
	dst = strconv.AppendInt(append(dst, `,"bytes":{"decoded":`...), t.Decoded, 10)
	dst = strconv.AppendInt(append(dst, `,"opaque":`...), t.Opaque, 10)
	dst = strconv.AppendInt(append(dst, `,"unexamined":`...), t.Unexamined, 10)
	return append(dst, '}')
}

func appendString(dst []byte, s string) []byte {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return append(append(append(dst, '"'), s...), '"')
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Errorf("server: a string as JSON: %w", err)) // cannot be
	}
	return append(dst, text...)
}

// appendNumber writes a number with nine digits: scores are ranked. JSON has no infinity; a score beyond all measure is 1e9.
func appendNumber(dst []byte, x float64) []byte {
	if math.IsNaN(x) {
		x = 0
	}
	return strconv.AppendFloat(dst, min(x, 1e9), 'g', 9, 64)
}

// appendTreeText writes a call for people.
func appendTreeText(dst []byte, id string, m *inspect.Message, t *inspect.Tree) []byte {
	dst = fmt.Appendf(dst, "%s %s %s\n", id, m.Method, m.Path)
	return bytes.TrimRight(t.AppendText(dst, 0), "\n")
}
