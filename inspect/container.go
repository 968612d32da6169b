package inspect

import "postern/inspect/decode"

// container is what is kept of a node while members are added to it.
type container struct {
	shape    uint64           // its own
	before   uint64           // that of the member before; for the first the inverse of its own, since it stands elsewhere than what follows the container
	element  uint64           // that of its elements, zero before the first
	filter   [4]uint64        // of the names of its members
	count    int32            // of its members
	in       decode.Format    // the format around them
	twice    decode.Ambiguity // what a name that comes again is called, zero where names may
	table    bool             // its names are in walk.keys
	fresh    bool             // a layer whose document has not begun
	segments bool             // the path of the request
}

// enter opens node i: what is reported from now on belongs to it.
func (w *walk) enter(i int32) {
	w.at = i
	if w.depth++; w.depth >= len(w.open) {
		w.open = append(w.open, container{}, container{})
	}
	n, c := &w.tree.Nodes[i], &w.open[w.depth]
	*c = container{shape: n.Shape}
	c.before, c.in, c.twice = ^n.Shape, n.in, w.repeated(n.in)
	c.fresh, c.segments = n.Kind == decode.Layer, w.root == PathRoot && n.Parent < 0
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

// given says whether a name is none of the message's own: such values may come again.
func given(name []byte) bool {
	return len(name) > 0 && (&name[0] == &decode.CommentName[0] || &name[0] == &decode.KeyName[0])
}

// fewNames is up to how many names of one container are compared with each other.
const fewNames = 16

// again says whether a sibling before node i has its name, where the filter, a bit for each name, can't tell. Few names are compared, many are in a table.
func (w *walk) again(i int32, c *container) bool {
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
type names [1 << nameBits]knownName

const nameBits = 9

type knownName struct {
	parent, shape uint64
	name          decode.Short
	odd           bool // it may be wrapped
	clean         bool // no detector finds anything in it
}

// known makes k what is remembered of that name, if it is not, and says whether it may be wrapped. One that is too long, or may be wrapped, is known by its Shape: it is asked
// about here each time, so that no other name is.
func (w *walk) known(k *knownName, parent uint64, name []byte) (odd bool) {
	short := decode.Shorten(name)
	if short != (decode.Short{}) && k.parent == parent && k.name == short {
		return false
	}
	shape := memberShape(parent, name)
	if k.shape == shape && (k.odd || k.name == short) {
		return k.odd
	}
	if odd = w.layered(name); odd {
		short = decode.Short{}
	}
	*k = knownName{parent: parent, shape: shape, name: short, odd: odd}
	return odd
}

// layered says whether a layer may be opened in a name.
func (w *walk) layered(name []byte) bool {
	if len(name) < shortest {
		return false
	}
	set, _ := decode.Look(name)
	return w.next(&set, name) != 0
}

// oddMember is member for the name of node i, in which a layer may be opened: where there is one, the name is a value of its own, "#key", before what it names.
func (w *walk) oddMember(i int32) int32 {
	n := w.tree.Nodes[i]
	w.tree.Nodes[i] = Node{}
	w.tree.Nodes, w.last = w.tree.Nodes[:i], w.at
	if w.root != HeaderRoot || w.open[w.depth].in != 0 {
		w.key(n.Name)
	}
	w.keyed = true
	i = w.member(n.Name, n.Kind, n.Raw, int(n.Size))
	w.keyed = false
	return i
}

func (w *walk) key(name []byte) {
	depth, findings, arena := w.depth, len(w.tree.Findings), w.arena.mark()
	before := w.open[depth]
	i := w.member(decode.KeyName, decode.String, name, 0)
	if i < 0 {
		return
	}
	if w.unfold(i, name); int(w.tree.Nodes[i].End) > int(i)+1 {
		return
	}
	w.tree.Nodes[i] = Node{}
	w.tree.Nodes, w.tree.Findings, w.open[depth] = w.tree.Nodes[:i], w.tree.Findings[:findings], before
	w.arena.release(arena)
}
