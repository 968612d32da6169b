package detect

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// hidden gives the first detector that finds something in v although the reject leaves it asleep, or nil.
func hidden(v []byte, c *Context) *detector {
	s := summarise(v)
	awake := s.awake()
	for i := range detectors {
		d := &detectors[i]
		if awake>>i&1 == 1 && d.joined(&s) {
			continue
		}
		if d.find(v, c, &s).grade != none {
			return d
		}
	}
	return nil
}

// vocabularyOf has every word and piece of text that a detector compares values with: a fuzzer that knows no words seldom writes one.
func vocabularyOf() (all []string) {
	for _, words := range [][]string{lexicon.words, sqlKeywords.words, sqlRisks.words, shellCommands.words, shellOptions[:], xsltReaches, gadgets[:]} {
		all = append(all, words...)
	}
	for _, c := range codeCalls {
		all = append(all, c.name)
	}
	for _, r := range slices.Concat(templateReaches[:], reach[:]) {
		all = append(all, r.text)
	}
	return all
}

// TestRejectHidesNoMutant holds invariant 2 on cases that were cut, and mixed with words and marks; FuzzReject does so on whatever bytes the coverage leads to.
func TestRejectHidesNoMutant(t *testing.T) {
	mutants := 400_000
	if testing.Short() {
		mutants = 40_000
	}
	m := mutator{rand.New(rand.NewPCG(1, 2)), readCases(t), vocabularyOf()}
	pick := func(of ...string) string { return of[m.IntN(len(of))] }
	for range mutants {
		v := m.mutant()
		c := Context{
			Where: Where(m.IntN(5)), Name: []byte(pick("", "", "q", "system", "%", "alg", "kid", "select", "filename", "constructor", "@type", "url")),
			Format: pick("", "json", "yaml", "xml", "form"), Key: m.IntN(8) == 0, Whole: m.IntN(3) == 0,
		}
		if d := hidden(v, &c); d != nil {
			t.Fatalf("%s is hidden in %q, %+v", d.class, v, c)
		}
		if Quiet(v) && len(Run(nil, v, &c)) > 0 {
			t.Fatalf("%q is not quiet", v)
		}
	}
}

// What most keys and numbers are made of is quiet: a detector that any digit, letter or dash wakes would cost every value a look-up.
func TestQuiet(t *testing.T) {
	for v, want := range map[string]bool{"A1234-56": true, "2026-11-28": true, "42": true, "select": false, "a.b": false, "0123456789abcdef": false} {
		if Quiet([]byte(v)) != want {
			t.Errorf("%q: quiet %v, want %v", v, !want, want)
		}
	}
}

type mutator struct {
	*rand.Rand
	cases []testCase
	words []string
}

// mutant is a piece of a case or a few words, with up to three changes.
func (m *mutator) mutant() (v []byte) {
	if m.IntN(6) == 0 {
		for range 1 + m.IntN(3) {
			v = append(append(v, m.words[m.IntN(len(m.words))]...), m.mark())
		}
	} else {
		v = m.cases[m.IntN(len(m.cases))].value
		v = slices.Clone(v[:min(len(v), 200)])
	}
	if m.IntN(6) == 0 {
		i, j := m.IntN(len(v)+1), m.IntN(len(v)+1)
		v = v[min(i, j):max(i, j)]
	}
	for range m.IntN(4) {
		i := m.IntN(len(v) + 1)
		switch m.IntN(4) {
		case 0:
			v = slices.Delete(v, i, min(len(v), i+1))
		case 1:
			v = slices.Insert(v, i, m.mark())
		case 2:
			v = slices.Replace(v, i, min(len(v), i+1), m.mark())
		case 3:
			v = slices.Insert(v, i, []byte(m.words[m.IntN(len(m.words))])...)
		}
	}
	return v
}

func (m *mutator) mark() byte {
	const marks = "abcdeiorsnxSELECT0123456789 ;|&'\"`$(){}[]<>=+-*/\\%#@!?:.,_~^\n\r\t\x00\x80\xc2\xa0"
	return marks[m.IntN(len(marks))]
}
