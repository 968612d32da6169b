package decode

import "bytes"

// field is one header line of a mail or part (RFC 5322, 2.2).
type field struct {
	name, value []byte // the value as written: folded lines are still in it
	size        int    // bytes with the line's end
	folded      bool
	malformed   bool // no ":", or a space before it
}

// nextField reads a header line at the beginning of src. A blank line ends the header: its name is nil and its size is that of the blank line.
func nextField(src []byte) field {
	end, size := lineEnd(src)
	if end == 0 {
		return field{size: size}
	}
	f := field{size: size}
	for f.size < len(src) && (src[f.size] == ' ' || src[f.size] == '\t') {
		more, n := lineEnd(src[f.size:])
		end = f.size + more
		f.size += n
		f.folded = true
	}
	line := src[:end]
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 {
		f.name, f.malformed = line, true
		return f
	}
	f.name = bytes.TrimRight(line[:colon], " \t")
	f.malformed = len(f.name) < colon || !token(f.name)
	f.value = bytes.TrimSpace(line[colon+1:])
	return f
}

// lineEnd gives the length of the first line of src and of the line with its end.
func lineEnd(src []byte) (length, size int) {
	i := bytes.IndexByte(src, '\n')
	switch {
	case i < 0:
		return len(src), len(src)
	case i > 0 && src[i-1] == '\r':
		return i - 1, i + 1
	}
	return i, i + 1
}

// token tells whether a name is made of the characters that RFC 9110, 5.6.2 allows.
func token(name []byte) bool {
	for _, c := range name {
		if c <= ' ' || c >= 0x7f || bytes.IndexByte([]byte(`()<>@,;:\"/[]?={}`), c) >= 0 {
			return false
		}
	}
	return len(name) > 0
}

// text is the value with its folds undone (RFC 5322, 2.2.3).
func (f *field) text(s Sink) []byte {
	if !f.folded {
		return f.value
	}
	out := s.Grow(len(f.value))
	if out == nil {
		return f.value
	}
	out = out[:0]
	for i, c := range f.value {
		if c == '\n' || c == '\r' && i+1 < len(f.value) && f.value[i+1] == '\n' {
			continue
		}
		out = append(out, c)
	}
	return out
}

// at puts "@" and the name in lower case into the arena.
func at(s Sink, name []byte) []byte {
	out := s.Grow(1 + len(name))
	if out == nil {
		return name
	}
	out[0] = '@'
	for i, c := range name {
		if c-'A' < 26 {
			c |= 0x20
		}
		out[1+i] = c
	}
	return out
}

// argument is one "; name=value" of a header (RFC 2045, 5.1).
type argument struct {
	name, value []byte
	escaped     bool // the value holds backslashes before quotes or backslashes
}

// nextParameter reads the parameter at the beginning of v, which is what follows the type; ok is false where there is none.
func nextParameter(v []byte) (p argument, rest []byte, ok bool) {
	v = bytes.TrimLeft(v, "; \t\r\n")
	eq := bytes.IndexAny(v, "=;")
	if eq < 0 || v[eq] == ';' {
		if len(v) == 0 {
			return p, nil, false
		}
		if eq < 0 {
			eq = len(v)
		}
		p.name = bytes.TrimSpace(v[:eq])
		return p, v[eq:], true
	}
	p.name = bytes.TrimSpace(v[:eq])
	v = bytes.TrimLeft(v[eq+1:], " \t\r\n")
	if len(v) == 0 || v[0] != '"' {
		end := bytes.IndexByte(v, ';')
		if end < 0 {
			end = len(v)
		}
		p.value = bytes.TrimSpace(v[:end])
		return p, v[end:], true
	}
	for i := 1; i < len(v); i++ {
		switch {
		case v[i] == '\\' && i+1 < len(v) && (v[i+1] == '"' || v[i+1] == '\\'):
			p.escaped = true
			i++
		case v[i] == '"':
			p.value = v[1:i]
			return p, v[i+1:], true
		}
	}
	p.value = v[1:]
	return p, nil, true
}

// text is the parameter's value with its backslashes undone. One before anything else stays: Windows paths are sent so.
func (p *argument) text(s Sink) []byte {
	if !p.escaped {
		return p.value
	}
	out := s.Grow(len(p.value))
	if out == nil {
		return p.value
	}
	out = out[:0]
	for i := 0; i < len(p.value); i++ {
		c := p.value[i]
		if c == '\\' && i+1 < len(p.value) && (p.value[i+1] == '"' || p.value[i+1] == '\\') {
			i++
			c = p.value[i]
		}
		out = append(out, c)
	}
	return out
}

// transferCoding returns the format that a line Content-Transfer-Encoding or Content-Encoding promises of the body, and whether it is one; zero for what needs no undoing.
func (f *field) transferCoding() (coding Format, is bool) {
	switch {
	case bytes.EqualFold(f.name, []byte("content-transfer-encoding")):
		switch {
		case equalFold(f.value, "base64"):
			return FormatBase64, true
		case equalFold(f.value, "quoted-printable"):
			return FormatQuotedPrintable, true
		}
		return 0, true
	case bytes.EqualFold(f.name, []byte("content-encoding")):
		return ByCoding(f.value), true
	}
	return 0, false
}

// said adds a leaf of which the sender says that it is in f; zero is nothing. A Sink that has a method Said(Format) takes that for the next leaf.
func said(s Sink, f Format, name, value []byte, size int) bool {
	if believer, ok := s.(interface{ Said(f Format) }); ok && f != 0 {
		believer.Said(f)
		defer believer.Said(0)
	}
	return s.Leaf(name, textOrBytes(value), value, size)
}

// extended undoes charset'language'percent-encoded (RFC 8187), whatever the charset says.
func extended(s Sink, v []byte) []byte {
	if i := bytes.IndexByte(v, '\''); i >= 0 {
		if j := bytes.IndexByte(v[i+1:], '\''); j >= 0 {
			v = v[i+1+j+1:]
		}
	}
	return plainPercent(s, v)
}

// plainPercent undoes percent-encoding once; what is no escape stays.
func plainPercent(s Sink, v []byte) []byte {
	if bytes.IndexByte(v, '%') < 0 {
		return v
	}
	room := s.Grow(len(v))
	if room == nil {
		return v
	}
	out, _ := unpercent(room[:0], v, false)
	return out
}
