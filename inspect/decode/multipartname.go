package decode

import "bytes"

// partName looks through a part's header for its name. form: it is a part of a form; names: how many names it has.
func partName(src []byte, s Sink) (name []byte, form bool, names int) {
	for n := 0; n < len(src); {
		f := nextField(src[n:])
		if f.name == nil {
			break
		}
		n += f.size
		if !bytes.EqualFold(f.name, []byte("content-disposition")) {
			continue
		}
		v := f.text(s)
		kind, rest, _ := bytes.Cut(v, []byte(";"))
		form = form || bytes.EqualFold(bytes.TrimSpace(kind), []byte("form-data"))
		for {
			p, tail, ok := nextParameter(rest)
			if !ok {
				break
			}
			rest = tail
			switch {
			case bytes.EqualFold(p.name, []byte("name")):
				if names++; names == 1 {
					name = p.text(s)
				}
			case bytes.EqualFold(p.name, []byte("name*")):
				names++
			}
		}
	}
	return name, form, names
}

// headerTwice tells whether a part has two lines of one name among those that must come once.
func headerTwice(src []byte) bool {
	seen := 0
	for n := 0; n < len(src); {
		f := nextField(src[n:])
		if f.name == nil {
			break
		}
		n += f.size
		bit := 0
		switch {
		case bytes.EqualFold(f.name, []byte("content-disposition")):
			bit = 1
		case bytes.EqualFold(f.name, []byte("content-type")):
			bit = 2
		case bytes.EqualFold(f.name, []byte("content-transfer-encoding")):
			bit = 4
		}
		if seen&bit != 0 {
			return true
		}
		seen |= bit
	}
	return false
}

// otherBoundary tells whether a body that is not multipart itself holds a line like a boundary with a part's header behind it: another reader might split there.
func otherBoundary(body []byte) bool {
	for {
		i := bytes.Index(body, []byte("\n--"))
		if i < 0 {
			return false
		}
		body = body[i+1:]
		_, size := lineEnd(body)
		if contentHeader(body[size:]) {
			return true
		}
		body = body[size-1:]
	}
}

// contentHeader tells whether src begins with a header line Content-….
func contentHeader(src []byte) bool {
	const begins = "content-"
	if len(src) < len(begins) || !bytes.EqualFold(src[:len(begins)], []byte(begins)) {
		return false
	}
	length, _ := lineEnd(src)
	return bytes.IndexByte(src[:length], ':') > 0
}

// sniffMultipart asks for a boundary line at the beginning with a part's header behind it, Content-… among it.
func sniffMultipart(src []byte) bool {
	if bytes.HasPrefix(src, []byte("\r\n")) {
		src = src[2:]
	}
	length, size := lineEnd(src)
	if length < 3 || length > boundaryMost || src[0] != '-' || src[1] != '-' || size == length {
		return false
	}
	for n, lines := size, 0; n < len(src) && lines < 20; lines++ {
		if contentHeader(src[n:]) {
			return true
		}
		f := nextField(src[n:])
		if f.name == nil || f.malformed {
			return false
		}
		n += f.size
	}
	return false
}
