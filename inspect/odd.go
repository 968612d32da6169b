package inspect

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"postern/inspect/decode"
)

// characters notes what is odd in the characters of value i, wherever it stands. Bytes that are not text have none, but in JSON, where all must be text.
func (w *walk) characters(i int32, v []byte) {
	f := w.tree.Nodes[i].in
	json := f == decode.FormatJSON || f == decode.FormatNDJSON
	if !json && !decode.Text(v) {
		return
	}
	w.last = i
	high := false
	for k, c := range v {
		switch {
		case c == 0:
			w.Note(decode.NUL)
		case c == '\r' && (k+1 == len(v) || v[k+1] != '\n'):
			w.Note(decode.BareCR)
		case c == 0xe2 && k+2 < len(v) && (v[k+1] == 0x80 && v[k+2] >= 0xaa && v[k+2] <= 0xae || v[k+1] == 0x81 && v[k+2] >= 0xa6 && v[k+2] <= 0xa9):
			w.Note(decode.Bidi)
		case c >= utf8.RuneSelf:
			high = true
		}
	}
	if high && json && w.tree.Nodes[i].Layer == 0 && !utf8.Valid(v) {
		w.Note(decode.BadUTF8) // RFC 8259 §8.1
	}
}

// noteHeader notes at the line just added what makes two servers read one request differently (RFC 9110, RFC 9112 §6.3).
func (w *walk) noteHeader(m *Message, k int) {
	h := &m.Header[k]
	for _, c := range h.Name {
		if !tokenByte(c) {
			w.Note(decode.HeaderName)
			break
		}
	}
	if !decode.Printable(h.Value) {
		for _, c := range h.Value {
			if c < ' ' && c != '\t' || c == 0x7f {
				w.Note(decode.HeaderSpecial)
				break
			}
		}
	}
	switch string(h.Name) {
	case "content-type":
		w.twice(m, k, decode.TypeTwice)
		w.noteType(h.Value)
	case "authorization":
		w.twice(m, k, decode.HeaderTwice)
		if joined(h.Value, ' ') {
			w.Note(decode.HeaderTwice)
		}
	case "from", "referer", "user-agent", "if-modified-since", "max-forwards", "range":
		w.twice(m, k, decode.HeaderTwice)
	case "content-length":
		w.noteLength(m, k)
	case "host":
		if len(m.Host) > 0 && !bytes.EqualFold(m.Host, h.Value) {
			w.Note(decode.HostTwo)
		}
		w.twice(m, k, decode.HeaderTwice)
	case "x-http-method-override", "x-http-method", "x-method-override":
		w.Note(decode.MethodTunnel)
	case "connection":
		if namesOthers(h.Value) {
			w.Note(decode.HopByHop)
		}
	}
}

// Envoy joins lines of which there should be one by a comma before we or the application see them; what another proxy hands on is two lines.

// joined says whether v is two values of a line that has one: outside quotes there is a comma, and behind it a token with mark at its end, as a value begins. The commas
// of a list of parameters (Digest) are none.
func joined(v []byte, mark byte) bool {
	if bytes.IndexByte(v, ',') < 0 {
		return false
	}
	quoted := false
	for i, c := range v {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			rest := bytes.TrimLeft(v[i+1:], " \t")
			n := 0
			for n < len(rest) && tokenByte(rest[n]) {
				n++
			}
			if n > 0 && n < len(rest) && rest[n] == mark {
				return true
			}
		}
	}
	return false
}

// noteType notes what is said twice in a Content-Type: the type, or one of its parameters.
func (w *walk) noteType(v []byte) {
	if joined(v, '/') {
		w.Note(decode.TypeTwice)
	}
	first := bytes.IndexByte(v, ';')
	if first < 0 || bytes.IndexByte(v[first+1:], ';') < 0 {
		return
	}
	var seen [4][]byte
	count := 0
	for rest := v[first+1:]; len(rest) > 0; {
		end, quoted := 0, false
		for end < len(rest) && (quoted || rest[end] != ';') {
			quoted = quoted != (rest[end] == '"')
			end++
		}
		name, _, _ := bytes.Cut(rest[:end], []byte("="))
		name = bytes.TrimSpace(name)
		rest = rest[min(end+1, len(rest)):]
		for _, other := range seen[:count] {
			if len(name) > 0 && bytes.EqualFold(name, other) {
				w.Note(choose(bytes.EqualFold(name, []byte("boundary")), decode.BoundaryTwo, decode.TypeTwice))
			}
		}
		if count < len(seen) {
			seen[count] = name
			count++
		}
	}
}

func choose(which bool, yes, no decode.Ambiguity) decode.Ambiguity {
	if which {
		return yes
	}
	return no
}

// twice notes a line whose name came before with another value, or at all.
func (w *walk) twice(m *Message, k int, a decode.Ambiguity) {
	for j := range k {
		if bytes.Equal(m.Header[j].Name, m.Header[k].Name) {
			w.Note(a)
			return
		}
	}
}

func (w *walk) noteLength(m *Message, k int) {
	n, err := strconv.ParseInt(string(m.Header[k].Value), 10, 64)
	if m.Get("transfer-encoding") != nil || err != nil || n < 0 {
		w.Note(decode.LengthTwo)
		return
	}
	for j := range k {
		if string(m.Header[j].Name) == "content-length" && !bytes.Equal(m.Header[j].Value, m.Header[k].Value) {
			w.Note(decode.LengthTwo)
		}
	}
	if len(m.Body) > 0 && !m.Cut && n != int64(len(m.Body)) {
		w.Note(decode.LengthLie)
	}
}

// namesOthers says whether a Connection line names header lines that a proxy would then drop.
func namesOthers(v []byte) bool {
	for list, more := v, true; more; {
		var one []byte
		one, list, more = bytes.Cut(list, []byte(","))
		one = bytes.TrimSpace(one)
		known := len(one) == 0
		for _, usual := range [...]string{"close", "keep-alive", "upgrade", "te", "http2-settings"} {
			known = known || bytes.EqualFold(one, []byte(usual))
		}
		if !known {
			return true
		}
	}
	return false
}

// tokenByte says whether c is tchar of RFC 9110 §5.6.2; a colon begins a pseudo header, which is none of the sender's lines.
func tokenByte(c byte) bool { return tokenBytes[c] }

var tokenBytes = func() (t [256]bool) {
	for c := range t {
		alphanumeric := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
		t[c] = alphanumeric || c < utf8.RuneSelf && strings.IndexByte("!#$%&'*+-.^_`|~", byte(c)) >= 0
	}
	return t
}()
