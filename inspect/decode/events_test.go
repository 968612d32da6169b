package decode

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unsafe"
)

// events is a Sink that writes down what it is told, and holds a decoder to the Sink's contract.
type events struct {
	t       testing.TB
	src     []byte
	arena   [][]byte
	out     strings.Builder
	depth   int
	sizes   int // bytes of the leaves and of what failed
	work    int // units used
	budget  int // 0: unbounded
	grown   int
	notes   []Ambiguity
	values  [][]byte // of all leaves
	paths   []string
	names   []string
	maximum int // deepest nesting
	nodes   int
}

func (e *events) within(b []byte) bool {
	if len(b) == 0 {
		return true
	}
	p := uintptr(unsafe.Pointer(&b[0]))
	for _, area := range append(e.arena, e.src) {
		if len(area) == 0 {
			continue
		}
		if q := uintptr(unsafe.Pointer(&area[0])); p >= q && p+uintptr(len(b)) <= q+uintptr(len(area)) {
			return true
		}
	}
	return false
}

func (e *events) check(b []byte, what string) {
	if len(b) > 0 && &b[0] == &CommentName[0] {
		return
	}
	if len(e.arena) < 5000 && !e.within(b) {
		e.t.Fatalf("%s %q lies neither in the input nor in the arena", what, b)
	}
}

func (e *events) line(format string, args ...any) {
	if e.out.Len() < 1<<20 {
		fmt.Fprintf(&e.out, strings.Repeat("  ", min(e.depth, 40))+format+"\n", args...)
	}
}

func (e *events) Open(name []byte, kind Kind) bool {
	e.check(name, "name")
	shown := "[]"
	if name != nil {
		shown = string(name)
	}
	e.line("%s %s", shown, map[Kind]string{Object: "object", Array: "array"}[kind])
	e.names = append(e.names, shown)
	e.depth++
	e.maximum = max(e.maximum, e.depth)
	e.nodes++
	return e.budget == 0 || e.nodes <= e.budget
}

func (e *events) Close() {
	if e.depth--; e.depth < 0 {
		e.t.Fatal("closed what was not open")
	}
	e.names = e.names[:e.depth]
}

func (e *events) Leaf(name []byte, kind Kind, value []byte, size int) bool {
	e.check(name, "name")
	e.check(value, "value")
	if size < 0 {
		e.t.Fatalf("leaf %q of size %d", name, size)
	}
	e.sizes += size
	shown := "[]"
	if name != nil {
		shown = string(name)
	}
	e.line("%s %s %q", shown, map[Kind]string{None: "none", String: "string", Number: "number", Bool: "bool", Null: "null", Bytes: "bytes"}[kind], value)
	e.values = append(e.values, bytes.Clone(value))
	e.paths = append(e.paths, strings.Join(append(e.names, shown), "."))
	e.nodes++
	return e.budget == 0 || e.nodes <= e.budget
}

func (e *events) Fail(fault Fault, size int) {
	e.sizes += size
	e.line("! fault %d, %d bytes", fault, size)
}

func (e *events) Note(kind Ambiguity) {
	e.notes = append(e.notes, kind)
	e.line("? %v", kind)
}

func (e *events) Grow(n int) []byte {
	e.grown += n
	if e.budget > 0 && e.grown > 8*e.budget {
		return nil
	}
	b := make([]byte, n)
	e.arena = append(e.arena, b)
	return b
}

func (e *events) Work(n int) bool {
	if n < 0 {
		e.t.Fatalf("work of %d", n)
	}
	e.work += n
	return e.budget == 0 || e.work <= e.budget
}

// Room is bounded by the budget, as the walk's is.
func (e *events) Room(n int) int {
	if e.budget > 0 {
		return min(64*n+1<<20, max(0, e.budget-e.work))
	}
	return 64*n + 1<<20
}

// decode runs one decoder under the checks that hold for every input.
func decode(t testing.TB, d Decoder, src []byte) (e *events, n int, f Fault) {
	t.Helper()
	e = &events{t: t, src: src}
	n, f = d(src, e)
	e.settled(n, f)
	return e, n, f
}

func (e *events) settled(n int, f Fault) {
	e.t.Helper()
	if n < 0 || n > len(e.src) {
		e.t.Fatalf("took %d of %d bytes", n, len(e.src))
	}
	if e.depth != 0 && f == OK {
		e.t.Fatalf("%d containers are still open", e.depth)
	}
	if e.sizes > n {
		e.t.Fatalf("the leaves' sizes sum to %d of %d bytes", e.sizes, n)
	}
}

// lawful is what every decoder must keep for any bytes at all: it stops, within its budget, and takes what it says.
func lawful(t *testing.T, d Decoder, src []byte) {
	decode(t, d, src)
	tight := &events{t: t, src: src, budget: len(src)/2 + 1}
	n, f := d(src, tight)
	tight.settled(n, f)
	if limit := tight.budget + len(src) + 1024; tight.work > limit {
		t.Fatalf("%d units of work where %d were allowed for %d bytes", tight.work, tight.budget, len(src))
	}
}

// plain is what was told, without the notes.
func (e *events) plain() string {
	var out strings.Builder
	for line := range strings.Lines(e.out.String()) {
		if !strings.HasPrefix(strings.TrimSpace(line), "? ") {
			out.WriteString(line)
		}
	}
	return out.String()
}
