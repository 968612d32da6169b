package inspect

import "postern/inspect/decode"

// A text may be read in more than one way: percent escapes are undone with "+" left as it is, and with "+" taken for a space; escapes are undone and quoted-printable is. All readings stay in
// the tree, since who reads the call may take any, and attacks are looked for in all. But what the sender said is one of them, and where it is plain which, the others are outdone: what is
// odd in them, and what in them cannot be read, is chance.

// Outdone says that layer i is a reading of its parent's text that another reading of it outdoes: it is compressed bytes, more was opened there, or else it is the likelier way to undo percent escapes.
func (t *Tree) Outdone(i int32) bool {
	n := &t.Nodes[i]
	if n.Parent < 0 || !rivals(n.Layer) {
		return false
	}
	mine := -1
	for k := n.Parent + 1; k < t.Nodes[n.Parent].End; k = t.Nodes[k].End {
		other := &t.Nodes[k]
		if k == i || !rivals(other.Layer) {
			continue
		}
		if marked(other) && !decode.Formats[n.Layer].Binary {
			return true // escapes among compressed bytes are there by chance
		}
		if mine < 0 {
			mine = t.sense(i)
		}
		theirs := t.sense(k)
		switch {
		case theirs >= mine+opensMore,
			theirs > mine && percents(n.Layer) && percents(other.Layer),
			theirs == mine && escapes(n.Layer) && escapes(other.Layer) && t.likelier(k, i):
			return true
		}
	}
	return false
}

// rivals says that what a format opens in a text may be opened in it otherwise.
func rivals(f decode.Format) bool {
	return f == decode.FormatForm || f != decode.FormatRest && decode.Formats[f].Wrapping
}

// marked says that a layer is compressed bytes with a mark of their own, read to their end.
func marked(n *Node) bool {
	row := &decode.Formats[n.Layer]
	return row.Wrapping && row.Binary && !row.Weak && n.Fault == decode.OK
}

func escapes(f decode.Format) bool { return f == decode.FormatPercent || f == decode.FormatPlus }

// percents says that a format undoes percent escapes, among other things.
func percents(f decode.Format) bool { return escapes(f) || f == decode.FormatForm }

// likelier says that of two ways to undo percent escapes, which make as much sense, k is the likelier: it has fewer ambiguities, or else takes "+" for the space that is not written otherwise.
func (t *Tree) likelier(k, i int32) bool {
	a, b := t.ambiguities(k), t.ambiguities(i)
	return a < b || a == b && t.Nodes[k].Layer == decode.FormatPlus
}

func (t *Tree) ambiguities(i int32) (n int) {
	for k := range t.Findings {
		if at := t.Findings[k].Node; at >= i && at < t.Nodes[i].End {
			n++
		}
	}
	return n
}

// opensMore is by how much more sense a layer makes in which something was opened.
const opensMore = 2

// sense is how much speaks for a layer: first that it is no accident, since more was opened in it or it has a mark of its own, then that nothing in it failed.
func (t *Tree) sense(i int32) int {
	opened, read := 0, 1
	for k := i; k < t.Nodes[i].End; k++ {
		n := &t.Nodes[k]
		row := &decode.Formats[n.Layer]
		switch {
		case n.Fault != decode.OK, row.Wrapping && n.End == k+1 && n.Kind == decode.Bytes:
			read = 0
		case n.Layer != 0 && !rewrites(n.Layer) && (k > i || row.Wrapping && row.Binary):
			opened = opensMore
		}
	}
	return opened + read
}

// rewrites says of a format that what it undoes may be seen in any text by accident.
func rewrites(f decode.Format) bool {
	switch f {
	case decode.FormatPercent, decode.FormatPlus, decode.FormatEntities, decode.FormatEscapes, decode.FormatQuotedPrintable, decode.FormatOverlong, decode.FormatTokens, decode.FormatRest:
		return true
	default:
		return false
	}
}
