package decode

import (
	"bytes"
	"slices"
)

// boundaryMost is longer than RFC 2046 allows (70), since many readers do not count.
const boundaryMost = 200

// Multipart reads a body in parts (RFC 2046, 5.1; form data by RFC 7578). The boundary is that of the first boundary line: a header is not needed. A part is an Object of
// its name ("#part" without one) with "@filename", its other header lines and parameters as "@name", and "#body", byte for byte.
func Multipart(src []byte, s Sink) (n int, f Fault) {
	m := multipartReader{src: src, s: s}
	if !m.begin() {
		return 0, Syntax
	}
	for !m.final {
		from := m.pos
		to, next := m.delimiter()
		if f := m.part(src[from:to]); f != OK {
			return to, f
		}
		m.pos = next
		if to == len(src) && !m.final {
			s.Note(BoundaryOpen)
			return len(src), Cut
		}
	}
	if rest := src[m.pos:]; !blank(rest) {
		if !s.Leaf(word(s, "#epilogue"), textOrBytes(rest), rest, len(rest)) {
			return m.pos, Limit
		}
		s.Note(Epilogue)
	}
	return len(src), OK
}

type multipartReader struct {
	src      []byte
	s        Sink
	boundary []byte // with its "--"
	pos      int    // behind the last boundary line
	final    bool   // that was the last boundary
	bare     bool   // a boundary line ended in LF alone
	prefix   bool   // a line began as the boundary and went on
	seen     [64]uint64
	parts    int
}

// begin finds the first boundary line, and what stands before it.
func (m *multipartReader) begin() bool {
	for at := 0; at < len(m.src); {
		length, size := lineEnd(m.src[at:])
		line := bytes.TrimRight(m.src[at:at+length], " \t")
		if len(line) > 2 && len(line) < boundaryMost && line[0] == '-' && line[1] == '-' {
			if before := m.src[:at]; !blank(before) {
				if !m.s.Leaf(word(m.s, "#preamble"), textOrBytes(before), before, len(before)) {
					return false
				}
				m.s.Note(Preamble)
			}
			m.boundary, m.pos = line, at+size
			m.bare = size-length == 1
			return true
		}
		at += size
	}
	return false
}

// delimiter finds the next boundary line: to is the end of the part before it, next the place behind it.
func (m *multipartReader) delimiter() (to, next int) {
	for at := m.pos; ; {
		i := bytes.Index(m.src[at:], m.boundary)
		if i < 0 {
			return len(m.src), len(m.src)
		}
		at += i
		after := m.src[at+len(m.boundary):]
		if at > m.pos && m.src[at-1] != '\n' && m.src[at-1] != '\r' {
			at += len(m.boundary)
			continue
		}
		final := bytes.HasPrefix(after, []byte("--"))
		if final {
			after = after[2:]
		}
		length, size := lineEnd(after)
		if len(bytes.TrimRight(after[:length], " \t")) > 0 {
			m.prefix = true
			at += len(m.boundary)
			continue
		}
		m.final = final
		m.bare = m.bare || size-length == 1
		next = len(m.src) - len(after) + size
		if final {
			next = len(m.src) - len(after) + length
		}
		return m.trim(at), next
	}
}

// trim gives the end of a part's body: the line end before a boundary belongs to that.
func (m *multipartReader) trim(at int) int {
	if at > m.pos && m.src[at-1] == '\n' {
		at--
	}
	if at > m.pos && m.src[at-1] == '\r' {
		at--
	}
	return at
}

// part reads one part: a first look over its header for its name, then the header's lines and the body.
func (m *multipartReader) part(src []byte) Fault {
	name, form, names := partName(src, m.s)
	if name == nil {
		name = word(m.s, "#part")
	}
	if !m.s.Open(name, Object) {
		return Limit
	}
	m.notes(src, name, form, names)
	n, body := 0, []byte(nil)
	types, coding := false, Format(0)
	for n < len(src) {
		f := nextField(src[n:])
		if f.name == nil {
			body = src[n+f.size:]
			break
		}
		if !m.header(&f) {
			return Limit
		}
		types = types || bytes.EqualFold(f.name, []byte("content-type")) && len(f.value) > 10 && bytes.EqualFold(f.value[:10], []byte("multipart/"))
		if said, is := f.transferCoding(); is {
			coding = said
		}
		n += f.size
	}
	if !said(m.s, coding, word(m.s, "#body"), body, len(body)) {
		return Limit
	}
	if !types && otherBoundary(body) {
		m.s.Note(BoundaryTwo)
	}
	m.s.Close()
	return OK
}

// notes reports what two readers may take for different parts.
func (m *multipartReader) notes(src, name []byte, form bool, names int) {
	hash := uint64(14695981039346656037)
	for _, c := range name {
		hash = (hash ^ uint64(c)) * 1099511628211
	}
	if slices.Contains(m.seen[:min(m.parts, len(m.seen))], hash) {
		m.s.Note(PartTwice)
	}
	if m.parts < len(m.seen) {
		m.seen[m.parts] = hash
	}
	m.parts++
	if form && names == 0 {
		m.s.Note(PartNoName)
	}
	if names > 1 {
		m.s.Note(PartNameTwo)
	}
	if m.bare {
		m.s.Note(BoundaryBare)
		m.bare = false
	}
	if m.prefix {
		m.s.Note(BoundaryPrefix)
		m.prefix = false
	}
	if headerTwice(src) {
		m.s.Note(PartHeaderTwice)
	}
}

// header reports one header line of a part.
func (m *multipartReader) header(f *field) bool {
	var ok bool
	if bytes.EqualFold(f.name, []byte("content-disposition")) && !f.malformed {
		ok = m.disposition(f)
	} else {
		name := f.name
		if f.value == nil { // not even a ":"
			name = nil
		}
		value := f.text(m.s)
		if name == nil {
			value = f.name
		}
		ok = m.s.Leaf(at(m.s, name), String, value, f.size)
	}
	if !ok {
		return false
	}
	if f.folded {
		m.s.Note(HeaderFolded)
	}
	if f.malformed {
		m.s.Note(HeaderMalformed)
	}
	if bytes.EqualFold(f.name, []byte("content-transfer-encoding")) {
		switch string(bytes.ToLower(f.value[:min(len(f.value), 8)])) {
		case "7bit", "8bit", "binary":
		default:
			m.s.Note(PartEncoding)
		}
	}
	return true
}

// disposition reports the parameters of Content-Disposition but the name, which is the part's own.
func (m *multipartReader) disposition(f *field) bool {
	v := f.text(m.s)
	kind, rest, _ := bytes.Cut(v, []byte(";"))
	kind = bytes.TrimSpace(kind)
	if !bytes.EqualFold(kind, []byte("form-data")) && !m.s.Leaf(word(m.s, "@content-disposition"), String, kind, len(kind)) {
		return false
	}
	size, files := f.size-len(kind), 0
	for {
		p, tail, ok := nextParameter(rest)
		if !ok {
			return true
		}
		rest = tail
		if bytes.EqualFold(p.name, []byte("name")) && f.value != nil {
			continue
		}
		value := p.text(m.s)
		if len(p.name) > 0 && p.name[len(p.name)-1] == '*' {
			value = extended(m.s, p.value)
		}
		used := min(size, len(p.name)+len(p.value))
		size -= used
		if !m.s.Leaf(at(m.s, p.name), String, value, used) {
			return false
		}
		if len(p.name) >= 8 && bytes.EqualFold(p.name[:8], []byte("filename")) {
			if files++; files > 1 {
				m.s.Note(PartNameTwo)
			}
		}
	}
}
