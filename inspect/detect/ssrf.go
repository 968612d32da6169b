package detect

import "bytes"

// findSSRF reads the URLs of a value as a fetching client would and asks where they lead. Between services URLs of other services are ordinary
// (http://orders.shop.svc:8080/callback, private addresses): what speaks is the metadata service, the callee itself, an address in a notation
// that serves only to hide it, and schemes that make a client talk other protocols.
func findSSRF(v []byte, c *Context, s *summary) hit {
	if !s.hasAny(cColon | cSlash | cDot) {
		return hit{}
	}
	var best hit
	if hasPrefixFold(v, "unix:") && containsFold(v, "|http") { // a proxy that is told to go elsewhere than its socket
		return hit{0, len(v), certain}
	}
	for i := 0; i < len(v) && best.grade < certain; i++ {
		k := bytes.IndexByte(v[i:], ':')
		if k < 0 {
			break
		}
		i += k
		from := i
		for from > 0 && i-from < 16 && (isAlnum(v[from-1]) || v[from-1] == '+' || v[from-1] == '-' || v[from-1] == '_') {
			from--
		}
		if i == from || i+1 >= len(v) || !isLetter(v[from]) { // RFC 3986, 3.1: else a time of day, a port
			continue
		}
		best = best.or(ssrfAt(v, from, i, from == skipSpace(v, 0), c))
	}
	if best.grade == none && !s.hasAny(cSpace) && len(v) < 64 {
		best = bareAddress(v)
	}
	return best
}

// ssrfAt grades the URL whose scheme is v[from:colon].
func ssrfAt(v []byte, from, colon int, whole bool, c *Context) hit {
	h := hit{from: from, to: colon + 1}
	slashes := v[colon+1] == '/' || v[colon+1] == '\\'
	h.grade = schemeGrade(v[from:colon], v[colon+1:], whole && !settings(c))
	if h.grade >= strong || !slashes && !whole || !fetches(v[from:colon]) {
		return h
	}
	a, ok := readAuthority(v, from, colon+1)
	if !ok || !slashes && (!hasPrefixFold(v[from:colon], "http") || !a.literal && a.place() == placeElsewhere) {
		return h
	}
	h.to = a.to
	switch where := a.place(); {
	case where == placeMeta:
		h.grade = certain
	case a.odd && a.v6 && where == placeElsewhere, a.odd && where != placeElsewhere:
		h.grade = certain
	case a.odd:
		h.grade = strong
	case where == placeLoop:
		h.grade = loopGrade(&a, whole, c)
	case where == placePrivate:
		h.grade = hint
	case a.backslash && a.user != nil:
		h.grade = strong
	case bytes.HasPrefix(a.rest, []byte("/latest/meta-data")), containsFold(a.rest[:min(len(a.rest), 32)], "computemetadata/v1"), containsFold(a.rest[:min(len(a.rest), 64)], "/runtime/invocation/"), bytes.Contains(a.host, []byte("${")):
		h.grade = strong
	}
	return h
}

// loopGrade grades a URL of the callee's own host. A page on a developer's machine sends them as referer and origin.
func loopGrade(a *authority, whole bool, c *Context) grade {
	switch {
	case c.Where == Header || !whole:
		return hint
	case a.loop6 && len(a.host) > 3, a.literal && a.ip != 0x7f000001 && a.ip != 0 && !a.loop6:
		return strong
	case hasPrefixFold(a.scheme, "ftp"), hasPrefixFold(a.scheme, "ldap"):
		return pick(settings(c), hint, likely)
	case !hasPrefixFold(a.scheme, "http"):
		return hint
	case a.user != nil, a.backslash:
		return strong
	}
	switch string(a.port) {
	case "22", "25", "3306", "5432", "6379", "11211", "2375", "2376", "2379", "10250", "10050", "27017", "9000", "9001", "15000", "15020":
		return strong
	case "", "80", "443":
		if settings(c) && len(bytes.Trim(a.rest, "/")) == 0 && string(a.port) != "443" {
			return hint
		}
	default:
		if settings(c) || developerPort(a.port) && !innerPath(a.rest) {
			return hint
		}
	}
	return likely
}

// developerPort tells the ports that programs under development listen on, as everyone's notes and tickets have them.
func developerPort(port []byte) bool {
	switch string(port) {
	case "3000", "3001", "4000", "4200", "5000", "5001", "5173", "8000", "8080", "8081", "8443", "8888", "9090":
		return true
	}
	return false
}

// innerPath tells a path that only the host itself should ask for.
func innerPath(rest []byte) bool {
	return containsAny(rest[:min(len(rest), 128)], "admin", "internal", "actuator", "manage", "server-status", "console", "jmx", "debug", "shutdown", "secret", "token", "passw", "private", "flag")
}

// settings tells the formats that settings are written in, where a developer's own host is ordinary.
func settings(c *Context) bool { return c.Format == "json" || c.Format == "yaml" }

// fetches tells the schemes whose authority matters.
func fetches(scheme []byte) bool {
	for _, s := range [...]string{"http", "https", "ftp", "ftps", "ws", "wss", "url", "tcp", "udp", "sftp", "view-source", "feed", "git", "ssh", "redis", "ldap", "ldaps"} {
		if equalFold(scheme, s) {
			return true
		}
	}
	return false
}

// schemeGrade grades schemes that make a client speak or read what a web service has no use for.
func schemeGrade(scheme, rest []byte, whole bool) grade {
	if len(rest) < 2 {
		return none
	}
	slashes := rest[0] == '/' && rest[1] == '/'
	switch {
	case equalFold(scheme, "gopher") && slashes:
		return certain
	case slashes && (equalFold(scheme, "dict") || equalFold(scheme, "tftp") || equalFold(scheme, "netdoc") || equalFold(scheme, "local_file") || equalFold(scheme, "finger") || equalFold(scheme, "smb")):
		return strong
	case equalFold(scheme, "netdoc"), equalFold(scheme, "jar") && hasPrefixFold(rest, "http"), equalFold(scheme, "jar") && hasPrefixFold(rest, "ftp"), equalFold(scheme, "jar") && hasPrefixFold(rest, "file"):
		return strong
	case equalFold(scheme, "url") && containsFold(rest[:min(len(rest), 8)], "file:"):
		return strong
	case equalFold(scheme, "file") && rest[0] == '/':
		return fileGrade(rest, whole)
	case slashes && (equalFold(scheme, "ldap") || equalFold(scheme, "ldaps") || equalFold(scheme, "rmi") || equalFold(scheme, "ftp") || equalFold(scheme, "sftp")):
		return hint
	}
	return none
}

func fileGrade(rest []byte, whole bool) grade {
	w := pathWalk{}
	r := pathReader{v: rest[:min(len(rest), 512)]}
	for {
		unit, ok := r.next()
		w.add(unit, &r)
		if !ok {
			break
		}
	}
	switch {
	case w.alone.grade >= likely:
		return certain
	case whole:
		return likely
	}
	return hint
}

// bareAddress grades a value that is a host without a scheme: only the metadata service is never an ordinary one.
func bareAddress(v []byte) hit {
	i := 0
	for i < len(v) && v[i] == '/' {
		i++
	}
	end := i
	for end < len(v) && v[end] != '/' {
		end++
	}
	if ip, odd, ok := inetAton(v[i:end]); ok && ipPlace(ip) == placeMeta && !odd {
		return hit{i, end, strong}
	}
	if h := v[i:end]; len(h) > 12 && bytes.IndexByte(h, '.') > 0 && namePlace(h) == placeMeta {
		return hit{i, end, strong}
	}
	return hit{}
}
