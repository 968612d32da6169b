package inspect

import "postern/inspect/decode"

// container is what is kept of a container while it is open.
type container struct {
	filter  [4]uint64        // of the names of its members
	table   bool             // its names are in walk.keys
	before  uint64           // the Shape of the member before; for the first the inverse of its own: it stands elsewhere than what follows the container
	element uint64           // the Shape of its elements, zero before the first
	twice   decode.Ambiguity // what a name that comes again is called, zero where names may
}

// enter opens node i: what is reported from now on belongs to it.
func (w *walk) enter(i int32) {
	w.at = i
	if w.depth++; w.depth >= len(w.open) {
		w.open = append(w.open, container{}, container{})
	}
	n := &w.tree.Nodes[i]
	w.open[w.depth] = container{before: ^n.Shape, twice: w.repeated(n.in)}
}

// repeated is what a name is that comes again among members in format f: there names come once, or parsers differ in which of several they take.
func (w *walk) repeated(f decode.Format) decode.Ambiguity {
	switch {
	case decode.Formats[f].Unique:
		return decode.DuplicateKey
	case f == decode.FormatForm || f == decode.FormatURL || f == 0 && w.root == QueryRoot:
		return decode.ParameterTwice
	case f == 0 && w.root == CookieRoot:
		return decode.CookieTwice
	}
	return 0
}

// fewNames is up to how many names of one container are compared with each other.
const fewNames = 16

// again says whether a sibling before node i has its name. A filter of a bit for each name says no to nearly all of a few names; many are in a table.
func (w *walk) again(i int32, c *container) bool {
	n := &w.tree.Nodes[i]
	word, bit := &c.filter[n.Shape>>62], uint64(1)<<(n.Shape>>56&63)
	if n.Index < fewNames && *word&bit == 0 {
		*word |= bit
		return false
	}
	return w.amongSiblings(i, c)
}

// amongSiblings is again where the filter can't tell.
func (w *walk) amongSiblings(i int32, c *container) bool {
	nodes, n := w.tree.Nodes, &w.tree.Nodes[i]
	if n.Index < fewNames {
		for k := n.Parent + 1; k < i; k = nodes[k].End {
			if nodes[k].Shape == n.Shape {
				return true
			}
		}
		return false
	}
	if !c.table {
		c.table = true
		for k := n.Parent + 1; k < i; k = nodes[k].End {
			w.keys.seen(k, nodes)
		}
	}
	return w.keys.seen(i, nodes)
}

// names remembers the Shapes of members: the messages of a mesh have the same members again and again, in the same order. Which one comes is guessed by the one before it; a
// guess counts where parent and name are the very same, so that it changes no Shape. It holds names, never values, and belongs to one walk.
type names [1 << 9]knownName

type knownName struct {
	parent, shape uint64
	size          uint8 // of the name, and one; zero is an empty slot
	name          [longestKnown]byte
}

// longestKnown is how long a name is at the most that is remembered.
const longestKnown = 23

// shape is the Shape of the member called name of the node with the Shape parent, where the member before it has the Shape before.
func (t *names) shape(parent, before uint64, name []byte) uint64 {
	if len(name) > longestKnown {
		return memberShape(parent, name)
	}
	k := &t[before>>55]
	if k.parent != parent || int(k.size) != len(name)+1 || string(k.name[:len(name)]) != string(name) {
		k.parent, k.shape, k.size = parent, memberShape(parent, name), uint8(len(name)+1) //nolint:gosec // longestKnown
		copy(k.name[:], name)
	}
	return k.shape
}
