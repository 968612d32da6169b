package doctor

import (
	"os"
	"slices"
	"strings"
	"testing"

	"postern/envoy/sidecar"
)

func recommended(t *testing.T) string {
	t.Helper()
	text, err := sidecar.YAML(sidecar.Config{
		Workload: "spiffe://mesh.example/ns/shop/sa/orders", Version: "v2", Certificate: "/c", Key: "/k", Roots: "/r",
		Inbound: []sidecar.Inbound{
			{Name: "http", Listen: "127.0.0.1:15006", App: "127.0.0.1:8080", Routes: []sidecar.Route{{Path: "/healthz", Unchecked: true}, {Prefix: "/", Body: 16384}}},
			{Name: "grpc", Listen: "127.0.0.1:15007", App: "127.0.0.1:8081", HTTP2: true, Routes: []sidecar.Route{{Path: "/shop.Orders/Place", Body: 8192}}},
		},
		Outbound: []sidecar.Outbound{{Name: "pay", Listen: "127.0.0.1:9001", Upstream: "pay.shop:15006"}},
		Postern:  sidecar.Postern{Addresses: []string{"127.0.0.1:9191"}}, Traces: "127.0.0.1:4317", Sampling: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var limits = Limits{Body: 1 << 20}

func TestTheRecommendedConfigurationIsWell(t *testing.T) {
	texts := map[string]string{"two ports": recommended(t)}
	for _, name := range []string{"orders", "small"} {
		text, err := os.ReadFile("../../envoy/sidecar/testdata/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	for name, text := range texts {
		found, err := Check([]byte(text), limits)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, f := range found {
			if name == "small" && (f.Rule == "no-tracing" || f.Rule == "fail-open") { // it has no collector, and fails open on purpose
				continue
			}
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// The lines of messages that lack a field.
const (
	authzLine   = "typed_config:\n              \"@type\": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz\n"
	managerLine = "typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager\n"
)

// seeds are mistakes made in the recommended configuration: old becomes new at its first place. at is a text of the line that must be named, where it is not new's.
var seeds = []struct{ rule, old, new, at string }{
	{"no-body", "with_request_body: {max_request_bytes: 16384, allow_partial_message: true, pack_as_bytes: true}\n              encode_raw", "encode_raw", authzLine},
	{"pack-as-bytes", "pack_as_bytes: true}", "pack_as_bytes: false}", ""},
	{"pack-as-bytes", ", pack_as_bytes: true}", "}", "with_request_body: {max_request_bytes: 16384, allow_partial_message: true}"},
	{"pack-as-bytes-on-route", "check_settings: {with_request_body: {max_request_bytes: 16384,", "check_settings: {with_request_body: {pack_as_bytes: true, max_request_bytes: 16384,", ""},
	{"partial-body", "allow_partial_message: true, pack", "allow_partial_message: false, pack", ""},
	{"partial-body", "allow_partial_message: true}}", "allow_partial_message: false}}", ""},
	{"body-over-buffer", "with_request_body: {max_request_bytes: 16384", "with_request_body: {max_request_bytes: 4194304", ""},
	{"body-over-buffer", "traffic_direction: INBOUND", "traffic_direction: INBOUND\n    per_connection_buffer_limit_bytes: 8192", "with_request_body: {max_request_bytes: 16384, allow_partial_message: true, pack"},
	{"route-body-over-filter", "check_settings: {with_request_body: {max_request_bytes: 16384", "check_settings: {with_request_body: {max_request_bytes: 32768", ""},
	{"raw-headers", "encode_raw_headers: true", "encode_raw_headers: false", ""},
	{"hidden-headers", "encode_raw_headers: true", "encode_raw_headers: true\n              disallowed_headers: {patterns: [{exact: cookie}]}", "disallowed_headers"},
	{"streams-buffered", "disable_request_body_buffering: true", "disable_request_body_buffering: false", "match: {prefix: \"/\"}\n                route: {cluster: \"app_grpc\", timeout: 0s}"},
	{"streams-buffered", "- match: {prefix: \"/\"}", "- match: {prefix: \"/\", grpc: {}}", "check_settings: {with_request_body: {max_request_bytes: 16384, allow_partial_message: true}}"},
	{"unchecked-route", "match: {path: \"/healthz\"}", "match: {prefix: \"/\"}", "disabled: true"},
	{"sampled-checks", "encode_raw_headers: true", "encode_raw_headers: true\n              filter_enabled: {default_value: {numerator: 10}}", "numerator: 10"},
	{"outbound", "traffic_direction: INBOUND", "traffic_direction: OUTBOUND", "name: envoy.filters.http.ext_authz\n"},
	{"outbound", "direction: inbound", "direction: outbound", ""},
	{"client-certificate", "require_client_certificate: true", "require_client_certificate: false", ""},
	{"any-peer", "              match_typed_subject_alt_names: [{san_type: URI, matcher: {prefix: \"spiffe://mesh.example/\"}}]\n", "", "validation_context:"},
	{"forwarded-identity", "forward_client_cert_details: SANITIZE_SET", "forward_client_cert_details: APPEND_FORWARD", ""},
	{"normalize-path", "normalize_path: true", "normalize_path: false", ""},
	{"merge-slashes", "merge_slashes: true", "merge_slashes: false", ""},
	{"escaped-slashes", "path_with_escaped_slashes_action: REJECT_REQUEST", "path_with_escaped_slashes_action: KEEP_UNCHANGED", ""},
	{"after-router", "http_filters:\n", "http_filters:\n          - {name: r, typed_config: {\"@type\": x.Router}}\n", "name: envoy.filters.http.ext_authz\n"},
	{"not-grpc", "              grpc_service:\n                envoy_grpc: {cluster_name: postern}\n                timeout: 0.25s", "              http_service:\n                server_uri: {uri: x}\n                timeout: 0.25s", "http_service"},
	{"api-version", "transport_api_version: V3\n              stat_prefix: postern", "stat_prefix: postern", authzLine},
	{"google-grpc", "                envoy_grpc: {cluster_name: postern}\n                timeout: 0.25s", "                google_grpc: {target_uri: x}\n                timeout: 0.25s", ""},
	{"timeout", "timeout: 0.25s\n                # max", "timeout: 0s\n                # max", ""},
	{"timeout", "timeout: 0.25s\n                # max", "timeout: 30s\n                # max", ""},
	{"retry-on", "retry_on: \"unavailable,reset,connect-failure\", ", "", "retry_policy"},
	{"retry-interval", "max_interval: 0.25s", "max_interval: 0.05s", ""},
	{"no-such-cluster", "envoy_grpc: {cluster_name: postern}\n                timeout", "envoy_grpc: {cluster_name: posten}\n                timeout", ""},
	{"not-http2", "explicit_http_config: {http2_protocol_options: {connection_keepalive: {interval: 10s, timeout: 2s}}}", "explicit_http_config: {http_protocol_options: {}}", "- name: postern\n"},
	{"no-health-checks", "    health_checks:", "    no_checks:", "- name: postern\n"},
	{"no-outlier-detection", "    outlier_detection:", "    no_detection:", "- name: postern\n"},
	{"circuit-breaker", "    health_checks:", "    circuit_breakers: {thresholds: [{max_requests: 1}]}\n    health_checks:", "circuit_breakers"},
	{"fail-open", "failure_mode_allow: false", "failure_mode_allow: true", ""},
	{"fail-open-unseen", "failure_mode_allow: false\n              failure_mode_allow_header_add: true", "failure_mode_allow: true", ""},
	{"status-on-error", "              status_on_error: {code: ServiceUnavailable} # 503: Postern could not be asked; 403: it said no\n", "", authzLine},
	{"shadow-mode", "shadow_mode: false", "shadow_mode: true", ""},
	{"no-access-log", "          - name: envoy.access_loggers.http_grpc\n            typed_config:\n              \"@type\": type.googleapis.com/envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig", "          - name: envoy.access_loggers.file\n            typed_config:\n              \"@type\": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", managerLine},
	{"log-elsewhere", "grpc_service: {envoy_grpc: {cluster_name: postern}}", "grpc_service: {envoy_grpc: {cluster_name: traces}}", ""},
	{"log-grpc-status", "additional_response_trailers_to_log: [grpc-status, grpc-message]", "additional_response_trailers_to_log: [grpc-message]", ""},
	{"log-grpc-status", "additional_response_headers_to_log: [content-type, grpc-status, grpc-message]", "additional_response_headers_to_log: [content-type]", "additional_response_trailers_to_log"},
	{"log-content-type", "additional_request_headers_to_log: [content-type, x-envoy-auth-failure-mode-allowed]", "additional_request_headers_to_log: [x-a]", ""},
	{"metadata-dropped", "encode_raw_headers: true", "enable_dynamic_metadata_ingestion: false\n              encode_raw_headers: true", "enable_dynamic"},
	{"unchecked-listener", "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz", "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua", managerLine},
	{"no-tracing", "          tracing:\n", "          no_tracing:\n", managerLine},
}

// beside are rules that a seed rightly makes speak as well.
var beside = map[string][]string{
	"fail-open-unseen": {"fail-open"}, "no-access-log": {"log-elsewhere"}, "body-over-buffer": {"body-over-postern"}, "timeout": {"retry-interval"}, "no-such-cluster": {"log-elsewhere"},
}

func TestSeededMistakesAreFound(t *testing.T) {
	whole := recommended(t)
	rulesFound := map[string]bool{}
	for _, s := range seeds {
		t.Run(s.rule, func(t *testing.T) {
			text := strings.Replace(whole, s.old, s.new, 1)
			if text == whole {
				t.Fatalf("the recommended configuration has no %q", s.old)
			}
			if s.rule == "streams-buffered" && s.new == "disable_request_body_buffering: false" { // on the gRPC port, the second
				text = replaceLast(whole, s.old, s.new)
			}
			found, err := Check([]byte(text), limits)
			if err != nil {
				t.Fatal(err)
			}
			var lines []int
			for _, f := range found {
				if f.Rule == s.rule {
					lines = append(lines, f.Line)
				} else if !slices.Contains(beside[s.rule], f.Rule) {
					t.Errorf("also found %+v", f)
				}
			}
			rulesFound[s.rule] = len(lines) > 0
			at := s.at
			if at == "" {
				at = strings.TrimSpace(s.new)
			}
			want := 1 + strings.Count(text[:strings.Index(text, at)], "\n")
			if !slices.Contains(lines, want) {
				t.Errorf("found on lines %v, not on %d", lines, want)
			}
		})
	}
	for _, r := range rules {
		if !rulesFound[r.name] && r.name != "body-over-postern" && r.name != "no-identity" {
			t.Errorf("no seed for %s", r.name)
		}
	}
}

func replaceLast(s, old, with string) string {
	i := strings.LastIndex(s, old)
	return s[:i] + with + s[i+len(old):]
}

func TestTwoMoreMistakes(t *testing.T) {
	found, err := Check([]byte(recommended(t)), Limits{Body: 8192})
	if err != nil || len(found) == 0 || found[0].Rule != "body-over-postern" {
		t.Errorf("%v %v", found, err)
	}
	const plain = `
filterChains:
- filters:
  - typedConfig:
      "@type": x.HttpConnectionManager
      httpFilters: [{name: a, typedConfig: {"@type": x.ext_authz.v3.ExtAuthz, withRequestBody: {packAsBytes: true}}}]
`
	found, err = Check([]byte(plain), limits)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(found, func(f Finding) bool { return f.Rule == "no-identity" }) {
		t.Errorf("%+v", found)
	}
	for _, text := range []string{"a: [", "a: 1", "", "*x"} {
		if found, err := Check([]byte(text), limits); err == nil {
			t.Errorf("%q: %v", text, found)
		}
	}
}

// testdata/dump.json is what Envoy 1.40 says it runs with where listeners, clusters and each route table came by xDS: the recommended configuration. The list of Envoy's
// extensions is left out.
func TestDump(t *testing.T) {
	text, err := os.ReadFile("testdata/dump.json")
	if err != nil {
		t.Fatal(err)
	}
	whole := string(text)
	for _, c := range []struct{ rule, listener, old, new string }{
		{rule: "none", old: "x", new: "x"},
		{"no-such-cluster", "inbound_http", `"cluster_name": "postern"`, `"cluster_name": "posten"`},
		{"streams-buffered", "inbound_grpc", `"disable_request_body_buffering": true`, `"disable_request_body_buffering": false`}, // in a route table that only the dump has
		{"no-health-checks", "inbound_http", `"health_checks": [`, `"no_checks": [`},                                              // of a cluster that came by xDS
	} {
		found, err := Check([]byte(strings.ReplaceAll(whole, c.old, c.new)), limits)
		if err != nil {
			t.Fatal(err)
		}
		if c.rule == "none" {
			if len(found) > 0 {
				t.Errorf("the recommended configuration, dumped: %+v", found)
			}
			continue
		}
		if !slices.ContainsFunc(found, func(f Finding) bool {
			return f.Rule == c.rule && strings.HasPrefix(f.Listener, c.listener) && f.Line > 0
		}) {
			t.Errorf("%s is not found at %s: %+v", c.rule, c.listener, found)
		}
	}
}

// FuzzCheck: whatever the file, doctor ends.
func FuzzCheck(f *testing.F) {
	f.Add("a: &x [1]\nb: *x\n<<: {c: d}")
	f.Fuzz(func(_ *testing.T, text string) { _, _ = Check([]byte(text), limits) })
}
