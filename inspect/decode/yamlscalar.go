package decode

import (
	"bytes"
	"unicode/utf8"
)

// quotedSpan is the length of the quoted scalar at the beginning of b, with its quotes; -1 where it does not end.
func quotedSpan(b []byte) int {
	quote := b[0]
	for i := 1; i < len(b); i++ {
		switch {
		case quote == '"' && b[i] == '\\':
			i++
		case b[i] == quote && quote == '\'' && i+1 < len(b) && b[i+1] == '\'':
			i++
		case b[i] == quote:
			return i + 1
		}
	}
	return -1
}

// quotedLeaf reads a quoted scalar (7.3.1, 7.3.2).
func (y *yamlReader) quotedLeaf(name []byte) Fault {
	end := quotedSpan(y.src[y.pos:])
	if end < 0 {
		return Cut
	}
	raw := y.src[y.pos : y.pos+end]
	value, f := y.unquote(raw)
	if f != OK {
		return f
	}
	y.pos += end
	if i := bytes.LastIndexByte(raw, '\n'); i >= 0 {
		y.line = y.pos - end + i + 1
	}
	return y.leaf(name, String, value, end)
}

// unquote undoes a quoted scalar: escapes, doubled quotes, and folded lines.
func (y *yamlReader) unquote(raw []byte) ([]byte, Fault) {
	quote, raw := raw[0], raw[1:len(raw)-1]
	if bytes.IndexByte(raw, '\n') < 0 && (quote == '"' && bytes.IndexByte(raw, '\\') < 0 || quote == '\'' && bytes.IndexByte(raw, '\'') < 0) {
		return raw, OK
	}
	room := y.s.Grow(2 * len(raw)) // \L and \P are three bytes
	if room == nil {
		return raw, OK
	}
	out, solid := room[:0], 0 // solid: what stands before it is no space to be folded away
	for i := 0; i < len(raw); {
		c := raw[i]
		switch {
		case c == '\n' || c == '\r':
			out = bytesTrimRight(out, solid)
			breaks, next := foldBreaks(raw, i)
			out = appendFold(out, breaks)
			i = next
			solid = len(out)
		case quote == '\'' && c == '\'':
			out = append(out, c)
			i += 2
			solid = len(out)
		case quote == '"' && c == '\\' && i+1 < len(raw):
			var n int
			if out, n = yamlEscape(out, raw[i:]); n == 0 {
				return nil, Syntax
			}
			i += n
			solid = len(out)
		default:
			out = append(out, c)
			i++
		}
	}
	return out, OK
}

func bytesTrimRight(out []byte, solid int) []byte {
	for len(out) > solid && (out[len(out)-1] == ' ' || out[len(out)-1] == '\t') {
		out = out[:len(out)-1]
	}
	return out
}

// foldBreaks counts the line ends from i on, and gives the place of what follows them.
func foldBreaks(raw []byte, i int) (breaks, next int) {
	for i < len(raw) && isSpace(raw[i]) {
		if raw[i] == '\n' {
			breaks++
		}
		i++
	}
	return breaks, i
}

// appendFold writes what folded lines mean: one end is a space, each more is a line feed.
func appendFold(out []byte, breaks int) []byte {
	if breaks <= 1 {
		return append(out, ' ')
	}
	for range breaks - 1 {
		out = append(out, '\n')
	}
	return out
}

// yamlEscape undoes the escape at the beginning of raw (5.7); n is 0 for one that does not exist.
func yamlEscape(out, raw []byte) (_ []byte, n int) {
	const from, to = "0abtnvfre \"/\\N_\t", "\x00\a\b\t\n\v\f\r\x1b \"/\\\u0085\u00a0\t"
	c := raw[1]
	digits := 0
	switch c {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	case 'L':
		return append(out, "\u2028"...), 2
	case 'P':
		return append(out, "\u2029"...), 2
	case 'N':
		return append(out, "\u0085"...), 2
	case '_':
		return append(out, "\u00a0"...), 2
	case '\n', '\r': // the line goes on
		n = 2
		if c == '\r' && len(raw) > 2 && raw[2] == '\n' {
			n = 3
		}
		for n < len(raw) && (raw[n] == ' ' || raw[n] == '\t') {
			n++
		}
		return out, n
	}
	if digits == 0 {
		if i := bytes.IndexByte([]byte(from), c); i >= 0 {
			return append(out, to[i]), 2
		}
		return out, 0
	}
	if len(raw) < 2+digits {
		return out, 0
	}
	r := rune(0)
	for _, c := range raw[2 : 2+digits] {
		if hexValue[c] < 0 {
			return out, 0
		}
		r = r<<4 | rune(hexValue[c])
	}
	return utf8.AppendRune(out, r), 2 + digits
}

// plain reads a scalar without quotes (7.3.3): its lines are folded as long as they stand deeper than parent.
func (y *yamlReader) plain(name []byte, parent int) Fault {
	from, lines := y.pos, 0
	end := y.plainLine()
	for {
		y.pos = end
		save, line := y.pos, y.line
		y.blank()
		deeper := y.line != line && y.column() > parent && y.pos < len(y.src) && !y.ended()
		if !deeper || y.src[y.pos] == '#' || bytes.IndexByte(y.src[save:y.pos], '#') >= 0 || y.key() >= 0 {
			y.pos, y.line = save, line
			break
		}
		lines++
		end = y.plainLine()
	}
	raw := y.src[from:end]
	value := raw
	if lines > 0 {
		if room := y.s.Grow(len(raw)); room != nil {
			out := room[:0]
			for i := 0; i < len(raw); {
				if raw[i] == '\n' || raw[i] == '\r' {
					out = bytesTrimRight(out, 0)
					breaks, next := foldBreaks(raw, i)
					out, i = appendFold(out, breaks), next
					continue
				}
				out = append(out, raw[i])
				i++
			}
			value = out
		}
	}
	kind := yamlKind(value)
	if kind == Null {
		value = nil
	}
	return y.leaf(name, kind, value, len(raw))
}

// plainLine gives the end of the plain text on this line.
func (y *yamlReader) plainLine() int {
	end := y.pos
	for i := y.pos; i < len(y.src); i++ {
		c := y.src[i]
		if c == '\n' || c == '\r' || c == '#' && i > y.pos && isSpace(y.src[i-1]) {
			break
		}
		if c != ' ' && c != '\t' {
			end = i + 1
		}
	}
	return end
}

// yamlKind is what a plain scalar is by the core schema (10.3.2).
func yamlKind(v []byte) Kind {
	switch string(v) {
	case "", "~", "null", "Null", "NULL":
		return Null
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return Bool
	}
	digits := v
	if digits[0] == '-' || digits[0] == '+' {
		digits = digits[1:]
	}
	if jsonNumber(v) || len(digits) > 0 && digits[0]-'0' < 10 && lenientNumber(v) {
		return Number
	}
	return String
}

// block reads a literal ("|") or folded (">") scalar (8.1).
func (y *yamlReader) block(name []byte, parent int) Fault {
	from := y.pos
	folded := y.src[y.pos] == '>'
	chomp, indent := byte(0), 0
	for y.pos++; y.pos < len(y.src) && !isSpace(y.src[y.pos]); y.pos++ {
		switch c := y.src[y.pos]; {
		case c == '-' || c == '+':
			chomp = c
		case c >= '1' && c <= '9' && indent == 0:
			indent = max(parent, 0) + int(c-'0')
			if parent < 0 {
				indent = int(c - '0')
			}
		default:
			return Syntax
		}
	}
	if y.spaces(); y.pos < len(y.src) && bytes.IndexByte([]byte("#\r\n"), y.src[y.pos]) < 0 {
		return Syntax
	}
	y.nextLine()
	start := y.pos
	if indent == 0 {
		indent = blockIndent(y.src[y.pos:], parent)
	}
	end := y.pos
	for y.pos < len(y.src) {
		length, size := lineEnd(y.src[y.pos:])
		text := y.src[y.pos : y.pos+length]
		lead := len(text) - len(bytes.TrimLeft(text, " "))
		if lead < length && lead < indent || lead < length && y.ended() {
			break
		}
		y.pos += size
		y.line = y.pos
		if lead < length || chomp == '+' {
			end = y.pos
		}
	}
	last := y.src[start:end]
	if y.pos == len(y.src) && y.line == y.pos && (len(y.src) == 0 || y.src[y.pos-1] != '\n') {
		y.line = y.pos - len(lastLine(y.src))
	}
	room := y.s.Grow(len(last) + 1)
	if room == nil {
		return y.leaf(name, String, last, y.pos-from)
	}
	return y.leaf(name, String, blockText(room[:0], last, indent, folded, chomp), y.pos-from)
}

func lastLine(b []byte) []byte { return b[bytes.LastIndexByte(b, '\n')+1:] }

// blockIndent is the indentation of the first line that is not blank.
func blockIndent(src []byte, parent int) int {
	for len(src) > 0 {
		length, size := lineEnd(src)
		if text := bytes.TrimLeft(src[:length], " "); len(text) > 0 {
			return max(length-len(text), parent+1)
		}
		src = src[size:]
	}
	return parent + 1
}

// blockText undoes the indentation, the folding and the last line ends.
func blockText(out, src []byte, indent int, folded bool, chomp byte) []byte {
	breaks, begun, wasMore := 0, false, false
	for len(src) > 0 {
		length, size := lineEnd(src)
		text := src[min(indent, length):length]
		if length < indent {
			text = nil
		}
		ended := size > length
		src = src[size:]
		if len(text) == 0 {
			breaks += btoi(ended)
			continue
		}
		more := text[0] == ' ' || text[0] == '\t'
		switch {
		case !folded || !begun || more || wasMore:
			for range breaks {
				out = append(out, '\n')
			}
		default:
			out = appendFold(out, breaks)
		}
		out = append(out, text...)
		begun, wasMore, breaks = true, more, btoi(ended)
	}
	switch {
	case chomp == '+':
		for range breaks {
			out = append(out, '\n')
		}
	case chomp == 0 && begun && breaks > 0:
		out = append(out, '\n')
	}
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
