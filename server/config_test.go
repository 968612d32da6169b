package server

import (
	"flag"
	"io"
	"strings"
	"testing"
	"time"
)

func configured(environ ...string) (*Config, error) {
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	c, check, _ := newConfig(environ, flags)
	return c, check()
}

func TestDefaultsWork(t *testing.T) {
	c, err := configured()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range c.variables() {
		if v.value.String() != v.initial && v.value.String() != "off" {
			t.Errorf("%s: default %q prints as %q", v.name, v.initial, v.value)
		}
		if v.meaning == "" {
			t.Errorf("%s has no meaning", v.name)
		}
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{"14d": 14 * 24 * time.Hour, "1d12h": 36 * time.Hour, "90s": 90 * time.Second, "1h30m": 90 * time.Minute} {
		got, err := parseDuration(text)
		if err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
		if again, err := parseDuration(formatDuration(got)); err != nil || again != got {
			t.Errorf("%s prints as %s", text, formatDuration(got))
		}
	}
	for _, text := range []string{"", "d", "x", "-1d", "1d-1h", "1.5d"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	for name, c := range map[string]struct{ env, want string }{
		"beyond loopback":     {"POSTERN_GRPC_ADDR=10.0.0.1:1", "beyond loopback"},
		"all addresses":       {"POSTERN_ADMIN_ADDR=:9180", "POSTERN_ADMIN_TOKEN_FILE"},
		"a name may be any":   {"POSTERN_ADMIN_ADDR=host.example:9180", "beyond loopback"},
		"no port":             {"POSTERN_METRICS_ADDR=localhost", "missing port"},
		"socket without path": {"POSTERN_GRPC_ADDR=unix:", "names no socket"},
		"no grpc at all":      {"POSTERN_GRPC_ADDR=off", "cannot ask"},
		"key without cert":    {"POSTERN_TLS_KEY=/k", "belong together"},
		"allow without ca":    {"POSTERN_TLS_ALLOW=spiffe://a/b", "POSTERN_TLS_CLIENT_CA"},
		"allow no spiffe":     {"POSTERN_TLS_ALLOW=web", "not a SPIFFE ID"},
		"size":                {"POSTERN_RECORD_MAX_BYTES=1TB", "not a number of bytes"},
		"inherit":             {"POSTERN_MODE=inherit", "nothing to inherit"},
	} {
		if _, err := configured(c.env); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, fine := range []string{"POSTERN_GRPC_ADDR=[::1]:1,unix:/run/p.sock", "POSTERN_METRICS_ADDR=0.0.0.0:9190"} {
		if _, err := configured(fine); err != nil {
			t.Errorf("%s: %v", fine, err)
		}
	}
}

func TestOTelIsOffUnlessAnEndpointIsSet(t *testing.T) {
	for env, want := range map[string]otelEnv{
		"": {TracesProtocol: "grpc", MetricsProtocol: "grpc"},
		"OTEL_EXPORTER_OTLP_ENDPOINT=x OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_METRICS_EXPORTER=none": {Traces: true, TracesProtocol: "http/protobuf", MetricsProtocol: "http/protobuf"},
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=x":                 {Traces: true, TracesProtocol: "grpc", MetricsProtocol: "grpc"},
		"OTEL_EXPORTER_OTLP_ENDPOINT=x OTEL_SDK_DISABLED=true": {Disabled: true, TracesProtocol: "grpc", MetricsProtocol: "grpc"},
	} {
		if c, err := configured(strings.Fields(env)...); err != nil || c.OTel != want {
			t.Errorf("%s: %+v %v", env, c.OTel, err)
		}
	}
}
