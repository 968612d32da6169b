package server

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"postern/profile"
)

// The flag.Values of the variables: each prints so that it can be set again.

// collected keeps what is wrong with a value instead of ending at the first.
type collected struct {
	flag.Value
	name  string
	wrong *[]error
}

func (c *collected) Set(s string) error {
	if err := c.Value.Set(s); err != nil {
		*c.wrong = append(*c.wrong, fmt.Errorf("%s: %w", c.name, err))
	}
	return nil
}

// String is called on a zero value too: package flag makes one to learn the default.
func (c *collected) String() string {
	if c.Value == nil {
		return ""
	}
	return c.Value.String()
}

// IsBoolFlag lets a switch stand without a value.
func (c *collected) IsBoolFlag() bool {
	_, ok := c.Value.(boolValue)
	return ok
}

type stringValue struct{ p *string }

func (v stringValue) String() string     { return *v.p }
func (v stringValue) Set(s string) error { *v.p = s; return nil }

type boolValue struct{ p *bool }

func (v boolValue) String() string { return strconv.FormatBool(*v.p) }
func (v boolValue) Set(s string) (err error) {
	if *v.p, err = strconv.ParseBool(s); err != nil {
		return fmt.Errorf("%q is neither true nor false", s)
	}
	return nil
}

type floatValue struct{ p *float64 }

func (v floatValue) String() string { return strconv.FormatFloat(*v.p, 'g', -1, 64) }
func (v floatValue) Set(s string) (err error) {
	if *v.p, err = strconv.ParseFloat(s, 64); err != nil {
		return fmt.Errorf("%q is not a number", s)
	}
	return nil
}

type intValue struct{ p *int }

func (v intValue) String() string { return strconv.Itoa(*v.p) }
func (v intValue) Set(s string) (err error) {
	if *v.p, err = strconv.Atoi(s); err != nil {
		return fmt.Errorf("%q is not a whole number", s)
	}
	return nil
}

type listValue struct{ p *[]string }

func (v listValue) String() string {
	if len(*v.p) == 0 {
		return "off"
	}
	return strings.Join(*v.p, ",")
}

func (v listValue) Set(s string) error {
	*v.p = nil
	if s == "off" {
		return nil
	}
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			*v.p = append(*v.p, part)
		}
	}
	return nil
}

type choiceValue struct {
	p       *string
	choices []string
}

func (v choiceValue) String() string { return *v.p }
func (v choiceValue) Set(s string) error {
	if !slices.Contains(v.choices, s) {
		return fmt.Errorf("%q is none of %s", s, strings.Join(v.choices, ", "))
	}
	*v.p = s
	return nil
}

type modeValue struct{ p *profile.Mode }

func (v modeValue) String() string { return v.p.String() }
func (v modeValue) Set(s string) error {
	m, err := parseMode(s)
	if err != nil {
		return err
	}
	*v.p = m
	return nil
}

func parseMode(s string) (profile.Mode, error) {
	for _, m := range []profile.Mode{profile.Inherit, profile.Off, profile.Shadow, profile.Enforce} {
		if m.String() == s {
			return m, nil
		}
	}
	return profile.Inherit, fmt.Errorf("%q is none of off, shadow, enforce", s)
}

type durationValue struct{ p *time.Duration }

func (v durationValue) String() string {
	if v.p == nil { // package flag asks a zero one, to see whether the default is worth a word
		return ""
	}
	return formatDuration(*v.p)
}

func (v durationValue) Set(s string) (err error) {
	*v.p, err = parseDuration(s)
	return err
}

// parseDuration reads Go's durations with days too: 14d, 1d12h.
func parseDuration(s string) (time.Duration, error) {
	days, rest, found := strings.Cut(s, "d")
	if !found {
		days, rest = "0", s
	}
	n, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 90s, 12h or 14d", s)
	}
	d := time.Duration(n) * 24 * time.Hour
	if rest != "" {
		more, err := time.ParseDuration(rest)
		if err != nil || more < 0 {
			return 0, fmt.Errorf("%q is not a duration such as 90s, 12h or 14d", s)
		}
		d += more
	} else if !found {
		return 0, errors.New("an empty duration")
	}
	return d, nil
}

func formatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

type sizeValue struct{ p *int64 }

var units = []struct {
	name string
	n    int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

func (v sizeValue) String() string {
	for _, u := range units {
		if *v.p >= u.n && *v.p%u.n == 0 {
			return strconv.FormatInt(*v.p/u.n, 10) + u.name
		}
	}
	return strconv.FormatInt(*v.p, 10)
}

func (v sizeValue) Set(s string) error {
	number, factor := s, int64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			number, factor = rest, u.n
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/factor {
		return fmt.Errorf("%q is not a number of bytes such as 65536, 64KiB or 1MiB", s)
	}
	*v.p = n * factor
	return nil
}
