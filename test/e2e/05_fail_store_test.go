package e2e

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// newer makes the store in folder one of a newer version.
func newer(t *testing.T, folder string) {
	t.Helper()
	js, end := natsServer(t, folder)
	defer end()
	name := ""
	for bucket := range js.KeyValueStoreNames(t.Context()).Name() {
		if strings.HasSuffix(bucket, "meta") {
			name = bucket
		}
	}
	kv, err := js.KeyValue(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Put(t.Context(), "version", []byte("99")); err != nil {
		t.Fatal(err)
	}
}

// natsServer starts NATS with JetStream on a folder, on a port of its own.
func natsServer(t *testing.T, folder string) (js jetstream.JetStream, end func()) {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: folder, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("NATS does not start")
	}
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	if js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	return js, sync.OnceFunc(func() {
		nc.Close()
		s.Shutdown()
		s.WaitForShutdown()
	})
}

// store has the row of an external store that goes away.
func (m *matrix) store(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "nats")
	js, end := natsServer(t, folder)
	defer end()
	w, p := withProgram(t, "POSTERN_MODE=enforce", "POSTERN_NATS_URL="+js.Conn().ConnectedUrl(), "POSTERN_REPLICA=one")
	w.callee()
	web := w.caller("web")
	m.row(t, "store down", "judged and learned on: benign 200, attack 403", "postern_store_up 0", func(t *testing.T) {
		benign(web).holds(t, "benign before", 200)
		eventually(t, "the store is up", func() bool { return p.metric("postern_store_up") == 1 })
		end()
		eventually(t, "the store is down", func() bool { return p.metric("postern_store_up") == 0 })
		known := p.known().Calls
		benign(web).holds(t, "benign", 200)
		eventually(t, "it learns on in memory", func() bool { return p.known().Calls > known })
		attack(web).holds(t, "attack", 403)
		if _, err := p.run("profile", "mode", "shadow"); err == nil {
			t.Error("a decision was acknowledged that no store has")
		}
		attack(web).holds(t, "attack after a decision that was refused", 403)
	})
}

// damaged: the disk gave back other bytes than were written.
func (m *matrix) damaged(t *testing.T, p *program) {
	m.row(t, "store damaged", "starts empty in shadow: all let through, no act is taken", "readiness warns, postern_store_up 0", func(t *testing.T) {
		if err := p.process.Stop(); err != nil {
			t.Fatal(err)
		}
		good := p.data
		p.data += ".damaged"
		if err := os.CopyFS(p.data, os.DirFS(good)); err != nil {
			t.Fatal(err)
		}
		spoiled := 0
		err := filepath.WalkDir(p.data, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".blk" {
				return err
			}
			text, err := os.ReadFile(path)
			for i := len(text) / 4; i < len(text)*3/4; i++ {
				text[i] ^= 0xff
			}
			spoiled += len(text) / 2
			return errors.Join(err, os.WriteFile(path, text, 0o600))
		})
		if err != nil || spoiled == 0 {
			t.Fatal(err, spoiled)
		}
		p.start()
		ready, err := fetch(t.Context(), "http://"+p.metrics+"/readyz")
		if err != nil || !strings.Contains(ready, "warning: the store was not opened") || p.metric("postern_store_up") != 0 || !strings.Contains(p.must("status"), "store       DOWN") {
			t.Errorf("readiness says %q, %v; %s", ready, err, p.must("status"))
		}
		open := p.w.caller("damaged")
		eventually(t, "Envoy asks again", func() bool {
			attack(open).holds(t, "attack in shadow", 200)
			return p.metric("postern_decisions_total", `verdict="would-deny"`) > 0
		})
		if _, err := p.run("profile", "mode", "enforce"); err == nil {
			t.Error("an act was acknowledged that no store has")
		}
		if err := p.process.Stop(); err != nil {
			t.Fatal(err)
		}
		p.data = good
	})
}
