package decode

import (
	"bytes"
	"strconv"
)

// PHP reads what serialize writes (php.net/serialize): arrays and objects are Objects, an object's class is "#class"; a property's name comes without its visibility.
func PHP(src []byte, s Sink) (n int, f Fault) {
	p := phpReader{src: src, s: s}
	f = p.value(nil, 0)
	return p.pos, f
}

type phpReader struct {
	src []byte
	s   Sink
	pos int
}

// until takes what stands before the byte end, and passes that.
func (p *phpReader) until(end byte) (raw []byte, f Fault) {
	const longest = 40
	rest := p.src[p.pos:]
	i := bytes.IndexByte(rest[:min(len(rest), longest)], end)
	switch {
	case i >= 0:
		p.pos += i + 1
		return rest[:i], OK
	case len(rest) < longest:
		return nil, Cut
	}
	return nil, Syntax
}

func (p *phpReader) expect(text string) Fault {
	rest := p.src[p.pos:]
	if bytes.HasPrefix(rest, []byte(text)) {
		p.pos += len(text)
		return OK
	}
	if len(rest) < len(text) {
		return Cut
	}
	return Syntax
}

// value reads one value: a letter, ":", and what it says.
func (p *phpReader) value(name []byte, depth int) Fault {
	if p.pos+2 > len(p.src) {
		return Cut
	}
	from, kind := p.pos, p.src[p.pos]
	p.pos += 2
	if kind == 'N' && p.src[from+1] == ';' {
		return within(p.s.Leaf(name, Null, nil, 2))
	}
	if p.src[from+1] != ':' {
		return Syntax
	}
	switch kind {
	case 'a', 'O', 'C':
		if depth >= maxDepth {
			return Limit
		}
		return p.container(name, kind, depth)
	case 's', 'S', 'E':
		text, f := p.text()
		if f == OK {
			f = p.expect(";")
		}
		if f != OK {
			return f
		}
		return within(p.s.Leaf(name, textOrBytes(text), text, p.pos-from))
	case 'i', 'd', 'b', 'r', 'R':
		raw, f := p.until(';')
		if f != OK {
			return f
		}
		leaf := Number
		if kind == 'b' {
			leaf = Bool
		}
		return within(p.s.Leaf(name, leaf, raw, p.pos-from))
	}
	return Syntax
}

// text reads LENGTH:"…", whose length alone says where it ends.
func (p *phpReader) text() (text []byte, f Fault) {
	size, f := p.count()
	if f != OK {
		return nil, f
	}
	if f := p.expect(`"`); f != OK {
		return nil, f
	}
	rest := p.src[p.pos:]
	if size > len(rest) {
		return nil, Cut
	}
	p.pos += size
	return rest[:size], p.expect(`"`)
}

func (p *phpReader) count() (n int, f Fault) {
	raw, f := p.until(':')
	if f != OK {
		return 0, f
	}
	n, err := strconv.Atoi(string(raw))
	if err != nil || n < 0 {
		return 0, Syntax
	}
	return n, OK
}

// container reads an array, an object with its class, or an object that writes itself.
func (p *phpReader) container(name []byte, kind byte, depth int) Fault {
	if !p.s.Open(name, Object) {
		return Limit
	}
	if kind != 'a' {
		from := p.pos
		class, f := p.text()
		if f != OK {
			return f
		}
		if !p.s.Leaf(word(p.s, "#class"), textOrBytes(class), class, p.pos-from) {
			return Limit
		}
		if f := p.expect(":"); f != OK {
			return f
		}
	}
	members, f := p.count()
	if f != OK {
		return f
	}
	if f := p.expect("{"); f != OK {
		return f
	}
	if kind == 'C' {
		rest := p.src[p.pos:]
		if members > len(rest) {
			return Cut
		}
		p.pos += members
		if !p.s.Leaf(word(p.s, "#data"), textOrBytes(rest[:members]), rest[:members], members) {
			return Limit
		}
		members = 0
	}
	for range members {
		key, f := p.key()
		if f != OK {
			return f
		}
		if f := p.value(key, depth+1); f != OK {
			return f
		}
	}
	if p.pos < len(p.src) && p.src[p.pos] != '}' {
		p.s.Note(LengthWrong)
	}
	if f := p.expect("}"); f != OK {
		return f
	}
	p.s.Close()
	return OK
}

// key reads a member's key, a text or a number.
func (p *phpReader) key() (key []byte, f Fault) {
	rest := p.src[p.pos:]
	switch {
	case len(rest) < 2:
		return nil, Cut
	case rest[0] == 'i' && rest[1] == ':':
		p.pos += 2
		return p.until(';')
	case rest[0] == 's' && rest[1] == ':':
		p.pos += 2
		if key, f = p.text(); f != OK {
			return nil, f
		}
		if i := bytes.LastIndexByte(key, 0); i >= 0 {
			key = key[i+1:]
		}
		return key, p.expect(";")
	}
	return nil, Syntax
}

// sniffPHP asks for an array, an object or a text that ends where src does.
func sniffPHP(src []byte) bool {
	if len(src) < 6 || src[1] != ':' || src[2]-'0' >= 10 || src[0] != 'a' && src[0] != 'O' && src[0] != 'C' && src[0] != 's' {
		return false
	}
	n, f := PHP(src, discard{})
	return f == OK && n == len(src) || f != OK && src[0] == 'O' && n > 8
}
