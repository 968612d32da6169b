package inspect

// arena holds the bytes that decoders make: unescaped, unfolded. It grows by chunks that stay where they are, so that slices of it stay good until reset.
type arena struct {
	chunks [][]byte
	place        // up to which they are in use
	most   place // the furthest that was left by release
}

const chunkSize = 16 << 10

// kept is how many bytes an arena keeps from one message to the next.
const kept = 1 << 20

func (a *arena) grow(n int) []byte {
	for ; a.chunk < len(a.chunks); a.chunk, a.used = a.chunk+1, 0 {
		c := a.chunks[a.chunk]
		if len(c)-a.used >= n {
			a.used += n
			return c[a.used-n : a.used : a.used]
		}
	}
	size := chunkSize << min(len(a.chunks), 6)
	a.chunks = append(a.chunks, make([]byte, max(size, n)))
	a.used = n
	return a.chunks[a.chunk][:n:n]
}

// place is a point to go back to: a chunk, and how many bytes of it are used.
type place struct{ chunk, used int }

func (p place) before(q place) bool {
	return p.chunk < q.chunk || p.chunk == q.chunk && p.used < q.used
}

func (a *arena) mark() place { return a.place }

func (a *arena) release(back place) {
	if a.most.before(a.place) {
		a.most = a.place
	}
	a.place = back
}

// reset forgets all bytes that were in use, and no others: most messages need a few. Under the race detector it also overwrites them: a slice that was kept is caught.
func (a *arena) reset() {
	a.release(place{})
	total := 0
	for i, c := range a.chunks {
		switch {
		case i < a.most.chunk:
			poison(c)
		case i == a.most.chunk:
			poison(c[:a.most.used])
		}
		if total += len(c); total > kept {
			a.chunks = a.chunks[:i]
			break
		}
	}
	a.most = place{}
}

// keySet finds member names that come again: an open hash table of their shapes, emptied by counting generations.
type keySet struct {
	slots      []keySlot
	generation uint32
	used       int
}

type keySlot struct {
	key        uint64
	generation uint32
	node       int32
}

// seen says whether a node of the name of node i was added before that is still in the tree under the same parent, and adds i.
func (k *keySet) seen(i int32, nodes []Node) bool {
	key := nodes[i].Shape ^ mix(uint64(nodes[i].Parent)) //nolint:gosec // not negative
	if 2*k.used >= len(k.slots) {
		k.rehash()
	}
	mask := uint64(len(k.slots) - 1) //nolint:gosec // bounded by the limits
	for at := key & mask; ; at = (at + 1) & mask {
		s := &k.slots[at]
		if s.generation != k.generation {
			*s = keySlot{key, k.generation, i}
			k.used++
			return false
		}
		if s.key == key {
			// A layer that was given up may have left its key: only a node that still stands counts.
			other := s.node
			s.node = i
			return other < i && nodes[other].Shape == nodes[i].Shape && nodes[other].Parent == nodes[i].Parent
		}
	}
}

func (k *keySet) rehash() {
	old := k.slots
	k.slots = make([]keySlot, max(256, 2*len(old)))
	k.generation = max(k.generation, 1)
	mask := uint64(len(k.slots) - 1) //nolint:gosec // bounded by the limits
	for _, s := range old {
		if s.generation != k.generation {
			continue
		}
		at := s.key & mask
		for k.slots[at].generation == k.generation {
			at = (at + 1) & mask
		}
		k.slots[at] = s
	}
}

func (k *keySet) reset() {
	k.used = 0
	if k.generation++; k.generation == 0 || len(k.slots) > 1<<16 {
		k.slots, k.generation = nil, 0
	}
}
