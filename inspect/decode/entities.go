package decode

import (
	"bytes"
	"html"
	"unicode/utf8"
)

// sniffEntities says whether src holds a character reference: a known name with its semicolon, or a number; or without semicolons both brackets of a tag.
func sniffEntities(src []byte) bool {
	less, greater := false, false
	for {
		i := bytes.IndexByte(src, '&')
		if i < 0 {
			return false
		}
		src = src[i:]
		if r, n := entity(src); n > 0 && r.n > 0 {
			if src[1] == '#' || src[n-1] == ';' {
				return true
			}
			less, greater = less || r.bytes[0] == '<', greater || r.bytes[0] == '>'
			if less && greater {
				return true
			}
		}
		src = src[1:]
	}
}

// escapedQuote says whether field begins with the reference of a quote and is no reference from end to end: HTML escaped what quoted it. That is to be undone first, for
// what is quoted may hold what ends a field.
func escapedQuote(field []byte) bool {
	r, n := entity(field)
	if n == 0 || r.bytes[0] != '"' || field[n-1] != ';' {
		return false
	}
	for len(field) > 0 {
		if field[0] == '&' {
			if _, n := entity(field); n > 0 {
				field = field[n:]
				continue
			}
		}
		if isWord(field[0]) {
			return true
		}
		field = field[1:]
	}
	return false
}

// glyph is what a character reference stands for: at most two characters.
type glyph struct {
	bytes [8]byte
	n     int
}

func (r *glyph) name() []byte { return r.bytes[:r.n] }

// longestEntity is &CounterClockwiseContourIntegral;.
const longestEntity = 33

// entity reads the reference that src begins with and returns how many bytes it takes, 0 for none.
func entity(src []byte) (r glyph, n int) {
	if len(src) < 3 {
		return r, 0
	}
	if src[1] == '#' {
		return numericEntity(src)
	}
	head := src[:min(len(src), longestEntity)]
	end := bytes.IndexByte(head, ';')
	if end < 3 {
		return openEntity(src)
	}
	for _, c := range head[1:end] {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if c < '0' || c > '9' {
				return openEntity(src)
			}
		}
	}
	switch string(head[1:end]) {
	case "amp":
		r.set("&")
	case "lt":
		r.set("<")
	case "gt":
		r.set(">")
	case "quot":
		r.set(`"`)
	case "apos":
		r.set("'")
	default:
		text := html.UnescapeString(string(head[:end+1]))
		if text[len(text)-1] == ';' && text[0] == '&' || len(text) > end {
			return openEntity(src)
		}
		r.set(text)
	}
	return r, end + 1
}

// openEntities are the names that browsers read without their semicolon too and that change how a text is read; the others of the hundred are letters.
var openEntities = [...]struct{ name, text string }{{"&lt", "<"}, {"&gt", ">"}, {"&quot", `"`}, {"&amp", "&"}, {"&LT", "<"}, {"&GT", ">"}, {"&QUOT", `"`}, {"&AMP", "&"}}

// openEntity reads a reference without its semicolon. Where a name and "=" follow it is a parameter of a query ("&gtm=1", "&lt=1"), much as in attributes (WHATWG HTML
// §13.2.5.73). Where the semicolon is there but in percent, that is to be undone first.
func openEntity(src []byte) (r glyph, n int) {
	for i := range openEntities {
		name := openEntities[i].name
		if len(src) < len(name) || string(src[:len(name)]) != name {
			continue
		}
		end := len(name)
		for end < len(src) && end < longestEntity && isWord(src[end]) {
			end++
		}
		rest := src[end:]
		if len(rest) > 0 && (rest[0] == '=' || end == len(name) && (escapedSemicolon(rest) || rest[0] == '&' && !bytes.HasPrefix(rest, []byte("&#")))) {
			return r, 0
		}
		r.set(openEntities[i].text)
		return r, len(name)
	}
	return r, 0
}

func escapedSemicolon(src []byte) bool {
	return len(src) > 2 && src[0] == '%' && src[1] == '3' && src[2]|0x20 == 'b'
}

func (r *glyph) set(s string) { r.n = copy(r.bytes[:], s) }

// numericEntity reads &#39; &#x27; and, as browsers do, both without the semicolon.
func numericEntity(src []byte) (r glyph, n int) {
	i, base := 2, rune(10)
	if src[i]|0x20 == 'x' {
		i, base = 3, 16
	}
	start, c := i, rune(0)
	for ; i < len(src); i++ {
		d := rune(hexValue[src[i]])
		if d < 0 || d >= base {
			break
		}
		if c = c*base + d; c > utf8.MaxRune {
			c = utf8.MaxRune + 1
		}
	}
	if i == start {
		return r, 0
	}
	switch {
	case c >= 0x80 && c < 0xa0:
		r.set(html.UnescapeString(string(src[:i]) + ";")) // windows-1252, as the standard has it
	default:
		r.n = utf8.EncodeRune(r.bytes[:], c)
	}
	if i < len(src) && src[i] == ';' {
		i++
	}
	return r, i
}

// Entities undoes the character references of HTML once.
func Entities(src []byte, s Sink) (int, Fault) {
	dst := s.Grow(len(src) + 8)
	if dst == nil {
		return 0, Limit
	}
	out, open, rest := dst[:0], false, src
	for len(rest) > 0 {
		i := bytes.IndexByte(rest, '&')
		if i < 0 {
			break
		}
		out = append(out, rest[:i]...)
		rest = rest[i:]
		r, n := entity(rest)
		if n == 0 {
			out, rest = append(out, '&'), rest[1:]
			continue
		}
		open = open || rest[n-1] != ';'
		out, rest = append(out, r.name()...), rest[n:]
	}
	out = append(out, rest...)
	if !s.Leaf(nil, String, out, len(src)) {
		return 0, Limit
	}
	if open {
		s.Note(EntityOpen)
	}
	return len(src), OK
}
