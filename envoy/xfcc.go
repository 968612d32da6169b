package envoy

import "bytes"

// certificateHeader is Envoy's x-forwarded-client-cert: elements by comma, each of pairs by semicolon; a value may be quoted.
const certificateHeader = "x-forwarded-client-cert"

// withoutCertificates returns what a sender itself wrote into x-forwarded-client-cert, nil for nothing. The last element is the proxy's, of a
// caller it authenticated: the same as source.principal, and a hash that is new with each rotation of the certificate. Learned as a value it
// would deny every caller whose certificate was renewed. Elements before it (a gateway's, or forged) are kept but for what rotates too.
func withoutCertificates(value []byte, authenticated bool) []byte {
	var kept []byte
	for len(value) > 0 {
		element := value[:until(value, ',')]
		value = value[min(len(value), len(element)+1):]
		if len(value) == 0 && authenticated {
			break
		}
		if kept != nil {
			kept = append(kept, ',')
		}
		kept = appendStable(kept, element)
	}
	return kept
}

// appendStable copies an element without its Hash, Cert and Chain.
func appendStable(to, element []byte) []byte {
	first := true
	for len(element) > 0 {
		pair := element[:until(element, ';')]
		element = element[min(len(element), len(pair)+1):]
		name, _, _ := bytes.Cut(pair, []byte{'='})
		switch string(bytes.ToLower(bytes.TrimSpace(name))) {
		case "hash", "cert", "chain":
			continue
		}
		if !first {
			to = append(to, ';')
		}
		first = false
		to = append(to, pair...)
	}
	return to
}

// until is the index of the first mark outside quotes, or the length.
func until(b []byte, mark byte) int {
	quoted := false
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\' && quoted:
			i++
		case b[i] == '"':
			quoted = !quoted
		case b[i] == mark && !quoted:
			return i
		}
	}
	return len(b)
}
