// Package sketch holds the small summaries a profile is made of: character classes and their pairs, buckets of lengths and numbers, capped sets
// of hashes, the form of a value (form.go; of persons' numbers identity.go, of credentials secret.go), and the keyed hash. All can be merged in any order with the same result.
package sketch
