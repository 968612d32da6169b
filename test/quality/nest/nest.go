// Package nest builds calls whose payload lies under several layers, as services really nest them: JSON in base64 in an XML attribute in a gRPC message.
//
// Its encoders are the standard library's or other libraries', never the inverse of Postern's own tables: what both sides get wrong the same way would not be seen.
package nest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"unicode/utf8"
)

// Case is one call with a payload in it.
type Case struct {
	Operation    string   // of the operations table
	Chain        []string // the layers from the field of the operation inwards; its length is the depth
	Method, Path string
	Headers      [][2]string
	Body         []byte
	Payload      []byte // what lies innermost, as its reader sees it
}

// class says what bytes a place can hold or a layer gives; each class holds all that the ones after it hold.
type class int

const (
	anyBytes class = iota // any bytes at all
	utf8Text              // valid UTF-8 without NUL
	xmlText               // valid UTF-8 of characters that XML allows, tabs and newlines among them
	lineText              // printable ASCII: fits into a header
)

func classOf(p []byte) class {
	if !utf8.Valid(p) || bytes.IndexByte(p, 0) >= 0 {
		return anyBytes
	}
	c := lineText
	for _, r := range string(p) {
		switch {
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			return utf8Text
		case r < ' ' || r > '~':
			c = xmlText
		}
	}
	return c
}

// Layers returns the names of all wrappings and structures.
func Layers() []string { return names(layers, func(l layer) string { return l.name }) }

// Operations returns the names of all operations.
func Operations() []string { return names(operations, func(o operation) string { return o.name }) }

func names[T any](table []T, name func(T) string) (all []string) {
	for _, row := range table {
		all = append(all, name(row))
	}
	return all
}

// Pair builds the same call twice, once with each payload: same operation, same layers, same values around them. The depth is how many layers lie between
// the operation's field and the payload; where a layer can't hold what is inside it, base64 comes between and counts. The same random source gives the same pair.
func Pair(random *rand.Rand, depth int, attack, benign []byte) (a, b Case) {
	p := choose(random, depth, min(classOf(attack), classOf(benign)))
	seed := random.Uint64()
	return p.apply(seed, attack), p.apply(seed, benign)
}

// PairOf is Pair with a chosen operation and chain (outermost first), or an error where they don't fit together.
func PairOf(random *rand.Rand, operationName string, chain []string, attack, benign []byte) (a, b Case, err error) {
	o, ok := find(operations, func(o operation) bool { return o.name == operationName })
	if !ok {
		return a, b, fmt.Errorf("nest: no operation %q", operationName)
	}
	plan := plan{operation: o}
	have := min(classOf(attack), classOf(benign))
	for _, c := range slices.Backward(chain) {
		l, ok := find(layers, func(l layer) bool { return l.name == c })
		if !ok {
			return a, b, fmt.Errorf("nest: no layer %q", c)
		}
		if have < l.takes {
			return a, b, fmt.Errorf("nest: %s can't hold what is inside it", l.name)
		}
		plan.layers = append(plan.layers, l)
		have = l.gives
	}
	if have < o.takes {
		return a, b, fmt.Errorf("nest: %s can't hold what is inside it", o.name)
	}
	seed := random.Uint64()
	return plan.apply(seed, attack), plan.apply(seed, benign), nil
}

func find[T any](table []T, is func(T) bool) (T, bool) {
	for _, row := range table {
		if is(row) {
			return row, true
		}
	}
	var none T
	return none, false
}

// plan is an operation and the layers in its field, innermost first.
type plan struct {
	operation operation
	layers    []layer
}

// choose draws layers from the inside out, then an operation whose field holds the result.
func choose(random *rand.Rand, depth int, have class) (p plan) {
	base64 := layers[0]
	for len(p.layers) < depth {
		l := layers[random.IntN(len(layers))]
		last := len(p.layers) == depth-1
		switch {
		case l.twice && len(p.layers) > 0 && p.layers[len(p.layers)-1].name == l.name:
			continue
		case have < l.takes:
			l = base64
		case last && l.gives == anyBytes && random.IntN(4) > 0: // few operations hold bytes: they would be drawn too often
			continue
		}
		p.layers, have = append(p.layers, l), l.gives
	}
	for {
		p.operation = operations[random.IntN(len(operations))]
		if have >= p.operation.takes { // some take any bytes: this ends
			return p
		}
	}
}

// apply wraps a payload; the seed makes the values around it the same in both calls of a pair.
func (p plan) apply(seed uint64, payload []byte) Case {
	random := rand.New(rand.NewPCG(seed, 1))
	for _, l := range p.layers {
		if l.canon != nil {
			payload = l.canon(payload)
		}
	}
	value := bytes.Clone(payload)
	var chain []string
	for _, l := range p.layers {
		value = l.wrap(random, value)
		chain = append([]string{l.name}, chain...)
	}
	c := p.operation.call(random, value)
	c.Operation, c.Chain, c.Payload = p.operation.name, chain, payload
	return c
}
