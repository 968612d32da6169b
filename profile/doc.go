// Package profile answers whether a call is what the one service says to the other.
//
// # How to read it
//
// A call's tree becomes features (features.go): fields, kinds, hashes and classes of characters, never values. Calls that ended well are counted by callee, operation, caller
// and day (count.go). Of the counts of one callee a model is built (model.go): which operations it has (operation.go, package template), and of each field what was seen.
// A call tells evidence against a model (score.go, evidence.go), in nats: −ln of how often the like was seen. Calibration (calibrate.go) turns evidence into one score, with a
// threshold that holds the rate of false denials that the operator asked for. Judge (snapshot.go, judge.go) reads a Snapshot: all models at one moment. The Learner
// (learner.go) owns what changes, keeps it in a Store (store.go, codec.go, package jetstream) or a file (file.go), and obeys operators (act.go). What was learned reads as rules
// (rules.go, words.go); what operators say of it is an approval (approve.go) or a rule of their own (constraint.go, ruling.go, spoken.go); new versions of a callee are
// releases (release.go).
//
// # Five questions
//
//	Attack     does a value hold an attack that is not ordinary in its field?
//	Edge       does this caller call this callee at all?
//	Operation  does it call this operation?
//	Shape      do these fields, kinds and wrappings belong there, and is none missing?
//	Value      does each value look like those seen?
//
// # How a score is made
//
// Whatever has categories (fields, operations, sets of fields, lengths, closed values) is judged by Good and Turing (Good 1953, Biometrika 40:237): the share of
// categories seen once among all sightings is the chance that the next is new, so an open set asks nothing and a closed one much. A value tells its rarest character class, its rarest step
// between classes, its length, format, magnitude, membership and what was found in it. Each kind is compared with all fields and, shrunk towards that, with its own field. A
// leaf is worth its strongest kind and a share of the next; what it looks like and what it reads as are added. Structure and value are two channels with a share each
// of the rate; the score is the larger of −log10(p/share).
//
// A text that holds words today, base64 or JSON tomorrow, is loose (loose.go): a structure not seen in it is as mild as a wrapping not seen, and what is written inside is
// compared with what is written there otherwise. What is mild counts once, and no more than what it comes with.
//
// Where a field of a closed set selects the shape of the body ({"action": …}), a call has the shape that calls with its value have (variant.go).
//
// # Invariants
//
//  1. Judge is pure and allocates nothing for an ordinary call. It reads one Snapshot, which never changes.
//  2. What is counted does not depend on the order in which calls came, nor on the number of replicas: counters add, capped sets and samples keep the smallest hashes.
//  3. Calibration scores a call as if it alone had not been learned. No call is judged by what it taught itself.
//  4. An immature level never denies. A level is mature when the operation has the calls of matureStructure and matureValue, and the callee (or all small callees together) 3/rate.
//  5. No value is stored: features, and keyed hashes of at most maxClosed values a field.
//  6. What was denied, ended badly, has an attack in it, or comes from a caller who has not proven who it is, is never learned live.
//  7. A caller that is left out as an outlier keeps its edge: it is judged by what the others taught.
//  8. A person's word wins over what was learned, the later and the narrower over the other, and each Reason names the decision that it follows. It never excuses an attack
//     unless it names one.
//  9. While a callee drifts nothing ordinary is learned of it (drift.go); what waits in quarantine is still learned by a quorum, which ends that.
//
// # Decisions
//
// 2026-11-23: calibration by leaving one out, not by a split. Counts can be taken out again exactly, so every call both teaches and calibrates, and a young profile is calibrated
// on the very counts it judges with. Refused: split conformal with calls held back (half of the knowledge for the same rate). The price: calls kept as features, some KiB each,
// and a guarantee that is that of the jackknife (Barber et al. 2021, Annals of Statistics 49:486), near the nominal rate for scores as stable as these, not exact.
// Values that come again in bursts (a token used a thousand times) look more ordinary than they are; fresh formats are therefore never closed sets.
//
// 2026-11-23: 95 % confidence on the threshold (Vovk 2012): of n calls so many may lie above it that a true rate beyond the asked one would show more, 19 times in 20. The price: the rate got
// is about half of that asked where calls are few.
//
// 2026-11-23: outlying callers are found by what the other four fifths of the callers taught, at two quantiles, and left out whole. Refused: a quorum on characters and lengths, which costs
// the ordinary tail. The price: poison spread thinly over many callers, or the only caller's, is learned where no finding shows it (make quality, poison).
//
// 2026-11-23: fields are known by the hash of their path without wrappings, so that a wrapped value is compared with its field's plain ones. The price: two readings of one value feed one field.
//
// 2026-11-28: a release begins a revision: what is learned from then on is counted apart, by the decision's number, so that a rollback leaves out whole counts and is itself
// taken back without loss. Refused: to take back only the fields that are new, since sets, lengths and alphabets are sums. The price: a rollback forgets the ordinary calls
// since the release too.
//
// 2026-11-28: a finding alone denies while no more than one ordinary call in a thousand has one, even where a lower rate is asked. Refused: the rate asked, which at 0.01 % left a
// fifth of the payloads to the values alone. The price: at such rates the detectors' own false findings are on top of what was asked.
//
// 2026-11-28: drift pauses what is learned from ordinary calls, not the quarantine: its quorum of callers over half an hour is the mesh's own approval. Refused: pausing both, with which no change of a
// callee without an operator would ever be learned. The price: the alarm is kept in memory; after a restart it takes the calls of a first alarm, some tens, until learning pauses again.
package profile
