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
}

// Templates finds the template of a path. It is immutable.
type Templates struct {
	hash func([]byte) uint64
	root *step
	List []*Template // sorted by name
}

// step is a node of the compiled trie: constants first, then one parameter.
type step struct {
	constants map[uint64]*step
	parameter *step
	label     Label     // of the parameter that leads here
	ends      *Template // the path that ends here, or nil
}

// Compile decides which segments are parameters.
func (t *Trie) Compile() *Templates {
	c := &Templates{hash: t.hash}
	c.root = c.compile([]*node{t.root}, "", Word, 0)
	slices.SortFunc(c.List, func(a, b *Template) int { return strings.Compare(a.Name, b.Name) })
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
	constants, rest := peel(words, lost, join)
	for _, w := range rest {
		typed = append(typed, w.nodes...)
		join = Any
	}
	if lost > 0 {
		join = Any
	}
	if len(constants) > 0 {
		s.constants = make(map[uint64]*step, len(constants))
	}
	for _, w := range constants {
		s.constants[w.hash] = c.compile(w.nodes, name+"/"+w.name(), Word, depth+1)
	}
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
	slices.SortFunc(words, func(a, b *word) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.hash, b.hash))
	})
	return words, typed, join, lost
}

// peel takes the heaviest words as constants until the rest looks open, and then as far as a word stands out from the next. From the rest it rescues those that go on,
// or are written, as no sibling is. Beside identifiers, words that are like them are some too.
func peel(words []*word, lost uint64, typed Label) (constants, rest []*word) {
	from := len(words)
	for i := range words {
		if open(words[i:], lost) {
			from = i
			break
		}
	}
	for i := from; i < len(words) && i < from+4; i++ {
		if words[i].count >= standsOut*next(words, i) && open(words[i+1:], lost) {
			from = i + 1
		}
	}
	constants, rest = slices.Clone(words[:from]), words[from:]
	if typed >= Hex {
		var like []*word //nolint:prealloc // few or none
		constants, like = split(constants, func(w *word) bool { return w.spelling()&hasDigit == 0 })
		rest = append(like, rest...)
	}
	if len(rest) == 0 {
		return constants, nil
	}
	shared, spelled := continuations(rest), map[spelling]int{}
	for _, w := range rest {
		spelled[w.spelling()]++
	}
	rescued, rest := split(rest, func(w *word) bool {
		return w.count >= showAfter && (goesOnAlone(w, shared) || w.text != "" && spelled[w.spelling()] == 1)
	})
	return append(constants, rescued...), rest
}

// standsOut is how many times as often as the next one a word comes that is a constant among the values of a parameter. Where values come again by
// popularity, the first comes twice as often as the second (Zipf's law).
const standsOut = 3

func next(words []*word, i int) uint64 {
	if i+1 == len(words) {
		return 1
	}
	return max(2, words[i+1].count)
}

func split(words []*word, first func(*word) bool) (yes, no []*word) {
	for _, w := range words {
		if first(w) {
			yes = append(yes, w)
		} else {
			no = append(no, w)
		}
	}
	return yes, no
}

// spelling says which kinds of characters a word is made of.
type spelling uint8

const (
	hasSmall spelling = 1 << iota
	hasCapital
	hasDigit
	hasDash
	hasOther
)

func (w *word) spelling() (s spelling) {
	for i := range len(w.text) {
		switch c := w.text[i]; {
		case c >= 'a' && c <= 'z':
			s |= hasSmall
		case c >= 'A' && c <= 'Z':
			s |= hasCapital
		case c >= '0' && c <= '9':
			s |= hasDigit
		case c == '-' || c == '_' || c == '.':
			s |= hasDash
		default:
			s |= hasOther
		}
	}
	return s
}

// open says whether the words, heaviest first, look like the values of a parameter. The thresholds were found on the templates of 60 real APIs and tried on 140
// others; more different values need a smaller share of singletons.
func open(words []*word, lost uint64) bool {
	var total, once uint64
	for _, w := range words {
		total += w.count
		if w.count == 1 {
			once++
		}
	}
	if lost > 0 { // more children than are kept: nothing closed has so many
		return len(words) >= maxKids/2 && words[0].count*100 <= 35*(total+lost)
	}
	if len(words) == 0 || words[0].count*100 > 35*total {
		return false
	}
	distinct, share := len(words), float64(once)/float64(total)
	return distinct >= 6 && once >= 4 && share >= .30 ||
		distinct >= 8 && once >= 4 && share >= .12 ||
		distinct >= 24 && share >= .05
}

// continuations counts by how many of the words each next word is used.
func continuations(words []*word) map[uint64]int {
	shared := map[uint64]int{}
	for _, w := range words {
		for h := range nextWords(w) {
			shared[h]++
		}
	}
	return shared
}

func nextWords(w *word) map[uint64]bool {
	next := map[uint64]bool{}
	for _, n := range w.nodes {
		for h := range n.kids {
			next[h] = true
		}
	}
	return next
}

func goesOnAlone(w *word, shared map[uint64]int) bool {
	for h := range nextWords(w) {
		if shared[h] == 1 {
			return true
		}
	}
	return false
}
