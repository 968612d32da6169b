package detect

import "bytes"

// authority is who a URL points to, as lenient clients (curl, browsers, getaddrinfo) read it, and what was strange in how it was written.
type authority struct {
	scheme []byte
	user   []byte // before the last @, nil where there is none
	host   []byte // without port and brackets
	port   []byte
	rest   []byte // path, query and fragment
	from   int    // where the URL begins in the value
	hostAt int    // where the host does
	to     int    // where the authority ends

	slashes   int  // / and \ between scheme and authority
	backslash bool // a backslash where some readers end the authority and others do not
	control   bool // blanks or controls between the slashes
	literal   bool // the host is an address, not a name
	odd       bool // … written in a notation that only parsers of the 1980s take: decimal, hex, octal, fewer parts; or with look-alike letters
	v6        bool
	ip        uint32 // of a literal; of the mapped address where it is IPv6
	loop6     bool   // ::1 or ::
	meta6     bool   // fd00:ec2::254
}

// readAuthority reads the authority at or after the slashes at i; scheme may be empty. false where no host stands there.
func readAuthority(v []byte, from, i int) (a authority, ok bool) {
	a.from, a.scheme = from, bytes.TrimRight(v[from:i], ":")
	for i < len(v) && (v[i] == '/' || v[i] == '\\' || v[i] <= ' ') {
		switch v[i] {
		case '/':
			a.slashes++
		case '\\':
			a.slashes++
			a.backslash = true
		default:
			a.control = true
		}
		i++
	}
	start, end := i, i
	for end < len(v) && v[end] != '/' && v[end] != '?' && v[end] != '#' && v[end] > ' ' {
		if bytes.IndexByte([]byte("\"'<>`|^{}&,;"), v[end]) >= 0 && bytes.IndexByte(v[end:min(len(v), end+32)], '@') < 0 {
			break
		}
		if v[end] == '\\' {
			a.backslash = true
			if bytes.IndexByte(v[end:min(len(v), end+256)], '@') < 0 {
				break
			}
		}
		end++
	}
	if end < len(v) && v[end] == '#' && end+2 < len(v) && bytes.IndexByte([]byte("\\@"), v[end+1]) >= 0 { // #@host and #\@host: readers differ
		a.backslash = true
	}
	if end == start {
		return a, false
	}
	a.to, a.rest = end, v[end:]
	host := v[start:end]
	if k := bytes.LastIndexByte(host, '@'); k >= 0 {
		a.user, host = host[:k], host[k+1:]
		start += k + 1
	}
	a.hostAt = start
	a.splitPort(host)
	a.notation()
	a.host = bytes.TrimRight(a.host, ".\\")
	return a, len(a.host) > 0
}

func (a *authority) splitPort(host []byte) {
	if len(host) > 0 && host[0] == '[' {
		if k := bytes.IndexByte(host, ']'); k > 0 {
			a.host, a.v6 = host[1:k], true
			a.port = bytes.TrimPrefix(host[k+1:], []byte(":"))
			return
		}
	}
	a.host, a.port, _ = bytes.Cut(host, []byte(":"))
}

// notation reads the host as an address.
func (a *authority) notation() {
	if a.v6 {
		a.literal = true
		a.readV6()
		return
	}
	a.ip, a.odd, a.literal = inetAton(a.host)
	if a.literal {
		return
	}
	for i := 0; i+2 < len(a.host); i++ {
		switch c := a.host[i]; {
		case c == 0xef && (a.host[i+1] == 0xbc || a.host[i+1] == 0xbd), // full-width forms
			c == 0xe2 && (a.host[i+1] == 0x91 || a.host[i+1] == 0x92 || a.host[i+1] == 0x93), // enclosed letters and digits
			c == 0xe3 && a.host[i+1] == 0x80 && a.host[i+2] == 0x82:                          // ideographic full stop
			a.odd = true
			return
		}
	}
}

// readV6 finds what matters of an IPv6 address: loopback, metadata, and an IPv4 address in its last 32 bits.
func (a *authority) readV6() {
	h := a.host
	if k := bytes.IndexByte(h, '%'); k >= 0 {
		h = h[:k]
	}
	a.meta6 = equalFold(h, "fd00:ec2::254")
	k := bytes.LastIndexByte(h, ':')
	if k < 0 {
		return
	}
	zero := true
	for _, c := range h[:k] {
		zero = zero && (c == '0' || c == ':')
	}
	tail := bytes.TrimLeft(h[k+1:], "0")
	a.loop6 = zero && (len(tail) == 0 || string(tail) == "1")
	if ip, _, ok := inetAton(h[k+1:]); ok && bytes.IndexByte(h[k+1:], '.') > 0 {
		a.ip, a.odd = ip, true
		return
	}
	head := h[:k]
	j := bytes.LastIndexByte(head, ':')
	if j < 0 || !mappedPrefix(head[:j]) {
		return
	}
	hi, ok1 := hexGroup(head[j+1:])
	lo, ok2 := hexGroup(h[k+1:])
	if ok1 && ok2 && hi != 0 {
		a.ip, a.odd = hi<<16|lo, true
	}
}

// mappedPrefix tells ::ffff, 0:0:0:0:0:ffff, 64:ff9b:: and 2002 (the prefixes that carry an IPv4 address).
func mappedPrefix(h []byte) bool {
	if hasPrefixFold(h, "64:ff9b:") || hasPrefixFold(h, "2002") {
		return true
	}
	h = bytes.TrimRight(h, ":")
	if len(h) >= 4 && equalFold(h[len(h)-4:], "ffff") {
		h = h[:len(h)-4]
	}
	for _, c := range h {
		if c != '0' && c != ':' {
			return false
		}
	}
	return true
}

func hexGroup(v []byte) (x uint32, ok bool) {
	if len(v) == 0 || len(v) > 4 {
		return 0, false
	}
	for _, c := range v {
		d := hexDigit(c)
		if d < 0 {
			return 0, false
		}
		x = x<<4 | uint32(d) //nolint:gosec // a hex digit
	}
	return x, true
}

// inetAton reads an IPv4 address as inet_aton(3) does: one to four parts, each decimal, octal or hex, the last filling what is left. Parts that
// are too large wrap, as they do in several clients. odd is false for the dotted decimal form only.
func inetAton(h []byte) (ip uint32, odd, ok bool) {
	var parts [4]uint64
	n := 0
	for len(h) > 0 {
		if n == 4 {
			return 0, false, false
		}
		part := h
		if k := bytes.IndexByte(h, '.'); k >= 0 {
			part, h = h[:k], h[k+1:]
			if len(h) == 0 {
				return 0, false, false
			}
		} else {
			h = nil
		}
		x, strange, fine := addressPart(part)
		if !fine {
			return 0, false, false
		}
		odd = odd || strange
		parts[n] = x
		n++
	}
	if n == 0 || n == 1 && parts[0] < 1<<8 && !odd && parts[0] != 0 {
		return 0, false, false
	}
	if n < 4 {
		odd = true
	}
	for i := range n - 1 {
		odd = odd || parts[i] > 255
		ip |= uint32(parts[i]&0xff) << (24 - 8*i)
	}
	if n == 4 {
		odd = odd || parts[3] > 255
		return ip | uint32(parts[3]&0xff), odd, true
	}
	return ip | uint32(parts[n-1]&(1<<(32-8*(n-1))-1)), true, true //nolint:gosec // at most 32 bits
}

// addressPart reads one part; strange tells octal and hex, and letters that read as a leading zero (o177).
func addressPart(p []byte) (x uint64, strange, ok bool) {
	base := uint64(10)
	switch {
	case len(p) == 0 || len(p) > 24:
		return 0, false, false
	case len(p) > 2 && p[0] == '0' && p[1]|0x20 == 'x':
		base, p, strange = 16, p[2:], true
	case len(p) > 1 && (p[0] == '0' || p[0] == 'o' || p[0] == 'q'):
		base, p, strange = 8, p[1:], true
	}
	for _, c := range p {
		d := hexDigit(c)
		if d < 0 || uint64(d) >= base && (base != 8 || d > 9) {
			return 0, false, false
		}
		x = x*base + uint64(d)
	}
	return x, strange, true
}

// place is what kind of host an authority points to.
type place uint8

const (
	placeElsewhere place = iota
	placePrivate         // RFC 1918, link-local, unique local: ordinary between services
	placeLoop            // the called service itself
	placeMeta            // the cloud's metadata service: credentials
)

func (a *authority) place() place {
	if a.meta6 {
		return placeMeta
	}
	if a.loop6 {
		return placeLoop
	}
	if a.literal && (!a.v6 || a.odd) {
		return ipPlace(a.ip)
	}
	return namePlace(a.host)
}

func ipPlace(ip uint32) place {
	switch {
	case ip == 0xa9fea9fe, ip == 0xa9feaa02, ip == 0x646464c8, ip == 0xc00000c0, ip>>8 == 0xa9feaa: // 169.254.169.254, ECS, Alibaba, Oracle
		return placeMeta
	case ip>>24 == 127, ip>>24 == 0:
		return placeLoop
	case ip>>24 == 10, ip>>20 == 0xac1, ip>>16 == 0xc0a8, ip>>16 == 0xa9fe:
		return placePrivate
	}
	return placeElsewhere
}

// namePlace knows the names that always point inwards, and reads the address in names like 10.0.0.1.nip.io.
func namePlace(h []byte) place {
	switch {
	case equalFold(h, "localhost"), equalFold(h, "localhost.localdomain"), equalFold(h, "ip6-localhost"), equalFold(h, "localtest.me"), equalFold(h, "lvh.me"), endsWithFold(h, ".localhost"), endsWithFold(h, ".localtest.me"), endsWithFold(h, ".lvh.me"), equalFold(h, "loopback"):
		return placeLoop
	case equalFold(h, "metadata.google.internal"), equalFold(h, "instance-data"), equalFold(h, "instance-data.ec2.internal"), equalFold(h, "metadata.tencentyun.com"), equalFold(h, "metadata.goog"), equalFold(h, "rancher-metadata"), equalFold(h, "metadata.packet.net"), equalFold(h, "metadata"):
		return placeMeta
	}
	if hasPrefix(h, "169.254.169.254.") {
		return placeMeta
	}
	for _, dns := range [...]string{".nip.io", ".sslip.io", ".xip.io", ".traefik.me"} {
		if endsWithFold(h, dns) {
			return embeddedPlace(h[:len(h)-len(dns)])
		}
	}
	return placeElsewhere
}

// embeddedPlace reads the address that a name carries in its last four labels, parted by dots or dashes, or as eight hex digits in its last.
func embeddedPlace(h []byte) place {
	var buf [16]byte
	labels := 0
	for i := len(h) - 1; i >= -1 && len(h)-i <= len(buf)+1; i-- {
		if i >= 0 && h[i] != '.' && h[i] != '-' {
			continue
		}
		labels++
		text := buf[:copy(buf[:], h[i+1:])]
		if labels == 1 && len(text) == 8 {
			hi, ok1 := hexGroup(text[:4])
			lo, ok2 := hexGroup(text[4:])
			if ok1 && ok2 {
				return ipPlace(hi<<16 | lo)
			}
		}
		if labels < 4 {
			continue
		}
		for k := range text {
			if text[k] == '-' {
				text[k] = '.'
			}
		}
		if ip, _, ok := inetAton(text); ok {
			return ipPlace(ip)
		}
		break
	}
	return placePrivate
}

func endsWithFold(v []byte, s string) bool {
	return len(v) >= len(s) && equalFold(v[len(v)-len(s):], s)
}
