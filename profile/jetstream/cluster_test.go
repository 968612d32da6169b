package jetstream

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"postern/profile"
)

// cluster starts three JetStream nodes on loopback and returns them with the URL of all, once they have found each other.
func cluster(t *testing.T) (nodes []*server.Server, urls string) {
	t.Helper()
	nodes, urls = prepared(t)
	for _, s := range nodes {
		s.Start()
	}
	eventually(t, "a JetStream leader", func() bool { return formed(nodes) })
	return nodes, urls
}

func formed(nodes []*server.Server) bool {
	for _, s := range nodes {
		if s.JetStreamIsLeader() {
			return len(s.JetStreamClusterPeers()) == 3
		}
	}
	return false
}

// prepared are three nodes that have yet to be started.
func prepared(t *testing.T) (nodes []*server.Server, urls string) {
	t.Helper()
	var routes []*url.URL
	ports := freePorts(t, 6)
	for _, p := range ports[:3] {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", p)})
	}
	var all []string
	for i := range 3 {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprintf("n%d", i), Host: "127.0.0.1", Port: ports[3+i], JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: ports[i]}, Routes: routes,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		nodes = append(nodes, s)
		all = append(all, fmt.Sprintf("nats://127.0.0.1:%d", ports[3+i]))
	}
	return nodes, strings.Join(all, ",")
}

func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() //nolint:errcheck // nothing is lost with it
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

func TestReplicasShareAClusterThatLosesANode(t *testing.T) {
	if testing.Short() {
		t.Skip("a cluster that loses a node takes half a minute to notice it")
	}
	nodes, urls := cluster(t)
	a := open(t, Config{URL: urls, Replica: "a", ReconnectEvery: 50 * time.Millisecond, FirstConnectWithin: 20 * time.Second})
	b := open(t, Config{URL: urls, Replica: "b", ReconnectEvery: 50 * time.Millisecond, FirstConnectWithin: 20 * time.Second})
	if a.HashKey() != b.HashKey() {
		t.Fatal("two replicas hash with two keys")
	}
	onA, onB := watch(t, a), watch(t, b)
	want := map[profile.Key]string{}
	put := func(s *Store, from, to int) {
		for i := from; i < to; i++ {
			c := profile.Count{Key: key(i), Value: fmt.Appendf(nil, "%d by %s", i, s.Replica())}
			c.Key.Replica = s.Replica()
			want[c.Key] = string(c.Value)
			eventually(t, "a put, repeated until it is acknowledged", func() bool { return s.Put(t.Context(), c) == nil })
		}
	}
	put(a, 0, 10)
	put(b, 0, 10)
	passes(t, a, b)
	nodes[0].Shutdown()
	nodes[0].WaitForShutdown()
	put(b, 10, 15)
	put(a, 10, 15)
	eventually(t, "a decision without one node", func() bool { _, err := a.Decide(t.Context(), "ops", []byte("{}")); return err == nil })
	eventually(t, "all counts at a", onA.shows(want))
	eventually(t, "all counts at b", onB.shows(want))
	if !a.Up() || !b.Up() {
		t.Error("the store should be up")
	}
	nodes[1].Shutdown()
	nodes[2].Shutdown()
	eventually(t, "the store is seen to be down", func() bool { return !a.Up() })
}

// passes checks that b hears of the ends that a passes on, and a of none of its own.
func passes(t *testing.T, a, b *Store) {
	t.Helper()
	var mu sync.Mutex
	heard := map[*Store][]profile.End{}
	for _, s := range []*Store{a, b} {
		go func() {
			if err := s.Passed(t.Context(), func(e profile.End) { mu.Lock(); heard[s] = append(heard[s], e); mu.Unlock() }); err != nil {
				t.Error(err)
			}
		}()
	}
	at := time.UnixMilli(1_700_000_000_123)
	want := profile.End{ID: "id", OK: true, At: at}
	eventually(t, "an end that is passed on", func() bool {
		if err := a.Pass(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		return len(heard[b]) > 0 && heard[b][0].ID == want.ID && heard[b][0].OK && heard[b][0].At.Equal(at)
	})
	mu.Lock()
	defer mu.Unlock()
	if len(heard[a]) > 0 {
		t.Errorf("a hears itself: %v", heard[a])
	}
}

func TestOpenWaitsForAFormingCluster(t *testing.T) {
	t.Parallel()
	nodes, urls := prepared(t)
	nodes[0].Start()
	late := time.AfterFunc(3*time.Second, func() { nodes[1].Start(); nodes[2].Start() }) // one node alone has no leader
	defer late.Stop()
	s := open(t, Config{URL: urls, Replica: "a", FirstConnectWithin: time.Minute})
	keptThrice(t, s)
}

func TestOpenGrowsASingleCopy(t *testing.T) {
	t.Parallel()
	_, urls := cluster(t)
	small := open(t, Config{URL: urls, Replica: "a", FirstConnectWithin: time.Minute})
	for _, name := range small.streams() {
		stream, err := small.js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		config := stream.CachedInfo().Config
		config.Replicas = 1
		if _, err := small.js.UpdateStream(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
	key := small.HashKey()
	small.Close()
	s := open(t, Config{URL: urls, Replica: "a", FirstConnectWithin: time.Minute})
	keptThrice(t, s)
	if s.HashKey() != key {
		t.Error("the hash key changed")
	}
}

func keptThrice(t *testing.T, s *Store) {
	t.Helper()
	eventually(t, "three copies of every stream", func() bool {
		for _, name := range s.streams() {
			stream, err := s.js.Stream(t.Context(), name)
			if err != nil || stream.CachedInfo().Config.Replicas != 3 {
				return false
			}
		}
		return true
	})
}
