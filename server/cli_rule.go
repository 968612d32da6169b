package server

import (
	"context"
	"flag"
	"strings"
	"time"

	"postern/profile/rule"
	"postern/server/admin"
)

const ruleWords = `
RULE is written as postern profile show prints rules (in quotes, as a path is, for the shell's sake):
  number 0.01…9500                          a range; also number ≥ 0, number ≤ 10, integer; three dots do for …
  text ≤ 240: letters, digits, space, .-_   length in bytes and characters, of which either may be left out; "punctuation" is all marks
  one of new, paid, "sent, or lost"         these values and no others
  uuid                                      a format: date, date-time, e-mail, url, hash, token, phone, …
  array ≤ 20                                an array of so many elements at most
  object                                    a kind: array, null, bool, bytes
  any, never                                whatever it is; the field must not be there
Alternatives are joined by "or": null or uuid. ", required" at the end says that the field must be there wherever its parent is.`

const pinHelp = `
Holds a field to a rule, whatever is or will be learned of it. A value that keeps to the rule is ordinary there, however odd it looks to what was learned, and one that does not is denied in enforce, from
the first call. Attacks found in it are denied all the same: to let one pass, approve it. Without RULE the field is pinned to what was learned of it so far: it is not widened any more, and -operation is
needed. Of several pins on a field the narrowest holds (operation, then caller), of equally narrow ones the latest.
` + ruleWords + `

It holds at once, on every replica, and after a restart; postern profile show marks it, each reason that follows from it names its number, and postern profile withdraw takes it back.

  postern profile pin -callee shop/orders -operation 'POST /orders' -field 'body|json.amount' 'number 1…100'
  postern profile pin -callee shop/orders -operation 'POST /orders' -field 'body|json.state'`

const narrowHelp = `
Narrows what was learned of a field: a call must keep to the rule and to what was learned. Use it for what is ordinary and yet not wanted; to allow what was not learned, use pin or approve. Several
narrowings of a field all hold.
` + ruleWords + `

It holds at once, on every replica, and after a restart; postern profile show marks it, each reason that follows from it names its number, and postern profile withdraw takes it back.

  postern profile narrow -callee shop/orders -caller shop/kiosk -field 'body|json.amount' 'number ≤ 5'
  postern profile narrow -callee shop/users -field 'body|json.role' never`

const patchHelp = `
Closes a hole in a service until the service is mended: a virtual patch. With -class, every value of the field (and all that is within it) is denied in which that attack is found, however faint, although
it be ordinary there. With RULE, the field is narrowed to it. It ends by itself after -for; it denies in enforce only, as everything does.
` + ruleWords + `

  postern profile patch -callee shop/search -operation 'GET /search' -field query.q -class sqli -for 14d -note 'SHOP-412'
  postern profile patch -callee shop/files -field 'path[1]' 'text ≤ 64: letters, digits, .-_'`

const withdrawHelp = `
Takes back a decision, by its number in postern profile log: an approval, a pin, a narrowing, a patch (what it said is judged by what was learned again), a release (its window closes), a rollback (what it
took back is known again) or a pause (its callee is learned again). It holds at once, on every replica, and after a restart.

  postern profile withdraw -decision 12`

const forgetHelp = `
Forgets what was learned of a callee, of one caller of it, or of one operation: for good, on every replica. What is still said is learned anew. What operators decided stays. To take back a release only, use
postern profile rollback.

  postern profile forget -callee shop/orders -operation 'POST /refunds'`

const rollbackHelp = `
Takes back what a release of a callee brought: all that was learned since it opened leaves the profile, and what was known before is judged by again, whatever is learned from now on added. Without -revision it is
the last release. postern profile diff -release N shows beforehand what it would take; postern profile withdraw brings it back.

  postern profile rollback -callee shop/orders`

const releaseHelp = `
Announces a release of a callee. For -for, or until it is withdrawn, what is new in the callee's structure (operations, fields, kinds of values) is let pass in enforce if nothing is found or wrapped in it, and is
learned once five calls with it have ended well. Attacks, odd values and unknown callers are denied as ever. A pipeline calls it before it deploys; with -version only calls to that version are let pass.

A version of a callee that was not seen before opens the same window by itself, for an hour; postern profile log shows it, by "postern".

  postern release -callee shop/orders -version v42 -for 30m -note 'pipeline 1234'
  postern profile diff -release 17
  postern profile rollback -callee shop/orders`

// bindRule is pin, narrow and patch.
func bindRule(do string, flags *flag.FlagSet) action {
	var s selectors
	s.bindField(flags)
	length := durationValue{new(time.Duration)}
	if do == "patch" {
		flags.StringVar(&s.class, "class", "", "the attack that is denied there, such as sqli, xss, traversal")
		flags.Var(length, "for", "how long it holds; 7d where it is left out")
	}
	s.bindNote(flags)
	return func(ctx context.Context, a *app, args []string) error {
		switch {
		case s.callee == "":
			return usagef("profile %s needs -callee", do)
		case s.field == "":
			return usagef("profile %s needs -field", do)
		case do == "narrow" && len(args) == 0:
			return usagef("profile narrow wants a rule, such as 'number 0.01…9500'")
		case do == "pin" && len(args) == 0 && s.operation == "":
			return usagef("profile pin wants a rule, such as 'number 0.01…9500', or -operation to pin what was learned there")
		case do == "patch" && len(args) == 0 && s.class == "":
			return usagef("profile patch wants -class, such as sqli, or a rule")
		}
		act := s.act(do)
		if act.Rule = strings.Join(args, " "); act.Rule != "" {
			if _, err := rule.Parse(act.Rule); err != nil {
				return usageError{err}
			}
		}
		if *length.p < 0 {
			return usagef("-for is how long it holds, not %s", length)
		}
		if *length.p > 0 {
			until := time.Now().Add(*length.p).UTC()
			act.Until = &until
		}
		return a.act(ctx, s.file, act)
	}
}

func bindWithdraw(flags *flag.FlagSet) action {
	file := flags.String("profile", "", "a profile file to act on, in place of the running Postern")
	seq := flags.Uint64("decision", 0, "the decision, by its number in postern profile log")
	note := flags.String("note", "", "why, for the log")
	return func(ctx context.Context, a *app, args []string) error {
		if *seq == 0 || len(args) > 0 {
			return usagef("profile withdraw wants -decision and no words")
		}
		return a.act(ctx, *file, admin.Act{Do: "withdraw", Decision: *seq, Note: *note})
	}
}

func bindForget(flags *flag.FlagSet) action {
	var s selectors
	s.bind(flags)
	s.bindNote(flags)
	return func(ctx context.Context, a *app, args []string) error {
		if s.callee == "" || len(args) > 0 {
			return usagef("profile forget wants -callee and no words")
		}
		return a.act(ctx, s.file, s.act("forget"))
	}
}

func bindRollback(flags *flag.FlagSet) action {
	var s selectors
	flags.StringVar(&s.file, "profile", "", "a profile file to act on, in place of the running Postern")
	flags.StringVar(&s.callee, "callee", "", "the service that was released: NS/SA, or a SPIFFE ID where two domains hold it")
	revision := flags.Uint64("revision", 0, "the release to take back with all after it, by its number in postern profile log; 0: the last")
	s.bindNote(flags)
	return func(ctx context.Context, a *app, args []string) error {
		if s.callee == "" || len(args) > 0 {
			return usagef("profile rollback wants -callee and no words")
		}
		act := s.act("rollback")
		act.Revision = *revision
		return a.act(ctx, s.file, act)
	}
}

func bindRelease(flags *flag.FlagSet) action {
	var s selectors
	flags.StringVar(&s.file, "profile", "", "a profile file to act on, in place of the running Postern")
	flags.StringVar(&s.callee, "callee", "", "the service that is released: NS/SA, or a SPIFFE ID where two domains hold it")
	version := flags.String("version", "", "the callee's new version; empty: any")
	length := durationValue{new(time.Duration)}
	if err := length.Set("1h"); err != nil {
		panic(err) // a literal
	}
	flags.Var(length, "for", "how long the window stays open")
	s.bindNote(flags)
	return func(ctx context.Context, a *app, args []string) error {
		if s.callee == "" || len(args) > 0 {
			return usagef("release wants -callee and no words")
		}
		if *length.p <= 0 {
			return usagef("-for is how long the window stays open, not %s", length)
		}
		act := s.act("release")
		until := time.Now().Add(*length.p).UTC()
		act.Version, act.Until = *version, &until
		return a.act(ctx, s.file, act)
	}
}
