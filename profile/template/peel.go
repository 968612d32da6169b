package template

import "slices"

// identifiers takes the words out that are identifiers by their form, though not plainly enough for a label of their own: where identifiers are known to stand, or where
// there are several; and codes of capitals (DE, EUR) where there are some more. typed are the siblings that have a label, join covers them.
func identifiers(words []*word, typed []*node, join Label) (plain, ids []*word) {
	ids, plain = split(words, func(w *word) bool { return coded(w.text) || join >= Hex && w.spelling()&hasDigit != 0 })
	if len(ids) == 1 && join < Hex {
		ids, plain = nil, words
	}
	if codes, others := split(plain, (*word).capitals); len(codes) >= fewestCodes {
		ids, plain = append(ids, codes...), others
	}
	shared := continuations(ids, typed)
	constants, ids := split(ids, func(w *word) bool { return w.count >= showAfter && goesOnAlone(w, shared) })
	if len(constants) > 0 {
		plain = append(slices.Clip(plain), constants...)
		slices.SortFunc(plain, heavier)
	}
	return plain, ids
}

const fewestCodes = 3

func (w *word) capitals() bool { return len(w.text) >= 2 && w.spelling() == hasCapital }

// label is that of a parameter which takes the word.
func (w *word) label() Label {
	if w.capitals() {
		return Any
	}
	return Token
}

// peel takes the heaviest words as constants until the rest looks open, and then as far as a word stands out from the next. From the rest it rescues those that go on,
// or are written, as no sibling is. others counts the calls of siblings that are no words.
func peel(words []*word, typed []*node, others, lost uint64) (constants, rest []*word) {
	from := opensAt(words, others, lost)
	for i := from; i < len(words) && i < from+4; i++ {
		if words[i].count >= standsOut*next(words, i) && open(words[i+1:], lost) {
			from = i + 1
		}
	}
	constants, rest = slices.Clone(words[:from]), words[from:]
	if len(rest) == 0 {
		return constants, nil
	}
	shared, spelled := continuations(rest, typed), map[spelling]int{}
	for _, w := range rest {
		spelled[w.spelling()]++
	}
	rescued, rest := split(rest, func(w *word) bool {
		return w.count >= showAfter && (goesOnAlone(w, shared) || w.text != "" && spelled[w.spelling()] == 1)
	})
	return append(constants, rescued...), rest
}

// opensAt is the number of the heaviest words that must be constants for the rest to be open; all where none is.
func opensAt(words []*word, others, lost uint64) int {
	for i := range words {
		if open(words[i:], lost) {
			return i
		}
	}
	if all := weight(words) + others; all >= fewestCalls && float64(singletons(words)) >= unfinished*float64(all) {
		for i := range words {
			if unsettled(words[i:]) {
				return i
			}
		}
	}
	return len(words)
}

// Where one call in twenty will bring a new word, by Good and Turing's estimate, a set of constants is not at its end. Words that are too few to look open are taken
// together then, the heaviest left out: what comes next is one of these, not an operation that nobody ever asked for.
const (
	fewestCalls = 8
	unfinished  = .05
)

// unsettled says that the words, heaviest first, are all rare and none dominant.
func unsettled(words []*word) bool {
	total, once := weight(words), singletons(words)
	return len(words) >= 3 && once >= 2 && float64(once) >= .25*float64(total) && words[0].count*2 <= total
}

func singletons(words []*word) (once uint64) {
	for _, w := range words {
		if w.count == 1 {
			once++
		}
	}
	return once
}

func weight(words []*word) (total uint64) {
	for _, w := range words {
		total += w.count
	}
	return total
}

func calls(nodes []*node) (total uint64) {
	for _, n := range nodes {
		total += n.count
	}
	return total
}

// standsOut is how many times as often as the next one a word comes that is a constant among the values of a parameter. Where values come again by
// popularity, the first comes twice as often as the second (Zipf's law).
const standsOut = 3

func next(words []*word, i int) uint64 {
	if i+1 == len(words) {
		return 1
	}
	return max(2, words[i+1].count)
}

func split(words []*word, first func(*word) bool) (yes, no []*word) {
	for _, w := range words {
		if first(w) {
			yes = append(yes, w)
		} else {
			no = append(no, w)
		}
	}
	return yes, no
}

// open says whether the words, heaviest first, look like the values of a parameter. The thresholds were found on the templates of 60 real APIs and tried on 140
// others; more different values need a smaller share of singletons.
func open(words []*word, lost uint64) bool {
	total, once := weight(words), singletons(words)
	if lost > 0 { // more children than are kept: nothing closed has so many
		return len(words) >= maxKids/2 && words[0].count*100 <= 35*(total+lost)
	}
	if len(words) == 0 || words[0].count*100 > 35*total {
		return false
	}
	distinct, share := len(words), float64(once)/float64(total)
	return distinct >= 6 && once >= 4 && share >= .30 ||
		distinct >= 8 && once >= 4 && share >= .12 ||
		distinct >= 24 && share >= .05
}

// continuations counts by how many of the words each next word is used, and by siblings that are no words.
func continuations(words []*word, typed []*node) map[uint64]int {
	shared := map[uint64]int{}
	for _, w := range words {
		for h := range nextWords(w) {
			shared[h]++
		}
	}
	for _, n := range typed {
		for h := range n.kids {
			shared[h]++
		}
	}
	return shared
}

func nextWords(w *word) map[uint64]bool {
	next := map[uint64]bool{}
	for _, n := range w.nodes {
		for h := range n.kids {
			next[h] = true
		}
	}
	return next
}

func goesOnAlone(w *word, shared map[uint64]int) bool {
	for h := range nextWords(w) {
		if shared[h] == 1 {
			return true
		}
	}
	return false
}
