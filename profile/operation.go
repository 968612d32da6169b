package profile

import (
	"bytes"

	"postern/inspect"
	"postern/profile/sketch"
)

// maxOperation is the longest operation in bytes; what is longer is cut, and all such calls are one operation.
const maxOperation = 240

// appendOperation appends the raw operation of a message: "/pkg.Service/Method" for gRPC, else the method and the path with the segments that name
// things, not kinds of things, replaced by their type: GET /orders/{int}. What the callee's other calls say of the rest of the path is in template.go.
func appendOperation(dst []byte, t *inspect.Tree) []byte {
	m := t.Message
	if bytes.HasPrefix(m.Get("content-type"), []byte("application/grpc")) {
		path, _, _ := bytes.Cut(m.Path, []byte("?"))
		return appendShort(dst, path)
	}
	dst = appendShort(dst, m.Method)
	dst = append(dst, ' ')
	root := t.Root(inspect.PathRoot)
	if root < 0 {
		return append(dst, '/')
	}
	nodes := t.Nodes
	empty := true
	for i := root + 1; i < nodes[root].End; i = nodes[i].End {
		dst = append(dst, '/')
		empty = false
		if name := segmentType(nodes[i].Raw); name != "" {
			dst = append(dst, name...)
		} else {
			dst = appendShort(dst, nodes[i].Raw)
		}
		if len(dst) >= maxOperation {
			break
		}
	}
	if empty {
		dst = append(dst, '/')
	}
	return dst
}

func appendShort(dst, part []byte) []byte {
	room := max(0, maxOperation-len(dst))
	if len(part) <= room {
		return append(dst, part...)
	}
	return append(append(dst, part[:room]...), "…"...)
}

// segmentType names the type of a path segment that is never a constant, or "".
func segmentType(v []byte) string {
	if len(v) == 0 || len(v) > 256 {
		return ""
	}
	switch sketch.FormOf(v) {
	case sketch.Integer, sketch.Card:
		return "{int}"
	case sketch.UUID:
		return "{uuid}"
	case sketch.ULID:
		return "{ulid}"
	case sketch.Date, sketch.DateTime:
		return "{date}"
	case sketch.Email:
		return "{e-mail}"
	case sketch.Hash, sketch.Token, sketch.JWT, sketch.IBAN:
		return "{token}"
	case sketch.Decimal:
		return "{number}"
	}
	return hexSegment(v)
}

// hexSegment takes 8 or more hexadecimal digits of both sorts for a token: an object id, a short commit.
func hexSegment(v []byte) string {
	digits, letters := 0, 0
	for _, c := range v {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			letters++
		default:
			return ""
		}
	}
	if len(v) >= 8 && digits > 1 && letters > 0 {
		return "{token}"
	}
	return ""
}
