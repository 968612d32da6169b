package server

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"postern/inspect"
	"postern/profile"
)

// Config is everything an operator can set. Each field has a variable POSTERN_… and a flag (the variable's name in lower case, without POSTERN_, - for _).
type Config struct {
	Mode          profile.Mode
	FalseDenyRate float64
	AttackScore   float64
	Unexamined    string // profile, allow or deny
	ForgetAfter   time.Duration
	ProfileMemory int64 // bytes
	TrustDomain   string
	SourceHeader  string // "" is off

	GRPCAddr, AdminAddr, MetricsAddr []string
	GRPCInsecure                     bool
	TLSCert, TLSKey, TLSClientCA     string
	TLSAllow                         []string
	AdminTokenFile                   string
	PProf                            bool

	Limits inspect.Limits

	Data        string
	NATSURL     string
	Replica     string
	HashKeyFile string

	NATSCreds, NATSCA, NATSCert, NATSKey string
	Tenant                               string
	DenialBytes                          int64
	DenialAge                            time.Duration

	Record         string
	RecordMaxBytes int64

	TraceDenials bool
	TraceURL     string
	LogLevel     string
	Drain        time.Duration

	OTel otelEnv
}

// otelEnv is what of the standard OTEL_ variables decides whether anything is exported; the exporters read the rest themselves.
type otelEnv struct {
	Disabled        bool
	Traces, Metrics bool   // an endpoint is set for them
	TracesProtocol  string // grpc or http/protobuf
	MetricsProtocol string
}

// variable is one setting: its name, where it is kept, its default as text, and what it means.
type variable struct {
	name    string
	value   flag.Value
	initial string
	meaning string
}

func (v *variable) flag() string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(v.name, "POSTERN_")), "_", "-")
}

// variables lists every variable there is, bound to the fields of c. README's table is held to it by a test.
func (c *Config) variables() []variable {
	return []variable{
		{"POSTERN_MODE", modeValue{&c.Mode}, "shadow", "what Postern may do until an operator sets the mesh's mode: `off`, `shadow` (learn and judge, deny nothing), `enforce`"},
		{"POSTERN_FALSE_DENY_RATE", floatValue{&c.FalseDenyRate}, "0.001", "share of ordinary calls that may be denied; a level that cannot hold it does not deny"},
		{"POSTERN_ATTACK_SCORE", floatValue{&c.AttackScore}, "0.5", "likelihood from which an attack found in a value speaks at the Attack level"},
		{"POSTERN_UNEXAMINED", choiceValue{&c.Unexamined, []string{"profile", "allow", "deny"}}, "profile", "bytes that could not be read (cut, over a limit, opaque): `profile` (deny where this operation's calls are not ordinarily so), `allow`, `deny`"},
		{"POSTERN_FORGET_AFTER", durationValue{&c.ForgetAfter}, "14d", "how long what is no longer seen is remembered"},
		{"POSTERN_PROFILE_MEMORY", sizeValue{&c.ProfileMemory}, "512MiB", "memory for what is counted, and as many for what is judged by; what was used least lately is read from the store again when it is needed"},
		{"POSTERN_TRUST_DOMAIN", stringValue{&c.TrustDomain}, "cluster.local", "trust domain of workloads that are named NS/SA only"},
		{"POSTERN_SOURCE_HEADER", stringValue{&c.SourceHeader}, "", "for a mesh without mTLS: the header in which a trusted hop names the caller; empty: off, and any caller could set it otherwise"},

		{"POSTERN_GRPC_ADDR", listValue{&c.GRPCAddr}, "127.0.0.1:9191", "where Envoy asks (ext_authz, access log, health): host:port or unix:/path, several by comma"},
		{"POSTERN_GRPC_INSECURE", boolValue{&c.GRPCInsecure}, "false", "accept Envoys beyond loopback without client certificates; whoever reaches the port can teach"},
		{"POSTERN_ADMIN_ADDR", listValue{&c.AdminAddr}, "127.0.0.1:9180", "admin API and console; `off` for none"},
		{"POSTERN_METRICS_ADDR", listValue{&c.MetricsAddr}, "127.0.0.1:9190", "/metrics, /healthz, /readyz; `off` for none"},
		{"POSTERN_TLS_CERT", stringValue{&c.TLSCert}, "", "file of the gRPC port's certificate chain (PEM); read again when it changes"},
		{"POSTERN_TLS_KEY", stringValue{&c.TLSKey}, "", "file of its private key (PEM)"},
		{"POSTERN_TLS_CLIENT_CA", stringValue{&c.TLSClientCA}, "", "file of the authorities whose client certificates are accepted (PEM)"},
		{"POSTERN_TLS_ALLOW", listValue{&c.TLSAllow}, "", "SPIFFE IDs that may call the gRPC port, several by comma; empty: every certificate of the authorities"},
		{"POSTERN_ADMIN_TOKEN_FILE", stringValue{&c.AdminTokenFile}, "", "file of the admin API's tokens, one a line: NAME ROLE TOKEN, ROLE reader or operator"},
		{"POSTERN_PPROF", boolValue{&c.PProf}, "false", "serve /debug/pprof/ on the metrics port"},

		{"POSTERN_MAX_BYTES", intValue{&c.Limits.Bytes}, "1048576", "bytes of a body that are read at all; the rest is unexamined"},
		{"POSTERN_MAX_UNFOLDED", intValue{&c.Limits.Unfolded}, "8388608", "bytes to which all layers of a call may unfold"},
		{"POSTERN_MAX_RATIO", intValue{&c.Limits.Ratio}, "200", "bytes out for a byte in, of one compressed layer"},
		{"POSTERN_MAX_DEPTH", intValue{&c.Limits.Depth}, "256", "levels of values within one another"},
		{"POSTERN_MAX_LAYERS", intValue{&c.Limits.Layers}, "24", "layers (a format or wrapping opened in a value) within one another"},
		{"POSTERN_MAX_NODES", intValue{&c.Limits.Nodes}, "131072", "values, containers and layers of one call"},
		{"POSTERN_MAX_WORK", intValue{&c.Limits.Work}, "32", "units of work for each byte of a call (about a byte read once)"},

		{"POSTERN_DATA", stringValue{&c.Data}, "data", "folder of the embedded store: what was learned and what operators decided"},
		{"POSTERN_NATS_URL", stringValue{&c.NATSURL}, "", "an external NATS with JetStream (nats://…), shared by all replicas; empty: embedded"},
		{"POSTERN_NATS_CREDS", stringValue{&c.NATSCreds}, "", "file of the user credentials for the external NATS (.creds)"},
		{"POSTERN_NATS_CA", stringValue{&c.NATSCA}, "", "file of the authorities that the external NATS proves itself by (PEM)"},
		{"POSTERN_NATS_CERT", stringValue{&c.NATSCert}, "", "file of the client certificate shown to the external NATS (PEM)"},
		{"POSTERN_NATS_KEY", stringValue{&c.NATSKey}, "", "file of its private key (PEM)"},
		{"POSTERN_TENANT", stringValue{&c.Tenant}, "postern", "prefix of all streams and subjects: tenants of one NATS share nothing"},
		{"POSTERN_DENIALS_MAX_BYTES", sizeValue{&c.DenialBytes}, "256MiB", "how much the stored denials may take before the oldest go"},
		{"POSTERN_DENIALS_MAX_AGE", durationValue{&c.DenialAge}, "30d", "how long denials are stored"},
		{"POSTERN_REPLICA", stringValue{&c.Replica}, "", "name of this replica, its own among those that share a store; empty: host name, with an embedded store `local`"},
		{"POSTERN_HASH_KEY_FILE", stringValue{&c.HashKeyFile}, "", "file with the key of the hashes in a new store or profile file: 32 bytes, or a profile file, whose key it then is; empty: a random key in a store, a fixed one in a file"},

		{"POSTERN_RECORD", stringValue{&c.Record}, "", "folder into which all judged calls are recorded, values and secrets included; empty: off"},
		{"POSTERN_RECORD_MAX_BYTES", sizeValue{&c.RecordMaxBytes}, "1GiB", "how much the recording may take before its oldest file goes"},

		{"POSTERN_TRACE_DENIALS", boolValue{&c.TraceDenials}, "true", "export the trace of a denial though its call was not sampled"},
		{"POSTERN_TRACE_URL", stringValue{&c.TraceURL}, "http://127.0.0.1:16686/trace/{trace_id}", "address at which people look at a trace, for explain"},
		{"POSTERN_LOG_LEVEL", choiceValue{&c.LogLevel, []string{"debug", "info", "warn", "error"}}, "info", "least level of the program's own log on stderr; the decision log on stdout is always whole"},
		{"POSTERN_DRAIN", durationValue{&c.Drain}, "5s", "how long calls under way may take after SIGTERM; health says NOT_SERVING meanwhile"},
	}
}

// newConfig takes defaults, then the environment, and gives a flag to each variable. It returns all that is wrong at once when check is called, after the flags were parsed.
func newConfig(environ []string, flags *flag.FlagSet) (c *Config, check func() error, warnings []string) {
	c = &Config{}
	var wrong []error
	known := map[string]*variable{}
	list := c.variables()
	for i := range list {
		v := &list[i]
		known[v.name] = v
		if err := v.value.Set(v.initial); err != nil {
			panic(fmt.Sprintf("server: the default of %s: %v", v.name, err))
		}
		flags.Var(&collected{v.value, "-" + v.flag(), &wrong}, v.flag(), v.meaning+" ("+v.name+")")
	}
	env := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
		v := known[name]
		switch {
		case v == nil && strings.HasPrefix(name, "POSTERN_"):
			warnings = append(warnings, fmt.Sprintf("unknown variable %s is ignored (`postern env` lists all)", name))
		case v != nil && value != "": // empty is as good as unset: a template that left it blank
			_ = (&collected{v.value, name, &wrong}).Set(value) // kept in wrong
		}
	}
	slices.Sort(warnings)
	c.OTel = readOTel(env)
	return c, func() error { return errors.Join(append(wrong, c.validate()...)...) }, warnings
}

// validate finds what is wrong between variables.
func (c *Config) validate() (wrong []error) {
	bad := func(format string, a ...any) { wrong = append(wrong, fmt.Errorf(format, a...)) }
	if c.Mode == profile.Inherit {
		bad("POSTERN_MODE: the mesh's mode has nothing to inherit from: off, shadow or enforce")
	}
	if !(c.FalseDenyRate > 0 && c.FalseDenyRate < 1) {
		bad("POSTERN_FALSE_DENY_RATE: %v is not between 0 and 1", c.FalseDenyRate)
	}
	if !(c.AttackScore > 0 && c.AttackScore <= 1) {
		bad("POSTERN_ATTACK_SCORE: %v is not above 0 and at most 1", c.AttackScore)
	}
	if c.ForgetAfter < 24*time.Hour {
		bad("POSTERN_FORGET_AFTER: %v is less than a day: what was learned is counted by day", c.ForgetAfter)
	}
	if c.ProfileMemory < 1<<20 {
		bad("POSTERN_PROFILE_MEMORY: %d is less than 1MiB", c.ProfileMemory)
	}
	if strings.ContainsAny(c.TrustDomain, "/: ") || c.TrustDomain == "" {
		bad("POSTERN_TRUST_DOMAIN: %q is not a trust domain such as cluster.local", c.TrustDomain)
	}
	for _, id := range c.TLSAllow {
		if !strings.HasPrefix(id, "spiffe://") {
			bad("POSTERN_TLS_ALLOW: %q is not a SPIFFE ID (spiffe://DOMAIN/PATH)", id)
		}
	}
	if (c.TLSCert == "") != (c.TLSKey == "") || (c.TLSClientCA != "" && c.TLSCert == "") {
		bad("POSTERN_TLS_CERT, POSTERN_TLS_KEY and POSTERN_TLS_CLIENT_CA belong together")
	}
	if len(c.TLSAllow) > 0 && c.TLSClientCA == "" {
		bad("POSTERN_TLS_ALLOW: needs POSTERN_TLS_CLIENT_CA, or no caller proves its name")
	}
	if (c.NATSCert == "") != (c.NATSKey == "") {
		bad("POSTERN_NATS_CERT and POSTERN_NATS_KEY belong together")
	}
	if c.NATSURL == "" && c.NATSCreds+c.NATSCA+c.NATSCert != "" {
		bad("POSTERN_NATS_CREDS, _CA and _CERT are for an external NATS: set POSTERN_NATS_URL")
	}
	if c.DenialBytes < 1<<20 {
		bad("POSTERN_DENIALS_MAX_BYTES: %d is less than 1MiB", c.DenialBytes)
	}
	if c.RecordMaxBytes < 1<<20 {
		bad("POSTERN_RECORD_MAX_BYTES: %d is less than 1MiB", c.RecordMaxBytes)
	}
	if _, err := inspect.New(c.Limits); err != nil {
		bad("POSTERN_MAX_…: %w", err)
	}
	return append(wrong, c.validateAddresses()...)
}

// validateAddresses holds the rules of who may be reached from where: nothing that teaches or decides listens beyond loopback to callers without a name.
func (c *Config) validateAddresses() (wrong []error) {
	if len(c.GRPCAddr) == 0 {
		wrong = append(wrong, errors.New("POSTERN_GRPC_ADDR: without it Envoy cannot ask"))
	}
	for _, port := range []struct {
		name string
		list []string
		why  string // why it may not listen beyond loopback; "" where it may
	}{
		{"POSTERN_GRPC_ADDR", c.GRPCAddr, c.whyNoGRPC()},
		{"POSTERN_ADMIN_ADDR", c.AdminAddr, c.whyNoAdmin()},
		{"POSTERN_METRICS_ADDR", c.MetricsAddr, ""},
	} {
		for _, addr := range port.list {
			if path, ok := strings.CutPrefix(addr, "unix:"); ok {
				if path == "" {
					wrong = append(wrong, fmt.Errorf("%s: %q names no socket (unix:/path)", port.name, addr))
				}
				continue
			}
			host, _, err := net.SplitHostPort(addr)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %w (host:port or unix:/path)", port.name, err))
			} else if port.why != "" && !loopback(host) {
				wrong = append(wrong, fmt.Errorf("%s: %s is beyond loopback: %s", port.name, addr, port.why))
			}
		}
	}
	return wrong
}

func (c *Config) whyNoGRPC() string {
	if c.TLSClientCA != "" || c.GRPCInsecure {
		return ""
	}
	return "set POSTERN_TLS_CERT, _KEY and _CLIENT_CA, or POSTERN_GRPC_INSECURE=true and know that whoever reaches the port can teach"
}

func (c *Config) whyNoAdmin() string {
	if c.AdminTokenFile != "" {
		return ""
	}
	return "set POSTERN_ADMIN_TOKEN_FILE"
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// readOTel reads the standard variables that switch exporting on and off (OpenTelemetry environment specification).
func readOTel(env map[string]string) otelEnv {
	set := func(signal string) bool {
		return (env["OTEL_EXPORTER_OTLP_ENDPOINT"] != "" || env["OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT"] != "") && env["OTEL_"+signal+"_EXPORTER"] != "none"
	}
	protocol := func(signal string) string {
		for _, name := range []string{"OTEL_EXPORTER_OTLP_" + signal + "_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
			if env[name] != "" {
				return env[name]
			}
		}
		return "grpc"
	}
	off := strings.EqualFold(env["OTEL_SDK_DISABLED"], "true")
	return otelEnv{Disabled: off, Traces: !off && set("TRACES"), Metrics: !off && set("METRICS"), TracesProtocol: protocol("TRACES"), MetricsProtocol: protocol("METRICS")}
}

// hostName is this machine's, "" where it has none.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// learning is what a Learner is told.
func (c *Config) learning(log *slog.Logger) profile.Config {
	return profile.Config{Mode: c.Mode, FalseDenyRate: c.FalseDenyRate, AttackScore: c.AttackScore, Unexamined: c.Unexamined, ForgetAfter: c.ForgetAfter, Replica: c.Replica, Memory: int(c.ProfileMemory), Log: log}
}

// lookup finds a variable of the environment.
func lookup(environ []string, name string) (value string, ok bool) {
	for _, pair := range environ {
		if n, v, _ := strings.Cut(pair, "="); n == name {
			value, ok = v, true // the last holds, as in a shell
		}
	}
	return value, ok
}
