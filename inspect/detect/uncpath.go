package detect

import "bytes"

// uncPath reads \\host\share, which makes Windows log on to the host (and give it a hash of the password), and \\.\pipe, \\?\C:, which go past its checks.
// A share of a host named by one word is how offices name their files.
func uncPath(v []byte) hit {
	t := trim(v)
	if !hasPrefix(t, `\\`) || len(t) < 6 || bytes.IndexByte(t, '\n') >= 0 {
		return hit{}
	}
	host, rest, ok := bytes.Cut(t[2:], []byte(`\`))
	if !ok || len(host) == 0 || len(rest) == 0 {
		return hit{}
	}
	share, _, _ := bytes.Cut(rest, []byte(`\`))
	switch {
	case string(host) == "?", string(host) == "." && (hasPrefixFold(rest, "pipe") || hasPrefixFold(rest, "physicaldrive") || hasPrefixFold(rest, "globalroot")):
		return hit{0, len(v), strong}
	case len(share) > 1 && share[len(share)-1] == '$', equalFold(host, "localhost"), bytes.HasSuffix(host, []byte("@ssl")), bytes.HasSuffix(host, []byte("@80")):
		return hit{0, len(v), strong}
	case dottedHost(host):
		return hit{0, len(v), likely}
	}
	return hit{}
}

func allDigits(v []byte) bool {
	for _, b := range v {
		if !isDigit(b) {
			return false
		}
	}
	return true
}
