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
// parameters stays open. A word of the rest is a constant nevertheless where it was seen several times and goes on in a way that no sibling does. Where too few
// words are known to look open, yet one call in twenty is expected to bring a new one, the rare ones are a parameter and the others stay constants until more is known.
// Words that are written as identifiers (LEM-51136), or are codes of capitals (EUR), are a parameter once there are several.
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
//
// 2026-11-28: a set of words that is not at its end by Good and Turing takes what is new, even where it is too small to be taken whole. Refused: waiting for six words and
// four singletons, which left 1.3 % of fresh calls of documented APIs without a template after 30 calls a template (now none of 1,400). The price: for a while the commonest
// values of a rare parameter are operations of their own.
package template
