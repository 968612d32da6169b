package admin

import (
	"fmt"
	"slices"
	"strings"

	"postern/envoy"
)

// matches says whether a service is the one that people name: by its SPIFFE ID, or as NS/SA. Empty names every service.
func matches(named, id string) bool {
	return named == "" || named == id || named == envoy.Short(id)
}

// Resolve finds the service that people name NS/SA, or by its whole id, among those known. One that is not known yet is taken for the trust domain's own.
func Resolve(name string, known []string, trustDomain string) (string, error) {
	if name == "" || slices.Contains(known, name) || strings.HasPrefix(name, "spiffe://") {
		return name, nil
	}
	var found []string
	for _, id := range known {
		if envoy.Short(id) == name {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return envoy.Config{TrustDomain: trustDomain}.Workload(name)
	}
	return "", fmt.Errorf("several services are called so: %s; name one by its SPIFFE ID", strings.Join(found, ", "))
}

// traceURL is the address of a trace, "" without one.
func (a *API) traceURL(id string) string {
	if id == "" || a.config.TraceURL == "" {
		return ""
	}
	return strings.ReplaceAll(a.config.TraceURL, "{trace_id}", id)
}
