package jetstream

import (
	"fmt"
	"strconv"
	"strings"

	"postern/profile"
)

// A token of a subject keeps letters, digits, - _ and /; any other byte is =XX, in hexadecimal; nothing at all is a lone =.
const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_/"

func escape(s string) string {
	if s == "" {
		return "="
	}
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(plain, s[i]) >= 0 {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "=%02X", s[i])
		}
	}
	return b.String()
}

func unescape(token string) (string, error) {
	if token == "=" {
		return "", nil
	}
	var b strings.Builder
	for i := 0; i < len(token); i++ {
		switch c := token[i]; c {
		case '=':
			if i+2 >= len(token) {
				return "", fmt.Errorf("token %q ends within an escape", token)
			}
			v, err := strconv.ParseUint(token[i+1:i+3], 16, 8)
			if err != nil {
				return "", fmt.Errorf("token %q: %w", token, err)
			}
			b.WriteByte(byte(v))
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

// keyText is the subject's tail of a key: callee, operation, caller, day, replica.
func keyText(k profile.Key) string {
	return fmt.Sprintf("%s.%016x.%s.%d.%s", escape(k.Callee), k.Operation, escape(k.Caller), k.Day, escape(k.Replica))
}

func parseKey(text string) (k profile.Key, err error) {
	tokens := strings.Split(text, ".")
	if len(tokens) != 5 {
		return k, fmt.Errorf("key %q: want 5 tokens, got %d", text, len(tokens))
	}
	for i, to := range map[int]*string{0: &k.Callee, 2: &k.Caller, 4: &k.Replica} {
		if *to, err = unescape(tokens[i]); err != nil {
			return k, err
		}
	}
	if k.Operation, err = strconv.ParseUint(tokens[1], 16, 64); err != nil {
		return k, fmt.Errorf("key %q: operation: %w", text, err)
	}
	day, err := strconv.ParseInt(tokens[3], 10, 32)
	if err != nil {
		return k, fmt.Errorf("key %q: day: %w", text, err)
	}
	k.Day = int32(day)
	return k, nil
}
