package envoy

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"

	"postern/inspect"
)

var errMalformed = errors.New("envoy: malformed CheckRequest")

// attributes is what a Call needs of a CheckRequest; every slice points into the message as received. It agrees with the generated decoder
// (FuzzAttributes holds that) but for three things: text need not be UTF-8, an entry that a map repeats is kept, parts that no Call needs
// are not looked into.
type attributes struct {
	caller, callee                []byte // source.principal, destination.principal
	label                         []byte // destination.labels["version"]
	direction, workload, revision []byte // context_extensions["direction"], ["workload"], ["version"]

	method, path, query, host, protocol []byte
	text, raw                           []byte           // body, raw_body
	header                              []inspect.Header // header_map: in order, duplicates kept
	joined                              []inspect.Header // headers: duplicates joined by a comma, no order
}

// fields walks the length-delimited fields of one message; fields of other types are skipped.
type fields struct {
	rest  []byte
	num   int
	value []byte
	bad   bool
}

// next moves to the next field. It returns false at the end and, with bad set, where the message is malformed.
func (f *fields) next() bool {
	for len(f.rest) > 0 {
		num, kind, n := protowire.ConsumeTag(f.rest)
		if n < 0 {
			f.bad = true
			return false
		}
		f.rest = f.rest[n:]
		if kind == protowire.BytesType {
			f.num = int(num)
			f.value, n = protowire.ConsumeBytes(f.rest)
		} else {
			n = protowire.ConsumeFieldValue(num, kind, f.rest)
		}
		if n < 0 {
			f.bad = true
			return false
		}
		f.rest = f.rest[n:]
		if kind == protowire.BytesType {
			return true
		}
	}
	return false
}

// read takes what is needed out of a CheckRequest (envoy.service.auth.v3); it allocates only to grow the two header lists.
func (a *attributes) read(message []byte) error {
	f := fields{rest: message}
	for f.next() {
		if f.num == 1 && !a.readContext(f.value) {
			return errMalformed
		}
	}
	if f.bad {
		return errMalformed
	}
	return nil
}

// readContext reads an AttributeContext.
func (a *attributes) readContext(message []byte) bool {
	f, ok := fields{rest: message}, true
	for ok && f.next() {
		switch f.num {
		case 1:
			ok = readPeer(f.value, &a.caller, nil)
		case 2:
			ok = readPeer(f.value, &a.callee, &a.label)
		case 4:
			ok = a.readRequest(f.value)
		case 10:
			ok = a.readExtension(f.value)
		}
	}
	return ok && !f.bad
}

// readPeer reads an AttributeContext.Peer: its principal and, unless nil, the label called version.
func readPeer(message []byte, principal, version *[]byte) bool {
	f := fields{rest: message}
	for f.next() {
		switch {
		case f.num == 4:
			*principal = f.value
		case f.num == 3 && version != nil:
			key, value, ok := readEntry(f.value)
			if !ok {
				return false
			}
			if string(key) == "version" {
				*version = value
			}
		}
	}
	return !f.bad
}

// readExtension reads one entry of context_extensions.
func (a *attributes) readExtension(message []byte) bool {
	key, value, ok := readEntry(message)
	switch string(key) {
	case "direction":
		a.direction = value
	case "workload":
		a.workload = value
	case "version":
		a.revision = value
	}
	return ok
}

// readEntry reads one entry of a map from string to string.
func readEntry(message []byte) (key, value []byte, ok bool) {
	f := fields{rest: message}
	for f.next() {
		switch f.num {
		case 1:
			key = f.value
		case 2:
			value = f.value
		}
	}
	return key, value, !f.bad
}

// readRequest reads an AttributeContext.Request down to its HttpRequest.
func (a *attributes) readRequest(message []byte) bool {
	f := fields{rest: message}
	for f.next() {
		if f.num == 2 && !a.readHTTP(f.value) {
			return false
		}
	}
	return !f.bad
}

// readHTTP reads an AttributeContext.HttpRequest.
func (a *attributes) readHTTP(message []byte) bool {
	f, ok := fields{rest: message}, true
	for ok && f.next() {
		switch f.num {
		case 2:
			a.method = f.value
		case 3:
			var h inspect.Header
			h.Name, h.Value, ok = readEntry(f.value)
			a.joined = append(a.joined, h)
		case 4:
			a.path = f.value
		case 5:
			a.host = f.value
		case 7:
			a.query = f.value
		case 10:
			a.protocol = f.value
		case 11:
			a.text = f.value
		case 12:
			a.raw = f.value
		case 13:
			ok = a.readHeaderMap(f.value)
		}
	}
	return ok && !f.bad
}

// readHeaderMap reads a config.core.v3.HeaderMap; Envoy writes raw_value there, other clients value.
func (a *attributes) readHeaderMap(message []byte) bool {
	f := fields{rest: message}
	for f.next() {
		if f.num != 1 {
			continue
		}
		var h inspect.Header
		var raw []byte
		g := fields{rest: f.value}
		for g.next() {
			switch g.num {
			case 1:
				h.Name = g.value
			case 2:
				h.Value = g.value
			case 3:
				raw = g.value
			}
		}
		if g.bad {
			return false
		}
		if len(raw) > 0 {
			h.Value = raw
		}
		a.header = append(a.header, h)
	}
	return !f.bad
}
