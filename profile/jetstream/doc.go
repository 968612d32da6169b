// Package jetstream keeps what Postern has learned and what operators decided on NATS JetStream: embedded in the process on a data folder, or an external
// cluster; the code is the same, and replication is JetStream's.
//
// # What is where
//
// A tenant (Config.Tenant, "postern" unless set) owns four streams; nothing is shared between tenants, and no subject of one begins with the name of another.
//
//	KV_<tenant>_meta        version and hash_key: written once, by whichever replica comes first
//	KV_<tenant>_counts      key <callee>.<operation>.<caller>.<day>.<replica> → count, zstd: the newest of each key
//	<tenant>_decisions      operators' acts in order; nothing can be deleted or purged: it is its own audit log
//	<tenant>_denials        denials and would-be denials by id; bounded by bytes and age, the oldest go first
//
// # Invariants
//
//  1. A key of counts ends with the replica that writes it, and a value is all that this replica has counted under it: writing it again, late or twice, changes nothing.
//  2. Decide returns only once the stream has stored the act, embedded: once it is synced to the disk. A lost acknowledgement is repeated under the same message id, and stored once.
//  3. Two trust domains never meet: a callee's and a caller's whole SPIFFE ID is part of the key (key.go escapes it, reversibly).
//  4. A store of a newer version is refused before anything is written to it; one of an older version is raised to ours, so that an older program refuses it from then on.
//  5. An embedded server that failed to write is started again once the disk takes data (Run); until then Put and Decide fail, and nothing is acknowledged.
//  6. One process at a time holds a data folder: a lock file says so, since two embedded servers on one folder would destroy it.
//
// # Backup and restore
//
// Embedded: stop Postern (or take a snapshot of the file system) and copy the data folder, POSTERN_DATA; to restore, put the copy in its place and start. All comes back: what was
// learned, the log of decisions and the denials. External: the operator's own stream backup (nats stream backup). Everywhere: postern profile export, on the running Postern, and
// postern profile import into another, whose new store takes the hash key where POSTERN_HASH_KEY_FILE names the file: what was learned and the decisions in force, not the denials.
// Tests of package server go both ways.
//
// # Decisions
//
// 2026-11-23: counts are written with the stream's asynchronous persistence where they are embedded, operators' acts and denials synced. A flush of thousands of counts would else wait for
// as many syncs of the disk. Refused: syncing all. The price: after a power cut, up to one flush of learning is missing; DESIGN allows one.
//
// 2026-11-23: JetStream's own key-value layout instead of merged documents with compare-and-set. Refused: one document per callee, which all replicas would fight over. The price: one
// message per callee, operation, caller, day and replica; Postern's learner folds old days.
package jetstream
