package server

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"

	"postern/envoy/sidecar"
	"postern/server/doctor"
)

const doctorHelp = `
Reads an Envoy configuration (a bootstrap, listeners and clusters, or a dump of a running Envoy; YAML or JSON; - or none is standard input) and finds what would keep Postern from seeing, learning
or denying, or would break calls: each with its line and listener, what it does, and the mend. What came by xDS, as with Istio, stands in a dump only.

Exit 0 if nothing is wrong, 1 if something is; warnings alone are exit 0.

  postern doctor envoy.yaml
  curl localhost:15000/config_dump | postern doctor
  kubectl exec deploy/orders -c istio-proxy -- pilot-agent request GET config_dump | postern doctor`

const envoyConfigHelp = `
Writes the recommended Envoy configuration of one workload's sidecar, as a bootstrap in YAML with the reason of each setting: mTLS, the check of every inbound call, bodies shown on the routes that
name a size, the access log that teaches, tracing, health checks. FILE says what there is, in YAML; - or none is standard input. -example prints one to begin with.

  postern envoy-config -example > orders.yaml
  postern envoy-config orders.yaml > envoy.yaml && envoy --mode validate -c envoy.yaml`

// envoyCommands are about Envoy's own configuration.
func envoyCommands() []command {
	return []command{
		{"doctor", "[-json] [FILE …]", "find the mistakes in an Envoy configuration", doctorHelp, "max-bytes", bindDoctor},
		{"envoy-config", "[-example] [FILE]", "write a right Envoy configuration", envoyConfigHelp, "", bindEnvoyConfig},
	}
}

func bindDoctor(flags *flag.FlagSet) action {
	asJSON := flags.Bool("json", false, "one JSON object a line")
	return func(_ context.Context, a *app, files []string) error {
		count := map[string]int{}
		err := a.eachFile(files, func(name string, in io.Reader) error {
			text, err := io.ReadAll(in)
			if err != nil {
				return err
			}
			found, err := doctor.Check(text, doctor.Limits{Body: int64(a.config.Limits.Bytes)})
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			for _, f := range found {
				count[f.Severity]++
				if *asJSON {
					line, err := json.Marshal(struct {
						File string `json:"file"`
						doctor.Finding
					}{name, f})
					if err != nil {
						return err
					}
					fmt.Fprintf(a.stdout, "%s\n", line)
					continue
				}
				fmt.Fprintf(a.stdout, "%s:%d: %s: %s [%s]\n    mend: %s\n", name, f.Line, f.Severity, where(f.Listener)+f.What, f.Rule, f.Mend)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if len(count) == 0 && !*asJSON {
			fmt.Fprintln(a.stdout, "nothing to mend")
		}
		if n := count["error"]; n > 0 {
			return fmt.Errorf("%d to mend, and %d that could be better", n, count["warning"])
		}
		return nil
	}
}

func where(listener string) string {
	if listener == "" {
		return ""
	}
	return "listener " + listener + ": "
}

// exampleSidecar is what envoy-config -example prints: every key there is.
const exampleSidecar = `# What there is. Addresses are host:port or unix:/path. Write the sidecar's configuration from it by: postern envoy-config FILE
workload: spiffe://mesh.example/ns/shop/sa/orders
version: v2                       # of the workload; a change of it opens a release
labels: {app: orders}             # further labels of the workload that Postern sees
certificate: /run/svid/cert.pem   # the workload's SVID, its key, the trust domain's authorities
key: /run/svid/key.pem
roots: /run/svid/roots.pem
federated:                        # other trust domains whose workloads call or are called; leave it out for none
- {name: partner.example, roots: /run/svid/partner.pem}
admin: 127.0.0.1:15000
inbound:
- name: http
  listen: 0.0.0.0:15006           # where peers call
  app: 127.0.0.1:8080             # where the application listens
  plaintext: false                # true: callers without a certificate too, checked as unauthenticated
  routes:
  - {path: /healthz, unchecked: true}
  - {prefix: /, body: 16384}      # bytes of a body that Postern is shown; without it none, as streams need
- name: grpc
  listen: 0.0.0.0:15007
  app: 127.0.0.1:8081
  http2: true
  routes:
  - {path: /shop.Orders/Place, body: 16384}
outbound:
- name: payments
  listen: 127.0.0.1:9001          # where the application calls
  upstream: payments.shop.svc:15007
  peer: spiffe://mesh.example/ns/shop/sa/payments
postern:
  addresses: [127.0.0.1:9191]     # of the replicas
  id: ""                          # the SPIFFE ID that Postern must prove, where it is not on loopback; "": plain text
  timeout: 250ms                  # of one check
  maxbody: 16384                  # the largest body of any route; Envoy's buffers hold 1 MiB
  failopen: false                 # true: calls pass while Postern cannot be asked
  logflush: 1s                    # how long Envoy may keep access log entries back
traces: 127.0.0.1:4317            # OTLP/gRPC; leave it out for no tracing
sampling: 1                       # percent; a denial is traced whatever it is
`

func bindEnvoyConfig(flags *flag.FlagSet) action {
	example := flags.Bool("example", false, "print a file to begin with")
	return func(_ context.Context, a *app, files []string) error {
		if *example {
			_, err := io.WriteString(a.stdout, exampleSidecar)
			return err
		}
		if len(files) > 1 {
			return usagef("one file is one sidecar")
		}
		return a.eachFile(files, func(name string, in io.Reader) error {
			var c sidecar.Config
			if err := yaml.NewDecoder(in, yaml.Strict()).Decode(&c); err != nil {
				if errors.Is(err, io.EOF) {
					return usagef("%s is empty", name)
				}
				return fmt.Errorf("%s: %w", name, err)
			}
			text, err := sidecar.YAML(c)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			_, err = a.stdout.Write(text)
			return err
		})
	}
}
