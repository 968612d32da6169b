package admin

import "time"

// Denial is one denial or would-be denial as the decision log, the stream of denials and the API have it. It holds paths and classes, never values.
type Denial struct {
	Time       time.Time `json:"time" doc:"when the check arrived"`
	DecisionID string    `json:"decision_id"`
	TraceID    string    `json:"trace_id,omitempty" doc:"the trace in which it stands: the call's own, or one of its own where the call was not sampled"`
	Verdict    string    `json:"verdict" enum:"deny,would-deny"`
	Mode       string    `json:"mode" enum:"off,shadow,enforce"`
	Caller     string    `json:"caller"`
	Callee     string    `json:"callee"`
	Version    string    `json:"version,omitempty" doc:"of the callee"`
	Protocol   string    `json:"protocol,omitempty"`
	Method     string    `json:"method"`
	Operation  string    `json:"operation,omitempty"`
	Score      float64   `json:"score" doc:"the call's one score, −log10 of its calibrated p"`
	Mature     bool      `json:"mature" doc:"structure and value of this operation may deny"`
	Reasons    []Reason  `json:"reasons"`
	Features   Features  `json:"features"`
	Revision   uint64    `json:"snapshot_revision" doc:"of the snapshot that judged"`
}

// Reason is one question that failed.
type Reason struct {
	Level    string  `json:"level" enum:"attack,edge,operation,shape,value"`
	Class    string  `json:"class"`
	Path     string  `json:"path,omitempty" doc:"where, as body|json.items[].note|base64; empty where the whole call is meant"`
	Score    float64 `json:"score" doc:"a finding's likelihood at attack, else −log10 p"`
	Mature   bool    `json:"mature" doc:"may deny"`
	Value    string  `json:"value,omitempty" doc:"keyed hash of what stood there, for approve"`
	Decision uint64  `json:"decision,omitempty" doc:"of an operator: the rule that is broken or, of a reason that may not deny, the approval"`
	Text     string  `json:"text,omitempty" doc:"what was expected and what came, for people"`
}

// Features are what is kept of a call: how it was built, not what it said.
type Features struct {
	Nodes      int      `json:"nodes" doc:"values, containers and layers in the opened call"`
	BodyBytes  int      `json:"body_bytes"`
	Decoded    int64    `json:"decoded_bytes"`
	Opaque     int64    `json:"opaque_bytes"`
	Unexamined int64    `json:"unexamined_bytes"`
	Layers     []string `json:"layers" doc:"path of each layer opened, in order"`
	Findings   []string `json:"findings,omitempty" doc:"class@path of each finding, the ordinary ones too"`
}
