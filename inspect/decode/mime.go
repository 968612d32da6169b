package decode

import "bytes"

// MIME reads a mail (RFC 5322) or an HTTP message (RFC 9112): "#start" where there is a request or status line, each header line as "@name", and "#body".
func MIME(src []byte, s Sink) (n int, f Fault) {
	if length, size := lineEnd(src); startLine(src[:length]) {
		if !s.Leaf(word(s, "#start"), String, src[:length], size) {
			return 0, Limit
		}
		n = size
	}
	fields, coding := 0, Format(0)
	for n < len(src) {
		line := nextField(src[n:])
		if line.name == nil {
			body := src[n+line.size:]
			n += line.size
			if fields == 0 {
				return n, Syntax
			}
			return len(src), within(said(s, coding, word(s, "#body"), body, len(body)))
		}
		name, value := at(s, line.name), line.text(s)
		if line.value == nil { // no ":"
			name, value = word(s, "@"), line.name
		}
		if !s.Leaf(name, String, value, line.size) {
			return n, Limit
		}
		if line.folded {
			s.Note(HeaderFolded)
		}
		if line.malformed {
			s.Note(HeaderMalformed)
		}
		if said, is := line.transferCoding(); is {
			coding = said
		}
		fields++
		n += line.size
	}
	if fields == 0 {
		return 0, Syntax
	}
	return n, OK
}

// startLine tells whether a line is HTTP's first: "GET /a HTTP/1.1" or "HTTP/1.1 200 OK".
func startLine(line []byte) bool {
	if bytes.HasPrefix(line, []byte("HTTP/")) {
		return len(line) > 12 && line[8] == ' '
	}
	i := bytes.LastIndex(line, []byte(" HTTP/"))
	space := bytes.IndexByte(line, ' ')
	return space > 0 && i > space && len(line)-i <= len(" HTTP/1.1") && token(line[:space])
}

// sniffMIME asks for a start line of HTTP and a header line, or for two header lines that mails have and an empty line behind the header.
func sniffMIME(src []byte) bool {
	length, size := lineEnd(src)
	start := startLine(src[:length])
	n, known, lines := 0, 0, 0
	if start {
		n = size
	}
	for n < len(src) && lines < 100 {
		f := nextField(src[n:])
		if f.name == nil {
			return start && lines > 0 || known >= 2
		}
		if f.malformed {
			return false
		}
		if mailHeader(f.name) {
			known++
		}
		lines++
		n += f.size
	}
	return start && lines > 0
}

func mailHeader(name []byte) bool {
	return anyFold(name, "from", "to", "cc", "subject", "date", "message-id", "received", "return-path", "reply-to", "sender", "mime-version", "content-type",
		"content-transfer-encoding", "dkim-signature", "delivered-to", "in-reply-to", "references", "user-agent", "x-mailer", "content-disposition", "bcc")
}
