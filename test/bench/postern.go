package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	accesslogdatav3 "github.com/envoyproxy/go-control-plane/envoy/data/accesslog/v3"
	accesslogv3 "github.com/envoyproxy/go-control-plane/envoy/service/accesslog/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// lessons is how many calls of each payload the program learns from before it is measured: enough to be mature at the default rate, with one payload alone too.
const lessons = 3500

// startPostern starts the program itself, in enforce, and teaches it the payloads as Envoy would: checks, and the access log of how they ended.
func startPostern(ctx context.Context, binary string, teach []payload) (u *subject, err error) {
	folder, err := os.MkdirTemp("", "postern-bench-")
	if err != nil {
		return nil, err
	}
	u, err = launch(ctx, binary, folder, 30*time.Second)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	stop := u.stop
	u.stop = func() { stop(); _ = os.RemoveAll(folder) }
	defer func() {
		if err != nil {
			u.stop()
		}
	}()
	conn, err := grpc.NewClient("passthrough:///"+u.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // read only
	if err := learn(ctx, conn, teach); err != nil {
		return nil, err
	}
	time.Sleep(2 * time.Second) // the learner publishes what it learned
	return u, examine(ctx, conn, teach)
}

// launch starts the program on the data folder in a folder, and waits until it is ready.
func launch(ctx context.Context, binary, folder string, within time.Duration, environ ...string) (u *subject, err error) {
	at, err := freeAddresses(3)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, "serve") //nolint:noctx // named by whoever runs the benchmark; stop ends it
	cmd.Env = append(os.Environ(), "POSTERN_MODE=enforce", "POSTERN_DATA="+filepath.Join(folder, "data"), "POSTERN_GRPC_ADDR="+at[0], "POSTERN_ADMIN_ADDR="+at[1], "POSTERN_METRICS_ADDR="+at[2], "POSTERN_PPROF=true")
	cmd.Env = append(cmd.Env, environ...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w (make build)", err)
	}
	u = &subject{name: "postern", address: at[0], metrics: at[2], pid: cmd.Process.Pid, stop: func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		_ = log.Close()
	}}
	if err := ready(ctx, "http://"+at[2]+"/readyz", within); err != nil {
		text, _ := os.ReadFile(log.Name())
		u.stop()
		return nil, fmt.Errorf("postern: %w\n%s", err, text[max(0, len(text)-2000):])
	}
	return u, nil
}

// learn sends lessons of every payload in turn and tells that they ended well.
func learn(ctx context.Context, conn *grpc.ClientConn, teach []payload) error {
	client := authv3.NewAuthorizationClient(conn)
	log, err := accesslogv3.NewAccessLogServiceClient(conn).StreamAccessLogs(ctx)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(2, 0))
	for range lessons {
		var entries []*accesslogdatav3.HTTPAccessLogEntry
		for _, p := range teach {
			answer, err := client.Check(ctx, check(r, p))
			if err != nil {
				return err
			}
			entries = append(entries, ended(answer.GetDynamicMetadata()))
		}
		err := log.Send(&accesslogv3.StreamAccessLogsMessage{LogEntries: &accesslogv3.StreamAccessLogsMessage_HttpLogs{
			HttpLogs: &accesslogv3.StreamAccessLogsMessage_HTTPAccessLogEntries{LogEntry: entries},
		}})
		if err != nil {
			return err
		}
	}
	_, err = log.CloseAndRecv()
	return err
}

// ended is the access log entry of a call that ended well.
func ended(metadata *structpb.Struct) *accesslogdatav3.HTTPAccessLogEntry {
	return &accesslogdatav3.HTTPAccessLogEntry{
		CommonProperties: &accesslogdatav3.AccessLogCommon{
			AccessLogType: accesslogdatav3.AccessLogType_DownstreamEnd,
			Metadata:      &corev3.Metadata{FilterMetadata: map[string]*structpb.Struct{"envoy.filters.http.ext_authz": metadata}},
		},
		Response: &accesslogdatav3.HTTPResponseProperties{ResponseCode: wrapperspb.UInt32(http.StatusOK)},
	}
}

// examineAt is examine of the program at an address.
func examineAt(ctx context.Context, address string, of []payload) error {
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // read only
	return examine(ctx, conn, of)
}

// examine holds that what is measured is allowed: a denial would cost something else. And that the program would deny: one that does not know enough yet judges less and learns more.
func examine(ctx context.Context, conn *grpc.ClientConn, of []payload) error {
	r := rand.New(rand.NewPCG(3, 0))
	for _, p := range of {
		denied := 0
		const asked = 200
		for range asked {
			answer, err := authv3.NewAuthorizationClient(conn).Check(ctx, check(r, p))
			if err != nil {
				return err
			}
			if answer.GetOkResponse() == nil {
				denied++
			}
		}
		if denied > asked/10 { // of one mesh that was learned from few calls, 1 % asked may be 3 % got
			return fmt.Errorf("%d of %d ordinary calls of %s are denied: there is nothing to measure", denied, asked, p.name)
		}
		odd := check(r, p)
		odd.GetAttributes().GetRequest().GetHttp().Path = "/never/asked"
		answer, err := authv3.NewAuthorizationClient(conn).Check(ctx, odd)
		if err != nil {
			return err
		}
		if answer.GetDeniedResponse() == nil {
			return fmt.Errorf("an operation that was never asked for is allowed to who asks for %s: too little is known to measure", p.name)
		}
	}
	return nil
}

// ready waits until url answers 200.
func ready(ctx context.Context, url string, within time.Duration) error {
	last := errors.New("not asked")
	for end := time.Now().Add(within); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		if _, last = get(ctx, url); last == nil {
			return nil
		}
	}
	return fmt.Errorf("not ready within %v: %w", within, errors.Join(last, ctx.Err()))
}

// get returns what url answers, an error where that is not 200.
func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // read only
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	return text, err
}

// freeAddresses returns n loopback addresses that nobody listens on.
func freeAddresses(n int) (list []string, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // loopback: it does not wait
		if err != nil {
			return nil, err
		}
		defer l.Close() //nolint:errcheck // only its number is wanted
		list = append(list, l.Addr().String())
	}
	return list, nil
}
