package server

import (
	"os"
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
