package sidecar

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
	"text/template"
	"time"
)

//go:embed bootstrap.yaml.tmpl
var bootstrap string

// YAML returns the bootstrap for `envoy --disable-hot-restart -c FILE`, or every mistake in c.
func YAML(c Config) ([]byte, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	t, err := template.New("bootstrap").Funcs(template.FuncMap{
		"quote": quote, "address": address, "seconds": seconds, "discovery": discovery, "merge": merge, "port": onPort,
	}).Parse(bootstrap)
	if err != nil {
		return nil, fmt.Errorf("sidecar: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, c); err != nil {
		return nil, fmt.Errorf("sidecar: %w", err)
	}
	return out.Bytes(), nil
}

// quote writes any value as JSON, which is YAML too.
func quote(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

// address writes host:port or unix:/path as Envoy's config.core.v3.Address.
func address(at string) (string, error) {
	if path, ok := strings.CutPrefix(at, "unix:"); ok {
		return quote(map[string]any{"pipe": map[string]any{"path": path}})
	}
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return "", err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return "", err
	}
	return quote(map[string]any{"socket_address": map[string]any{"address": host, "port_value": n}})
}

// seconds writes a duration as protobuf's JSON does.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s" }

// discovery is the type of a cluster with one or more addresses: names are resolved again and again, numbers and sockets are not.
func discovery(addresses any) string {
	all, several := addresses.([]string)
	if !several {
		all = []string{addresses.(string)}
	}
	for _, at := range all {
		if host, _, err := net.SplitHostPort(at); err == nil && net.ParseIP(host) == nil {
			return "STRICT_DNS"
		}
	}
	return "STATIC"
}

// port is what a filter chain is written from: the workload, and one of its ports.
type port struct {
	Config
	In Inbound
}

// Rest says whether the port's own routes leave paths over, which are then checked without a body.
func (p port) Rest() bool {
	n := len(p.In.Routes)
	return n == 0 || p.In.Routes[n-1].Prefix != "/"
}

func onPort(c Config, in Inbound) port { return port{Config: c, In: in} }

// merge adds the version to the workload's labels: Postern reads it from either place.
func merge(labels map[string]string, version string) map[string]string {
	all := make(map[string]string, len(labels)+1)
	maps.Copy(all, labels)
	if version != "" {
		all["version"] = version
	}
	return all
}
