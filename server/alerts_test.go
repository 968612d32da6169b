package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAlertsSpeakOfOurMetrics holds the example's alert rules to the table of metrics and their labels.
func TestAlertsSpeakOfOurMetrics(t *testing.T) {
	text, err := os.ReadFile("../examples/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for _, m := range metrics {
		known[m.name] = m.labels
	}
	seen := 0
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "expr:") {
			continue
		}
		for _, m := range regexp.MustCompile(`(postern_[a-z_]+)(?:\{([^}]*)\})?`).FindAllStringSubmatch(line, -1) {
			seen++
			name := strings.TrimSuffix(m[1], "_bucket")
			labels, ok := known[name]
			if !ok {
				t.Errorf("no metric is called %s", m[1])
			}
			for _, l := range regexp.MustCompile(`([a-z]+)(?:=~|!=|=)`).FindAllStringSubmatch(m[2], -1) {
				if !strings.Contains(labels, l[1]) {
					t.Errorf("%s has no label %s", m[1], l[1])
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d metrics in the rules", seen)
	}
}

// TestAlertsFireForWhatTheySay lets Prometheus's own tool evaluate the rules: over a sound Postern none fires, and each fires over what it is for.
func TestAlertsFireForWhatTheySay(t *testing.T) {
	t.Parallel()
	tool := peer(t, "PROMTOOL", "`bash .ci/get promtool .tools/promtool` brings it", "promtool")
	rules, err := filepath.Abs("../examples/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sound := map[string]string{ // a minute a step
		`postern_decisions_total{verdict="allow",level=""}`: "0+600x60", `postern_outcomes_total{result="ok"}`: "0+580x60", `postern_outcomes_total{result="failed"}`: "0+15x60",
		`postern_decisions_total{verdict="deny",level="shape"}`: "0+1x60", "postern_store_up": "1x60",
		`postern_check_duration_seconds_bucket{le="0.01"}`: "0+600x60", `postern_check_duration_seconds_bucket{le="0.05"}`: "0+601x60", `postern_check_duration_seconds_bucket{le="0.25"}`: "0+601x60",
		`postern_check_duration_seconds_bucket{le="+Inf"}`: "0+601x60",
	}
	wrong := map[string]map[string]string{
		"PosternDeniesMore":       {`postern_decisions_total{verdict="deny",level="shape"}`: "0+30x60"},
		"PosternFindsAttacks":     {`postern_decisions_total{verdict="would-deny",level="attack"}`: "0+1x60"},
		"PosternFails":            {`postern_errors_total{kind="panic"}`: "0+1x60"},
		"PosternIsAskedByCallers": {`postern_errors_total{kind="outbound"}`: "0+1x60"},
		"PosternIsSlow":           {`postern_check_duration_seconds_bucket{le="0.25"}`: "0+700x60", `postern_check_duration_seconds_bucket{le="+Inf"}`: "0+701x60"},
		"PosternStoreDown":        {"postern_store_up": "0x60"},
		"PosternHearsNoEnds":      {`postern_outcomes_total{result="ok"}`: "0+100x60"},
		"PosternIsPassedBy":       {`postern_outcomes_total{result="unchecked"}`: "0+1x60"},
		"PosternLearnsTooSlowly":  {"postern_learn_dropped_total": "0+1x60"},
	}
	var file strings.Builder
	fmt.Fprintf(&file, "rule_files: [%q]\ntests:\n", rules)
	scenario := func(alert string, changed map[string]string) {
		fmt.Fprint(&file, "- interval: 1m\n  input_series:\n")
		names := map[string]bool{}
		for _, from := range []map[string]string{changed, sound} {
			for series, values := range from {
				if !names[series] {
					fmt.Fprintf(&file, "  - {series: '%s', values: '%s'}\n", series, values)
				}
				names[series] = true
			}
		}
		fmt.Fprint(&file, "  promql_expr_test:\n  - expr: count by (alertname) (ALERTS{alertstate=\"firing\"})\n    eval_time: 55m\n    exp_samples:")
		if alert == "" {
			fmt.Fprint(&file, " []\n")
		} else {
			fmt.Fprintf(&file, "\n    - {labels: '{alertname=%q}', value: 1}\n", alert)
		}
	}
	scenario("", nil)
	for alert, changed := range wrong {
		scenario(alert, changed)
	}
	text, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`alert: (\S+)`).FindAllStringSubmatch(string(text), -1) {
		if wrong[m[1]] == nil {
			t.Errorf("nothing makes %s fire", m[1])
		}
	}
	tests := filepath.Join(t.TempDir(), "tests.yaml")
	if err := os.WriteFile(tests, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", "rules", rules}, {"test", "rules", tests}} {
		if out, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %q: %v\n%s", args, err, out)
		}
	}
}
