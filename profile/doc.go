// Package profile answers whether a call is what the one service says to the other.
//
// # How to read it
//
// A call's tree becomes features (features.go): fields, kinds, hashes and classes of characters, never values. Calls that ended well are counted by callee, operation, caller
// and day (count.go). Of the counts of one callee a model is built (model.go): which operations it has (operation.go, package template, actions.go, discriminator.go), and of each field what was seen.
// A call tells evidence against a model (score.go, evidence.go), in nats: −ln of how often the like was seen. Calibration (calibrate.go) turns evidence into one score, with a
// threshold that holds the rate of false denials that the operator asked for. Judge (snapshot.go, judge.go) reads a Snapshot: all models at one moment. The Learner
// (learner.go, pending.go) owns what changes (ledger.go), makes models of it (publish.go), keeps it in a Store (keep.go, store.go, codec.go, package jetstream) or a file
// (file.go, codec_json.go), and obeys operators (act.go). What was learned reads as rules
// (rules.go, words.go); what operators say of it is an approval (approve.go) or a rule of their own (package rule, ruling.go, spoken.go); new versions of a callee are
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
// categories seen once among all sightings is the chance that the next is new, so an open set asks nothing and a closed one much. A value tells its rarest character class, its rare steps
// between classes (steps.go), how many marks it has for its length (marks.go), its length, format, magnitude, membership and what was found in it; an array, how many elements it has. Each kind is compared with all fields and,
// shrunk towards that, with its own field. A leaf is worth its strongest kind and a share of the next; what it looks like and what it reads as are added. Structure and value are two
// channels with a share each of the rate; the score is the larger of −log10(p/share).
//
// A text that holds words today, base64 or JSON tomorrow, is loose (loose.go): a structure not seen in it is as mild as a wrapping not seen, and what is written inside is
// compared with what is written there otherwise, in whatever structure. What is mild counts once, and no more than what it comes with. Of several readings of one text the likeliest is
// judged (inspect, Outdone); attacks count in all of them.
//
// Where a field of a closed set selects the shape of the body ({"action": …}), a call has the shape that calls with its value have (variant.go). Where such a field, at the top of the query
// or of the body or in a header there, tells operations of one path apart, each of its values is an operation of its own, POST /command action=refund (actions.go): with its own fields, values and callers, judged
// by alone once it has the calls that values need, and by its path until then. What operators say of the path is true of its actions. A value that nobody asked for is a new operation.
//
// # Invariants
//
//  1. Judge is pure and allocates nothing for an ordinary call. It reads one Snapshot, which never changes.
//  2. What is counted does not depend on the order in which calls came, nor on the number of replicas: counters add, capped sets and samples keep the smallest hashes.
//  3. Calibration scores a call as if it alone had not been learned. No call is judged by what it taught itself.
//  4. An immature level never denies. A level is mature when the operation has the calls of matureStructure and matureValue, and the callee (or all small callees together) 3/rate.
//     Of an operation with fewer calls than matureValue, but youngValue, values are mature as far as they lie beyond the threshold by a margin that shrinks with its calls.
//  5. No value is stored: features, and keyed hashes of at most maxClosed values a field; but for the words, of ≤ 32 bytes, that name the operations of a path.
//  6. What was denied, ended badly, has an attack in it, or comes from a caller who has not proven who it is, is never learned live.
//  7. A caller that is left out as an outlier keeps its edge: it is judged by what the others taught.
//  8. A person's word wins over what was learned, the later and the narrower over the other, and each Reason names the decision that it follows. It never excuses an attack
//     unless it names one.
//  9. While a callee drifts nothing ordinary is learned of it (drift.go); what waits in quarantine is still learned by a quorum, which ends that.
//  10. Neither calls nor what is learned of them wait for a model that is made, nor for the Store: counts that others read are shared (count.go), and who changes one takes a clone.
//  11. Nobody's choice of names makes memory grow beyond Config.Memory, see Memory.
//
// # Memory
//
// Config.Memory (512 MiB) bounds the counts: those used least lately leave memory once the Store has them, and are read from it again when their callee's model is made, or
// when they change. Models hold what judging needs, stay, and may take as much again. A field takes 1.5 KiB in a count and 0.8 KiB in a model, up to 3 KiB where hardly two of its values are alike; an operation of 30 fields and 8 calls, as one
// caller says it on one day, 43 KiB, 0.8 KiB on the shelf, 10 KiB in the Store before it compresses them, and its model 23 KiB (go test -v -run Memory ./profile measures them).
//
// A count has at most 1,024 fields and 256 words in clear, a field 64 values, 32 wrappings, 512 magnitudes and 256 bytes of name (count.go); a callee 65,536 counts of each replica, and there are 4,096
// callees (ledger.go). Beyond that those go that were called least and longest ago: a million invented paths or callers drive out one another. Of a callee that has more than its
// model may take, the operations most called are modelled, and of these the 1,024 fields most said. Calls that wait for their end, or in quarantine, are bounded by their leaves (pending.go,
// quarantine.go), and the inbox likewise.
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
// 2026-11-28: where ordinary calls have too many findings of one class, the limit of that class rises, not that of all (alone.go). Refused: one limit, with which half a thousand texts in UTF-16 that
// one detector took for paths let other classes' attacks pass as well. The price: the classes share what may be denied by findings alone, the noisiest gives first.
//
// 2026-11-28: drift pauses what is learned from ordinary calls, not the quarantine: its quorum of callers over half an hour is the mesh's own approval. Refused: pausing both, with which no change of a
// callee without an operator would ever be learned. That it pauses is a decision, by Postern itself, which a restart keeps, all replicas follow, and whoever may decide withdraws. Refused: a state
// beside the counts, of which each replica would have its own. The price: a pause in the log for each alarm.
//
// 2026-11-28: all texts within a loose text are one alphabet, whatever they are wrapped and nested in. Refused: one for each place, of which each has seen a few hundred texts, so that
// nothing is very odd anywhere and what is ordinary elsewhere looks so. The price: a member of a loose text that is stricter than the others is held to what the others are.
//
// 2026-11-28: rare steps between character classes add up. Refused: the rarest alone, which an odd mark in a sentence has as much as an attack. The price: a few compares for a rare step.
//
// 2026-11-28: what is over a bound is dropped by how little it was called, not by hash. Refused: the smallest hashes everywhere, which do not depend on order, but let whoever floods a young
// profile with names drive out what it had. The price: beyond the bounds, and only there, replicas may keep different names.
//
// 2026-11-28: stored counts are numbers, not JSON, which took 2 ms a count to write: a mesh of 1,000 edges kept a core busy with nothing else. Versions 1 and 2
// are still read, and are what profile files hold. The price: two forms of one thing.
//
// 2026-11-28: what judging reads of a field lies together, and all fields of a call are touched before the first is judged (score.go), since in a large mesh a verdict waits for
// memory more than for anything else. Refused: maps keyed by field, at twice the CPU among 1,000 edges. The price: a second, denser copy of some counts, and a loop that only reads.
//
// 2026-11-28: the operations of one path that a field tells apart are found anew with each model, from counts as they always were: how often a caller asked for which from its closed set, what
// an operation's fields are like from the samples. So what is counted depends neither on when the field was found nor by whom, older stores have them at once, and nothing that was learned
// before is lost. Refused: counting under the new name once it is found, which makes what is known depend on the order of calls. The price: an operation is known as well as the samples
// allow, some thousands of a callee; one that is asked for once in ten thousand calls is judged by its path, but for who asks. An operation of this kind cannot be forgotten alone.
//
// 2026-11-28: values deny from 80 calls of an operation on where they are far out, not from matureValue alone. The threshold holds the rate over the calls of all operations, young ones too: of
// 6,600 fresh calls to immature operations of nineteen invented services two lay above it, of 395 attacks and deviations that were allowed there 258 a whole point above. Refused: no margin, since a young operation's own rate is known by few calls.
// The price: what a young operation is told is judged by less than facts were measured for.
//
// 2026-11-28: of mature operations a share of the calls is taken (pace.go), and the drift alarm sees that share too, so that the way of a request writes nothing that all share.
// What a caller asks is taken at least once in a quarter of the time after which it would fade. Refused: every verdict to the alarm, under one lock. The price: in a mesh of
// thousands of calls a second the alarm comes some seconds later.
package profile
