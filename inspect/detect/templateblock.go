package detect

import "bytes"

// openBlock reads a value that is nothing but tags as engines do that need an end for every block ({% for %} … {% endfor %}, {{#each}} … {{/each}}). A block that is opened and
// not ended, or ended and not opened, is no template that anyone keeps: it breaks out of the block that the host's template is in, or makes the engine name itself in
// its error. A lone tag that brings in another template by its path reads a file for whoever wrote the value.
func openBlock(v []byte, s *summary) hit {
	if !s.has(cBrace) || len(v) > 256 || !s.hasAny(cPercent|cHash|cSlash) {
		return hit{}
	}
	b := blocks{}
	first := -1
	for i := 0; i < len(v); i++ {
		if v[i] != '{' || i+3 >= len(v) || v[i+1] != '%' && v[i+1] != '{' {
			if !b.text(v[i]) {
				return hit{}
			}
			continue
		}
		k := bytes.IndexByte(v[i+2:], '}')
		if k < 0 || v[i+1] == '%' && v[i+1+k] != '%' {
			return hit{}
		}
		if first < 0 {
			first = i
		}
		b.tag(v[i+1], trim(bytes.Trim(v[i+2:i+2+k], "%-+~ ")))
		i += 2 + k
	}
	if first >= 0 && (b.open != 0 || b.broken || b.file && b.tags == 1) {
		return hit{first, len(v), likely}
	}
	return hit{}
}

// blocks counts the blocks of a value.
type blocks struct {
	tags   int
	open   int
	broken bool // a block ended that was not open
	file   bool // another template was brought in by its path
	inWord bool
	words  int // of the text between the tags
}

// text takes a byte between the tags and tells whether there are still too few words for prose or a page.
func (b *blocks) text(c byte) bool {
	word := isAlnum(c) || c >= 0x80
	if word && !b.inWord {
		b.words++
	}
	b.inWord = word
	return b.words < 3
}

// tag takes the inside of a tag {% %} or {{ }}.
func (b *blocks) tag(mark byte, inside []byte) {
	b.tags++
	if mark == '{' {
		switch {
		case len(inside) > 1 && (inside[0] == '#' || inside[0] == '^') && isLetter(inside[1]):
			b.open++
		case len(inside) > 1 && inside[0] == '/' && isLetter(inside[1]):
			b.end()
		}
		return
	}
	word := inside[:identEnd(inside, 0)]
	rest := trim(inside[len(word):])
	switch {
	case hasPrefixFold(word, "end"):
		b.end()
	case blockWord(word) && (!equalFold(word, "block") || bytes.IndexByte(rest, ' ') < 0): // {% block title "Home" %} ends itself
		b.open++
	case equalFold(word, "include"), equalFold(word, "extends"), equalFold(word, "import"), equalFold(word, "from"):
		b.file = b.file || len(rest) > 2 && (rest[0] == '\'' || rest[0] == '"') && bytes.ContainsAny(rest, "./")
	}
}

func (b *blocks) end() {
	if b.open--; b.open < 0 {
		b.broken = true
	}
}

// blockWord tells the tags of Jinja, Twig, Django, Liquid and Tornado that need an end.
func blockWord(word []byte) bool {
	for _, w := range [...]string{"for", "if", "block", "macro", "call", "raw", "verbatim", "autoescape", "unless", "case", "capture", "tablerow", "while", "try", "embed", "sandbox", "spaceless"} {
		if equalFold(word, w) {
			return true
		}
	}
	return false
}
