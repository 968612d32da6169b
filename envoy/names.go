package envoy

import (
	"maps"
	"sync"
	"sync/atomic"
)

// names turns bytes that recur in call after call (identities, versions, protocols) into strings without allocating. A reader takes no lock
// and writes nothing; a new name copies the map. It is full at maxNames: whoever makes up names costs an allocation each, no memory.
type names struct {
	known atomic.Pointer[map[string]string]
	write sync.Mutex
}

// maxNames bounds the memory, and the copying while it fills: a large mesh has some thousand workloads.
const maxNames = 4096

func (n *names) text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if known := n.known.Load(); known != nil {
		if s, ok := (*known)[string(b)]; ok {
			return s
		}
	}
	return n.learn(string(b))
}

func (n *names) learn(s string) string {
	if len(s) > 512 || !n.write.TryLock() {
		return s
	}
	defer n.write.Unlock()
	next := map[string]string{}
	if known := n.known.Load(); known != nil {
		if len(*known) >= maxNames {
			return s
		}
		next = maps.Clone(*known)
	}
	next[s] = s
	n.known.Store(&next)
	return s
}
