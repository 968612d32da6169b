package profile

import (
	"fmt"
	"slices"
)

// What POSTERN_UNEXAMINED says of bytes that could not be read: cut by the proxy, beyond a limit, or opaque.
const (
	unexaminedAllow = "allow" // they never count
	unexaminedDeny  = "deny"  // they are denied whatever was learned, from the first call
)

// unexamined denies a call with bytes that were not read, where the operator asked for that. Otherwise the profile decides (onWhole).
func (j *judging) unexamined() {
	if j.f.Whole&^wholeMore == 0 || j.s.config.Unexamined != unexaminedDeny {
		return
	}
	class, _ := wholeClass(j.f.Whole &^ wholeMore)
	known := slices.IndexFunc(j.v.Reasons, func(r Reason) bool { return r.Level == LevelShape && r.Class == class })
	if known >= 0 {
		j.v.Reasons[known].Mature = true
	} else {
		j.v.Reasons = append(j.v.Reasons, Reason{
			Level: LevelShape, Class: class, Path: "body", Score: j.v.Score, Mature: true,
			Text: fmt.Sprintf("bytes were not read (%s), and the operator lets no such call pass", class),
		})
	}
	if j.v.Mode == Enforce {
		j.v.Allow = false
	} else {
		j.v.WouldDeny = true
	}
}
