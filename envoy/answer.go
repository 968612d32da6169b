package envoy

import (
	"math"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"

	"postern/profile"
)

// answer is an encoded CheckResponse. Only this file makes one: an empty CheckResponse, or one with status OK by default, means ALLOW, so
// that no zero value may ever leave as an answer.
type answer []byte

// Fields of CheckResponse (envoy.service.auth.v3).
const (
	fieldStatus   = 1
	fieldDenied   = 2
	fieldOK       = 3
	fieldMetadata = 4
	fieldError    = 5
)

// maxReasons bounds the reasons in the metadata: proxies write it into their logs.
const maxReasons = 8

// decide answers a verdict.
func decide(c *Call, v *profile.Verdict) answer {
	b, word, list := make([]byte, 0, 512), "deny", reasons(v)
	if v.Allow {
		b, word = allow(b), "allow"
		if v.WouldDeny {
			word = "would-deny"
		}
	} else {
		reason := "denied"
		if len(list) > 0 {
			reason = list[0]
		}
		b = refuse(b, fieldDenied, codes.PermissionDenied, 403, c, reason)
	}
	b, mark := open(b, fieldMetadata)
	b = appendString(b, "decision_id", c.ID)
	b = appendString(b, "verdict", word)
	b = appendString(b, "mode", v.Mode.String())
	b = appendString(b, "operation", v.Operation)
	b = appendNumber(b, "score", v.Score)
	b = appendList(b, "reasons", list)
	return shut(b, mark)
}

// fail answers a failure of our own: an explicit OK where nothing may be denied, else an error, about which Envoy's failure mode decides.
func fail(c *Call, mode profile.Mode, kind string) answer {
	b := make([]byte, 0, 256)
	reason := "error/" + kind
	if mode == profile.Off || mode == profile.Shadow {
		b = allow(b)
	} else {
		b = refuse(b, fieldError, codes.Unavailable, 503, c, reason)
	}
	b, mark := open(b, fieldMetadata)
	b = appendString(b, "decision_id", c.ID)
	b = appendString(b, "verdict", "error")
	b = appendString(b, "mode", mode.String())
	b = appendList(b, "reasons", []string{reason})
	return shut(b, mark)
}

// pass answers a call that is not ours to judge.
func pass(c *Call) answer {
	b, mark := open(allow(make([]byte, 0, 128)), fieldMetadata)
	b = appendString(b, "decision_id", c.ID)
	b = appendString(b, "verdict", "allow")
	b = appendString(b, "mode", profile.Off.String())
	return shut(b, mark)
}

// reasons are level/class of each Reason, nil for an ordinary call. The first is what the caller may know: never a path or a value, for the
// caller may be the attacker.
func reasons(v *profile.Verdict) []string {
	if len(v.Reasons) == 0 {
		return nil
	}
	list := make([]string, 0, maxReasons)
	for i := range v.Reasons[:min(len(v.Reasons), maxReasons)] {
		list = append(list, token(v.Reasons[i].Level.String()+"/"+v.Reasons[i].Class))
	}
	return list
}

// token returns s if it can stand in a header and in JSON as it is; anything else in it becomes a dash.
func token(s string) string {
	return strings.Map(func(c rune) rune {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("/:-_.", c) {
			return c
		}
		return '-'
	}, s)
}

// allow writes status OK and an ok_response that changes nothing.
func allow(b []byte) []byte {
	b, mark := open(b, fieldStatus)
	b = shut(b, mark)
	b, mark = open(b, fieldOK)
	return shut(b, mark)
}

// refuse writes the status and a denied_response or error_response (both DeniedHttpResponse). What Envoy makes of it for a gRPC caller:
// the body becomes grpc-message, 403 PERMISSION_DENIED, 503 UNAVAILABLE, the headers trailers.
func refuse(b []byte, field protowire.Number, code codes.Code, status uint64, c *Call, reason string) []byte {
	b, mark := open(b, fieldStatus)
	b = protowire.AppendTag(b, 1, protowire.VarintType)
	b = protowire.AppendVarint(b, uint64(code))
	b = appendText(b, 2, reason)
	b = shut(b, mark)

	b, mark = open(b, field)
	b, inner := open(b, 1)
	b = protowire.AppendTag(b, 1, protowire.VarintType)
	b = shut(protowire.AppendVarint(b, status), inner)
	b = appendHeader(b, "x-postern-decision-id", c.ID)
	b = appendHeader(b, "x-postern-reason", reason)
	if c.GRPC {
		b = appendText(b, 3, "postern: "+reason+", decision "+c.ID)
	} else {
		b = appendHeader(b, "content-type", "application/json")
		b = appendText(b, 3, `{"decision_id":"`+c.ID+`","reason":"`+reason+"\"}\n")
	}
	return shut(b, mark)
}

// appendHeader writes a HeaderValueOption that overwrites.
func appendHeader(b []byte, name, value string) []byte {
	b, mark := open(b, 2)
	b, inner := open(b, 1)
	b = shut(appendText(appendText(b, 1, name), 2, value), inner)
	b = protowire.AppendTag(b, 3, protowire.VarintType)
	b = protowire.AppendVarint(b, 2) // OVERWRITE_IF_EXISTS_OR_ADD
	return shut(b, mark)
}

// appendString writes one entry of a google.protobuf.Struct with a string; text that is not UTF-8 would make Envoy refuse the answer.
func appendString(b []byte, key, value string) []byte {
	const most = 512
	if len(value) > most {
		value = value[:most]
	}
	if !utf8.ValidString(value) {
		value = strings.ToValidUTF8(value, "\uFFFD")
	}
	b, entry := open(b, 1)
	b, inner := open(appendText(b, 1, key), 2)
	return shut(shut(appendText(b, 3, value), inner), entry)
}

// appendNumber writes one entry with a number, which must be finite: JSON knows no other.
func appendNumber(b []byte, key string, value float64) []byte {
	if math.IsNaN(value) {
		value = 0
	}
	value = max(-math.MaxFloat64, min(math.MaxFloat64, value))
	b, entry := open(b, 1)
	b, inner := open(appendText(b, 1, key), 2)
	b = protowire.AppendTag(b, 2, protowire.Fixed64Type)
	return shut(shut(protowire.AppendFixed64(b, math.Float64bits(value)), inner), entry)
}

// appendList writes one entry with a list of strings.
func appendList(b []byte, key string, list []string) []byte {
	b, entry := open(b, 1)
	b, inner := open(appendText(b, 1, key), 2)
	b, values := open(b, 6)
	for _, s := range list {
		var value int
		b, value = open(b, 1)
		b = shut(appendText(b, 3, s), value)
	}
	return shut(shut(shut(b, values), inner), entry)
}

func appendText(b []byte, num protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), s)
}

// open begins a message field; shut ends it and writes its length. Most are shorter than 128 bytes: one byte is kept for the length, and
// what follows is moved where that is too few.
func open(b []byte, num protowire.Number) (message []byte, mark int) {
	b = append(protowire.AppendTag(b, num, protowire.BytesType), 0)
	return b, len(b)
}

func shut(b []byte, mark int) []byte {
	n := len(b) - mark
	extra := protowire.SizeVarint(uint64(n)) - 1 //nolint:gosec // a length is not negative
	for range extra {
		b = append(b, 0)
	}
	if extra > 0 {
		copy(b[mark+extra:], b[mark:mark+n])
	}
	protowire.AppendVarint(b[:mark-1], uint64(n)) //nolint:gosec // a length is not negative
	return b
}
