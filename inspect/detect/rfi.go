package detect

import "bytes"

// findRFI reads a value as the argument of include: a URL of a script on a host without a name, or one that cuts off what the program appends (? or NUL).
func findRFI(v []byte, _ *Context, s *summary) hit {
	if !s.has(cColon | cSlash) {
		return hit{}
	}
	var best hit
	for i := 0; i+3 < len(v) && best.grade < strong; i++ {
		k := bytes.Index(v[i:], []byte("://"))
		if k < 0 {
			break
		}
		i += k
		from := i
		for from > 0 && i-from < 8 && isLetter(v[from-1]) {
			from--
		}
		if scheme := v[from:i]; !equalFold(scheme, "http") && !equalFold(scheme, "https") && !equalFold(scheme, "ftp") && !equalFold(scheme, "ftps") {
			continue
		}
		a, ok := readAuthority(v, from, i+1)
		if !ok {
			continue
		}
		path, cut := urlPath(a.rest[:min(len(a.rest), 256)])
		ext := scriptExtension(path)
		switch {
		case ext && cut, ext && a.literal && ipPlace(a.ip) == placeElsewhere, ext && looksV6(v[a.hostAt:]):
			best = hit{from, a.to + len(path), strong}
		case cut && bytes.IndexByte(a.rest, 0) >= 0:
			best = hit{from, a.to + len(path), strong}
		case ext && hasPrefixFold(v[from:i], "ftp") && containsAny(path, ".php", ".phtml", ".asp", ".jsp"):
			best = best.or(hit{from, a.to + len(path), likely}) // programs are not fetched so
		case ext && containsAny(path, "shell", "c99", "r57", "backdoor", "cmd.", "evil", "exploit"):
			best = best.or(hit{from, a.to + len(path), likely})
		}
	}
	return best
}

// urlPath gives the path of what follows an authority, and whether it ends in a bare ? or NUL.
func urlPath(rest []byte) (path []byte, cut bool) {
	for i, c := range rest {
		switch {
		case c == '?':
			return rest[:i], i+1 >= len(rest) || rest[i+1] == '?' || containsAny(rest[i+1:min(len(rest), i+12)], "cmd=", "cmd =")
		case c == 0:
			return rest[:i], true
		case c == '#' || c <= ' ' || c == '"' || c == '\'' || c == '<':
			return rest[:i], false
		}
	}
	return rest, false
}

func scriptExtension(path []byte) bool {
	k := bytes.LastIndexByte(path, '.')
	if k < 0 {
		return false
	}
	for _, s := range [...]string{"php", "php3", "php5", "phtml", "txt", "inc", "asp", "aspx", "jsp", "pl", "cgi", "gif", "jpg", "dat"} {
		if equalFold(path[k+1:], s) {
			return s != "gif" && s != "jpg"
		}
	}
	return false
}

// looksV6 tells an IPv6 address written without its brackets.
func looksV6(v []byte) bool {
	colons := 0
	for i, c := range v {
		switch {
		case c == ':':
			colons++
		case c == '/':
			return colons >= 3 && i > 6
		case hexDigit(c) < 0 && c != '[' && c != ']':
			return false
		}
	}
	return false
}
