package profile

// Level is one of the five questions asked of a call, in order.
type Level uint8

// The levels, in the order they are asked.
const (
	LevelAttack    Level = iota // does a node hold an attack that is not ordinary in this field?
	LevelEdge                   // does this caller call this callee at all?
	LevelOperation              // does it call this operation?
	LevelShape                  // do these fields, kinds and wrappings belong there, and is none missing?
	LevelValue                  // does each value look like those seen?
)

// String returns the level as it stands in reasons, metrics and logs.
func (l Level) String() string {
	return [...]string{"attack", "edge", "operation", "shape", "value"}[l]
}

// Mode is what the operator lets us do about a verdict.
type Mode uint8

// The modes. Inherit is no mode of a verdict: the next wider selector decides.
const (
	Inherit Mode = iota
	Off          // allow, learn nothing
	Shadow       // learn and judge, never deny
	Enforce      // deny what fails at a mature level; attacks from the first call
)

// String returns the mode as the command line and the environment write it.
func (m Mode) String() string { return [...]string{"inherit", "off", "shadow", "enforce"}[m] }

// Edge is who calls whom: the SPIFFE IDs of caller and callee, or "unknown"; a caller that is not authenticated is Unauthenticated.
type Edge struct{ From, To string }

// The names of callers and callees without a SPIFFE ID.
const (
	Unknown         = "unknown"         // no principal was given
	Unauthenticated = "unauthenticated" // a live caller without a SPIFFE ID: judged, never learned
)

// Verdict is what we think of one call. The zero Verdict denies.
type Verdict struct {
	Allow     bool     // what to answer, the mode considered
	WouldDeny bool     // what enforce would have denied, where the mode is shadow
	Released  bool     // let through as part of a release of the callee, see release.go
	Mode      Mode     // the narrowest mode that holds for this call
	Mature    bool     // structure and value of this operation may deny
	Score     float64  // the call's one score, −log10 of its calibrated p
	Operation string   // "POST /a/{id}", "/pkg.Service/Method", …; "" where none is known
	Reasons   []Reason // worst level first; nil for an ordinary call
	Revision  uint64   // of the Snapshot that judged

	scored  bool  // its score is one of all of its operation's, mature whatever they are: not only those that are far out
	settled bool  // of its operation a share of the calls teaches as much as all would, see pace.go
	renewed bool  // it comes from a version of the callee that was not seen before
	counted int64 // when this caller's calls of the operation were last counted, seconds since 1970; 0 for never
}

// Reason is one question that failed.
type Reason struct {
	Level  Level
	Class  string  // sqli, new-caller, new-operation, new-field, missing-field, kind, wrapping, cut, limit, opaque, length, alphabet, range, enumeration, format, …
	Path   string  // the printable path of the node, "" where the whole call is meant
	Score  float64 // a finding's likelihood at attack, else −log10 p
	Mature bool    // may deny
	Text   string  // one sentence for people: what was expected and what came, never a value

	Decision uint64 // of the operator whose word this is: the rule that is broken or, of a Reason that may not deny, the approval; 0 for what was learned
}
