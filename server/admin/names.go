package admin

import (
	"strings"

	"postern/envoy"
)

// matches says whether a service is the one that people name: by its SPIFFE ID, or as NS/SA. Empty names every service.
func matches(named, id string) bool {
	return named == "" || named == id || named == envoy.Short(id)
}

// traceURL is the address of a trace, "" without one.
func (a *API) traceURL(id string) string {
	if id == "" || a.config.TraceURL == "" {
		return ""
	}
	return strings.ReplaceAll(a.config.TraceURL, "{trace_id}", id)
}
