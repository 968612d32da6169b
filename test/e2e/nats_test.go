package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"postern/examples/shop/mesh"
)

// natsNode names the variable that makes the test binary one node of a NATS cluster: a node that is to be killed must be a process of its own.
const natsNode = "POSTERN_E2E_NATS_NODE"

// node is what such a child is told.
type node struct {
	Name, Folder  string
	Port, Cluster int
	Routes        []int
}

// beNATSNode runs a node until it is ended, if this process was started as one.
func beNATSNode() {
	text := os.Getenv(natsNode)
	if text == "" {
		return
	}
	var n node
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		panic(err)
	}
	var routes []*url.URL
	for _, p := range n.Routes {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", p)})
	}
	s, err := server.NewServer(&server.Options{
		ServerName: n.Name, Host: "127.0.0.1", Port: n.Port, JetStream: true, StoreDir: n.Folder, NoSigs: true, SyncAlways: true,
		Cluster: server.ClusterOpts{Name: "e2e", Host: "127.0.0.1", Port: n.Cluster}, Routes: routes,
	})
	if err != nil {
		panic(err)
	}
	s.ConfigureLogger()
	s.Start()
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	<-end
	s.Shutdown()
	s.WaitForShutdown()
	os.Exit(0)
}

// natsCluster starts three JetStream nodes and returns them with the URL of all.
func natsCluster(t *testing.T, w *world) (nodes []*mesh.Process, urls string) {
	t.Helper()
	var numbers []int
	for _, at := range ports(t, 6) {
		n, err := strconv.Atoi(at[strings.LastIndex(at, ":")+1:])
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	var all []string
	for i := range 3 {
		n := node{Name: fmt.Sprintf("n%d", i), Folder: filepath.Join(w.mesh.Folder, fmt.Sprintf("nats-%d", i)), Port: numbers[i], Cluster: numbers[3+i], Routes: numbers[3:]}
		text, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		p, err := w.mesh.Start(t.Context(), mesh.Command{Name: "nats-" + n.Name, Path: os.Args[0], Env: []string{natsNode + "=" + string(text)}, Hasty: true})
		if err != nil {
			t.Fatal(err)
		}
		nodes = append(nodes, p)
		all = append(all, fmt.Sprintf("nats://127.0.0.1:%d", n.Port))
	}
	return nodes, strings.Join(all, ",")
}
