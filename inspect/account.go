package inspect

import "postern/inspect/decode"

// state is what became of bytes; the greater is the worse.
type state uint8

const (
	decoded state = iota
	opaque
	unexamined
)

// account fills in the byte account. Every byte of the body that stands in the body itself is counted with the value it belongs to; the marks between values
// count as decoded. The bytes of a wrapped value take the worst state of what is inside.
func (w *walk) account() {
	t := &w.tree
	m := t.Message
	var sums [3]int64
	if i := t.Root(BodyRoot); i >= 0 && len(m.Body) > 0 {
		read := int64(min(len(m.Body), w.limits.Bytes))
		w.sum(i, read, &sums)
		sums[unexamined] += int64(len(m.Body)) - read
	} else {
		sums[unexamined] += int64(len(m.Body)) // no node was left for it
	}
	if m.Size > int64(len(m.Body)) {
		sums[unexamined] += m.Size - int64(len(m.Body))
	}
	t.Decoded, t.Opaque, t.Unexamined = sums[decoded], sums[opaque], sums[unexamined]
	t.Work -= w.work
}

// sum adds the size bytes of value i to sums.
func (w *walk) sum(i int32, size int64, sums *[3]int64) {
	nodes := w.tree.Nodes
	n := &nodes[i]
	j := i + 1
	switch {
	case n.End == j:
		sums[valueState(n)] += size
	case nodes[j].Layer != 0 && !decode.Formats[nodes[j].Layer].Wrapping && int64(len(n.Raw)) == size:
		read := min(int64(nodes[j].Size), size)
		w.members(j, read, sums)
		if rest := nodes[j].End; rest < n.End && nodes[rest].Layer == decode.FormatRest {
			more := min(int64(nodes[rest].Size), size-read)
			w.sum(rest, more, sums)
			read += more
		}
		sums[unexamined] += size - read // no node was left for the rest
	default:
		sums[w.worst(i)] += size
	}
}

// members adds the size bytes of structure j, which stands in the body as it is, to sums.
func (w *walk) members(j int32, size int64, sums *[3]int64) {
	nodes := w.tree.Nodes
	n := &nodes[j]
	if n.Leaf() {
		sums[w.worst(j)] += size
		return
	}
	if n.Fault == decode.Panic {
		sums[opaque] += size
		return
	}
	left := size
	for k := j + 1; k < n.End; {
		leaf := &nodes[k]
		part := min(int64(leaf.Size), left) // none of a container's
		switch {
		case leaf.End == k+1:
			if leaf.Kind == decode.Bytes || leaf.Fault != decode.OK {
				sums[valueState(leaf)] += part
				size -= part
			}
			left -= part
			k++
		case leaf.Leaf():
			w.sum(k, part, sums)
			size -= part
			left -= part
			k = leaf.End
		default:
			k++
		}
	}
	sums[decoded] += size
}

// worst is the worst state of value i and of all that was opened in it, but for readings that others outdo.
func (w *walk) worst(i int32) state {
	worst := decoded
	for k := i; k < w.tree.Nodes[i].End; k++ {
		n := &w.tree.Nodes[k]
		if k > i && w.tree.Outdone(k) {
			k = n.End - 1
			continue
		}
		switch {
		case n.End == k+1 && n.Leaf():
			worst = max(worst, valueState(n))
		case n.Fault == decode.Limit:
			return unexamined
		case n.Fault == decode.Panic:
			worst = max(worst, opaque)
		}
	}
	return worst
}

// valueState is the state of a value in which nothing was opened. A value that the sender's end cuts short was read as far as it came.
func valueState(n *Node) state {
	switch {
	case n.Fault == decode.Limit, n.Fault == decode.Cut && n.Layer == decode.FormatRest:
		return unexamined
	case n.Kind == decode.Bytes, n.Fault == decode.Panic:
		return opaque
	}
	return decoded
}
