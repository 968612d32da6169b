// Package services is a small shop's inside: what a company runs behind its gateway. One request of a customer makes a flurry of calls between them.
//
//	gateway → storefront → users, catalogue
//	                     → orders → catalogue, payments (gRPC), notifier (third party) → users
//	gateway → orders (the ERP adapter: partners' XML inside JSON)
//
// Each service calls its peers through its sidecar and passes the OpenTelemetry context on. None knows of Postern.
package services

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"
)

// Names are the services, each a workload of its own.
func Names() []string {
	return []string{"storefront", "users", "catalogue", "orders", "payments", "notifier"}
}

// Service is one of them, ready to be served.
type Service struct {
	HTTP http.Handler // nil for one that speaks gRPC
	GRPC *grpc.Server
	run  func(ctx context.Context) error // what it does besides answering, or nil
}

// New makes a service by its name; peers are the addresses (host:port) of its sidecar's outbound listeners by the peer's name.
func New(name string, peers map[string]string) (*Service, error) {
	switch name {
	case "storefront":
		return newStorefront(peers)
	case "users":
		return &Service{HTTP: newUsers()}, nil
	case "catalogue":
		return &Service{HTTP: newCatalogue()}, nil
	case "orders":
		return newOrders(peers)
	case "payments":
		return &Service{GRPC: newPayments()}, nil
	case "notifier":
		return newNotifier(peers)
	}
	return nil, fmt.Errorf("shop: no service %q; there are %v", name, Names())
}

// Serve answers on address until ctx ends, then lets running calls finish.
func (s *Service) Serve(ctx context.Context, address string) error {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("shop: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if s.run != nil {
		go func() {
			if err := s.run(ctx); err != nil {
				cancel(err)
			}
		}()
	}
	if s.GRPC != nil {
		go func() {
			<-ctx.Done()
			late := time.AfterFunc(time.Second, s.GRPC.Stop) // an open stream would keep it for ever
			defer late.Stop()
			s.GRPC.GracefulStop()
		}()
		return s.GRPC.Serve(l)
	}
	server := &http.Server{Handler: withTrace(s.HTTP), ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		end, stop := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer stop()
		_ = server.Shutdown(end)
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("shop: %w", err)
	}
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// need returns the addresses of the peers a service can't do without.
func need(peers map[string]string, names ...string) ([]string, error) {
	var addresses []string
	for _, name := range names {
		at := peers[name]
		if at == "" {
			return nil, fmt.Errorf("shop: the address of %s is needed", name)
		}
		addresses = append(addresses, at)
	}
	return addresses, nil
}
