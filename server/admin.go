package server

import (
	"net/http"
	"strings"

	dto "github.com/prometheus/client_model/go"

	"postern/profile"
	"postern/server/admin"
	"postern/server/console"
)

// adminHandler serves the admin API, and the console beside it.
func (s *Server) adminHandler() (http.Handler, error) {
	c := admin.Config{Learner: s.learner, Store: s.store, FalseDenyRate: s.config.FalseDenyRate, TrustDomain: s.config.TrustDomain, Version: Version(), Program: s.program, TraceURL: s.config.TraceURL}
	if s.config.AdminTokenFile != "" {
		tokens, err := admin.LoadTokens(s.config.AdminTokenFile)
		if err != nil {
			return nil, err
		}
		c.Tokens = tokens
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", admin.New(c).Handler())
	mux.Handle("/", console.Handler())
	return mux, nil
}

// program tells how the program is, by its own metrics.
func (s *Server) program() admin.Program {
	p := admin.Program{
		Mode: s.learner.Snapshot().Mode(profile.Edge{}).String(), Warnings: append([]string{}, s.warnings()...), Checks: map[string]int64{}, Errors: map[string]int64{}, Ended: map[string]int64{},
		Dropped: map[string]int64{},
	}
	families, err := s.telemetry.registry.Gather()
	if err != nil {
		p.Warnings = append(p.Warnings, "warning: the metrics cannot be read: "+err.Error())
	}
	for _, f := range families {
		into, label := p.Dropped, ""
		switch name := f.GetName(); name {
		case "postern_decisions_total":
			into, label = p.Checks, "verdict"
		case "postern_errors_total":
			into, label = p.Errors, "kind"
		case "postern_outcomes_total":
			into, label = p.Ended, "result"
		case "postern_learn_dropped_total", "postern_log_dropped_total", "postern_record_dropped_total":
			into[strings.TrimSuffix(strings.TrimPrefix(name, "postern_"), "_dropped_total")] += sum(f)
			continue
		default:
			continue
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == label {
					into[l.GetValue()] += int64(m.GetCounter().GetValue())
				}
			}
		}
	}
	return p
}

func sum(f *dto.MetricFamily) (n int64) {
	for _, m := range f.GetMetric() {
		n += int64(m.GetCounter().GetValue())
	}
	return n
}
