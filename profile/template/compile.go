package template

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Template is one operation's path.
type Template struct {
	Name  string // /orders/{int}/items; a word that is not known in clear is #HASH
	Calls uint64 // of all paths that are this template
	Place int    // in the List
}

// Templates finds the template of a path. It is immutable.
type Templates struct {
	hash func([]byte) uint64
	root *step
	List []*Template // sorted by name
}

// step is a node of the compiled trie: constants first, then one parameter.
type step struct {
	constants []constant // sorted by hash; few, so that a map would read more memory
	parameter *step
	label     Label     // of the parameter that leads here
	ends      *Template // the path that ends here, or nil
}

type constant struct {
	hash uint64
	next *step
}

// constant returns the step that a word leads to, or nil.
func (s *step) constant(hash uint64) *step {
	i, found := slices.BinarySearchFunc(s.constants, hash, func(c constant, hash uint64) int { return cmp.Compare(c.hash, hash) })
	if !found {
		return nil
	}
	return s.constants[i].next
}

// Compile decides which segments are parameters.
func (t *Trie) Compile() *Templates {
	c := &Templates{hash: t.hash}
	c.root = c.compile([]*node{t.root}, "", Word, 0)
	slices.SortFunc(c.List, func(a, b *Template) int { return strings.Compare(a.Name, b.Name) })
	for i, t := range c.List {
		t.Place = i
	}
	return c
}

// compile makes one step of all nodes that are the same place.
func (c *Templates) compile(same []*node, name string, label Label, depth int) *step {
	s := &step{label: label}
	var ends uint64
	for _, n := range same {
		ends += n.ends
	}
	if ends > 0 {
		s.ends = &Template{Name: cmp.Or(name, "/"), Calls: ends}
		c.List = append(c.List, s.ends)
	}
	if depth == maxSegments {
		return s
	}
	words, typed, join, lost := gather(same)
	words, ids := identifiers(words, typed, join)
	constants, rest := peel(words, typed, calls(typed)+weight(ids), lost)
	for _, w := range ids {
		if len(typed) == 0 {
			join = w.label()
		}
		typed, join = append(typed, w.nodes...), join.join(w.label())
	}
	for _, w := range rest {
		typed, join = append(typed, w.nodes...), Any
	}
	if lost > 0 {
		join = Any
	}
	for _, w := range constants {
		s.constants = append(s.constants, constant{w.hash, c.compile(w.nodes, name+"/"+w.name(), Word, depth+1)})
	}
	slices.SortFunc(s.constants, func(a, b constant) int { return cmp.Compare(a.hash, b.hash) })
	if len(typed) > 0 {
		s.parameter = c.compile(typed, name+"/"+join.String(), join, depth+1)
	}
	return s
}

// word is one segment under all the nodes that are the same place.
type word struct {
	hash  uint64
	text  string
	count uint64
	nodes []*node
}

func (w *word) name() string {
	if w.text != "" {
		return escape(w.text)
	}
	if w.nodes[0].count > 0 && w.hash != 0 {
		return "#" + strconv.FormatUint(w.hash, 16)
	}
	return ""
}

// escape keeps a template one line of printable ASCII whose braces and slashes are its own (RFC 3986 §2.1).
func escape(segment string) string {
	var b strings.Builder
	for i := range len(segment) {
		if c := segment[i]; c <= ' ' || c > '~' || strings.IndexByte(`%/{}?#"\`, c) >= 0 {
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)|0x100, 16)[1:]))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// gather sums the children of several nodes: words, heaviest first, and those that are typed with the label that covers them.
func gather(same []*node) (words []*word, typed []*node, join Label, lost uint64) {
	byHash := map[uint64]*word{}
	for _, n := range same {
		lost += n.lost
		for _, k := range n.typed {
			if k == nil {
				continue
			}
			if len(typed) == 0 {
				join = k.label
			}
			typed, join = append(typed, k), join.join(k.label)
		}
		for h, k := range n.kids {
			w := byHash[h]
			if w == nil {
				w = &word{hash: h}
				byHash[h] = w
				words = append(words, w)
			}
			w.count += k.count
			w.nodes = append(w.nodes, k)
			if w.text == "" {
				w.text = k.text
			}
		}
	}
	slices.SortFunc(words, heavier)
	return words, typed, join, lost
}

func heavier(a, b *word) int {
	return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.hash, b.hash))
}
