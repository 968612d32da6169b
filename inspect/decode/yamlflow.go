package decode

import "bytes"

// flow reads [a, b] or {a: b} (7.4), which may go on over lines.
func (y *yamlReader) flow(name []byte) Fault {
	kind, end := Array, byte(']')
	if y.src[y.pos] == '{' {
		kind, end = Object, '}'
	}
	if f := y.open(name, kind); f != OK {
		return f
	}
	y.pos++
	for {
		y.blank()
		if y.pos >= len(y.src) {
			return Cut
		}
		switch y.src[y.pos] {
		case end:
			y.pos++
			y.close()
			return OK
		case ',':
			y.pos++
			continue
		case ']', '}':
			return Syntax
		}
		if f := y.flowEntry(kind); f != OK {
			return f
		}
		y.blank()
		if y.pos < len(y.src) && y.src[y.pos] != ',' && y.src[y.pos] != end {
			return Syntax
		}
	}
}

// flowEntry reads a value, or a pair: in a sequence that is a mapping of one pair.
func (y *yamlReader) flowEntry(kind Kind) Fault {
	for y.properties() {
		y.blank()
	}
	if y.pos < len(y.src) && y.src[y.pos] == '?' && y.gap(y.pos+1) {
		y.pos++
		y.blank()
	}
	key, end, colon, f := y.flowKey()
	switch {
	case f != OK:
		return f
	case colon < 0 && kind == Array:
		return y.flowValue(nil)
	case colon < 0 && end <= y.pos:
		return Syntax
	case colon < 0:
		y.pos = end
		return y.leaf(key, Null, nil, 0)
	}
	if kind == Array {
		if f := y.open(nil, Object); f != OK {
			return f
		}
	}
	if string(key) == "<<" {
		y.notes |= yamlMerge
	}
	y.pos = colon + 1
	y.blank()
	if y.pos < len(y.src) && bytes.IndexByte([]byte(",]}"), y.src[y.pos]) >= 0 {
		f = y.leaf(key, Null, nil, 0)
	} else {
		f = y.flowValue(key)
	}
	if f == OK && kind == Array {
		y.close()
	}
	return f
}

// flowKey looks for a key and the place of its ":", -1 where there is none.
func (y *yamlReader) flowKey() (key []byte, end, colon int, f Fault) {
	rest := y.src[y.pos:]
	if len(rest) == 0 {
		return nil, 0, -1, Cut
	}
	switch rest[0] {
	case '[', '{':
		return nil, y.pos, -1, OK
	case '"', '\'':
		n := quotedSpan(rest)
		if n < 0 {
			return nil, 0, -1, Cut
		}
		if key, f = y.unquote(rest[:n]); f != OK {
			return nil, 0, -1, f
		}
		i := n
		for i < len(rest) && (rest[i] == ' ' || rest[i] == '\t') {
			i++
		}
		if i < len(rest) && rest[i] == ':' {
			return key, y.pos + n, y.pos + i, OK
		}
		return key, y.pos + n, -1, OK
	}
	n := flowPlain(rest)
	key = bytes.TrimRight(rest[:n], " \t")
	if n < len(rest) && rest[n] == ':' {
		return key, y.pos + n, y.pos + n, OK
	}
	return key, y.pos + len(key), -1, OK
}

// flowPlain is how long the plain text at the beginning of b is on its line.
func flowPlain(b []byte) int {
	for i, c := range b {
		switch {
		case c == ',' || c == ']' || c == '}' || c == '[' || c == '{' || c == '\n' || c == '\r':
			return i
		case c == ':' && (i+1 >= len(b) || isSpace(b[i+1]) || bytes.IndexByte([]byte(",[]{}"), b[i+1]) >= 0):
			return i
		case c == '#' && i > 0 && isSpace(b[i-1]):
			return i
		}
	}
	return len(b)
}

// flowValue reads one value inside a flow collection.
func (y *yamlReader) flowValue(name []byte) Fault {
	for y.properties() {
		y.blank()
	}
	if y.pos >= len(y.src) {
		return Cut
	}
	switch y.src[y.pos] {
	case '[', '{':
		return y.flow(name)
	case '"', '\'':
		return y.quotedLeaf(name)
	case '*':
		y.notes |= yamlAnchor
	}
	n := flowPlain(y.src[y.pos:])
	raw := bytes.TrimRight(y.src[y.pos:y.pos+n], " \t")
	if len(raw) == 0 && (n >= len(y.src)-y.pos || bytes.IndexByte([]byte(",]}"), y.src[y.pos+n]) < 0) {
		return Syntax
	}
	y.pos += n
	kind, value := yamlKind(raw), raw
	if kind == Null {
		value = nil
	}
	return y.leaf(name, kind, value, len(raw))
}
