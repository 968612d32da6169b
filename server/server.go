package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"

	"postern/envoy"
	"postern/inspect"
	"postern/profile"
)

// Server is the program as it serves. New wires its parts, Run starts them as one task group.
type Server struct {
	config    *Config
	log       *slog.Logger
	inspector *inspect.Inspector
	store     *watched
	closing   func()                      // the store's
	mending   func(context.Context) error // the store's own goroutine, or nil
	learner   *profile.Learner
	telemetry *telemetry
	recording *recording

	problem  string      // why the store could not be opened, "" where it was
	outbound atomic.Bool // a caller's own sidecar asked: a misconfiguration
	draining atomic.Bool
	opened   atomic.Pointer[ports]
	loaded   atomic.Bool // what is stored was read, and calls are answered
}

// New wires the parts. Nothing listens yet. decisions takes the decision log.
func New(ctx context.Context, c *Config, log *slog.Logger, decisions io.Writer) (s *Server, err error) {
	s = &Server{config: c, log: log, closing: func() {}}
	defer func() {
		if err != nil {
			s.closing()
		}
	}()
	if s.inspector, err = inspect.New(c.Limits); err != nil {
		return nil, err
	}
	if err := s.openStore(ctx); err != nil {
		return nil, err
	}
	learning := c.learning(log)
	learning.Replica = c.replica()
	if s.learner, err = profile.New(learning, s.store); err != nil {
		return nil, err
	}
	if s.telemetry, err = newTelemetry(ctx, c, log, decisions); err != nil {
		return nil, err
	}
	if err := s.telemetry.counts.observe(s.gauges()...); err != nil {
		return nil, fmt.Errorf("server: metrics: %w", err)
	}
	s.recording, err = newRecording(c, log, func() { s.telemetry.counts.recDropped.Add(context.WithoutCancel(ctx), 1) })
	return s, err
}

// Run serves until ctx ends, then drains: health says NOT_SERVING, calls under way are answered, what was learned is stored.
func (s *Server) Run(ctx context.Context) (err error) {
	ports, err := s.open(ctx)
	if err != nil {
		s.closing()
		return fmt.Errorf("server: %w", err)
	}
	s.opened.Store(ports)
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	g, work := errgroup.WithContext(work)
	g.Go(func() error { return s.learner.Run(work) })
	if s.mending != nil {
		g.Go(func() error { return s.mending(work) })
	}
	g.Go(func() error { return s.telemetry.denials.run(work, s.store) })
	g.Go(func() error { return s.recording.run(work) })
	for _, p := range ports.grpc {
		g.Go(func() error {
			s.store.wait(ctx, s.log) // callers wait meanwhile: the port is open
			s.loaded.Store(true)
			return p.server.Serve(p.listener)
		})
	}
	for _, p := range ports.http {
		g.Go(func() error {
			if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
	}
	g.Go(func() error {
		select {
		case <-ctx.Done():
		case <-work.Done(): // a part failed
		}
		s.drain(context.WithoutCancel(ctx), ports)
		stop()
		return nil
	})
	s.log.Info("postern serves", slog.String("version", Version()), slog.String("mode", s.config.Mode.String()), slog.Any("grpc", addresses(ports.grpc)), slog.Any("http", addresses(ports.http)))
	err = g.Wait()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = errors.Join(err, s.telemetry.close(last))
	s.closing()
	s.log.Info("postern ended")
	return err
}

// port is one address that is served.
type port[S any] struct {
	server   S
	listener net.Listener
}

// Addr is where it really listens: port 0 was chosen by the system.
func (p port[S]) address() string {
	if a := p.listener.Addr(); a.Network() == "unix" {
		return "unix:" + a.String()
	}
	return p.listener.Addr().String()
}

func addresses[S any](list []port[S]) (texts []string) {
	for _, p := range list {
		texts = append(texts, p.address())
	}
	return texts
}

type ports struct {
	grpc   []port[*grpc.Server]
	http   []port[*http.Server]
	health []*health.Server
	open   atomic.Int64 // connections to the gRPC ports
}

// open listens on every address, or on none.
func (s *Server) open(ctx context.Context) (p *ports, err error) {
	p = &ports{}
	var all []net.Listener
	defer func() {
		if err != nil {
			for _, l := range all {
				_ = l.Close() // the first error is what counts
			}
		}
	}()
	list, err := listeners(ctx, s.config.GRPCAddr)
	if err != nil {
		return nil, fmt.Errorf("POSTERN_GRPC_ADDR: %w", err)
	}
	all = append(all, list...)
	for _, l := range list {
		one, h, err := s.grpcServer(l)
		if err != nil {
			return nil, err
		}
		p.grpc = append(p.grpc, port[*grpc.Server]{one, counted{l, &p.open}})
		p.health = append(p.health, h)
	}
	api, err := s.adminHandler()
	if err != nil {
		return nil, err
	}
	for _, h := range []struct {
		name    string
		addrs   []string
		handler http.Handler
	}{{"POSTERN_METRICS_ADDR", s.config.MetricsAddr, s.metricsHandler()}, {"POSTERN_ADMIN_ADDR", s.config.AdminAddr, api}} {
		list, err := listeners(ctx, h.addrs)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.name, err)
		}
		all = append(all, list...)
		for _, l := range list {
			one := &http.Server{
				Handler: h.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
				ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
			}
			p.http = append(p.http, port[*http.Server]{one, l})
		}
	}
	return p, nil
}

// grpcServer makes the server of one listener: TLS where it is set, except on a unix socket, which its folder's permissions guard.
func (s *Server) grpcServer(l net.Listener) (*grpc.Server, *health.Server, error) {
	options := envoy.ServerOptions()
	if s.config.TLSCert != "" && l.Addr().Network() != "unix" {
		certs, err := newCertificates(s.config, s.log)
		if err != nil {
			return nil, nil, err
		}
		options = append(options, grpc.Creds(credentials.NewTLS(certs.config())))
	}
	if s.config.GRPCInsecure && s.config.TLSClientCA == "" {
		s.log.Warn("POSTERN_GRPC_INSECURE: whoever reaches the gRPC port can teach what is ordinary", slog.String("address", l.Addr().String()))
	}
	one := grpc.NewServer(options...)
	h, err := envoy.Register(one, s, envoy.Config{TrustDomain: s.config.TrustDomain, SourceHeader: strings.ToLower(s.config.SourceHeader)})
	return one, h, err
}

// drain ends serving. While proxies are connected, health says NOT_SERVING for half the time before calls are refused, so that they can turn to another replica.
func (s *Server) drain(ctx context.Context, p *ports) {
	s.draining.Store(true)
	s.log.Info("draining", slog.Duration("within", s.config.Drain))
	for _, h := range p.health {
		h.Shutdown()
	}
	deadline := time.Now().Add(s.config.Drain)
	for half := time.Now().Add(s.config.Drain / 2); p.open.Load() > 0 && time.Now().Before(half); {
		time.Sleep(20 * time.Millisecond)
	}
	last := time.AfterFunc(time.Until(deadline), func() {
		for _, g := range p.grpc {
			g.server.Stop()
		}
	})
	defer last.Stop()
	for _, g := range p.grpc {
		g.server.GracefulStop()
	}
	ctx, cancel := context.WithDeadline(ctx, deadline.Add(time.Second))
	defer cancel()
	for _, h := range p.http {
		if err := h.server.Shutdown(ctx); err != nil { // a live view does not end by itself
			_ = h.server.Close() // cut
		}
	}
}
