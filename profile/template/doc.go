// Package template learns which HTTP paths are one operation: /orders/17/items and /orders/18/items are /orders/{int}/items, while /orders/search is its own.
//
// A Trie counts the segments of the paths that were seen. Segments that are plainly identifiers (numbers, UUIDs, dates, tokens …) are counted by their Label, all
// others by a keyed hash, their text beside it only where it is short and was seen several times. Tries of several replicas, callers and days are merged by
// adding; Compile reads the sum.
//
// # How a parameter of words is told from constants
//
// At each node of the trie the heaviest children are peeled off as constants until the rest looks open: many different ones, many of them seen once, none dominant.
// By Good and Turing (Good 1953, Biometrika 40:237) the share of singletons estimates how much of the next call will be new here: a set of constants is soon closed, one of
// parameters stays open. A word of the rest is a constant nevertheless where it was seen several times and goes on in a way that no sibling does.
//
// # Invariants
//
//  1. What is compiled depends on the sums alone: not on the order of arrival, nor on how the calls were spread over tries.
//  2. A node keeps at most maxKids children, those with the smallest hashes, and a Trie maxNodes nodes: hostile paths can't grow it. What was left out is counted.
//  3. Match allocates nothing and visits at most as many nodes as there are compiled.
//
// # Decisions
//
// 2026-11-23: typed siblings (numbers beside hexadecimal ids) are one parameter: an identifier of random hex digits is all decimal once in a while. Refused: a template for each type.
// The price: an API with /x/{int} and /x/{uuid} as two operations has one.
package template
