package inspect

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"postern/inspect/decode"
)

// AppendText appends the text form of the tree to dst: one line for each node, its path, kind and value, then its fault and its findings, each on a line that is
// set in; and the byte account at the end. The form is stable. width is how many bytes of a value are shown, 0 for all.
//
//	path[0] string "orders"
//	body|json object
//	body|json.note string "JyBvciAxPTE="
//	body|json.note|base64 string "' or 1=1"
//	    ! sqli 0.99 0:8
//	bytes: 31 decoded, 0 opaque, 0 unexamined
func (t *Tree) AppendText(dst []byte, width int) []byte {
	findings := t.Findings
	for i := range t.Nodes {
		n := &t.Nodes[i]
		dst = t.AppendPath(dst, int32(i))
		dst = append(append(dst, ' '), n.Kind.String()...)
		if n.Leaf() && n.Kind != decode.None && n.Kind != decode.Null {
			dst = appendValue(append(dst, ' '), n, width)
		}
		if n.Fault != decode.OK {
			dst = append(append(dst, " fault "...), n.Fault.String()...)
		}
		dst = append(dst, '\n')
		for len(findings) > 0 && int(findings[0].Node) <= i {
			f := findings[0]
			where := ""
			if f.Key {
				where = " in name"
			}
			dst = fmt.Appendf(dst, "    ! %s %.2f %d:%d%s\n", f.Class, f.Score, f.From, f.To, where)
			findings = findings[1:]
		}
	}
	return fmt.Appendf(dst, "bytes: %d decoded, %d opaque, %d unexamined\n", t.Decoded, t.Opaque, t.Unexamined)
}

// appendValue writes a number as it is, text quoted as Go does, and bytes that are not text by their count and entropy.
func appendValue(dst []byte, n *Node, width int) []byte {
	switch n.Kind {
	case decode.Number, decode.Bool:
		return append(dst, n.Raw...)
	case decode.Bytes:
		return fmt.Appendf(dst, "%d bytes, %.1f bits each", len(n.Raw), n.Entropy())
	}
	v, more := n.Raw, 0
	if width > 0 && len(v) > width {
		cut := width
		for cut > 0 && !utf8.RuneStart(v[cut]) {
			cut--
		}
		v, more = v[:cut], len(v)-cut
	}
	dst = strconv.AppendQuote(dst, string(v))
	if more > 0 {
		dst = fmt.Appendf(dst, "… %d more", more)
	}
	return dst
}
