package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"postern/envoy/sidecar"
	"postern/examples/shop/mesh"
	"postern/examples/shop/services"
	"postern/examples/shop/traffic"
)

const (
	domain    = "mesh.test"
	namespace = "shop"
	gateway   = "gateway" // has a sidecar, but no service of ours behind it: customers and partners come in there
)

// calls is who may reach whom: each sidecar's outbound listeners. That the notifier's reaches payments is as in most meshes: nobody closed it.
func calls(name string) []string {
	switch name {
	case gateway:
		return []string{"storefront", "orders"}
	case "storefront":
		return []string{"users", "catalogue", "orders"}
	case "orders":
		return []string{"catalogue", "notifier", "payments"}
	case "notifier":
		return []string{"users", "payments"}
	}
	return nil
}

// place is where one workload's ports are, all on loopback.
type place struct {
	app, inbound, admin string
	outbound            map[string]string // by the peer's name
}

// shop is everything that runs.
type shop struct {
	mesh    *mesh.Mesh
	gateway *traffic.Gateway
	places  map[string]place
	door    *mesh.Process // the gateway's sidecar

	binary               string // bin/postern
	admin, metrics, grpc string // Postern's addresses
	jaeger, otlp         string // Jaeger's query API and collector
}

// usual are the addresses people expect; where one is taken, the demo moves aside and says so.
func usual(s *shop) []struct {
	what, want string
	at         *string
} {
	return []struct {
		what, want string
		at         *string
	}{
		{"Postern's gRPC port", "127.0.0.1:9191", &s.grpc},
		{"Postern's admin port", "127.0.0.1:9180", &s.admin},
		{"Postern's metrics port", "127.0.0.1:9190", &s.metrics},
		{"Jaeger's query port", "127.0.0.1:16686", &s.jaeger},
	}
}

// lay gives everything its ports.
func (s *shop) lay(tell func(string, ...any)) error {
	names := append([]string{gateway}, services.Names()...)
	free, err := mesh.Ports(8 * len(names))
	if err != nil {
		return err
	}
	next := func() string {
		at := free[0]
		free = free[1:]
		return at
	}
	for _, u := range usual(s) {
		*u.at = u.want
		if err := mesh.Free(u.want); err != nil {
			*u.at = next()
			tell("%s, %s, is taken; the demo uses %s instead. (To have the usual one, end the program that holds it: ss -ltnp | grep %s)",
				u.what, u.want, *u.at, u.want[strings.LastIndex(u.want, ":"):])
		}
	}
	s.otlp = next()
	s.places = map[string]place{}
	for _, name := range names {
		p := place{app: next(), inbound: next(), admin: next(), outbound: map[string]string{}}
		for _, peer := range calls(name) {
			p.outbound[peer] = next()
		}
		s.places[name] = p
	}
	s.gateway = traffic.NewGateway(s.places[gateway].outbound["storefront"], s.places[gateway].outbound["orders"])
	return nil
}

// start starts Jaeger and Postern, then every service with its sidecar, and waits until all take calls.
func (s *shop) start(ctx context.Context) error {
	envoy, err := mesh.Tool("ENVOY", "envoy")
	if err != nil {
		return err
	}
	if err := s.startJaeger(ctx); err != nil {
		return err
	}
	if err := s.startPostern(ctx); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	var group errgroup.Group
	for name, at := range s.places {
		group.Go(func() error {
			process, err := s.mesh.Sidecar(ctx, envoy, s.sidecar(name))
			if name == gateway {
				s.door = process
			}
			return err
		})
		if name == gateway {
			continue
		}
		group.Go(func() error {
			args := append(make([]string, 0, 3+2*len(at.outbound)+1), "service", "-listen", at.app)
			for peer, address := range at.outbound {
				args = append(args, "-peer", peer+"="+address)
			}
			_, err := s.mesh.Start(ctx, mesh.Command{Name: name, Path: self, Args: append(args, name), Ready: mesh.Listening(at.app)})
			return err
		})
	}
	return group.Wait()
}

// moveGateway replaces the gateway's pod as a cluster would: a new certificate, new addresses, the same workload.
func (s *shop) moveGateway(ctx context.Context) error {
	if err := s.door.Stop(); err != nil {
		return err
	}
	peers := calls(gateway)
	free, err := mesh.Ports(1 + len(peers))
	if err != nil {
		return err
	}
	at := place{admin: free[0], outbound: map[string]string{}}
	for i, peer := range peers {
		at.outbound[peer] = free[1+i]
	}
	s.places[gateway] = at
	envoy, err := mesh.Tool("ENVOY", "envoy")
	if err != nil {
		return err
	}
	s.gateway = traffic.NewGateway(at.outbound["storefront"], at.outbound["orders"])
	s.door, err = s.mesh.Sidecar(ctx, envoy, s.sidecar(gateway))
	return err
}

// sidecar is a workload's recommended configuration. Payments speaks gRPC: its unary methods show their messages, its stream stays a stream.
func (s *shop) sidecar(name string) sidecar.Config {
	at := s.places[name]
	c := sidecar.Config{
		Workload: s.mesh.ID(namespace, name), Version: "v1", Labels: map[string]string{"app": name}, Admin: at.admin,
		Postern: sidecar.Postern{Addresses: []string{s.grpc}, Timeout: checkTimeout, LogFlush: logFlush},
		Traces:  s.otlp, Sampling: 100,
	}
	switch name {
	case gateway:
	case "payments":
		c.Inbound = []sidecar.Inbound{{Name: "grpc", Listen: at.inbound, App: at.app, HTTP2: true, Routes: []sidecar.Route{
			{Path: "/shop.v1.Payments/Charge", Body: 16384}, {Path: "/shop.v1.Payments/Refund", Body: 16384},
		}}}
	default:
		c.Inbound = []sidecar.Inbound{{Name: "http", Listen: at.inbound, App: at.app, Routes: []sidecar.Route{{Path: "/healthz", Unchecked: true}, {Prefix: "/", Body: 16384}}}}
	}
	peers := calls(name)
	slices.Sort(peers)
	for _, peer := range peers {
		c.Outbound = append(c.Outbound, sidecar.Outbound{Name: peer, Listen: at.outbound[peer], Upstream: s.places[peer].inbound, Peer: s.mesh.ID(namespace, peer)})
	}
	return c
}

func (s *shop) startPostern(ctx context.Context) error {
	_, err := s.mesh.Start(ctx, mesh.Command{
		Name: "postern", Path: s.binary, Args: []string{"serve"}, Ready: mesh.OK("http://" + s.metrics + "/readyz"),
		Env: []string{
			"POSTERN_GRPC_ADDR=" + s.grpc, "POSTERN_ADMIN_ADDR=" + s.admin, "POSTERN_METRICS_ADDR=" + s.metrics,
			"POSTERN_DATA=" + filepath.Join(s.mesh.Folder, "data"),
			"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + s.otlp, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_SERVICE_NAME=postern", "OTEL_BSP_SCHEDULE_DELAY=500",
			"OTEL_METRICS_EXPORTER=none", // Jaeger takes traces only
			"POSTERN_TRACE_URL=http://" + s.jaeger + "/api/traces/{trace_id}",
		},
	})
	return err
}

func (s *shop) startJaeger(ctx context.Context) error {
	binary, err := mesh.Tool("JAEGER", "jaeger")
	if err != nil {
		return err
	}
	spare, err := mesh.Ports(10)
	if err != nil {
		return err
	}
	flags := []string{"--collector.otlp.enabled=true", "--memory.max-traces=20000", "--collector.otlp.grpc.host-port=" + s.otlp, "--query.http-server.host-port=" + s.jaeger}
	for i, name := range []string{
		"collector.otlp.http.host-port", "query.grpc-server.host-port", "admin.http.host-port", "collector.grpc-server.host-port", "collector.http-server.host-port",
		"http-server.host-port", "processor.jaeger-binary.server-host-port", "processor.jaeger-compact.server-host-port", "processor.zipkin-compact.server-host-port",
	} {
		flags = append(flags, "--"+name+"="+spare[i])
	}
	_, err = s.mesh.Start(ctx, mesh.Command{
		Name: "jaeger", Path: binary, Args: flags, Env: []string{"SPAN_STORAGE_TYPE=memory"}, Ready: mesh.OK("http://" + s.jaeger + "/api/services"),
		Hasty: true, // it takes ten seconds to end in order, and its memory goes anyway
	})
	return err
}
