package detect

import (
	"maps"
	"slices"
	"strings"
)

// wordTable looks words up in any case, without a copy and without hashing all of their bytes: three of their bytes and the length lead to the few words that share them.
type wordTable[V any] struct {
	heads  [1 << 11]uint16 // by wordHash: the first word there, counted from 1; 0 is none
	next   []uint16        // the next word with the same hash
	words  []string        // in lower case
	values []V
}

func newWordTable[V any](of map[string]V) *wordTable[V] {
	t := &wordTable[V]{}
	for _, word := range slices.Sorted(maps.Keys(of)) {
		h := wordHash([]byte(word))
		t.words, t.values, t.next = append(t.words, word), append(t.values, of[word]), append(t.next, t.heads[h])
		t.heads[h] = uint16(len(t.words)) //nolint:gosec // a few thousand
	}
	return t
}

// of gives the value of word, or the zero value.
func (t *wordTable[V]) of(word []byte) (v V) {
	if len(word) == 0 {
		return v
	}
	for i := t.heads[wordHash(word)]; i != 0; i = t.next[i-1] {
		if equalFold(word, t.words[i-1]) {
			return t.values[i-1]
		}
	}
	return v
}

// wordHash is the same for a word in any case; word has a byte or more.
func wordHash(word []byte) uint {
	first, middle, last := uint(word[0]|0x20), uint(word[len(word)/2]|0x20), uint(word[len(word)-1]|0x20)
	return (first*41 + middle*331 + last*1237 + uint(len(word))*2971) % (1 << 11)
}

// byWord turns lists of words into a look-up. A word has one meaning: a second would win by chance.
func byWord[V comparable](lists map[V]string) *wordTable[V] {
	of := map[string]V{}
	for v, words := range lists {
		for w := range strings.FieldsSeq(words) {
			if _, twice := of[w]; twice {
				panic("detect: listed twice: " + w)
			}
			of[w] = v
		}
	}
	return newWordTable(of)
}

// equalFold tells whether v is the word w, which is in lower case ASCII; letters of v count in any case.
func equalFold(v []byte, w string) bool {
	if len(v) != len(w) {
		return false
	}
	for i := range len(w) {
		b := v[i]
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		if b != w[i] {
			return false
		}
	}
	return true
}
