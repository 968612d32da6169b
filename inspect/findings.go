package inspect

import (
	"cmp"
	"slices"
	"strings"

	"postern/inspect/decode"
	"postern/inspect/detect"
)

// detect asks the detectors about every value and every member's name, once. It comes after the whole tree is there, so that what was tried and given up costs nothing.
func (w *walk) detect() {
	d := detecting{w: w}
	for i := int32(0); int(i) < len(w.tree.Nodes); {
		i = d.from(i)
	}
	if len(w.tree.Findings) > 1 {
		slices.SortStableFunc(w.tree.Findings, func(a, b Finding) int { return cmp.Compare(a.Node, b.Node) })
	}
}

type detecting struct {
	w *walk
}

// from asks about node i and those after it. A detector that panics makes its node opaque; from then returns the next node, else the end.
func (d *detecting) from(i int32) (next int32) {
	w := d.w
	defer func() {
		if r := recover(); r != nil {
			w.panicked(r)
			w.tree.Nodes[i].Fault = decode.Panic
			next = i + 1
		}
	}()
	for ; int(i) < len(w.tree.Nodes); i++ {
		n := &w.tree.Nodes[i]
		if n.Name != nil && (n.Root != HeaderRoot || n.in != 0) && !w.named(n) {
			w.askName(i, n)
		}
		if len(n.Raw) > 0 && w.speaks(i, n) && !detect.Quiet(n.Raw) {
			w.ask(i, n, n.Raw, false)
		}
	}
	return i
}

// speaks says whether the text of a node is to be asked about. What was opened as a structure beyond doubt speaks through its members.
func (w *walk) speaks(i int32, n *Node) bool {
	switch {
	case n.Kind == decode.Number || n.Kind == decode.Bool:
		return false
	case !n.Leaf():
		return n.Parent < 0 && n.Root == PathRoot
	case n.End == i+1:
		return true
	}
	return !w.sure(i)
}

// sure says whether a layer was opened in the text of node i that leaves no doubt of what it is: a structure, read to its end, or JSON in base64 or hexadecimal digits. Other structures may be
// there by chance, and what is escaped otherwise may be read as it is.
func (w *walk) sure(i int32) bool {
	n, only := &w.tree.Nodes[i], &w.tree.Nodes[i+1]
	row := &decode.Formats[only.Layer]
	switch {
	case only.Layer == 0 || only.End != n.End || only.Fault != decode.OK:
		return false
	case (only.Layer == decode.FormatBase64 || only.Layer == decode.FormatHex) && only.End > i+2 && w.tree.Nodes[i+2].Layer == decode.FormatJSON:
		return w.sure(i + 1)
	}
	return row.Sure
}

// named says whether the name of a node is remembered as one in which nothing is found. What a detector may know of the place of a name is in its Shape.
func (w *walk) named(n *Node) bool {
	k := &w.names[n.slot]
	return k.clean && k.shape == n.Shape && k.name.Is(n.Name)
}

// askName asks about the name of a node, and remembers it where nothing is found in it.
func (w *walk) askName(i int32, n *Node) {
	before := len(w.tree.Findings)
	w.ask(i, n, n.Name, true)
	if k := &w.names[n.slot]; k.shape == n.Shape && k.name.Is(n.Name) {
		k.clean = len(w.tree.Findings) == before
	}
}

var wheres = [...]detect.Where{PathRoot: detect.Path, QueryRoot: detect.Query, HeaderRoot: detect.Header, CookieRoot: detect.Cookie, BodyRoot: detect.Body}

func (w *walk) ask(i int32, n *Node, v []byte, key bool) {
	named := n
	if key {
		if named = nil; n.Parent >= 0 {
			named = &w.tree.Nodes[n.Parent]
		}
	}
	w.context = detect.Context{Where: wheres[n.Root], Name: w.name(named), Format: n.in.String(), Key: key, Whole: n.Name == nil && (n.Parent < 0 || n.Layer != 0)}
	place := w.memo.key(v, &w.context)
	if w.memo.known(place) {
		return
	}
	w.found = detect.Run(w.found[:0], v, &w.context)
	if len(w.found) == 0 {
		w.memo.learn(place)
	}
	chance := len(w.found) > 0 && !key && noText(v)
	for _, f := range w.found {
		if chance && (strings.HasPrefix(f.Class, "document:") || longestText(v, f.From, f.To) < leastText) {
			continue
		}
		w.tree.Findings = append(w.tree.Findings, Finding{
			Node: i, Class: f.Class, Score: f.Score, From: int32(f.From), To: int32(f.To), Key: key, //nolint:gosec // Limits.Bytes
		})
	}
}

// leastText is how long a stretch of text in binary bytes must be for what a detector reads in it to be no chance: of the signatures of RS256, 256 random bytes, one in 600 had an
// attack in it, in stretches of a few bytes; one in 1,000 has a stretch of twelve at all.
const leastText = 12

// noText says whether v is no text in any charset, and more than a quarter of it is no printable ASCII: of random bytes two thirds are not. What has a control character here and
// there is a text.
func noText(v []byte) bool {
	other := 0
	for _, c := range v {
		if !plain(c) {
			other++
		}
	}
	return 4*other > len(v) && !decode.Text(v)
}

// longestText is the length of the longest stretch of text that v[from:to] has a part of.
func longestText(v []byte, from, to int) (longest int) {
	for from > 0 && plain(v[from-1]) {
		from--
	}
	length := 0
	for ; from < len(v) && (from < to || length > 0); from++ {
		if length++; !plain(v[from]) {
			length = 0
		}
		longest = max(longest, length)
	}
	return longest
}

func plain(c byte) bool { return c >= ' ' && c <= '~' || c == '\t' || c == '\n' || c == '\r' }

// name is the nearest name above a value: that of the array for its elements, that of the wrapped member for what was in it. Above a name it is that of the member it stands in.
func (w *walk) name(n *Node) []byte {
	if n == nil {
		return nil
	}
	for n.Name == nil && n.Parent >= 0 {
		n = &w.tree.Nodes[n.Parent]
	}
	return n.Name
}
