package server

import (
	"fmt"
	"io"
	"net/http"
	"net/http/pprof"
	"strings"
)

// metricsHandler serves /metrics, /healthz, /readyz and, if asked, pprof. It tells no service's name and no value.
func (s *Server) metricsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.telemetry.handler)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answerText(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		switch {
		case s.draining.Load():
			answerText(w, http.StatusServiceUnavailable, "draining")
			return
		case !s.loaded.Load():
			answerText(w, http.StatusServiceUnavailable, "reading the store")
			return
		case s.learner.Making():
			answerText(w, http.StatusServiceUnavailable, "making profiles of what the store holds; calls are judged by those that are made")
			return
		}
		answerText(w, http.StatusOK, strings.Join(append([]string{"ready"}, s.warnings()...), "\n"))
	})
	if s.config.PProf {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

func answerText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // whoever asked is gone
}

// warnings is what an operator should know though calls are answered.
func (s *Server) warnings() (list []string) {
	if s.problem != "" {
		list = append(list, "warning: the store was not opened and nothing is written to it; nothing is remembered and nothing is denied: "+s.problem)
	} else if !s.store.Up() {
		list = append(list, "warning: the store does not answer; calls are judged, and learning is kept in memory")
	}
	if s.outbound.Load() {
		list = append(list, fmt.Sprintf("warning: a caller's own sidecar asks (direction %q); such calls are not judged: ext_authz belongs on the inbound listener", "outbound"))
	}
	return list
}

// gauges are the numbers that their owners keep.
func (s *Server) gauges() []gauge {
	return []gauge{
		{"postern_store_up", "whether the store answers", false, func() int64 {
			if s.problem == "" && s.store.Up() {
				return 1
			}
			return 0
		}},
		{"postern_profile_revision", "of the snapshot that judges now", false, func() int64 { return int64(s.learner.Snapshot().Revision) }},                          //nolint:gosec // counts up from 0
		{"postern_profile_learned", "calls learned", true, func() int64 { return int64(s.learner.Stats().Learned) }},                                                  //nolint:gosec // as above
		{"postern_profile_refused", "calls not learned: denied, failed, mode off, caller not proven", true, func() int64 { return int64(s.learner.Stats().Refused) }}, //nolint:gosec // as above
		{"postern_profile_lost", "calls whose end was never heard of", true, func() int64 { return int64(s.learner.Stats().Lost) }},                                   //nolint:gosec // as above
		{"postern_profile_quarantined", "new structure that waits for more callers, days or an operator", false, func() int64 { return int64(s.learner.Quarantined()) }},
		{"postern_profile_drifting", "callees whose calls have changed: nothing ordinary is learned of them until an operator decides", false, func() int64 { return int64(len(s.learner.Drifting())) }},
		{"postern_profile_pending", "calls that wait for their end", false, func() int64 { return int64(s.learner.Stats().Pending) }},
		{"postern_learn_dropped", "observations that the learner had no room for", true, func() int64 { return int64(s.learner.Stats().Dropped) }},                   //nolint:gosec // as above
		{"postern_profile_shelved", "counts that left memory: the store has them", true, func() int64 { return int64(s.learner.Stats().Shelved) }},                   //nolint:gosec // as above
		{"postern_profile_swept", "counts that were forgotten, the least called: there were too many", true, func() int64 { return int64(s.learner.Stats().Swept) }}, //nolint:gosec // as above
	}
}
