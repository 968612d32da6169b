package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"

	"postern/profile"
)

// The meshes whose state is measured: every callee has so many callers, each of which asks for every one of its operations, whose bodies have so many fields.
const (
	callersEach    = 10
	operationsEach = 20
	fieldsEach     = 30
)

// mesh is a mesh of so many edges.
type mesh int

// meshes are those measured: one is a hundred times the other.
var meshes = [...]mesh{10, 1000}

// meshPayloads are calls over all edges of a mesh.
func meshPayloads() (list []payload) {
	for _, m := range meshes {
		list = append(list, payload{name: fmt.Sprintf("mesh of %d edges", m), mesh: m})
	}
	return list
}

func (m mesh) edge(i int) profile.Edge {
	return profile.Edge{
		From: fmt.Sprintf("spiffe://mesh.test/ns/shop/sa/caller-%d", i),
		To:   fmt.Sprintf("spiffe://mesh.test/ns/shop/sa/service-%d", i/callersEach),
	}
}

var things = [...]string{"orders", "items", "carts", "users", "parcels", "returns", "invoices", "stock", "prices", "reviews"}

// lessons goes through what a mesh is learned from: each edge asks each operation callsEach times.
func (m mesh) lessons(hear func(id string, edge, n int)) {
	for round := range callsEach {
		for edge := range int(m) {
			for n := range operationsEach {
				hear(fmt.Sprint(round, edge, n), edge, n)
			}
		}
	}
}

// check is a call of an edge to the n-th operation of its callee.
func (m mesh) check(r *rand.Rand, edge, n int) *authv3.CheckRequest {
	path := fmt.Sprintf("/api/v1/%s/%d/%s", things[n%len(things)], 1+r.IntN(100000), [...]string{"update", "confirm"}[n/len(things)])
	return checkOf(r, m.edge(edge), "POST", path, "application/json", meshBody(r, n))
}

// meshBody has members of all sorts: numbers, texts of a few, identifiers, names, amounts, flags.
func meshBody(r *rand.Rand, n int) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range fieldsEach {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%s_%d_%d":`, things[i%len(things)], n, i)
		switch i % 6 {
		case 0:
			fmt.Fprintf(&b, "%d", r.IntN(10000))
		case 1:
			fmt.Fprintf(&b, "%q", pick(r, notes))
		case 2:
			fmt.Fprintf(&b, `"%08x-%04x-4%03x-a%03x-%012x"`, r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Uint64()>>16)
		case 3:
			fmt.Fprintf(&b, "%q", pick(r, streets)+" "+pick(r, family))
		case 4:
			fmt.Fprintf(&b, "%d.%02d", r.IntN(1000), r.IntN(100))
		default:
			fmt.Fprintf(&b, "%t", r.IntN(2) == 0)
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}
