package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
)

const checkMethod = "/envoy.service.auth.v3.Authorization/Check"

// connections to the authorizer: one for each of Envoy's workers.
const connections = 2

// raw sends encoded requests and does not read answers: the client's own cost would blur the figures.
type raw struct{}

func (raw) Name() string { return "proto" }

func (raw) Marshal(v any) (mem.BufferSlice, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("bench: %T is not encoded", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(b)}, nil
}

func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	if n, ok := v.(*int); ok {
		*n = data.Len()
		return nil
	}
	return fmt.Errorf("bench: answer into a %T", v)
}

// load is the child that sends: ADDRESS PAYLOAD WINDOW IN-FLIGHT. It prints "begin" after a warm-up and "end CALLS" after the window.
func load(args []string) error {
	if len(args) != 4 {
		return errors.New("load ADDRESS PAYLOAD WINDOW IN-FLIGHT")
	}
	window, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	inFlight, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	var requests [][]byte
	for _, p := range append(payloads(), meshPayloads()...) {
		if p.name == args[1] {
			if requests, err = p.requests(); err != nil {
				return err
			}
		}
	}
	var conns [connections]*grpc.ClientConn
	for i := range conns {
		c, err := grpc.NewClient("passthrough:///"+args[0], grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodecV2(raw{})),
			grpc.WithInitialWindowSize(1<<20), grpc.WithInitialConnWindowSize(1<<20))
		if err != nil {
			return err
		}
		defer c.Close() //nolint:errcheck // the process ends
		conns[i] = c
	}
	return send(conns[:], requests, inFlight, window)
}

func send(conns []*grpc.ClientConn, requests [][]byte, inFlight int, window time.Duration) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var calls atomic.Int64
	var wrong atomic.Pointer[error]
	var all sync.WaitGroup
	for w := range inFlight {
		all.Go(func() {
			for i := w; ctx.Err() == nil; i++ {
				var size int
				one, done := context.WithTimeout(ctx, 10*time.Second) // Envoy sends a deadline with every check
				err := conns[w%len(conns)].Invoke(one, checkMethod, requests[i%len(requests)], &size)
				done()
				if err != nil && ctx.Err() == nil {
					wrong.Store(&err)
					cancel()
					return
				}
				calls.Add(1)
			}
		})
	}
	time.Sleep(window / 4)
	before, start := calls.Load(), time.Now()
	_, _ = fmt.Fprintln(os.Stdout, "begin")
	time.Sleep(window)
	_, _ = fmt.Fprintln(os.Stdout, "end", calls.Load()-before, time.Since(start).Nanoseconds())
	cancel()
	all.Wait()
	if err := wrong.Load(); err != nil {
		return *err
	}
	return nil
}
