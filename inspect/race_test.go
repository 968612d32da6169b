//go:build race

package inspect

// The race detector makes pools forget.
func init() { poolsForget = true }
