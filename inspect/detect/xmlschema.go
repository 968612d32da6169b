package detect

import "bytes"

// schemaElsewhere finds an element that has little to say but where to fetch its schema (XML Schema 1.0, 4.3.2): xsi:schemaLocation="http://a.example/ http://b.other/x.xsd". A parser
// that follows it calls a host of the sender's choice. Documents name the place where their namespace's owner keeps it.
func schemaElsewhere(v []byte) hit {
	const most = 512
	at := indexFold(v, "schemalocation=")
	if at < 0 || len(v) > most || v[0] != '<' {
		return hit{}
	}
	r := dtdReader{v: v, pos: at + len("schemalocation=")}
	text, ok := r.literal()
	if !ok {
		return hit{}
	}
	for fields := bytes.Fields(text); len(fields) > 1; fields = fields[2:] {
		namespace, location := schemaHost(fields[0]), schemaHost(fields[1])
		if namespace != nil && location != nil && !bytes.Equal(namespace, location) {
			return hit{at, r.pos, likely}
		}
	}
	return hit{}
}

// schemaHost gives the last two labels of a URL's host, or nil.
func schemaHost(url []byte) []byte {
	if !hasPrefixFold(url, "http://") && !hasPrefixFold(url, "https://") {
		return nil
	}
	a, ok := readAuthority(url, 0, bytes.IndexByte(url, ':')+1)
	if !ok {
		return nil
	}
	if k := bytes.LastIndexByte(a.host, '.'); k > 0 {
		return a.host[bytes.LastIndexByte(a.host[:k], '.')+1:]
	}
	return a.host
}
