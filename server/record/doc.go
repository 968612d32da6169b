// Package record reads and writes recorded calls: what `postern learn`, `judge` and `inspect -calls` read, and what POSTERN_RECORD writes.
//
// A record is one JSON object a line, plain or packed by gzip or zstd (told by the first bytes, not by the name); a HAR file is read as the calls of its entries.
// Read hands out each record in order; one that cannot be read is reported with its line and skipped, and the rest is read on.
//
// # Invariants
//
//  1. Nothing is skipped in silence: every line that is not blank is either handed out or reported.
//  2. The bytes of a body are those that were sent: what is not UTF-8 travels as body_base64, and a line that is not UTF-8 is refused, since JSON would replace its bytes.
//  3. Reading holds one record in memory (a HAR file: one entry), of at most MaxLine bytes.
//
// # Decisions
//
// 2026-11-23: a record's Content-Length is believed only where the record says that its body was cut (the proxy's x-envoy-auth-partial-body, or "cut": true).
// Recordings change bodies (charset undone, content decoded, values masked) and keep the old header; believing it would report bytes that never were.
// Refused: an error for such records, since most recordings of browsers have them. Price: a record cut by its maker without a word looks whole.
package record
