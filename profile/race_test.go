//go:build race

package profile

// The race detector makes pools forget.
func init() { poolsForget = true }
