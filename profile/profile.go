// Package profile answers whether a call is what the one service says to the other.
package profile
