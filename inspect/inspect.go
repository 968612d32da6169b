// Package inspect says what a message says: it opens every layer of it.
package inspect
