package jetstream

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"postern/profile"
)

// version is of the streams and what is in them: 2 since counts are binary, which a program that knows 1 takes for broken and would write over. A store of an older version
// is raised to this one when it is opened; replicas of an older program that run on leave such counts out until they are renewed too.
const version = 2

// ErrInUse says that another process holds the data folder.
var ErrInUse = errors.New("in use by another Postern: stop it, or give this one a folder of its own (POSTERN_DATA)")

// ErrNewer says that the store was written by a newer Postern. Nothing was changed in it.
var ErrNewer = errors.New("the store was written by a newer version of Postern: run that one, or use another data folder or tenant")

// Config says where the store is. Folder or URL, not both.
type Config struct {
	Folder string // data folder of the embedded server
	URL    string // an external cluster: nats://host:port, several by comma

	Credentials        string        // file of an external cluster's user credentials (.creds), "" for none
	CA, Cert, Key      string        // files for TLS to an external cluster, "" for none
	Tenant             string        // prefix of every stream and subject: letters, digits, - and _; "postern" if empty
	Replica            string        // name of this replica, stable over restarts, only one of its name at a time; the host's name if empty
	HashKey            *[32]byte     // key of hashes for a new store; random if nil
	DenialBytes        int64         // bound of the denials' stream, bytes; 256 MiB if 0
	DenialAge          time.Duration // and their age; 30 days if 0
	Log                *slog.Logger  // nil: none
	ReconnectEvery     time.Duration // pause between attempts to reach an external cluster again; 1 s if 0
	FirstConnectWithin time.Duration // how long Open tries to reach it, and waits for it to form; 10 s if 0
}

var tenantForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (c Config) withDefaults() (Config, error) {
	if (c.Folder == "") == (c.URL == "") {
		return c, errors.New("want a data folder or the URL of a NATS cluster, and not both")
	}
	if c.Tenant == "" {
		c.Tenant = "postern"
	}
	if !tenantForm.MatchString(c.Tenant) {
		return c, fmt.Errorf("tenant %q: want 1 to 64 letters, digits, - or _", c.Tenant)
	}
	if c.Replica == "" {
		name, err := os.Hostname()
		if err != nil {
			return c, fmt.Errorf("name of this replica: %w", err)
		}
		c.Replica = name
	}
	c.DenialBytes = cmp.Or(c.DenialBytes, 256<<20)
	c.DenialAge = cmp.Or(c.DenialAge, 30*24*time.Hour)
	c.ReconnectEvery = cmp.Or(c.ReconnectEvery, time.Second)
	c.FirstConnectWithin = cmp.Or(c.FirstConnectWithin, 10*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Store is a profile.Store on JetStream.
type Store struct {
	cfg      Config
	embedded *embedded // nil with an external cluster
	conn     *nats.Conn
	js       jetstream.JetStream
	meta     jetstream.KeyValue
	counts   jetstream.KeyValue
	hashKey  [32]byte
	single   bool // the external cluster holds one copy at most
	up       atomic.Bool
	broken   atomic.Bool // embedded: a write failed; Run restarts the server once the disk takes data again
	zip      *zstd.Encoder
	unzip    *zstd.Decoder

	lookEvery time.Duration
}

var _ profile.Store = (*Store)(nil)

// Open starts the embedded server or reaches the external cluster, and makes the tenant's streams where they are not there yet. It waits for a cluster that is forming.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	s := &Store{cfg: cfg, lookEvery: lookEvery}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("jetstream: %w", err)
	}
	s.up.Store(true)
	return s, nil
}

func (s *Store) open(ctx context.Context) (err error) {
	if s.zip, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)); err != nil {
		return err
	}
	if s.unzip, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxCount)); err != nil {
		return err
	}
	if err := s.connect(ctx); err != nil {
		return err
	}
	if s.embedded != nil {
		return s.openAll(ctx)
	}
	if err := s.openPatiently(ctx); err != nil {
		return err
	}
	s.grow(ctx)
	return nil
}

func (s *Store) openAll(ctx context.Context) error {
	if err := s.openMeta(ctx); err != nil {
		return err
	}
	return s.openStreams(ctx)
}

// Close lets go of the store; what was acknowledged is on the disk.
func (s *Store) Close() {
	s.up.Store(false)
	if s.conn != nil {
		s.conn.Close()
	}
	if s.embedded != nil {
		s.embedded.stop()
	}
	if s.unzip != nil {
		s.unzip.Close()
	}
}

// HashKey is the key of all hashes in the counts.
func (s *Store) HashKey() [32]byte { return s.hashKey }

// Up says whether the store answered last time and is connected.
func (s *Store) Up() bool { return s.up.Load() && s.conn.IsConnected() }

// Replica is the name under which this process writes its counts.
func (s *Store) Replica() string { return s.cfg.Replica }

// answered notes whether the store took what it was given.
func (s *Store) answered(err error) error {
	failed := err != nil && !errors.Is(err, context.Canceled)
	s.up.Store(!failed)
	if failed && s.embedded != nil {
		s.broken.Store(true)
	}
	return err
}

// healEvery is how often Run looks whether a failed disk takes data again.
const healEvery = time.Second

// Run mends an embedded store whose disk was full or read-only for a while, until ctx ends. An external cluster mends itself.
func (s *Store) Run(ctx context.Context) error {
	ticker := time.NewTicker(healEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if s.broken.Load() {
				s.heal()
			}
		}
	}
}

func (s *Store) heal() {
	if err := s.embedded.writable(); err != nil {
		s.cfg.Log.Error("the store takes nothing; decisions go on from what is known", "error", err)
		return
	}
	s.broken.Store(false)
	if err := s.embedded.restart(); err != nil {
		s.broken.Store(true)
		s.cfg.Log.Error("the store did not start again", "error", err)
		return
	}
	s.up.Store(true)
	s.cfg.Log.Info("the store takes data again")
}

func (s *Store) connect(ctx context.Context) (err error) {
	options := []nats.Option{nats.Name("postern " + s.cfg.Replica), nats.MaxReconnects(-1), nats.ReconnectWait(s.cfg.ReconnectEvery)}
	if s.cfg.Folder != "" {
		if s.embedded, err = startEmbedded(s.cfg.Folder, s.cfg.Log); err != nil {
			return err
		}
		options = append(options, nats.InProcessServer(s.embedded), nats.ReconnectWait(10*time.Millisecond))
	} else {
		options = append(options, s.external()...)
	}
	if s.conn, err = dial(ctx, s.cfg, options); err != nil {
		return err
	}
	s.js, err = jetstream.New(s.conn, jetstream.WithPublishAsyncMaxPending(512))
	return err
}

// external are the options for a cluster that is not ours.
func (s *Store) external() []nats.Option {
	options := []nats.Option{
		nats.PingInterval(5 * time.Second), nats.MaxPingsOutstanding(2), // a node that hangs is left for another
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { s.cfg.Log.Warn("store is out of reach", "error", err) }),
		nats.ReconnectHandler(func(*nats.Conn) { s.cfg.Log.Info("store is reached again") }),
	}
	if s.cfg.Credentials != "" {
		options = append(options, nats.UserCredentials(s.cfg.Credentials))
	}
	if s.cfg.CA != "" {
		options = append(options, nats.RootCAs(s.cfg.CA))
	}
	if s.cfg.Cert != "" {
		options = append(options, nats.ClientCert(s.cfg.Cert, s.cfg.Key))
	}
	return options
}

// dial tries until it is connected, for as long as the configuration allows.
func dial(ctx context.Context, cfg Config, options []nats.Option) (*nats.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.FirstConnectWithin)
	defer cancel()
	for {
		conn, err := nats.Connect(cfg.URL, options...)
		if err == nil || cfg.Folder != "" {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("reach %s: %w", cfg.URL, err)
		case <-time.After(cfg.ReconnectEvery):
		}
	}
}

// openMeta refuses a newer store before it touches anything, and settles the hash key: the first replica's stands.
func (s *Store) openMeta(ctx context.Context) (err error) {
	name := s.metaName()
	if s.meta, err = s.js.KeyValue(ctx, name); errors.Is(err, jetstream.ErrBucketNotFound) {
		s.meta, err = s.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: name, Description: "Postern: version and hash key", Replicas: s.copies()})
	}
	if err != nil {
		return fmt.Errorf("bucket %s: %w", name, err)
	}
	if err := s.settleVersion(ctx); err != nil {
		return err
	}
	var key [32]byte
	if s.cfg.HashKey != nil {
		key = *s.cfg.HashKey
	} else if _, err := rand.Read(key[:]); err != nil {
		return err
	}
	found, err := s.settle(ctx, "hash_key", key[:])
	if err != nil {
		return err
	}
	if len(found) != len(s.hashKey) {
		return fmt.Errorf("the hash key of tenant %s has %d bytes, want %d", s.cfg.Tenant, len(found), len(s.hashKey))
	}
	copy(s.hashKey[:], found)
	return nil
}

// settleVersion refuses a newer store, and raises the version of an older one.
func (s *Store) settleVersion(ctx context.Context) error {
	if _, err := s.settle(ctx, "version", []byte(strconv.Itoa(version))); err != nil {
		return err
	}
	for {
		found, err := s.meta.Get(ctx, "version")
		if err != nil {
			return fmt.Errorf("meta version: %w", err)
		}
		n, err := strconv.Atoi(string(found.Value()))
		switch {
		case err != nil || n > version:
			return fmt.Errorf("tenant %s has version %q, this Postern knows %d: %w", s.cfg.Tenant, found.Value(), version, ErrNewer)
		case n == version:
			return nil
		}
		_, err = s.meta.Update(ctx, "version", []byte(strconv.Itoa(version)), found.Revision())
		if err != nil && !errors.Is(err, jetstream.ErrKeyExists) { // another replica was faster, with this version or a newer one
			return fmt.Errorf("meta version: %w", err)
		}
	}
}

// settle returns the value of a key of meta: the one that stands there, or the one given, if no other replica was faster.
func (s *Store) settle(ctx context.Context, key string, value []byte) ([]byte, error) {
	_, err := s.meta.Create(ctx, key, value)
	if err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return nil, fmt.Errorf("meta %s: %w", key, err)
	}
	entry, err := s.meta.Get(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("meta %s: %w", key, err)
	}
	return entry.Value(), nil
}
