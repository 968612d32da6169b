package detect

import "bytes"

// findFormat reads directives of printf: a value made of them reads the stack (%x %p %s again and again) or writes to it (%n). One or two in a text are a message's template.
func findFormat(v []byte, _ *Context, _ *summary) hit {
	total, reads, writes, run, longest, first, last, text := 0, 0, 0, 0, 0, -1, 0, 0
	layout := false
	for i := 0; i < len(v); i++ {
		if v[i] != '%' {
			continue
		}
		kind, n := formatDirective(v[i+1:])
		if n == 0 {
			layout = layout || formatLayout(v[i+1:])
			continue
		}
		if first < 0 {
			first = i
			text = i
		} else if formatGap(v[last:i]) {
			run++
		} else {
			text += i - last
			run = 0
		}
		longest = max(longest, run)
		total++
		switch kind {
		case 'n':
			writes++
		case 'x', 'p', 's', 'X', 'u':
			reads++
		}
		last = i + 1 + n
		i = last - 1
	}
	if first < 0 {
		return hit{}
	}
	text += len(v) - last
	span := hit{first, last, none}
	switch {
	case layout:
		span.grade = hint
	case longest >= 3 && reads+writes >= 4 && text <= 16:
		span.grade = strong
	case writes > 0 && total >= 4 && longest >= 3 && text <= 4:
		span.grade = strong
	case writes > 0 && reads > 0 && longest >= 1 && text <= 24, writes >= 2 && longest >= 1 && text <= 16:
		span.grade = strong
	case longest >= 2 && reads >= 3 && text <= 4 || formatWide(v[first:last]) && text <= 16:
		span.grade = likely
	case total >= 3:
		span.grade = hint
	}
	return span
}

// formatLayout tells a directive that only other formats have, of logs (%m %t %level) and dates (%Y %H): what stands beside it is not meant for printf.
func formatLayout(v []byte) bool {
	return len(v) > 0 && bytes.IndexByte([]byte("mtMCLFTYHSBDlkyjwWVUZzbAqrQ"), v[0]) >= 0 && (len(v) == 1 || hexDigit(v[0]) < 0 || hexDigit(v[1]) < 0)
}

// formatGap tells what stands between directives in a probe: nothing, a dot, a bar, a blank.
func formatGap(v []byte) bool {
	if len(v) > 3 {
		return false
	}
	for _, b := range v {
		if isAlnum(b) || b >= 0x80 || b == '"' || b == '\n' {
			return false
		}
	}
	return true
}

// formatDirective reads one directive behind %: [n$][flags][width][.precision][length]kind. What is percent-encoding (%d0) is none.
func formatDirective(v []byte) (kind byte, n int) {
	if len(v) >= 2 && hexDigit(v[0]) >= 0 && hexDigit(v[1]) >= 0 && !(isDigit(v[0]) && (isDigit(v[1]) && len(v) > 2 && (v[2] == 'x' || v[2] == 'd' || v[2] == '$' || v[2] == 's' || isDigit(v[2])))) {
		return 0, 0
	}
	i := 0
	for i < len(v) && i < 12 && (isDigit(v[i]) || v[i] == '$' || v[i] == '.' || v[i] == '#' || v[i] == '-' || v[i] == '*') {
		i++
	}
	for i < len(v) && (v[i] == 'h' || v[i] == 'l') {
		i++
	}
	if i >= len(v) {
		return 0, 0
	}
	switch v[i] {
	case 'n', 'x', 'p', 's', 'X', 'd', 'u', 'i', 'o', 'c':
		if i+1 < len(v) && isLetter(v[i+1]) {
			return 0, 0
		}
		return v[i], i + 1
	}
	return 0, 0
}

// formatWide tells a width that no output has, %99999999d: it fills memory or moves a %n.
func formatWide(v []byte) bool {
	digits := 0
	for _, b := range v {
		if isDigit(b) {
			if digits++; digits >= 6 {
				return true
			}
		} else {
			digits = 0
		}
	}
	return false
}
