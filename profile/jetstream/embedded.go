package jetstream

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// startTimeout bounds how long an embedded server may take to recover its streams.
const startTimeout = 60 * time.Second

// embedded is a NATS server in this process: it listens on no port, the client reaches it in memory.
type embedded struct {
	folder string
	log    *slog.Logger
	lock   *os.File

	mu     sync.Mutex
	server *server.Server // replaced by restart
}

// startEmbedded starts a server whose streams lie in folder, synced at each write. It waits until the streams are recovered.
func startEmbedded(folder string, log *slog.Logger) (*embedded, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	lock, err := lockFolder(folder)
	if err != nil {
		return nil, err
	}
	e := &embedded{folder: folder, log: log, lock: lock}
	if err := e.writable(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if e.server, err = e.run(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return e, nil
}

func (e *embedded) run() (*server.Server, error) {
	s, err := server.NewServer(&server.Options{
		ServerName:         "postern",
		DontListen:         true,
		JetStream:          true,
		StoreDir:           e.folder,
		SyncAlways:         true,
		JetStreamMaxMemory: 64 << 20,
		JetStreamMaxStore:  -1,
		MaxPayload:         8 << 20,
		NoSigs:             true,
	})
	if err != nil {
		return nil, fmt.Errorf("embedded server on %s: %w", e.folder, err)
	}
	s.SetLoggerV2(&serverLog{e.log}, false, false, false)
	s.Start()
	if !s.ReadyForConnections(startTimeout) || !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("embedded server on %s did not start; its reason is in the log", e.folder)
	}
	return s, nil
}

// InProcessConn is how the client connects, and connects again after a restart.
func (e *embedded) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.server.InProcessConn()
}

// restart recovers the streams from the disk: after a failed write the server refuses a stream until then.
func (e *embedded) restart() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.server.Shutdown()
	e.server.WaitForShutdown()
	s, err := e.run()
	if err != nil {
		return err
	}
	e.server = s
	return nil
}

// probeSize is how much must fit onto the disk for it to count as writable, bytes.
const probeSize = 256 << 10

// writable says whether the folder takes and syncs some data.
func (e *embedded) writable() (err error) {
	name := filepath.Join(e.folder, "probe")
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // named by the operator
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	_, err = file.Write(make([]byte, probeSize))
	if err = errors.Join(err, file.Sync(), file.Close(), os.Remove(name)); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

// lockFolder takes the folder for this process; the kernel gives the lock back when the process ends, however it does.
func lockFolder(folder string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s is %w", folder, ErrInUse), file.Close())
	}
	return file, nil
}

func (e *embedded) stop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.server.Shutdown()
	e.server.WaitForShutdown()
	_ = e.lock.Close() // which also unlocks it; nothing was written to it
}

// serverLog passes what the embedded server says on to Postern's log: its notices are our details.
type serverLog struct{ log *slog.Logger }

func (l *serverLog) Noticef(format string, v ...any) { l.say(slog.LevelDebug, format, v) }
func (l *serverLog) Warnf(format string, v ...any)   { l.say(slog.LevelWarn, format, v) }
func (l *serverLog) Fatalf(format string, v ...any)  { l.say(slog.LevelError, format, v) }
func (l *serverLog) Errorf(format string, v ...any)  { l.say(slog.LevelError, format, v) }
func (l *serverLog) Debugf(string, ...any)           {}
func (l *serverLog) Tracef(string, ...any)           {}

func (l *serverLog) say(level slog.Level, format string, v []any) {
	l.log.Log(nil, level, "nats server", "said", strings.TrimSpace(fmt.Sprintf(format, v...))) //nolint:staticcheck // its interface has no context
}
