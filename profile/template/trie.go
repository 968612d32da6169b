package template

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Bounds of a Trie (invariant 2).
const (
	maxKids     = 256
	maxNodes    = 1 << 15
	maxSegments = 24 // deeper, the rest of a path is one: {*}
	maxText     = 32 // bytes of a segment kept in clear
	showAfter   = 3  // calls after which a segment may be kept in clear
)

// Trie counts paths by their segments. Its zero value is not ready: use New.
type Trie struct {
	hash  func([]byte) uint64
	root  *node
	nodes int
	Left  uint64 // calls whose path found no more room
}

// node is one segment under those before it.
type node struct {
	hash  uint64 // of a Word; 0 for a label
	label Label
	text  string // of a Word, "" where it is not known in clear
	count uint64 // calls that came through here
	ends  uint64 // calls whose path ends here
	kids  map[uint64]*node
	typed [Any]*node // children by label, Word unused
	lost  uint64     // calls through children that had to go (invariant 2)
}

// New returns an empty Trie. The hash is keyed and the same in all tries that are to be merged.
func New(hash func([]byte) uint64) *Trie { return &Trie{hash: hash, root: &node{}} }

// Add counts calls of one path, given by its segments with percent escapes undone.
func (t *Trie) Add(segments [][]byte, calls uint64) {
	n := t.root
	n.count += calls
	for i, s := range segments {
		if i == maxSegments {
			break
		}
		kid := t.kid(n, s)
		if kid == nil {
			n.lost += calls
			t.Left += calls
			return
		}
		kid.count += calls
		n = kid
	}
	n.ends += calls
}

// kid finds or makes the child of n for a segment; nil where there is no room for it.
func (t *Trie) kid(n *node, segment []byte) *node {
	label := LabelOf(segment)
	if label != Word {
		if n.typed[label] == nil && t.nodes < maxNodes {
			n.typed[label] = &node{label: label}
			t.nodes++
		}
		return n.typed[label]
	}
	h := t.hash(segment)
	if k := n.kids[h]; k != nil {
		if k.text == "" && len(segment) <= maxText {
			k.text = string(segment)
		}
		return k
	}
	k := &node{hash: h}
	if len(segment) <= maxText {
		k.text = string(segment)
	}
	if !t.adopt(n, k) {
		return nil
	}
	return k
}

// adopt gives n a child of words if there is room, or if its hash is smaller than the greatest there.
func (t *Trie) adopt(n, k *node) bool {
	if n.kids == nil {
		n.kids = map[uint64]*node{}
	}
	if len(n.kids) >= maxKids {
		greatest := slices.Max(slices.Collect(maps.Keys(n.kids)))
		if k.hash > greatest {
			return false
		}
		gone := n.kids[greatest]
		n.lost += gone.count
		t.nodes -= gone.size()
		delete(n.kids, greatest)
	}
	if t.nodes >= maxNodes {
		return false
	}
	n.kids[k.hash] = k
	t.nodes++
	return true
}

func (n *node) size() int {
	size := 1
	for _, k := range n.all() {
		size += k.size()
	}
	return size
}

// all returns the children in an order that is always the same: labels, then words by hash.
func (n *node) all() []*node {
	var kids []*node
	for _, k := range n.typed {
		if k != nil {
			kids = append(kids, k)
		}
	}
	return append(kids, slices.SortedFunc(maps.Values(n.kids), func(a, b *node) int { return cmp.Compare(a.hash, b.hash) })...)
}

// Merge adds what another trie counted.
func (t *Trie) Merge(other *Trie) {
	t.Left += other.Left
	t.merge(t.root, other.root)
}

func (t *Trie) merge(into, from *node) {
	into.count, into.ends, into.lost = into.count+from.count, into.ends+from.ends, into.lost+from.lost
	for _, k := range from.all() {
		mine := into.typed[k.label]
		if k.label == Word {
			mine = into.kids[k.hash]
		}
		if mine == nil {
			mine = &node{hash: k.hash, label: k.label}
			switch {
			case k.label == Word && !t.adopt(into, mine):
				into.lost += k.count
				t.Left += k.count
				continue
			case k.label != Word:
				into.typed[k.label] = mine
				t.nodes++
			}
		}
		if mine.text == "" {
			mine.text = k.text
		}
		t.merge(mine, k)
	}
}

// Row is a Trie's node as it is stored: the tree in document order, children after their parent with a depth one greater.
type Row struct {
	Depth int    `json:"d"`
	Label string `json:"l,omitempty"` // "{int}" …; a word has none
	Hash  uint64 `json:"h,omitempty"`
	Text  string `json:"t,omitempty"` // in clear where it is short and was seen showAfter times
	Count uint64 `json:"n"`
	Ends  uint64 `json:"e,omitempty"`
	Lost  uint64 `json:"x,omitempty"`
}

// Rows returns the whole trie in an order that depends on nothing but what was counted.
func (t *Trie) Rows() []Row { return t.root.rows(nil, 0) }

func (n *node) rows(rows []Row, depth int) []Row {
	r := Row{Depth: depth, Label: n.label.String(), Hash: n.hash, Count: n.count, Ends: n.ends, Lost: n.lost}
	if n.count >= showAfter {
		r.Text = n.text
	}
	rows = append(rows, r)
	for _, k := range n.all() {
		rows = k.rows(rows, depth+1)
	}
	return rows
}

// FromRows builds a trie from its stored rows; ok is false where they are not a trie of ours or pass its bounds.
func FromRows(hash func([]byte) uint64, rows []Row) (t *Trie, ok bool) {
	t = New(hash)
	if len(rows) == 0 {
		return t, true
	}
	if len(rows) > maxNodes+1 || rows[0].Depth != 0 || rows[0].Label != "" {
		return nil, false
	}
	way := []*node{t.root}
	for i, r := range rows {
		n := t.root
		if i > 0 {
			if r.Depth < 1 || r.Depth > len(way) || r.Depth > maxSegments {
				return nil, false
			}
			label, known := parseLabel(r.Label)
			n = &node{label: label, hash: r.Hash, text: r.Text}
			parent := way[r.Depth-1]
			if !known || label != Word && parent.typed[label] != nil || label == Word && (parent.kids[r.Hash] != nil || len(parent.kids) >= maxKids) {
				return nil, false
			}
			if label != Word {
				parent.typed[label] = n
				t.nodes++
			} else if !t.adopt(parent, n) {
				return nil, false
			}
			way = append(way[:r.Depth], n)
		}
		n.count, n.ends, n.lost = min(r.Count, math.MaxInt64), min(r.Ends, math.MaxInt64), min(r.Lost, math.MaxInt64)
	}
	return t, true
}

func parseLabel(name string) (Label, bool) {
	i := slices.Index(labelNames[:Any], name)
	return Label(max(i, 0)), i >= 0 //nolint:gosec // a handful of labels
}
