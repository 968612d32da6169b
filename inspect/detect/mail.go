package detect

// findMail reads what follows a line's end: a header of a mail (RFC 5322) or a command of SMTP or IMAP that a value for one header has no place for.
func findMail(v []byte, _ *Context, _ *summary) hit {
	if mailHeader(v) > 0 {
		return hit{} // a whole mail
	}
	lines := 0
	for i := 0; i < len(v) && lines < 64; i++ {
		if v[i] != '\n' && v[i] != '\r' {
			continue
		}
		lines++
		for i+1 < len(v) && (v[i+1] == '\n' || v[i+1] == '\r') {
			i++
		}
		rest := v[i+1:]
		if g := mailGrade(v[:i], rest, lines); g != none {
			return hit{i, min(len(v), i+1+128), g}
		}
	}
	return hit{}
}

func mailGrade(before, rest []byte, lines int) grade {
	n := mailHeader(rest)
	line := rest
	if end := indexByte(rest, '\n', 0); end >= 0 {
		line = rest[:end]
	}
	address := indexByte(line, '@', 0) > 0
	switch {
	case n > 0 && lines > 3:
		return none // further down it is a mail that someone quotes
	case n > 0 && (hasPrefixFold(rest, "bcc") || hasPrefixFold(rest, "cc")) && address:
		return certain
	case n > 0 && address && indexByte(before, '@', 0) > 0:
		return strong
	case n > 0 && (address || mailStructure(rest)):
		return likely
	case smtpCommand(line):
		return strong
	case len(before) <= 64 && proseWords(before) == 0 && mailWord(trim(line)):
		return likely
	}
	return none
}

// mailHeaders are the fields that an injection adds.
var mailHeaders = []string{"bcc", "cc", "to", "from", "subject", "reply-to", "sender", "return-path", "mime-version", "content-transfer-encoding", "x-mailer", "message-id", "resent-to"}

// mailHeader gives the length of a mail header's name and colon at the start of v.
func mailHeader(v []byte) int {
	for _, h := range mailHeaders {
		if hasPrefixFold(v, h) {
			i := skipSpace(v, len(h))
			if i < len(v) && v[i] == ':' && i+1 < len(v) {
				return i + 1
			}
		}
	}
	return 0
}

func mailStructure(v []byte) bool {
	return hasPrefixFold(v, "mime-version") || hasPrefixFold(v, "content-transfer-encoding") || hasPrefixFold(v, "subject") || hasPrefixFold(v, "x-mailer")
}

// mailWord tells a command of SMTP, POP3 or IMAP that is a word alone, or takes one: QUIT, A1 QUIT, USER x, TOP 1 10. They are written in capitals.
func mailWord(line []byte) bool {
	word, rest := line, []byte(nil)
	if sp := indexByte(line, ' ', 0); sp > 0 {
		word, rest = line[:sp], line[sp+1:]
	}
	if len(word) > 1 && len(word) < 6 && isLetter(word[0]) && isDigit(word[len(word)-1]) && len(rest) > 0 {
		word, rest = rest, nil // an IMAP tag
	}
	switch string(word) {
	case "QUIT", "DATA", "RSET", "STAT", "UIDL", "NOOP", "STLS", "STARTTLS", "CAPA", "HELP", "LOGOUT", "CAPABILITY", "EXPUNGE", "IDLE":
		return len(rest) == 0
	case "USER", "PASS", "TOP", "LIST", "AUTH", "APOP", "HELO", "EHLO":
		return len(rest) > 0 && len(rest) < 64 && proseWords(rest) == 0
	}
	return false
}

// smtpCommand tells a line of SMTP (RFC 5321) or, with its tag, of IMAP (RFC 9051).
func smtpCommand(line []byte) bool {
	if hasPrefixFold(line, "rcpt to:") || hasPrefixFold(line, "mail from:") {
		return indexByte(line, '<', 0) > 0 || indexByte(line, '@', 0) > 0
	}
	if hasPrefix(line, "EHLO ") || hasPrefix(line, "HELO ") || hasPrefix(line, "VRFY ") || hasPrefix(line, "EXPN ") || hasPrefix(line, "RETR ") || hasPrefix(line, "DELE ") {
		return true
	}
	if len(line) < 6 || !isLetter(line[0]) || !isDigit(line[1]) {
		return false
	}
	i := 1
	for i < len(line) && isDigit(line[i]) {
		i++
	}
	if i >= len(line) || line[i] != ' ' {
		return false
	}
	rest := line[i+1:]
	for _, w := range []string{"status ", "append ", "examine ", "search ", "noop", "subscribe ", "copy ", "uid ", "starttls", "lsub ", "rename ", "capability", "fetch ", "login ", "select ", "create ", "delete ", "authenticate ", "logout", "list ", "store "} {
		if hasPrefix(rest, w) || hasPrefixFold(rest, w) && rest[0] < 'a' {
			return true
		}
	}
	return false
}
