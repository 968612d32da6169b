package doctor

import "time"

// rule is one mistake: how it is found (the lines it stands on), what it does, and how it is mended.
type rule struct {
	name, severity string
	find           func(p *place) []int
	what, mend     string
}

const (
	bad  = "error"
	poor = "warning"
)

// rules is everything that is looked for. What Envoy does in each case was tried with Envoy 1.40.
var rules = []rule{
	// What Postern is shown.
	{
		"no-body", bad, func(p *place) []int { return absent(p.authz, "with_request_body") },
		"no body is ever sent to Postern: nothing in a body can be judged", "with_request_body: {max_request_bytes: 16384, allow_partial_message: true, pack_as_bytes: true}",
	},
	{"pack-as-bytes", bad, func(p *place) []int {
		if b := p.authz.at("with_request_body"); b != nil && !b.at("pack_as_bytes").is("true") {
			return line(b.at("pack_as_bytes"), b)
		}
		return nil
	}, "bytes of a body that are not UTF-8 reach Postern as \"!\": compressed and binary bodies cannot be opened", "with_request_body.pack_as_bytes: true, on the filter"},
	{"pack-as-bytes-on-route", poor, func(p *place) (lines []int) {
		p.routes(func(_, host, own *node) {
			for _, s := range []*node{host, own} {
				if b := s.at("check_settings", "with_request_body", "pack_as_bytes"); b != nil {
					lines = append(lines, b.line)
				}
			}
		})
		return lines
	}, "Envoy ignores pack_as_bytes on a route: the filter's holds", "set it on the filter only"},
	{"partial-body", bad, func(p *place) (lines []int) {
		check := func(b *node) {
			if b != nil && !b.at("allow_partial_message").is("true") {
				lines = append(lines, line(b.at("allow_partial_message"), b)...)
			}
		}
		check(p.authz.at("with_request_body"))
		p.routes(func(_, _, own *node) { check(own.at("check_settings", "with_request_body")) })
		return lines
	}, "a body above max_request_bytes is answered 413 without asking Postern, in shadow too", "allow_partial_message: true: Postern judges the beginning and knows that it was cut"},
	{"body-over-buffer", bad, func(p *place) (lines []int) {
		buffer := p.listener.at("per_connection_buffer_limit_bytes").number(1 << 20)
		p.bodies(func(b *node) {
			if b.at("max_request_bytes").number(0) > buffer {
				lines = append(lines, b.at("max_request_bytes").line)
			}
		})
		return lines
	}, "max_request_bytes is above the listener's per_connection_buffer_limit_bytes (1 MiB unless set): larger bodies are answered 413", "lower max_request_bytes, or raise the buffer limit"},
	{"body-over-postern", poor, func(p *place) (lines []int) {
		p.bodies(func(b *node) {
			if p.limits.Body > 0 && b.at("max_request_bytes").number(0) > p.limits.Body {
				lines = append(lines, b.at("max_request_bytes").line)
			}
		})
		return lines
	}, "Envoy sends more of a body than Postern reads (POSTERN_MAX_BYTES): the rest is unexamined", "make the two agree"},
	{"route-body-over-filter", poor, func(p *place) (lines []int) {
		most := p.authz.at("with_request_body", "max_request_bytes").number(1 << 62)
		p.routes(func(_, _, own *node) {
			if n := own.at("check_settings", "with_request_body", "max_request_bytes"); n.number(0) > most {
				lines = append(lines, n.line)
			}
		})
		return lines
	}, "a route shows more of a body than the filter's max_request_bytes: the two disagree, and the route's holds", "raise the filter's, or lower the route's"},
	{
		"raw-headers", poor, func(p *place) []int { return unless(p.authz, "encode_raw_headers", "true") },
		"repeated headers arrive joined by commas, bytes that are not UTF-8 as \"!\"", "encode_raw_headers: true",
	},
	{"hidden-headers", poor, func(p *place) []int {
		if h := p.authz.at("allowed_headers"); h != nil {
			return line(h)
		}
		return present(p.authz, "disallowed_headers")
	}, "headers are kept from Postern that the application gets: what stands in them is not judged", "remove allowed_headers and disallowed_headers"},
	{"streams-buffered", bad, func(p *place) (lines []int) {
		if !p.authz.has("with_request_body") {
			return nil
		}
		p.routes(func(route, host, own *node) {
			switch set := own.at("check_settings"); {
			case own.at("disabled").is("true") || set.at("disable_request_body_buffering").is("true"):
			case set.has("with_request_body"):
				if route.has("match", "grpc") {
					lines = append(lines, set.at("with_request_body").line)
				}
			case !host.at("check_settings", "disable_request_body_buffering").is("true") && (route.has("match", "grpc") || p.speaksHTTP2(route)):
				lines = append(lines, route.line)
			}
		})
		return lines
	}, "bodies are buffered on a route that carries gRPC: a bidirectional stream never starts, and Postern is never asked", "check_settings.disable_request_body_buffering: true on the virtual host; with_request_body on unary routes only"},
	{"unchecked-route", poor, func(p *place) (lines []int) {
		for _, h := range p.virtualHosts() {
			if s := p.perRoute(h); s.at("disabled").is("true") {
				lines = append(lines, s.at("disabled").line)
			}
			for _, r := range h.at("routes").list() {
				if s := p.perRoute(r); s.at("disabled").is("true") && r.at("match", "prefix").is("/") {
					lines = append(lines, s.at("disabled").line)
				}
			}
		}
		return lines
	}, "every call of a virtual host, or below /, passes unchecked", "disable the check on the paths of probes only"},
	{"sampled-checks", poor, func(p *place) []int {
		v := p.authz.at("filter_enabled", "default_value")
		whole := map[string]string{"": "100", "HUNDRED": "100", "TEN_THOUSAND": "10000", "MILLION": "1000000"}
		of := ""
		if d := v.at("denominator"); d != nil {
			of = d.text
		}
		if f := v.at("numerator"); f != nil && !f.is(whole[of]) {
			return line(f)
		}
		return nil
	}, "only a part of the calls is checked: the others pass unseen", "filter_enabled at 100 %, or none"},

	// Who calls whom.
	{"outbound", bad, func(p *place) []int {
		if p.listener.at("traffic_direction").is("OUTBOUND") {
			return line(p.filter)
		}
		return p.direction("outbound")
	}, "the caller's own sidecar asks: it would ask about itself; such calls are neither judged nor learned", "put the filter on the callee's inbound listener"},
	{"no-identity", bad, func(p *place) []int {
		if p.tls() == nil && !p.extension("workload") && !p.plaintextTwin() {
			return line(p.chain, p.filter)
		}
		return nil
	}, "without mTLS, and without context_extensions.workload, nobody says who is called", "TLS with client certificates, or context_extensions: {workload: NS/SA}"},
	{"client-certificate", bad, func(p *place) []int {
		if t := p.tls(); t != nil && !t.at("require_client_certificate").is("true") {
			return line(t.at("require_client_certificate"), t)
		}
		return nil
	}, "callers need no certificate: they are unauthenticated, and never learned", "require_client_certificate: true"},
	{"any-peer", bad, func(p *place) []int {
		c := p.tls().at("common_tls_context")
		v := c.at("validation_context")
		if v == nil {
			v = c.at("combined_validation_context", "default_validation_context")
		}
		if p.tls() != nil && !v.has("match_typed_subject_alt_names") && !c.has("validation_context_sds_secret_config") {
			return line(v, c, p.tls())
		}
		return nil
	}, "every certificate of the authorities is believed, one without a SPIFFE ID too", `match_typed_subject_alt_names: [{san_type: URI, matcher: {prefix: "spiffe://TRUST-DOMAIN/"}}]`},
	{"forwarded-identity", poor, func(p *place) []int {
		if f := p.hcm.at("forward_client_cert_details"); f != nil && !f.is("SANITIZE") && !f.is("SANITIZE_SET") { // unset is SANITIZE
			return line(f)
		}
		return nil
	}, "a caller's own x-forwarded-client-cert reaches the application", "forward_client_cert_details: SANITIZE_SET"},

	// What is judged is what the application reads.
	{
		"normalize-path", bad, func(p *place) []int { return unless(p.hcm, "normalize_path", "true") },
		"paths reach Postern and the application as sent: /a/../admin is judged as one thing and read as another", "normalize_path: true",
	},
	{
		"merge-slashes", poor, func(p *place) []int { return unless(p.hcm, "merge_slashes", "true") },
		"//admin and /admin are two operations to Postern and may be one to the application", "merge_slashes: true",
	},
	{"escaped-slashes", poor, func(p *place) []int {
		return unless(p.hcm, "path_with_escaped_slashes_action", "REJECT_REQUEST", "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD")
	}, "%2F in a path is one segment to Postern and may be two to the application", "path_with_escaped_slashes_action: REJECT_REQUEST"},
	{"after-router", bad, func(p *place) []int {
		for _, f := range p.hcm.at("http_filters").list() {
			if f == p.filter {
				return nil
			}
			if f.at("typed_config").typed("Router") {
				return line(p.filter)
			}
		}
		return nil
	}, "the filter stands behind the router: it is never reached", "put it before envoy.filters.http.router"},

	// How Postern is asked.
	{
		"not-grpc", bad, func(p *place) []int { return present(p.authz, "http_service") },
		"Postern speaks gRPC only", "grpc_service in place of http_service",
	},
	{
		"api-version", bad, func(p *place) []int { return unless(p.authz, "transport_api_version", "V3") },
		"Envoy speaks version 2 unless told otherwise, which it no longer has", "transport_api_version: V3",
	},
	{
		"google-grpc", poor, func(p *place) []int { return present(p.authz.at("grpc_service"), "google_grpc") },
		"Google's gRPC client has no health checks, outlier detection or cluster statistics", "envoy_grpc",
	},
	{"timeout", bad, func(p *place) []int {
		t := p.authz.at("grpc_service", "timeout")
		if d := t.duration(200 * time.Millisecond); d <= 0 || d > 2*time.Second {
			return line(t)
		}
		return nil
	}, "a check may take for ever, or longer than people wait (0s is no limit at all)", "timeout: 0.25s"},
	{"retry-on", poor, func(p *place) []int {
		if r := p.authz.at("grpc_service", "retry_policy"); r != nil && !r.has("retry_on") {
			return line(r)
		}
		return nil
	}, "a retry_policy without retry_on never retries", `retry_on: "unavailable,reset,connect-failure"`},
	{"retry-interval", bad, func(p *place) []int {
		most := p.authz.at("grpc_service", "retry_policy", "retry_back_off", "max_interval")
		if most != nil && most.duration(0) < p.authz.at("grpc_service", "timeout").duration(200*time.Millisecond) {
			return line(most)
		}
		return nil
	}, "retry_back_off.max_interval is also the time of one try: a check fails before its timeout", "max_interval not below timeout"},
	{"no-such-cluster", bad, func(p *place) []int {
		name := p.authz.at("grpc_service", "envoy_grpc", "cluster_name")
		if name != nil && p.cluster == nil && !p.file.moreClusters() {
			return line(name)
		}
		return nil
	}, "the cluster of Postern is not in this file, and no xDS brings it", "add the cluster"},
	{"not-http2", bad, func(p *place) []int {
		if p.cluster == nil || p.cluster.has("http2_protocol_options") {
			return nil
		}
		http2 := false
		p.cluster.at("typed_extension_protocol_options").each(func(n *node) { http2 = http2 || n.has("http2_protocol_options") })
		if http2 {
			return nil
		}
		return line(p.cluster)
	}, "the cluster of Postern does not speak HTTP/2: no check succeeds", "explicit_http_config: {http2_protocol_options: {}}"},
	{
		"no-health-checks", bad, func(p *place) []int { return absent(p.cluster, "health_checks") },
		"a replica that is dead, or draining, fails every call routed to it, at once", "health_checks: [{timeout: 0.5s, interval: 2s, unhealthy_threshold: 1, healthy_threshold: 1, grpc_health_check: {}}]",
	},
	{
		"no-outlier-detection", poor, func(p *place) []int { return absent(p.cluster, "outlier_detection") },
		"a replica that fails between health checks goes on failing calls", "outlier_detection: {consecutive_gateway_failure: 3, enforcing_consecutive_gateway_failure: 100, base_ejection_time: 5s}",
	},
	{"circuit-breaker", poor, func(p *place) (lines []int) {
		for _, t := range p.cluster.at("circuit_breakers", "thresholds").list() {
			if n := t.at("max_requests"); n != nil && n.number(0) < 100 {
				lines = append(lines, n.line)
			}
		}
		return lines
	}, "few checks may be under way at once: the others fail without being asked", "max_requests: 1024 (the default) or more"},

	// What a failure does.
	{"fail-open", poor, func(p *place) []int {
		if f := p.authz.at("failure_mode_allow"); f.is("true") {
			return line(f)
		}
		return nil
	}, "while Postern cannot be asked every call passes: whoever can overload it gets by", "failure_mode_allow: false, once you enforce"},
	{"fail-open-unseen", poor, func(p *place) []int {
		if f := p.authz.at("failure_mode_allow"); f.is("true") && !p.authz.at("failure_mode_allow_header_add").is("true") {
			return line(f)
		}
		return nil
	}, "calls that passed because Postern could not be asked look like any other", "failure_mode_allow_header_add: true, and log x-envoy-auth-failure-mode-allowed"},
	{"status-on-error", poor, func(p *place) []int {
		if c := p.authz.at("status_on_error", "code"); c == nil || c.is("Forbidden") || c.is("403") {
			return line(c, p.authz)
		}
		return nil
	}, "403 says both that Postern denied and that it could not be asked", "status_on_error: {code: ServiceUnavailable}"},
	{"shadow-mode", poor, func(p *place) []int {
		if s := p.authz.at("shadow_mode"); s.is("true") {
			return line(s)
		}
		return nil
	}, "Envoy ignores every denial", "shadow_mode: false: POSTERN_MODE and `postern profile mode` decide, callee by callee"},

	// What Postern learns from, and people see.
	{"no-access-log", bad, func(p *place) []int {
		if len(p.accessLogs()) == 0 {
			return line(p.hcm)
		}
		return nil
	}, "Postern never hears how calls end: failed calls teach too", "an HttpGrpcAccessLogConfig to Postern's cluster"},
	{"log-elsewhere", bad, func(p *place) (lines []int) {
		asked := p.authz.at("grpc_service", "envoy_grpc", "cluster_name")
		for _, l := range p.accessLogs() {
			to := l.at("common_config", "grpc_service", "envoy_grpc", "cluster_name")
			if to == nil || asked == nil || to.text == asked.text {
				return nil
			}
			lines = append(lines, to.line)
		}
		return lines
	}, "the access log goes to another cluster than the checks: Postern never hears how calls end", "the same cluster for both"},
	{"log-grpc-status", bad, func(p *place) []int {
		for _, l := range p.accessLogs() {
			if l.at("additional_response_headers_to_log").lists("grpc-status") && l.at("additional_response_trailers_to_log").lists("grpc-status") {
				return nil
			}
		}
		if logs := p.accessLogs(); len(logs) > 0 {
			return line(logs[0].at("additional_response_trailers_to_log"), logs[0].at("additional_response_headers_to_log"), logs[0])
		}
		return nil
	}, "how gRPC calls ended is not logged: their HTTP status is always 200, and failed calls teach", "grpc-status among additional_response_headers_to_log and additional_response_trailers_to_log"},
	{"log-content-type", poor, func(p *place) []int {
		for _, l := range p.accessLogs() {
			if l.at("additional_request_headers_to_log").lists("content-type") {
				return nil
			}
		}
		if logs := p.accessLogs(); len(logs) > 0 {
			return line(logs[0].at("additional_request_headers_to_log"), logs[0])
		}
		return nil
	}, "a gRPC call that broke off cannot be told from an HTTP call that ended well", "content-type among additional_request_headers_to_log"},
	{"metadata-dropped", bad, func(p *place) []int {
		if m := p.authz.at("enable_dynamic_metadata_ingestion"); m.is("false") {
			return line(m)
		}
		return nil
	}, "the decision id is dropped: no access log entry can be tied to its check", "remove enable_dynamic_metadata_ingestion: false"},
	{
		"no-tracing", poor, func(p *place) []int { return absent(p.hcm, "tracing") },
		"Envoy makes no spans: Postern's stand alone, and a denial cannot be seen in its trace", "tracing with provider envoy.tracers.opentelemetry",
	},
}
