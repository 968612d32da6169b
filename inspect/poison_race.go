//go:build race

package inspect

// poison makes a slice that outlives Free show itself.
func poison(b []byte) {
	for i := range b {
		b[i] = 0xdb
	}
}
