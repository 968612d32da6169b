package detect

import "bytes"

// findOpenRedirect reads a value as a browser reads a Location: what looks like a path or a trusted host to a careless check leads elsewhere.
// An absolute URL by itself is ordinary: which hosts a field may name is for the profile to learn.
func findOpenRedirect(v []byte, c *Context, s *summary) hit {
	if !s.hasAny(cSlash|cBackslash|cColon) || s.hasAny(cLess) {
		return hit{}
	}
	u := v[skipSpace(v, 0):]
	shift := len(v) - len(u)
	best := hit{}
	if s.hasAny(cBackslash|cColon) || !plainPath(u) {
		best = redirectAt(u)
	}
	if c.Where == Path && best.grade == likely { // a path of a request is no Location
		best.grade = hint
	}
	best.from += shift
	best.to += shift
	if s.has(cEqual|cQuestion) || s.has(cEqual|cAmp) {
		best = best.or(redirectParams(v))
	}
	return best
}

// plainPath tells a path with a name behind its first slash, as nearly all are.
func plainPath(u []byte) bool { return len(u) > 1 && u[0] == '/' && isAlnum(u[1]) }

// redirectAt grades the URL that v is.
func redirectAt(v []byte) hit {
	i := 0
	for i < len(v) && i < 16 && isLetter(v[i]) {
		i++
	}
	switch {
	case i < len(v) && v[i] == ':' && (equalFold(v[:i], "http") || equalFold(v[:i], "https")):
		return schemeRedirect(v, i+1)
	case len(v) > 0 && (v[0] == '/' || v[0] == '\\'):
		return slashRedirect(v)
	}
	return hit{}
}

// schemeRedirect grades http(s): URLs that do not lead where they seem to.
func schemeRedirect(v []byte, i int) hit {
	a, ok := readAuthority(v, 0, i)
	if !ok || !plausibleHost(&a) {
		return hit{}
	}
	h := hit{0, a.to, none}
	switch {
	case a.backslash, a.control && a.slashes > 0:
		h.grade = strong
	case a.user != nil && (bytes.IndexByte(a.user, '.') >= 0 && (bytes.IndexByte(a.user, ':') < 0 || bytes.HasSuffix(a.user, []byte(":443")) || bytes.HasSuffix(a.user, []byte(":80"))) || a.odd || containsAny(a.user, "%2f", "%23", "%3f", "%5c")):
		h.grade = strong // a trusted host's name in front of the @
	case a.odd:
		h.grade = strong
	case a.slashes > 2:
		h.grade = strong
	case a.slashes < 2:
		h.grade = likely
	case dotdotTail(a.rest) && string(a.rest) != "//":
		h.grade = likely
	case a.user != nil:
		h.grade = hint
	}
	return h
}

// slashRedirect grades what begins as a path and is none: //host, /\host, ///host, /%09/host, /https:/host.
func slashRedirect(v []byte) hit {
	a, ok := readAuthority(v, 0, 0)
	if !ok {
		return hit{}
	}
	h := hit{0, a.to, none}
	comment := len(v) > 3 && v[1] == '/' && v[2] == ' ' && bytes.IndexByte(v[3:], ' ') >= 0
	if comment || bytes.ContainsAny(a.user, "[('\" ") { // // a comment, //div[@class='x']
		return h
	}
	inner := v[a.hostAt:]
	switch {
	case a.slashes >= 1 && (hasPrefixFold(inner, "http:") || hasPrefixFold(inner, "https:") || hasPrefixFold(inner, "javascript:")):
		h.grade = strong
	case a.slashes < 2 && !a.backslash || !plausibleHost(&a):
	case a.backslash && a.slashes == 2 && v[0] == '\\' && v[1] == '\\':
		if bytes.IndexByte(a.rest, '\\') < 0 || len(trim(a.rest)) < 2 { // \\host\share is how Windows names files
			h.grade = likely
		}
	case a.backslash, a.control, a.user != nil, a.slashes > 2:
		h.grade = strong
	case dotdotTail(a.rest):
		h.grade = strong
	case a.slashes == 2:
		h.grade = hint
		if len(a.rest) <= 2 { // a host and nothing of it: not the address of a picture or script
			h.grade = likely
		}
	}
	return h
}

// dotdotTail tells the path that makes servers send a redirect to the host in front of it: /%2f.., /..//, /%2e%2e.
func dotdotTail(rest []byte) bool {
	if k := bytes.IndexByte(rest, '?'); k >= 0 {
		rest = rest[:k]
	}
	t := bytes.TrimRight(rest, "/")
	return bytes.HasSuffix(t, []byte("..")) || containsAny(rest[:min(len(rest), 16)], "/%2f", "%2e%2e") || len(rest) == 2 && string(rest) == "//"
}

// plausibleHost tells a host from the words of a path: a dot inside, or an address.
func plausibleHost(a *authority) bool {
	if a.literal || a.odd {
		return true
	}
	k := bytes.LastIndexByte(a.host, '.')
	if k <= 0 || len(a.host)-k < 3 {
		return equalFold(a.host, "localhost") || a.user != nil && len(a.host) > 3
	}
	for _, c := range a.host {
		if !isAlnum(c) && c != '.' && c != '-' && c != '_' && c != '%' && c < 0x80 {
			return false
		}
	}
	switch last := a.host[k+1:]; {
	case equalFold(last, "js"), equalFold(last, "css"), equalFold(last, "png"), equalFold(last, "jpg"), equalFold(last, "html"), equalFold(last, "php"), equalFold(last, "json"), equalFold(last, "txt"), equalFold(last, "gif"), equalFold(last, "xml"), equalFold(last, "svg"):
		return false
	}
	return isLetter(a.host[len(a.host)-1])
}

// redirectParams finds parameters named for a redirect that carry an address in disguise, or the same address under several such names: a spray.
func redirectParams(v []byte) hit {
	var best hit
	same := 0
	var first []byte
	for i := range v {
		if v[i] != '?' && v[i] != '&' {
			continue
		}
		eq := bytes.IndexByte(v[i:min(len(v), i+24)], '=')
		if eq < 2 || !redirectName(v[i+1:i+eq]) {
			continue
		}
		value := v[i+eq+1:]
		if k := bytes.IndexByte(value, '&'); k >= 0 {
			value = value[:k]
		}
		if h := redirectAt(value); h.grade >= likely {
			best = best.or(hit{i + 1, i + eq + 1 + len(value), h.grade})
		}
		if first == nil {
			first = value
		}
		if len(value) > 8 && bytes.Equal(value, first) {
			if same++; same >= 3 {
				best = best.or(hit{0, len(v), strong})
			}
		}
	}
	return best
}

func redirectName(n []byte) bool {
	for _, s := range [...]string{"url", "next", "redirect", "redir", "rurl", "redirect_uri", "redirect_url", "dest", "destination", "return", "returnurl", "return_to", "returnto", "continue", "goto", "target", "checkout_url", "image_url", "go", "view", "out", "forward", "success", "callback", "to", "link", "location", "back", "relaystate", "service", "redirect_to", "login_url", "returl", "uri"} {
		if equalFold(n, s) {
			return true
		}
	}
	return false
}
