package inspect

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"postern/inspect/decode"
)

// A path names a field: `body|json.items[].note|base64|json.cmd`. Its steps are a root, `.name` for a member, `[]` for any element, `|format` for an opened
// layer, and `path[2]` for the third segment of the request's path. A name with `.` `|` `[` `]` `"` or a control character, and the empty one, is a JSON string;
// a byte of it that is not UTF-8 is written as the lone surrogate \udcXX.

// Path returns the printable path of node i. It allocates: paths are made when there is something to say.
func (t *Tree) Path(i int32) string { return string(t.AppendPath(nil, i)) }

// AppendPath appends the printable path of node i to dst.
func (t *Tree) AppendPath(dst []byte, i int32) []byte {
	n := &t.Nodes[i]
	if n.Parent < 0 {
		return append(dst, n.Root.String()...)
	}
	return t.AppendStep(t.AppendPath(dst, n.Parent), i, math.MaxInt)
}

// AppendStep appends the last step of the printable path of node i to dst. Of a longer name the first most bytes are told.
func (t *Tree) AppendStep(dst []byte, i int32, most int) []byte {
	n := &t.Nodes[i]
	switch {
	case n.Parent < 0:
		return append(dst, n.Root.String()...)
	case n.Layer != 0:
		dst = append(dst, '|')
		return append(dst, n.Layer.String()...)
	case len(n.Name) > most:
		return appendName(append(dst, '.'), []byte(string(n.Name[:most])+"…"))
	case n.Name != nil:
		return appendName(append(dst, '.'), n.Name)
	case t.segment(n):
		dst = strconv.AppendInt(append(dst, '['), int64(n.Index), 10)
		return append(dst, ']')
	}
	return append(dst, '[', ']')
}

// segment says whether n is a segment of the request's path.
func (t *Tree) segment(n *Node) bool { return n.Root == PathRoot && t.Nodes[n.Parent].Parent < 0 }

func appendName(dst, name []byte) []byte {
	plain := len(name) > 0 && utf8.Valid(name)
	for _, c := range name {
		plain = plain && c >= ' ' && c != '.' && c != '|' && c != '[' && c != ']' && c != '"' && c != 0x7f
	}
	if plain {
		return append(dst, name...)
	}
	dst = append(dst, '"')
	for len(name) > 0 {
		r, size := utf8.DecodeRune(name)
		switch {
		case r == utf8.RuneError && size == 1:
			dst = fmt.Appendf(dst, `\udc%02x`, name[0])
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ' || r == 0x7f:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = append(dst, name[:size]...)
		}
		name = name[size:]
	}
	return append(dst, '"')
}

// A Path is a parsed path. The first step is the root.
type Path []Step

// Step is one step of a Path: a root, a layer, a member, a segment of the request's path, or (all else zero) any element.
type Step struct {
	Root    Root
	Layer   decode.Format
	Name    string
	Member  bool // Name is set, maybe to ""
	Segment int  // number of the segment, −1 for none
}

// ParsePath reads the printable form of a path.
func ParsePath(s string) (Path, error) {
	end := strings.IndexAny(s, ".|[")
	if end < 0 {
		end = len(s)
	}
	p, rest := Path(nil), s[end:]
	for r, name := range rootNames {
		if s[:end] == name {
			p = append(p, Step{Root: Root(r), Segment: -1})
		}
	}
	if p == nil {
		return nil, fmt.Errorf("inspect: path %q: unknown root %q", s, s[:end])
	}
	for rest != "" {
		step, n, err := parseStep(rest)
		if err != nil {
			return nil, fmt.Errorf("inspect: path %q at %d: %w", s, len(s)-len(rest), err)
		}
		if step.Segment >= 0 && (len(p) != 1 || p[0].Root != PathRoot) {
			return nil, fmt.Errorf("inspect: path %q at %d: only path has numbered segments", s, len(s)-len(rest))
		}
		p, rest = append(p, step), rest[n:]
	}
	return p, nil
}

func parseStep(s string) (step Step, n int, err error) {
	step.Segment = -1
	if s[0] == '[' {
		n = strings.IndexByte(s, ']')
		if n < 0 {
			return step, 0, errors.New("[ without ]")
		}
		if n > 1 {
			step.Segment, err = strconv.Atoi(s[1:n])
			if err == nil && (step.Segment < 0 || strconv.Itoa(step.Segment) != s[1:n]) {
				err = errors.New("not the number of a segment")
			}
		}
		return step, n + 1, err
	}
	if s[0] == '.' && len(s) > 1 && s[1] == '"' {
		quoted, err := strconvPrefix(s[1:])
		if err != nil {
			return step, 0, err
		}
		step.Name, err = unquoteName(quoted)
		step.Member = true
		return step, 1 + len(quoted), err
	}
	n = 1
	for n < len(s) && s[n] != '.' && s[n] != '|' && s[n] != '[' {
		n++
	}
	word := s[1:n]
	switch {
	case s[0] == '|':
		if step.Layer = decode.ParseFormat(word); step.Layer == 0 {
			return step, 0, fmt.Errorf("unknown format %q", word)
		}
	case s[0] != '.' || word == "":
		return step, 0, errors.New("neither .name, |format nor []")
	case strings.ContainsAny(word, `]"`):
		return step, 0, fmt.Errorf("name %q must be a JSON string", word)
	default:
		step.Name, step.Member = word, true
	}
	return step, n, nil
}

// strconvPrefix returns the JSON string that s begins with.
func strconvPrefix(s string) (string, error) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[:i+1], nil
		}
	}
	return "", errors.New(`name without closing "`)
}

func unquoteName(quoted string) (string, error) {
	var out []byte
	for {
		i := strings.Index(quoted, `\udc`)
		if i < 0 || i+6 > len(quoted) {
			break
		}
		b, err := strconv.ParseUint(quoted[i+4:i+6], 16, 8)
		if err != nil {
			return "", fmt.Errorf("name: %w", err)
		}
		var head string
		if err := json.Unmarshal([]byte(quoted[:i]+`"`), &head); err != nil {
			return "", fmt.Errorf("name: %w", err)
		}
		out = append(append(out, head...), byte(b))
		quoted = `"` + quoted[i+6:]
	}
	var tail string
	if err := json.Unmarshal([]byte(quoted), &tail); err != nil {
		return "", fmt.Errorf("name: %w", err)
	}
	return string(append(out, tail...)), nil
}

// String returns the printable form.
func (p Path) String() string {
	var dst []byte
	for i, s := range p {
		switch {
		case i == 0:
			dst = append(dst, s.Root.String()...)
		case s.Layer != 0:
			dst = append(append(dst, '|'), s.Layer.String()...)
		case s.Member:
			dst = appendName(append(dst, '.'), []byte(s.Name))
		case s.Segment >= 0:
			dst = fmt.Appendf(dst, "[%d]", s.Segment)
		default:
			dst = append(dst, '[', ']')
		}
	}
	return string(dst)
}

// Shape returns the Shape of the nodes that have this path.
func (p Path) Shape() uint64 {
	var h uint64
	for i, s := range p {
		switch {
		case i == 0:
			h = rootShapes[s.Root]
		case s.Layer != 0:
			h = layerShape(h, s.Layer)
		case s.Member:
			h = memberShape(h, []byte(s.Name))
		case s.Segment >= 0:
			h = segmentShape(h, s.Segment)
		default:
			h = elementShape(h)
		}
	}
	return h
}

// The Shape of a node is made of its parent's and its own step. It is stored in profiles: it must never change.
// It is not keyed: who can choose field names can make two names one field, which widens that field and no other.
var rootShapes = [...]uint64{
	PathRoot:   0x9e3779b97f4a7c15,
	QueryRoot:  0xbf58476d1ce4e5b9,
	HeaderRoot: 0x94d049bb133111eb,
	CookieRoot: 0xd6e8feb86659fd93,
	BodyRoot:   0xa0761d6478bd642f,
}

func memberShape(parent uint64, name []byte) uint64    { return mix(parent ^ xxhash.Sum64(name)) }
func elementShape(parent uint64) uint64                { return mix(parent ^ 0xe7037ed1a0b428db) }
func layerShape(parent uint64, f decode.Format) uint64 { return mix(parent ^ layerSteps[f]) }

// layerSteps are the hashes of the names of formats.
var layerSteps = func() (t [len(decode.Formats)]uint64) {
	for f := range t {
		t[f] = 0x8ebc6af09c88c6e3 ^ xxhash.Sum64String(decode.Format(f).String())
	}
	return t
}()

func segmentShape(parent uint64, i int) uint64 {
	return mix(parent ^ 0x589965cc75374cc3 ^ uint64(i)<<32) //nolint:gosec // not negative
}

// mix is the finisher of splitmix64 (Steele, Lea, Flood 2014): a bijection in which every bit of the input moves every bit of the output.
func mix(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
