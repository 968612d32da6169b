package inspect

import (
	"bytes"

	"postern/inspect/decode"
)

// shortest is the length from which a value is looked into: no wrapping of something is shorter.
const shortest = 3

// unfold opens the layers in the value of node i.
func (w *walk) unfold(i int32, v []byte) {
	w.work -= 2 * len(v) // to look at it here, and to look for attacks later
	if w.work <= 0 {
		w.limit(i)
		return
	}
	if w.promises|int(w.said) != 0 && (w.promised(i, v) || w.believed(i, v)) {
		return
	}
	if w.tree.Nodes[i].Layer != 0 && w.framed(i, v) {
		return
	}
	if set, odd := decode.Look(v); set != 0 || odd {
		w.tryAll(i, v, set, odd)
	}
}

// framed opens v, the text of layer i, as the compressed message of gRPC that it may be: one that has a text alone looks like a line of it.
func (w *walk) framed(i int32, v []byte) bool {
	frame := &w.tree.Nodes[w.tree.Nodes[i].Parent]
	if frame.Name != nil || !decode.Formats[w.tree.Nodes[i].Layer].Binary {
		return false
	}
	around := frame.in
	return (around == decode.FormatGRPC || around == decode.FormatGRPCWeb) && decode.WireMessage(v) && w.try(i, decode.FormatProtobuf, v, true)
}

// escapings are the wrappings of text whose marks come in any long run of random bytes.
var escapings = decode.Only(decode.FormatPercent) | decode.Only(decode.FormatPlus) | decode.Only(decode.FormatEntities) | decode.Only(decode.FormatEscapes) |
	decode.Only(decode.FormatQuotedPrintable) | decode.Only(decode.FormatEncodedWord) | decode.Only(decode.FormatUTF7) | decode.Only(decode.FormatTokens)

// tryAll opens v, the value of node i, in each format of set that it may be in; what makes no sense inside is given up without a trace. odd: there are other bytes in v than
// those of printable ASCII and line ends.
func (w *walk) tryAll(i int32, v []byte, set decode.Candidates, odd bool) {
	if odd {
		w.characters(i, v)
		if noText(v) {
			set &^= escapings
		}
	}
	if set.Has(decode.FormatQuotedPrintable) && decode.QuotedFirst(v) {
		first := decode.Only(decode.FormatQuotedPrintable)
		if f := w.next(&first, v); f != 0 && w.try(i, f, v, false) {
			return
		}
	}
	for set != 0 {
		f := w.next(&set, v)
		if f == 0 || !w.try(i, f, v, false) {
			continue
		}
		if !decode.Formats[f].Wrapping && f != decode.FormatForm && f != decode.FormatURL {
			return // a form's text may be the text of an address: what is escaped in it is undone as a whole too
		}
		set &^= decode.Only(decode.FormatTokens) // the words of what is wrapped as a whole are inside
	}
}

// next takes out of set what v does not look like, and the first format that it does; zero where there is none. It is the barrier round the sniffers: one that panics has
// smelt nothing.
func (w *walk) next(set *decode.Candidates, v []byte) (f decode.Format) {
	defer func() {
		if r := recover(); r != nil {
			w.panicked(r)
			f = w.next(set, v)
		}
	}()
	for f = set.Next(); f != 0 && !w.sniff(f, v); f = set.Next() {
	}
	return f
}

func (w *walk) sniff(f decode.Format, v []byte) bool {
	switch f {
	case decode.FormatBase64, decode.FormatHex, decode.FormatBase32:
		return w.promising(f, v)
	case decode.FormatPlus:
		if w.wrappings == 0 && w.root != CookieRoot && bytes.IndexByte(v, '%') < 0 && !decode.PlusSentence(v) {
			return false // "a+b" at the surface is what it is
		}
	}
	return decode.Formats[f].Sniff(v)
}

// promising asks the sniffer and decode.Promising, but once about a word that comes again and again: an enumeration, a tag, a key.
func (w *walk) promising(f decode.Format, v []byte) bool {
	key := w.memo.word(v, f)
	if w.memo.vain[key>>56] == key {
		return false
	}
	is := decode.Formats[f].Sniff(v) && decode.Promising(f, v, &w.guess)
	if !is {
		w.memo.vain[key>>56] = key
	}
	return is
}

// promised opens v as what the sender says it is, from the outermost coding to the media type. What does not hold is noted.
func (w *walk) promised(i int32, v []byte) bool {
	for w.promises > 0 {
		w.promises--
		f := w.promise[w.promises]
		if f == decode.FormatProtobuf && decode.Formats[decode.FormatSnappy].Sniff(v) { // Loki's and Prometheus's clients do not all say so
			w.promises++
			if w.try(i, decode.FormatSnappy, v, false) {
				return true
			}
			w.promises--
		}
		if w.try(i, f, v, true) || f == decode.FormatZlib && w.try(i, decode.FormatDeflate, v, true) { // "deflate" is said of both
			return true
		}
		lie := decode.TypeLie
		if decode.Formats[f].Wrapping {
			lie = decode.EncodingLie
		}
		w.last = i
		w.Note(lie)
	}
	return false
}

// believed opens v as what was said of it alone.
func (w *walk) believed(i int32, v []byte) bool {
	f := w.said
	if w.said = 0; f == 0 {
		return false
	}
	if w.try(i, f, v, true) {
		return true
	}
	w.last = i
	w.Note(decode.EncodingLie)
	return false
}

// mark is a state of the walk to go back to.
type mark struct {
	nodes, findings int
	arena           place
	at, last        int32
	depth           int
}

// try opens v, the value of node i, as f. It says whether that made sense; if not the tree is as before. asked: the sender says that v is f.
func (w *walk) try(i int32, f decode.Format, v []byte, asked bool) bool {
	if w.layers >= w.limits.Layers || w.depth >= w.limits.Depth {
		w.limit(i)
		return false
	}
	if w.work -= len(v); w.work <= 0 {
		w.limit(i)
		return false
	}
	back := mark{len(w.tree.Nodes), len(w.tree.Findings), w.arena.mark(), w.at, w.last, w.depth}
	w.at = i
	j := w.add(decode.Layer, f, len(v))
	if j < 0 {
		w.at = back.at
		return false
	}
	w.enter(j)
	w.layers++
	if decode.Formats[f].Wrapping {
		w.wrappings++
	}
	n, fault := w.decode(f, v)
	if decode.Formats[f].Wrapping {
		w.wrappings--
	}
	w.layers--
	w.close(j)
	if f == decode.FormatJSON && fault == decode.OK && decode.Sequence(v[n:]) {
		w.undo(back, i)
		return w.try(i, decode.FormatNDJSON, v, asked)
	}
	if !w.sensible(j, w.open[back.depth+1].count, v, n, fault, asked) {
		w.undo(back, i)
		return false
	}
	if fault != decode.OK {
		w.tree.Nodes[j].Fault = fault
	}
	if len(bytes.TrimSpace(v[min(n, len(v)):])) > 0 {
		w.tree.Nodes[j].Size = int32(n) //nolint:gosec // Limits.Bytes
	}
	w.at, w.depth, w.last = i, back.depth, j
	w.rest(f, v, n, fault)
	w.tree.Nodes[i].End = int32(len(w.tree.Nodes)) //nolint:gosec // Limits.Nodes
	w.at, w.last = back.at, i
	return true
}

// close ends every container that is open within node j, and j.
func (w *walk) close(j int32) {
	end := int32(len(w.tree.Nodes)) //nolint:gosec // Limits.Nodes
	for at := w.at; at > j; at = w.tree.Nodes[at].Parent {
		w.tree.Nodes[at].End = end
	}
	w.tree.Nodes[j].End = end
}

func (w *walk) undo(back mark, i int32) {
	clear(w.tree.Nodes[back.nodes:])
	w.tree.Nodes = w.tree.Nodes[:back.nodes]
	w.tree.Findings = w.tree.Findings[:back.findings]
	w.arena.release(back.arena)
	w.at, w.last, w.depth = back.at, back.last, back.depth
	w.tree.Nodes[i].End = int32(len(w.tree.Nodes)) //nolint:gosec // Limits.Nodes
}

// decode is the barrier round one node: a decoder that panics makes it opaque, and the rest of the message is judged.
func (w *walk) decode(f decode.Format, v []byte) (n int, fault decode.Fault) {
	defer func() {
		if r := recover(); r != nil {
			w.panicked(r)
			n, fault = 0, decode.Panic
		}
	}()
	return decode.Formats[f].Decode(v, w)
}

// sensible says whether layer j, which took n bytes of v and has so many members, is really there.
func (w *walk) sensible(j, members int32, v []byte, n int, fault decode.Fault, asked bool) bool {
	layer := &w.tree.Nodes[j]
	row := &decode.Formats[layer.Layer]
	whole := fault == decode.OK && len(bytes.TrimSpace(v[n:])) == 0
	switch {
	case fault == decode.Panic:
		return true // shown, never hidden
	case layer.Kind == decode.Layer:
		return asked && fault != decode.OK && fault != decode.Syntax // nothing was found
	case row.Wrapping && len(layer.Raw) == 0 && !(asked && whole):
		return false
	case row.Wrapping && (asked || whole && !row.Weak):
		return true
	case row.Wrapping && row.Binary && !row.Weak && (fault == decode.Limit || fault == decode.Cut):
		return true // a mark at the beginning, and all went well as far as it was read
	case row.Wrapping && row.Weak && row.Binary && !whole:
		return false // no mark at the beginning, no end: nothing speaks for it
	case layer.Layer == decode.FormatUTF16 || layer.Layer == decode.FormatUTF32 || layer.Layer == decode.FormatOverlong:
		chance := decode.Formats[w.tree.Nodes[layer.Parent].Layer].Weak // an identifier in hexadecimal digits or base64 may begin as if it were marked
		return layer.Layer == decode.FormatUTF16 && decode.Alphabetic(v) || decode.Recoded(layer.Raw, v, decode.Marked(v) && (!chance || decode.OneScript(layer.Raw)))
	case row.Wrapping:
		return w.opened(j) || decode.Sense(layer.Raw, v)
	case layer.Layer == decode.FormatTokens:
		return w.anyLayer(j)
	case layer.Layer == decode.FormatURL:
		return whole && (w.tree.Nodes[layer.End-1].Parent == j || w.anyLayer(j)) // parameters come last
	case layer.Layer == decode.FormatRecords:
		return whole && w.textual(j)
	case fault == decode.OK:
		return whole || asked || 2*n >= len(v) && members > 1
	case fault == decode.Syntax:
		return members > 0 && (asked || 2*n >= len(v) && members > 1)
	}
	return asked || members > 0 && (!row.Binary || w.tree.Message.Cut || fault == decode.Limit)
}

// textual says whether the values of structure j are for the most part text, or open further.
func (w *walk) textual(j int32) bool {
	good, all := int32(0), int32(0)
	for k := j + 1; k < w.tree.Nodes[j].End; k = w.tree.Nodes[k].End {
		n := &w.tree.Nodes[k]
		all += n.Size
		if n.Kind != decode.Bytes && n.Size > 1 || n.End > k+1 {
			good += n.Size
		}
	}
	return 4*good >= 3*all
}

// anyLayer says whether a layer was opened anywhere below node j.
func (w *walk) anyLayer(j int32) bool {
	for k := j + 1; k < w.tree.Nodes[j].End; k++ {
		if w.tree.Nodes[k].Layer != 0 {
			return true
		}
	}
	return false
}

// opened says whether a layer was opened directly in the value of node j that speaks for j: a structure, a mark that is no accident, or in the end a text.
func (w *walk) opened(j int32) bool {
	for k := j + 1; k < w.tree.Nodes[j].End; k = w.tree.Nodes[k].End {
		n := &w.tree.Nodes[k]
		if n.Layer == 0 {
			continue
		}
		row := &decode.Formats[n.Layer]
		if !row.Wrapping || row.Binary && !row.Weak || decode.Readable(n.Raw) || w.opened(k) {
			return true
		}
	}
	return false
}

// rest adds what follows the document of a layer, as a value of its own.
func (w *walk) rest(f decode.Format, v []byte, n int, fault decode.Fault) {
	v = v[min(n, len(v)):]
	if len(bytes.TrimSpace(v)) == 0 || fault == decode.Panic {
		return
	}
	if fault == decode.OK && f != decode.FormatRest {
		w.Note(decode.Trailing)
	}
	j := w.add(textKind(v), decode.FormatRest, len(v))
	if j < 0 {
		return
	}
	r := &w.tree.Nodes[j]
	r.Raw = v
	if fault == decode.Limit || fault == decode.Cut {
		r.Fault = fault
		return
	}
	w.layers++
	w.enter(j)
	if w.layers < w.limits.Layers {
		w.unfold(j, v)
	} else {
		w.limit(j)
	}
	w.layers--
	w.depth--
}

// textKind is String for what reads as text, Bytes for what does not.
func textKind(v []byte) decode.Kind {
	if decode.Text(v) {
		return decode.String
	}
	return decode.Bytes
}
