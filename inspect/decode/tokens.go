package decode

import "bytes"

// Lists, log lines, settings and sentences carry words in base64: "v1.<word>.<signature>", "cmd=<word>", "a|b|<word>"; SQL has texts as hexadecimal digits. Which mark stands
// between words does not matter: a run of base64's letters, or of digits, that is long and makes far more sense undone than as it is, is one.

// tokenLeast is how long a run must be, surely how many bits of evidence it must have: a text has many runs.
const (
	tokenLeast = 16
	surely     = 20 * unit
	tokensMost = 64
)

// nextRun returns where the first run lies that is long enough, with its padding, looking from place i on; to is 0 where there is none.
func nextRun(src []byte, i int) (from, to int) {
	for i < len(src) {
		if !base64Letter(src[i]) {
			i += tokenLeast
			continue
		}
		from, to = i, i+1
		for from > 0 && base64Letter(src[from-1]) {
			from--
		}
		for to < len(src) && base64Letter(src[to]) {
			to++
		}
		for pad := 0; pad < 2 && to < len(src) && src[to] == '='; pad++ {
			to++
		}
		if to-from >= tokenLeast {
			return from, to
		}
		i = to + tokenLeast - 1
	}
	return 0, 0
}

// nextToken returns where in src the first run of base64 begins that is worth opening, and its length, 0 for none.
func nextToken(src []byte) (from, size int) {
	for i := tokenLeast - 1; ; {
		from, to := nextRun(src, i)
		if to == 0 {
			return 0, 0
		}
		if tokenSense(src[from:to]) {
			return from, to - from
		}
		i = to + tokenLeast - 1
	}
}

func base64Letter(c byte) bool { return base64Class[c]-1 < 3 }

// tokenSense says whether the beginning of a run is text in hexadecimal digits, or text or gzip in base64.
func tokenSense(run []byte) bool {
	var room GuessRoom
	if hexRun(run) {
		head := run[:min(len(run)&^1, 2*guessed)]
		inner, ok := undo(FormatHex, head, &room)
		return ok && len(inner) > 0 && sense(inner, head, surely)
	}
	if !sniffBase64(run) {
		return false
	}
	head := run[:min(len(run), guessed/3*4)]
	inner, ok := undo(FormatBase64, head, &room)
	if !ok || len(inner) == 0 {
		return false
	}
	return bytes.HasPrefix(inner, []byte("\x1f\x8b\x08")) || sense(inner, head, surely)
}

// hexRun says whether all of run is pairs of hexadecimal digits, "0x" before them or not.
func hexRun(run []byte) bool {
	if run[0] == '0' && run[1] == 'x' {
		run = run[2:]
	}
	for _, c := range run {
		if hexValue[c] < 0 {
			return false
		}
	}
	return len(run)%2 == 0
}

// fitsTokens gives up a short text that has no run that is long enough, and one without capitals that has none of hexadecimal digits.
func fitsTokens(src []byte, has uint64) bool {
	switch {
	case has&(bitUpper|bitHexUpper) == 0:
		return digitRun(src)
	case len(src) > letterSample:
		return true
	}
	_, to := nextRun(src, tokenLeast-1)
	return to > 0
}

// digitRun says whether src has tokenLeast hexadecimal digits in a row.
func digitRun(src []byte) bool {
	for end := tokenLeast - 1; end < len(src); {
		from := end
		for from > end-tokenLeast && hexValue[src[from]] >= 0 {
			from--
		}
		if from == end-tokenLeast {
			return true
		}
		end = from + tokenLeast
	}
	return false
}

// sniffTokens says whether src has a run of base64 in it, but is none as a whole.
func sniffTokens(src []byte) bool {
	_, size := nextToken(src)
	return size > 0 && size < len(src)
}

// Tokens reads the runs of base64 and of hexadecimal digits in a text, each an element.
func Tokens(src []byte, s Sink) (int, Fault) {
	if !s.Open(nil, Array) {
		return 0, Limit
	}
	n := 0
	for range tokensMost {
		from, size := nextToken(src[n:])
		if size == 0 {
			break
		}
		if !s.Leaf(nil, String, src[n+from:n+from+size], size) {
			return n, Limit
		}
		n += from + size
	}
	s.Close()
	return len(src), OK
}
