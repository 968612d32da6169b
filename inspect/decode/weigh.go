package decode

// weigher is a Sink that weighs what a reader without a mark of its own makes of some bytes: by how many bits they are likelier such a document than chance. Names and
// texts speak for it; a name that is no text, or bytes, do not.
type weigher struct {
	discard
	bits, odd int
	room      [64]byte
}

// Open implements Sink.
func (w *weigher) Open(name []byte, _ Kind) bool {
	w.name(name)
	w.bits++
	return w.odd < 8
}

// Leaf implements Sink.
func (w *weigher) Leaf(name []byte, kind Kind, value []byte, _ int) bool {
	w.name(name)
	if kind == String && len(value) > 0 {
		if plainText(value[:min(len(value), 256)]) || len(value) > 256 {
			w.bits += 3 + min(len(value)*3/2, 24)
		} else {
			w.bits += 2
		}
	}
	if kind == Bytes {
		w.bits += min(len(value)/8, 2)
	}
	return w.odd < 8
}

// Note implements Sink.
func (w *weigher) Note(a Ambiguity) {
	if a == KeyKind || a == LongForm {
		w.bits -= 3
	}
}

// Grow implements Sink: numbers and their like are written where the next ones overwrite them.
func (w *weigher) Grow(n int) []byte {
	if n > len(w.room) {
		return nil
	}
	return w.room[:n]
}

func (w *weigher) name(name []byte) {
	switch {
	case name == nil:
	case plainText(name) && len(name) > 0:
		w.bits += 3 + min(len(name)*3/2, 16)
	default:
		w.odd++
		w.bits -= 6
	}
}

// believable is where chance would have to be lucky once in some ten thousand times.
func (w *weigher) believable() bool { return w.bits >= 10 && w.odd < 8 }
