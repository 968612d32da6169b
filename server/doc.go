// Package server is the program: it reads the environment, opens the ports, and wires envoy, profile and inspect together. Start reading at check.go, the way of a request.
//
//	check.go                     what is done with one call, on one screen
//	server.go listen.go tls.go   New wires the parts; Run serves them as one task group, and drains
//	store.go ready.go            the store and what if there is none · /metrics, /healthz, /readyz
//	config.go config_values.go   Config and its variables; the only reader of the environment
//	telemetry.go                 every span, metric and log key by name; trace.go metrics.go denial.go make them
//	recording.go                 POSTERN_RECORD
//	cli.go                       Main, the table of commands, help; cli_*.go the commands by subject
//	admin/ console/              the admin API with its OpenAPI document · the page that speaks with it alone: what was learned, denials as they happen, releases, drift, decisions
//	record/ doctor/              recorded calls in and out · what is wrong with an Envoy configuration
//
// # Invariants
//
//  1. Whatever fails, a call is answered: a panic or a late check by envoy's barrier and the narrowest mode known; a store that is lost, damaged or newer by judging on without it.
//     Postern writes nothing to a store that it cannot open (NATS cuts off what is damaged as it reads it), denies nothing by what was never read, and takes no act that would not be kept.
//  2. Nothing on the way of a request waits: not for the store, the log, the recording, an exporter. What they have no room for is dropped and counted.
//  3. An unsampled call that is not denied allocates nothing for telemetry.
//  4. No value leaves by a log, a span, a metric, the store or the API: paths, classes, counts and keyed hashes do. POSTERN_RECORD is the one exception, off unless set, and said at start.
//  5. Nothing that teaches or decides listens beyond loopback without credentials, and none is reached by another site's page.
//  6. An act of an operator is acknowledged only once it is stored. stdout carries only what was asked for: verdicts, trees, the decision log.
//  7. learn, judge and inspect never read the clock: the same files give the same lines and the same profile.
//
// # Exit codes
//
// 0 done, whatever was found; 1 it could not be done, and nothing was written (doctor: something is to be mended); 2 done, but for records that could not be read, each named with its line on stderr.
//
// # Decisions
//
// 2026-11-23: an empty variable is as good as an unset one, and "off" closes a port. Deployment templates leave variables blank; a blank that closed the admin port,
// or opened it, would be found out late. Refused: empty means off. Price: one word to know.
//
// 2026-11-23: spans are made when a check is over, with the times that were noted, not while it runs. So a call that is not sampled costs a look at a flag, and a denial can still be traced.
// Refused: starting spans and dropping them (about 2 µs and 20 allocations a call). Price: no span of ours encloses code that asks for the current span; there is none.
//
// 2026-11-23: the gate refuses enforce by the lower end of the would-be denials' interval (Wilson 1927), not by their bare share: three of 300 calls are no proof of more than 0.5 %.
// Refused: the bare share, which stops every young callee. Price: a rate a little too high passes the gate until more calls are seen; -force and shadow are one command away.
//
// 2026-11-23: an approval holds for one value, by its keyed hash, unless the operator leaves -value out. "Allow exactly this" is what was asked for; widening is a second, deliberate step.
// Refused: approving the class of deviation at the field, which would let the next attack of the class in. Price: values that change from call to call need the wider form.
//
// 2026-11-23: huma makes the OpenAPI document from the handlers' types, and validates by it. Refused: a document by hand, which drifts. Price: a dependency, off the way of a request.
package server
