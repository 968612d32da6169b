package demo

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// a denial's trace, as Jaeger tells it, in no order.
const denied = `[
 {"spanID":"c","operationName":"judge","startTime":40,"duration":100,"references":[{"refType":"CHILD_OF","spanID":"b"}],"tags":[{"key":"postern.score.attack","value":0.99}]},
 {"spanID":"b","operationName":"postern.check","startTime":20,"duration":1500,"references":[{"refType":"CHILD_OF","spanID":"a"}],"tags":[{"key":"postern.verdict","value":"deny"},{"key":"postern.decision_id","value":"x"}]},
 {"spanID":"a","operationName":"ingress","startTime":10,"duration":2000,"references":[],"tags":[{"key":"http.status_code","value":"403"},{"key":"node_id","value":"long"}]},
 {"spanID":"d","operationName":"inspect","startTime":30,"duration":50,"references":[{"refType":"CHILD_OF","spanID":"b"}],"tags":[{"key":"postern.bytes.decoded","value":61},{"key":"postern.bytes.opaque","value":0}],
  "logs":[{"fields":[{"key":"event","value":"layer"},{"key":"postern.path","value":"body|json"},{"key":"postern.fault","value":""}]},{"fields":[{"key":"event","value":"reason"}]}]}
]`

func spansOf(t *testing.T) []span {
	t.Helper()
	var spans []span
	if err := json.Unmarshal([]byte(denied), &spans); err != nil {
		t.Fatal(err)
	}
	for i := range spans {
		spans[i].service = "postern"
		if spans[i].ID == "a" {
			spans[i].service = "orders"
		}
	}
	return spans
}

func TestTree(t *testing.T) {
	want := `└─ orders     ingress  2.0 ms  403
   └─ postern    postern.check  1.5 ms  verdict=deny
      ├─ postern    inspect  0.1 ms  bytes.decoded=61
      │     · layer  path=body|json
      └─ postern    judge  0.1 ms  score.attack=0.99
`
	if diff := cmp.Diff(want, tree(spansOf(t))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Only a trace that holds the whole of a check will do.
func TestChecked(t *testing.T) {
	if !checked(spansOf(t)) {
		t.Error("the whole trace is not taken")
	}
	for i, missing := range []string{"judge", "check", "Envoy's", "inspect"} {
		spans := spansOf(t)
		if checked(append(spans[:i], spans[i+1:]...)) {
			t.Errorf("a trace without the %s span is taken", missing)
		}
	}
}
