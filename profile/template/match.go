package template

import "strings"

// Match returns the template of a path given by its segments with percent escapes undone, or nil. Constants go before parameters.
func (c *Templates) Match(segments [][]byte) *Template {
	if len(segments) > maxSegments {
		segments = segments[:maxSegments]
	}
	return c.match(c.root, segments)
}

func (c *Templates) match(s *step, rest [][]byte) *Template {
	if len(rest) == 0 {
		return s.ends
	}
	label := LabelOf(rest[0])
	if label == Word && len(s.constants) > 0 {
		if next := s.constant(c.hash(rest[0])); next != nil {
			if found := c.match(next, rest[1:]); found != nil {
				return found
			}
		}
	}
	if p := s.parameter; p != nil && (p.label.covers(label) || p.label == Token && label == Word && mayBeToken(rest[0])) {
		return c.match(p, rest[1:])
	}
	return nil
}

// Labelled writes a path as it is known before any template is: identifiers by their label, words as they are.
func Labelled(segments [][]byte) string {
	if len(segments) == 0 {
		return "/"
	}
	var b strings.Builder
	for i, s := range segments {
		b.WriteByte('/')
		if i == maxSegments {
			b.WriteString(Any.String())
			break
		}
		if l := LabelOf(s); l != Word {
			b.WriteString(l.String())
		} else {
			b.WriteString(escape(string(s)))
		}
	}
	return b.String()
}
